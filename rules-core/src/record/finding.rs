//! Findings.

use serde::Serialize;
use serde::ser::Serializer;

use crate::config::{Finding, FindingCode};
use crate::escalation::EscalationStep;

/// A finding.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FindingRecord<'a> {
    /// What the finding is about.
    pub code: FindingCode,
    /// The message.
    pub message: &'a str,
    /// The policy that causes the finding.
    pub policy: Option<&'a str>,
    /// The statement that causes the finding.
    pub statement: Option<&'a str>,
    /// The path to the cause, as names.
    pub path: &'a [String],
    /// The path of the file with the statement, for programs that know it.
    pub file: Option<&'a str>,
    /// The line of the statement, counted from one.
    pub line: Option<usize>,
    /// The column of the statement, counted from one.
    pub column: Option<usize>,
    /// The unknown fact that an uncertain escalation depends on.
    pub missing: Option<&'a str>,
    /// The steps of an escalation.
    pub steps: &'a [EscalationStep],
}

impl<'a> From<&'a Finding> for FindingRecord<'a> {
    fn from(finding: &'a Finding) -> Self {
        let escalation = finding.escalation.as_deref();
        Self {
            code: finding.code,
            message: &finding.message,
            policy: finding.policy.as_deref(),
            statement: finding.statement.as_deref(),
            path: &finding.path,
            file: None,
            line: None,
            column: None,
            missing: escalation.and_then(|escalation| escalation.missing.as_deref()),
            steps: escalation.map_or(&[], |escalation| &escalation.steps),
        }
    }
}

/// The fields of a [`FindingRecord`].
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        FindingRecord::from(self).serialize(serializer)
    }
}
