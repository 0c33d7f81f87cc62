//! What the rules about the root user share: which credentials it has, and whether MFA guards them.

use crate::config::{Finding, FindingCode};
use crate::fact::{Fact, MissingFact};
use crate::facts::Facts;
use crate::iam::CredentialReport;
use crate::iam::account_summary::{
    ACCOUNT_ACCESS_KEYS_PRESENT, ACCOUNT_MFA_ENABLED, ACCOUNT_PASSWORD_PRESENT, ACCOUNT_SIGNING_CERTIFICATES_PRESENT,
};

/// The partition whose root user cannot sign in to a console.
const WITHOUT_ROOT_CONSOLE: &str = "aws-us-gov";

/// Which credentials call for MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MfaScope {
    /// A password, an access key or a signing certificate.
    AnyCredential,
    /// A password.
    ConsoleOnly,
}

/// Whether MFA guards the root user's credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum MfaState {
    /// No credential needs it.
    NotNeeded,
    /// It is on.
    On,
    /// It is off although these credentials exist, or may exist.
    Off(String),
}

/// The root user's credentials. The account summary is live and wins over the report, which may be four hours old.
pub(super) struct RootCredentials<'a> {
    facts: &'a Facts,
}

impl MfaScope {
    /// Why an account is not judged whose root user has no credential in this scope.
    pub(super) fn no_credential(self) -> &'static str {
        match self {
            Self::AnyCredential => "the root user has no password, access keys or certificates",
            Self::ConsoleOnly => "the root user has no password",
        }
    }
}

impl<'a> RootCredentials<'a> {
    pub(super) fn new(facts: &'a Facts) -> Self {
        Self { facts }
    }

    /// Whether MFA guards the credentials in `scope`.
    pub(super) fn mfa_state(&self, scope: MfaScope) -> Result<MfaState, MissingFact> {
        let credentials = self.credentials(scope);
        // Nothing to protect: an account whose root credentials are managed centrally.
        if credentials.iter().all(|(_, exists)| *exists == Ok(false)) {
            return Ok(MfaState::NotNeeded);
        }
        if self.mfa()? {
            return Ok(MfaState::On);
        }
        if let Some(existing) = existing(&credentials) {
            return Ok(MfaState::Off(existing));
        }
        // A password that may exist is a finding while MFA is off. That a key may exist is unknown to a caller who
        // could not read the account summary or the report, and those say it.
        match credentials.into_iter().find_map(|(name, exists)| exists.err().map(|missing| (name, missing))) {
            Some(("a password", _)) | None => Ok(MfaState::Off("password presence unknown".to_owned())),
            Some((_, missing)) => Err(missing),
        }
    }

    /// Those of the credentials in `scope` that exist; none when it is known that there are none.
    pub(super) fn present(&self, scope: MfaScope) -> Result<Option<String>, MissingFact> {
        let credentials = self.credentials(scope);
        match existing(&credentials) {
            Some(existing) => Ok(Some(existing)),
            None => credentials.into_iter().find_map(|(_, exists)| exists.err()).map_or(Ok(None), Err),
        }
    }

    /// The credentials in `scope`, and whether each exists.
    fn credentials(&self, scope: MfaScope) -> Vec<(&'static str, Result<bool, MissingFact>)> {
        let password = match self.facts.partition() {
            Some(WITHOUT_ROOT_CONSOLE) => Ok(false),
            _ => self.password(),
        };
        let mut credentials = vec![("a password", password)];
        if scope == MfaScope::AnyCredential {
            credentials.push(("access keys", self.access_keys()));
            credentials.push(("signing certificates", self.certificates()));
        }
        credentials
    }

    /// The finding that MFA is off although there are `credentials`.
    pub(super) fn mfa_off(&self, credentials: &str) -> Finding {
        Finding::new(FindingCode::RootMfaOff, format!("the root user has no MFA ({credentials}; {})", self.source()))
    }

    /// Whether multi-factor authentication is on.
    fn mfa(&self) -> Result<bool, MissingFact> {
        // A number that IAM does not document does not prove that there is a device.
        let summary = self.facts.account_summary.get();
        summary
            .and_then(|summary| summary.flag(ACCOUNT_MFA_ENABLED))
            .or_else(|missing| self.report(missing, |report| Ok(report.root()?.mfa_active), "mfa_active"))
    }

    /// Whether there is a password.
    fn password(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_PASSWORD_PRESENT)
            .map(|count| count > 0)
            .or_else(|missing| self.report(missing, |report| Ok(report.root()?.password_enabled), "password_enabled"))
    }

    /// Whether an access key exists, active or not.
    pub(super) fn access_keys(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_ACCESS_KEYS_PRESENT)
            .map(|count| count > 0)
            .or_else(|missing| self.report(missing, |report| Ok(Some(report.root()?.has_key())), "access keys"))
    }

    /// Whether a signing certificate exists.
    pub(super) fn certificates(&self) -> Result<bool, MissingFact> {
        self.summary(ACCOUNT_SIGNING_CERTIFICATES_PRESENT).map(|count| count > 0).or_else(|missing| {
            self.report(missing, |report| Ok(Some(report.root()?.has_certificate())), "certificates")
        })
    }

    /// Where the answers come from, for the annotation.
    pub(super) fn source(&self) -> String {
        let report = self.facts.credential_report().ok().map(|report| report.described_at(self.facts.as_of));
        match (&self.facts.account_summary, report) {
            // The summary does not always say whether there is a password; then the report is asked as well.
            (Fact::Known(summary), Some(report))
                if summary.count(ACCOUNT_PASSWORD_PRESENT).is_err() || summary.flag(ACCOUNT_MFA_ENABLED).is_err() =>
            {
                format!("account summary and {report}")
            }
            (Fact::Unavailable(_), Some(report)) => report,
            (Fact::Known(_), _) | (Fact::Unavailable(_), None) => "account summary".to_owned(),
        }
    }

    fn summary(&self, key: &str) -> Result<i64, MissingFact> {
        self.facts.account_summary.get()?.count(key)
    }

    /// The value of the report, if the summary was not given or has no value; if neither has one, the reason of the summary.
    ///
    /// The report does not replace a summary that could not be read: it can be hours old, and the root user can be
    /// NON_COMPLIANT since.
    fn report(
        &self,
        from_summary: MissingFact,
        read: impl FnOnce(&CredentialReport) -> Result<Option<bool>, MissingFact>,
        column: &str,
    ) -> Result<bool, MissingFact> {
        if self.facts.account_summary.missing().is_some_and(MissingFact::is_failure) {
            return Err(from_summary);
        }
        // The reason why a report cannot be used says more than a missing summary.
        let report = match self.facts.credential_report() {
            Ok(report) => report,
            Err(missing) if missing.is_failure() => return Err(missing),
            Err(_) => return Err(from_summary),
        };
        read(report)?.ok_or_else(|| {
            MissingFact::new(
                format!("root user's {column}"),
                "the account summary and the credential report do not contain it",
            )
        })
    }
}

/// The names of those that exist, if any does.
fn existing(credentials: &[(&str, Result<bool, MissingFact>)]) -> Option<String> {
    let existing: Vec<&str> =
        credentials.iter().filter(|(_, exists)| *exists == Ok(true)).map(|(name, _)| *name).collect();
    (!existing.is_empty()).then(|| existing.join(", "))
}
