//! Verdicts.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::Serializer;

use super::escalation::certainty;
use super::finding::FindingRecord;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::config::{ComplianceType, Exception, Verdict};
use crate::rules::RuleDefinition;
use crate::score::{Grade, Score};
use crate::timestamp::Timestamp;

/// The verdict on one resource.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct VerdictRecord<'a> {
    /// The id of the rule; omitted if the rule is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'a str>,
    /// The account; omitted if it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<&'a str>,
    /// AWS Config's name of the resource type.
    pub resource_type: &'a str,
    /// AWS Config's resource id.
    pub resource_id: &'a str,
    /// The friendly name of the resource.
    pub resource_name: Option<&'a str>,
    /// `COMPLIANT`, `NON_COMPLIANT`, `NOT_APPLICABLE` or `NOT_EVALUATED`.
    pub compliance: &'static str,
    /// The reason; for `NOT_EVALUATED` the unknown fact.
    pub annotation: Cow<'a, str>,
    /// The time of the event.
    pub ordering_timestamp: Timestamp,
    /// The findings.
    pub findings: Vec<FindingRecord<'a>>,
    /// The exception that accepts the findings.
    pub exception: Option<&'a Exception>,
    /// The severity of the rule; omitted if the rule is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<&'static str>,
    /// The ARN of the resource.
    pub resource_arn: Option<&'a str>,
    /// The score that decides, for rules that have one.
    pub score: Option<Score>,
    /// The grade of the score.
    pub grade: Option<Grade>,
    /// The minimum score.
    pub threshold: Option<Score>,
    /// Whether the resource passes; none for `NOT_EVALUATED`.
    pub pass: Option<bool>,
    /// Whether a baseline has the findings; none without a baseline.
    pub known: Option<bool>,
    /// `certain` or `uncertain`, for findings with an escalation.
    pub certainty: Option<&'static str>,
}

impl<'a> VerdictRecord<'a> {
    /// The record of a verdict, complete with its rule and account.
    #[must_use]
    pub fn of_rule(rule: &'a RuleDefinition, account: &'a AccountId, verdict: &'a Verdict) -> Self {
        Self {
            rule: Some(rule.id),
            account: Some(account.as_str()),
            severity: Some(rule.severity.as_str()),
            ..Self::from(verdict)
        }
    }
}

impl<'a> From<&'a Verdict> for VerdictRecord<'a> {
    fn from(verdict: &'a Verdict) -> Self {
        let (resource, measure) = (verdict.resource(), verdict.measure());
        let score = measure.map(|measure| Score::from_tenths(measure.score_tenths.into()));
        let mut escalations = verdict.findings().iter().filter_map(|finding| finding.escalation.as_deref());
        let is_certain = escalations.next().map(|first| first.proven || escalations.any(|other| other.proven));
        Self {
            rule: None,
            account: None,
            resource_type: &resource.resource_type,
            resource_id: &resource.id,
            resource_name: resource.name.as_deref(),
            compliance: verdict.compliance(),
            annotation: verdict.annotation(),
            ordering_timestamp: verdict.ordering_timestamp(),
            findings: verdict.findings().iter().map(FindingRecord::from).collect(),
            exception: verdict.exception(),
            severity: None,
            resource_arn: resource.arn.as_ref().map(Arn::as_str),
            score,
            grade: score.map(Grade::of),
            threshold: measure.map(|measure| Score::from_tenths(measure.minimum_tenths.into())),
            pass: match verdict {
                Verdict::Evaluated(evaluation) => Some(evaluation.compliance_type != ComplianceType::NonCompliant),
                Verdict::NotEvaluated(_) => None,
            },
            known: None,
            certainty: is_certain.map(certainty),
        }
    }
}

/// The fields of a [`VerdictRecord`] without `rule`, `account` and `severity`, which a verdict does not know.
impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        VerdictRecord::from(self).serialize(serializer)
    }
}
