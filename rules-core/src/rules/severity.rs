//! How much is at stake.

use std::fmt;

/// How much is at stake when a rule finds something.
///
/// Where Security Hub has a control of the same subject, its severity: IAM.9, IAM.6, IAM.4, IAM.1, CloudTrail.1, Config.1 and
/// CloudWatch.1 of <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something that helps to notice or to prevent is missing.
    Low,
    /// It matters together with something else that goes wrong.
    Medium,
    /// One stolen credential or one mistake is enough.
    High,
    /// The whole account is at stake.
    Critical,
}

impl Severity {
    /// In lower case: `low`, `medium`, `high` or `critical`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
