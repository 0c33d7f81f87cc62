//! How urgent a finding is.

use std::fmt;

/// How urgent it is to fix the findings of a rule.
///
/// It is Security Hub's severity where that has a control on the subject, the highest of several (IAM.9, IAM.6, IAM.4, IAM.1,
/// CloudTrail.1, Config.1 and CloudWatch.1 of
/// <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html>), so that the same finding
/// has the same severity in both. The other rules have a severity of this project: use of the root user, an administrator
/// without MFA and a principal with too many permissions are as urgent as a policy that allows everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Fix it with the next change.
    Low,
    /// Fix it in the course of other work.
    Medium,
    /// Fix it before other findings.
    High,
    /// Fix it immediately.
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
