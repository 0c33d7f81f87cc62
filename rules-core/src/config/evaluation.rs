//! Verdicts: from the outcome of a rule to an evaluation of AWS Config.

use std::borrow::Cow;
use std::fmt;

use super::{Exception, FindingCode};
use crate::escalation::Escalation;
use crate::fact::MissingFact;
use crate::resource::EvaluatedResource;
use crate::text::ascii;
use crate::timestamp::Timestamp;

/// The maximum length of an annotation in PutEvaluations, in characters.
pub const ANNOTATION_LIMIT: usize = 256;

/// The compliance types that PutEvaluations takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComplianceType {
    /// The resource complies.
    Compliant,
    /// The resource does not comply.
    NonCompliant,
    /// The rule does not apply to the resource.
    NotApplicable,
}

impl ComplianceType {
    /// AWS Config's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Compliant => "COMPLIANT",
            Self::NonCompliant => "NON_COMPLIANT",
            Self::NotApplicable => "NOT_APPLICABLE",
        }
    }
}

impl fmt::Display for ComplianceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One reason for non-compliance.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What the finding is about.
    pub code: FindingCode,
    /// The message, one sentence.
    pub message: String,
    /// The policy that causes it, by name or ARN.
    pub policy: Option<String>,
    /// The statement in the policy: its `Sid`, or else its zero-based index.
    pub statement: Option<String>,
    /// The names from the resource to the cause, such as user, group and policy.
    pub path: Vec<String>,
    /// The path to an administrator, if the finding reports an escalation.
    pub escalation: Option<Box<Escalation>>,
}

impl Finding {
    /// A finding without a policy.
    #[must_use]
    pub fn new(code: FindingCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), policy: None, statement: None, path: Vec::new(), escalation: None }
    }
}

/// The least-privilege score that decides, and the minimum, both in tenths of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Measure {
    /// The score, 0 to 1,000.
    pub score_tenths: u16,
    /// The minimum score, 0 to 1,000.
    pub minimum_tenths: u16,
}

/// The outcome of a rule for a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The rule does not apply to this resource in this state.
    NotApplicable {
        /// Why not.
        reason: String,
    },
    /// The rule applies.
    Judged {
        /// The findings, worst first. None means compliant.
        findings: Vec<Finding>,
        /// Why the resource complies, if there is no finding.
        compliant_because: String,
        /// The score that decides, if the rule has one.
        measure: Option<Measure>,
    },
}

impl Outcome {
    /// The rule does not apply.
    #[must_use]
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable { reason: reason.into() }
    }

    /// The rule applies, without a finding.
    #[must_use]
    pub fn compliant(because: impl Into<String>) -> Self {
        Self::Judged { findings: Vec::new(), compliant_because: because.into(), measure: None }
    }

    /// The rule applies, with one finding.
    #[must_use]
    pub fn finding(finding: Finding) -> Self {
        Self::Judged { findings: vec![finding], compliant_because: String::new(), measure: None }
    }

    /// The same outcome, decided by a score. An outcome that does not apply has none.
    #[must_use]
    pub fn measured(self, decided_by: Measure) -> Self {
        match self {
            Self::NotApplicable { .. } => self,
            Self::Judged { findings, compliant_because, .. } => {
                Self::Judged { findings, compliant_because, measure: Some(decided_by) }
            }
        }
    }
}

/// A verdict that can be submitted to AWS Config.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The resource.
    pub resource: EvaluatedResource,
    /// The verdict.
    pub compliance_type: ComplianceType,
    /// The reason, in 1 to 256 visible ASCII characters.
    pub annotation: String,
    /// The time of the event, never the time of the answer.
    pub ordering_timestamp: Timestamp,
    /// The findings, complete.
    pub findings: Vec<Finding>,
    /// The exception that accepts the findings until a date.
    pub exception: Option<Exception>,
    /// The score that decides, if the rule has one.
    pub measure: Option<Measure>,
}

/// A resource that could not be evaluated. It is never submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotEvaluated {
    /// The resource.
    pub resource: EvaluatedResource,
    /// The unknown fact.
    pub missing: MissingFact,
    /// The time of the event.
    pub ordering_timestamp: Timestamp,
}

/// The verdict on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was evaluated.
    Evaluated(Evaluation),
    /// It could not be evaluated.
    NotEvaluated(NotEvaluated),
}

impl Verdict {
    /// The verdict on `resource`. Compliance follows from the findings here, and nowhere else.
    #[must_use]
    pub fn new(resource: EvaluatedResource, outcome: Result<Outcome, MissingFact>, at: Timestamp) -> Self {
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(missing) => return Self::NotEvaluated(NotEvaluated { resource, missing, ordering_timestamp: at }),
        };
        let (applies, reason, findings, measure) = match outcome {
            Outcome::NotApplicable { reason } => (false, reason, Vec::new(), None),
            Outcome::Judged { findings, compliant_because, measure } => {
                let reason = match findings.first() {
                    None => compliant_because,
                    Some(first) => first.message.clone(),
                };
                (true, reason, findings, measure)
            }
        };
        let compliance_type = compliance(applies, &findings, None);
        let more = if findings.len() > 1 { format!(" (and {} more)", findings.len() - 1) } else { String::new() };
        // The count goes before the text is cut, so that it is never what is cut off.
        let reason = match findings.is_empty() {
            true => reason,
            false => format!("{}{more}", ascii(&reason, ANNOTATION_LIMIT.saturating_sub(more.len()))),
        };
        let annotation = annotation_text(&reason, compliance_type);
        Self::Evaluated(Evaluation {
            resource,
            compliance_type,
            annotation,
            ordering_timestamp: at,
            findings,
            exception: None,
            measure,
        })
    }

    /// The resource of the verdict.
    #[must_use]
    pub fn resource(&self) -> &EvaluatedResource {
        match self {
            Self::Evaluated(evaluation) => &evaluation.resource,
            Self::NotEvaluated(not_evaluated) => &not_evaluated.resource,
        }
    }

    /// The compliance type as text: AWS Config's name, or `NOT_EVALUATED`, for which AWS Config has no name.
    #[must_use]
    pub fn compliance(&self) -> &'static str {
        match self {
            Self::Evaluated(evaluation) => evaluation.compliance_type.as_str(),
            Self::NotEvaluated(_) => "NOT_EVALUATED",
        }
    }

    /// The reason: the annotation, or the unknown fact.
    #[must_use]
    pub fn annotation(&self) -> Cow<'_, str> {
        match self {
            Self::Evaluated(evaluation) => Cow::Borrowed(&evaluation.annotation),
            Self::NotEvaluated(not_evaluated) => Cow::Owned(not_evaluated.missing.to_string()),
        }
    }

    /// The time of the event.
    #[must_use]
    pub fn ordering_timestamp(&self) -> Timestamp {
        match self {
            Self::Evaluated(evaluation) => evaluation.ordering_timestamp,
            Self::NotEvaluated(not_evaluated) => not_evaluated.ordering_timestamp,
        }
    }

    /// The findings; none if the resource complies or was not evaluated.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Evaluated(evaluation) => &evaluation.findings,
            Self::NotEvaluated(_) => &[],
        }
    }

    /// The exception that accepts the findings.
    #[must_use]
    pub fn exception(&self) -> Option<&Exception> {
        match self {
            Self::Evaluated(evaluation) => evaluation.exception.as_ref(),
            Self::NotEvaluated(_) => None,
        }
    }

    /// The score that decides, if the rule has one.
    #[must_use]
    pub fn measure(&self) -> Option<Measure> {
        match self {
            Self::Evaluated(evaluation) => evaluation.measure,
            Self::NotEvaluated(_) => None,
        }
    }
}

impl Evaluation {
    /// The same evaluation with the findings accepted by an exception. The findings are kept.
    #[must_use]
    pub fn excepted(self, exception: Exception) -> Self {
        let compliance_type = compliance(true, &self.findings, Some(&exception));
        let annotation = annotation_text(&format!("{exception}: {}", self.annotation), compliance_type);
        Self { compliance_type, annotation, exception: Some(exception), ..self }
    }
}

/// Compliance follows from the findings and the exception here, and nowhere else.
fn compliance(applies: bool, findings: &[Finding], exception: Option<&Exception>) -> ComplianceType {
    match (applies, findings, exception) {
        (false, _, _) => ComplianceType::NotApplicable,
        (true, [], _) | (true, _, Some(_)) => ComplianceType::Compliant,
        (true, _, None) => ComplianceType::NonCompliant,
    }
}

/// AWS Config refuses an empty annotation and one of more than 256 characters.
fn annotation_text(text: &str, compliance_type: ComplianceType) -> String {
    match text.trim() {
        "" => compliance_type.as_str().to_owned(),
        text => ascii(text, ANNOTATION_LIMIT),
    }
}
