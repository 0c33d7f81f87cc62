//! What the rules about the root user share: which credentials it has.

use crate::fact::{Fact, MissingFact};
use crate::facts::Facts;
use crate::iam::CredentialReport;
use crate::iam::account_summary::{
    ACCOUNT_ACCESS_KEYS_PRESENT, ACCOUNT_MFA_ENABLED, ACCOUNT_PASSWORD_PRESENT, ACCOUNT_SIGNING_CERTIFICATES_PRESENT,
};

/// The root user's credentials. The account summary is live and wins over the report, which may be four hours old.
pub(super) struct RootCredentials<'a> {
    facts: &'a Facts,
}

impl<'a> RootCredentials<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts }
    }

    /// Whether multi-factor authentication is on.
    pub(super) fn mfa(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_MFA_ENABLED)
            .map(|count| count > 0)
            .or_else(|missing| self.report(missing, |report| Ok(report.root()?.mfa_active), "mfa_active"))
    }

    /// Whether there is a password.
    pub(super) fn password(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_PASSWORD_PRESENT)
            .map(|count| count > 0)
            .or_else(|missing| self.report(missing, |report| Ok(report.root()?.password_enabled), "password_enabled"))
    }

    /// Whether an access key exists, active or not.
    pub(super) fn access_keys(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_ACCESS_KEYS_PRESENT).map(|count| count > 0).or_else(|missing| {
            let exists =
                |report: &CredentialReport| Ok(Some(report.root()?.access_keys.iter().any(|key| key.exists())));
            self.report(missing, exists, "access keys")
        })
    }

    /// Whether a signing certificate exists.
    pub(super) fn certificates(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_SIGNING_CERTIFICATES_PRESENT).map(|count| count > 0).or_else(|missing| {
            let exists = |report: &CredentialReport| {
                Ok(Some(report.root()?.certificates.iter().any(|certificate| certificate.exists())))
            };
            self.report(missing, exists, "certificates")
        })
    }

    /// Where the answers come from, for the annotation.
    pub(super) fn source(&self) -> String {
        let report = match self.facts.credential_report.known() {
            None => None,
            Some(CredentialReport { generated_at: Some(moment), .. }) => Some(format!("credential report of {moment}")),
            Some(_) => Some("credential report".to_owned()),
        };
        match (&self.facts.account_summary, report) {
            // The summary does not always say whether there is a password; then the report is asked as well.
            (Fact::Known(summary), Some(report)) if summary.count(ACCOUNT_PASSWORD_PRESENT).is_err() => {
                format!("account summary and {report}")
            }
            (Fact::Unavailable(_), Some(report)) => report,
            (Fact::Known(_), _) | (Fact::Unavailable(_), None) => "account summary".to_owned(),
        }
    }

    fn summary(&self, key: &str) -> Result<i64, MissingFact> {
        self.facts.account_summary.get()?.count(key)
    }

    /// What the report says, where the summary was not given or is silent; when both are, why the summary is.
    ///
    /// A summary that could not be read is not made up for: the report may be hours old, and would let a root user pass
    /// whom the summary accuses.
    fn report(
        &self,
        from_summary: MissingFact,
        read: impl FnOnce(&CredentialReport) -> Result<Option<bool>, MissingFact>,
        column: &str,
    ) -> Result<bool, MissingFact> {
        if self.facts.account_summary.missing().is_some_and(MissingFact::is_failure) {
            return Err(from_summary);
        }
        let Some(report) = self.facts.credential_report.known() else {
            return Err(from_summary);
        };
        read(report)?.ok_or_else(|| {
            MissingFact::new(
                format!("root user's {column}"),
                "neither the account summary nor the credential report says",
            )
        })
    }
}
