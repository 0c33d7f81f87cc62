//! GetAccountSummary: the numbers of IAM entities, and the credentials of the root user.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::fact::MissingFact;
use crate::json::{self, JsonError};

/// The numbers of GetAccountSummary. A key that was not delivered is unknown, not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountSummary {
    values: BTreeMap<String, i64>,
}

/// Whether the root user has MFA.
pub const ACCOUNT_MFA_ENABLED: &str = "AccountMFAEnabled";
/// The number of access keys of the root user, active or not.
pub const ACCOUNT_ACCESS_KEYS_PRESENT: &str = "AccountAccessKeysPresent";
/// The number of signing certificates of the root user.
pub const ACCOUNT_SIGNING_CERTIFICATES_PRESENT: &str = "AccountSigningCertificatesPresent";
/// Whether the root user has a password.
pub const ACCOUNT_PASSWORD_PRESENT: &str = "AccountPasswordPresent";

/// The number of users.
pub const USERS: &str = "Users";
/// The number of groups.
pub const GROUPS: &str = "Groups";
/// The number of roles, including service-linked roles.
pub const ROLES: &str = "Roles";
/// The number of customer managed policies.
pub const POLICIES: &str = "Policies";

impl AccountSummary {
    /// Reads the JSON that `aws iam get-account-summary` prints.
    ///
    /// # Errors
    /// If the text is not an object with a `SummaryMap` of whole numbers.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            summary_map: AccountSummary,
        }
        json::read_as::<Output>(text).map(|output| output.summary_map)
    }

    /// The number for `key`.
    ///
    /// # Errors
    /// If IAM did not deliver it. Some keys do not exist in every account.
    pub fn count(&self, key: &str) -> Result<i64, MissingFact> {
        let count = self.values.get(key).copied();
        count.ok_or_else(|| MissingFact::new(format!("{key} of the account summary"), "IAM did not deliver it"))
    }

    /// Whether `key`, which is 0 or 1, is 1.
    ///
    /// # Errors
    /// If IAM did not deliver it, or delivered another number.
    pub fn flag(&self, key: &str) -> Result<bool, MissingFact> {
        match self.count(key)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(MissingFact::new(
                format!("{key} of the account summary"),
                format!("it is {other}, neither 0 nor 1"),
            )),
        }
    }

    /// Every key with its number.
    pub fn iter(&self) -> impl Iterator<Item = (&str, i64)> {
        self.values.iter().map(|(key, value)| (key.as_str(), *value))
    }
}

impl<K: Into<String>> FromIterator<(K, i64)> for AccountSummary {
    fn from_iter<I: IntoIterator<Item = (K, i64)>>(values: I) -> Self {
        Self { values: values.into_iter().map(|(key, value)| (key.into(), value)).collect() }
    }
}

impl<'de> Deserialize<'de> for AccountSummary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SummaryVisitor)
    }
}

struct SummaryVisitor;

impl<'de> Visitor<'de> for SummaryVisitor {
    type Value = AccountSummary;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a summary map of whole numbers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AccountSummary, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(A::Error::custom(format!("duplicate key `{}`", crate::text::visible(&key, 60))));
            }
            let value: i64 = map.next_value()?;
            if value < 0 {
                return Err(A::Error::custom(format!("`{value}` is not a count")));
            }
            values.insert(key, value);
        }
        Ok(AccountSummary { values })
    }
}
