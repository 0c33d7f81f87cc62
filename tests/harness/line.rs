//! Verdicts in one form, wherever they come from.

use rules_core::config::Verdict;
use serde::{Deserialize, Serialize};

/// One verdict, as `rules-cli evaluate --format ndjson` writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the output's own")]
pub struct Line {
    pub rule: String,
    pub resource_type: String,
    pub resource_id: String,
    pub resource_name: Option<String>,
    pub compliance: String,
    pub annotation: String,
    pub ordering_timestamp: String,
    pub findings: Vec<FindingLine>,
    pub exception: Option<ExceptionLine>,
}

/// The exception under which a verdict is compliant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are the output's own")]
pub struct ExceptionLine {
    pub owner: String,
    pub reason: String,
    pub expires: String,
}

/// One finding of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are the output's own")]
pub struct FindingLine {
    pub code: String,
    pub message: String,
    pub policy: Option<String>,
    pub statement: Option<String>,
    pub path: Vec<String>,
}

impl Line {
    /// The line for a verdict of `rule`.
    #[must_use]
    pub fn new(rule: &str, verdict: &Verdict) -> Self {
        let resource = verdict.resource();
        let findings = verdict.findings().iter().map(|finding| FindingLine {
            code: finding.code.to_string(),
            message: finding.message.clone(),
            policy: finding.policy.clone(),
            statement: finding.statement.clone(),
            path: finding.path.clone(),
        });
        Self {
            rule: rule.to_owned(),
            resource_type: resource.resource_type.clone(),
            resource_id: resource.id.clone(),
            resource_name: resource.name.clone(),
            compliance: verdict.compliance().to_owned(),
            annotation: verdict.annotation().into_owned(),
            ordering_timestamp: verdict.ordering_timestamp().to_string(),
            findings: findings.collect(),
            exception: verdict.exception().map(|exception| ExceptionLine {
                owner: exception.owner.clone(),
                reason: exception.reason.clone(),
                expires: exception.expires.to_string(),
            }),
        }
    }
}
