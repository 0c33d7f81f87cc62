//! How urgent a finding is.

use std::fmt;

/// How urgent it is to mend what a rule finds.
///
/// It is Security Hub's severity where that has a control on the subject, the highest of several (IAM.9, IAM.6, IAM.4, IAM.1,
/// CloudTrail.1, Config.1 and CloudWatch.1 of
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html>), so that the same finding
/// has the same weight in both. The other rules have one of our own: using the root user, an administrator without a
/// second factor and a principal that may do too much are as urgent as a policy that allows everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It can be left until something else calls for it.
    Low,
    /// It should be mended, without hurry.
    Medium,
    /// It should be mended before other things.
    High,
    /// It should be mended at once.
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
