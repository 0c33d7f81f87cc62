//! The fields of a line of JSON. Their names and order are a contract.

use std::borrow::Cow;

use rules_core::config::Finding;
use rules_core::exceptions::Exception;
use rules_core::rules::Severity;
use rules_core::score::{CATALOGUE_DATE, Grade, LeastPrivilegeScore, Lint, Loss, Score};
use rules_core::{AccountId, Arn, Timestamp};
use serde::Serialize;
use serde::ser::Serializer;

use super::row::Row;
use super::scored::{PolicyScore, ScoreReport, ScoredPolicy};
use super::step_record::StepRecord;
use crate::places::{FilePlace, Span};

/// The verdict on one resource.
#[derive(Serialize)]
pub(super) struct EvaluationRecord<'a> {
    rule: &'static str,
    account: &'a str,
    resource_type: &'a str,
    resource_id: &'a str,
    resource_name: Option<&'a str>,
    compliance: &'static str,
    annotation: Cow<'a, str>,
    ordering_timestamp: Timestamp,
    findings: Vec<FindingRecord<'a>>,
    exception: Option<&'a Exception>,
    severity: &'static str,
    resource_arn: Option<&'a str>,
    #[serde(serialize_with = "optional_points")]
    score: Option<Score>,
    grade: Option<String>,
    #[serde(serialize_with = "optional_points")]
    threshold: Option<Score>,
    pass: Option<bool>,
    known: Option<bool>,
    certainty: Option<&'static str>,
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    code: &'static str,
    message: &'a str,
    policy: Option<&'a str>,
    statement: Option<&'a str>,
    path: &'a [String],
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    missing: Option<&'a str>,
    steps: Vec<StepRecord<'a>>,
}

impl<'a> EvaluationRecord<'a> {
    pub(super) fn new(row: Row<'a>) -> Self {
        Self {
            rule: row.rule.id,
            account: row.account.as_str(),
            resource_type: &row.resource.resource_type,
            resource_id: &row.resource.id,
            resource_name: row.resource.name.as_deref(),
            compliance: row.state.as_str(),
            findings: row.placed_findings().map(|(finding, place)| FindingRecord::new(finding, place)).collect(),
            ordering_timestamp: row.ordering_timestamp,
            exception: row.exception,
            severity: row.rule.severity.as_str(),
            resource_arn: row.resource.arn.as_ref().map(Arn::as_str),
            score: row.score(),
            grade: row.score().map(|score| Grade::of(score).to_string()),
            threshold: row.threshold(),
            pass: row.passes(),
            known: row.known,
            certainty: row.certainty(),
            annotation: row.annotation,
        }
    }
}

impl<'a> FindingRecord<'a> {
    fn new(finding: &'a Finding, place: Option<&'a FilePlace>) -> Self {
        let (line, column) = line_and_column(place.and_then(|place| place.span));
        Self {
            code: finding.code.as_str(),
            message: &finding.message,
            policy: finding.policy.as_deref(),
            statement: finding.statement.as_deref(),
            path: &finding.path,
            file: place.map(|place| place.file.as_str()),
            line,
            column,
            missing: finding.escalation.as_deref().and_then(|escalation| escalation.missing.as_deref()),
            steps: finding.escalation.iter().flat_map(|it| &it.steps).map(StepRecord::new).collect(),
        }
    }
}

/// The score of one policy, or why it has none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ScoreRecord<'a> {
    Scored(Box<ScoredRecord<'a>>),
    Unscored(UnscoredRecord<'a>),
}

#[derive(Serialize)]
pub(super) struct UnscoredRecord<'a> {
    policy: &'a str,
    error: String,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    account: Option<&'a str>,
    pass: Option<bool>,
}

#[derive(Serialize)]
pub(super) struct ScoredRecord<'a> {
    policy: &'a str,
    #[serde(serialize_with = "points")]
    score: Score,
    grade: String,
    score_version: u32,
    catalogue_date: &'static str,
    grants_nothing: bool,
    coverage: u8,
    unknown: &'a [String],
    drift: &'a [String],
    losses: Vec<LossRecord<'a>>,
    lints: Vec<LintRecord<'a>>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    account: Option<&'a str>,
    resource_arn: Option<&'a str>,
    severity: Option<&'static str>,
    certainty: Option<&'static str>,
    #[serde(serialize_with = "optional_points")]
    threshold: Option<Score>,
    pass: Option<bool>,
    known: Option<bool>,
    exception: Option<&'a Exception>,
}

#[derive(Serialize)]
pub(super) struct LossRecord<'a> {
    #[serde(serialize_with = "points")]
    points: Score,
    actions: &'a [String],
    more: usize,
    statement: Option<&'a str>,
    reach: &'a str,
    fix: Option<&'a str>,
    #[serde(serialize_with = "optional_points")]
    score_if_fixed: Option<Score>,
    line: Option<usize>,
    column: Option<usize>,
}

#[derive(Serialize)]
struct LintRecord<'a> {
    code: &'static str,
    message: &'a str,
    statement: &'a str,
}

impl<'a> ScoreRecord<'a> {
    pub(super) fn new(report: &'a ScoreReport, policy: &'a PolicyScore) -> Self {
        match &policy.score {
            Ok(scored) => Self::Scored(Box::new(ScoredRecord::new(report, policy, scored))),
            Err(error) => {
                let (line, column) = line_and_column(policy.place().and_then(|place| place.span));
                Self::Unscored(UnscoredRecord {
                    policy: &policy.policy,
                    error: error.to_string(),
                    file: policy.file.as_deref(),
                    line,
                    column,
                    account: report.account.as_ref().map(AccountId::as_str),
                    pass: None,
                })
            }
        }
    }
}

fn line_and_column(span: Option<Span>) -> (Option<usize>, Option<usize>) {
    (span.map(|span| span.start.line), span.map(|span| span.start.column))
}

impl<'a> ScoredRecord<'a> {
    fn new(report: &'a ScoreReport, policy: &'a PolicyScore, scored: &'a ScoredPolicy) -> Self {
        let score = &scored.score;
        let (line, column) = line_and_column(policy.place().and_then(|place| place.span));
        Self {
            policy: &policy.policy,
            score: score.score,
            grade: score.grade.to_string(),
            score_version: score.version.number(),
            catalogue_date: CATALOGUE_DATE,
            grants_nothing: score.grants_nothing,
            coverage: score.coverage,
            unknown: &score.unknown,
            drift: &score.drift,
            losses: score.losses.iter().map(|loss| LossRecord::new(policy, loss)).collect(),
            lints: score.lints.iter().map(LintRecord::new).collect(),
            file: policy.file.as_deref(),
            line,
            column,
            account: report.account.as_ref().map(AccountId::as_str),
            resource_arn: None,
            severity: report.bar.severity(score.score).map(Severity::as_str),
            certainty: None,
            threshold: report.bar.minimum,
            pass: report.bar.standing(policy).passes(),
            known: policy.known,
            exception: policy.exception.as_ref(),
        }
    }
}

/// What a policy scores in two versions.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ComparisonRecord<'a> {
    Compared {
        policy: &'a str,
        versions: Vec<VersionRecord>,
        /// How many points the newest version is above the oldest.
        change: f64,
        /// What costs the most in the newest version.
        because: Option<LossRecord<'a>>,
    },
    Unscored {
        policy: &'a str,
        error: String,
    },
}

/// What a policy scores in one version.
#[derive(Serialize)]
pub(super) struct VersionRecord {
    score_version: u32,
    #[serde(serialize_with = "points")]
    score: Score,
    grade: String,
}

impl<'a> ComparisonRecord<'a> {
    pub(super) fn new(policy: &'a PolicyScore) -> Self {
        let name = &policy.policy;
        match &policy.score {
            Ok(scored) => Self::Compared {
                policy: name,
                versions: scored.before.iter().chain([&scored.score]).map(VersionRecord::new).collect(),
                change: f64::from(scored.change()) / 10.0,
                because: scored.score.losses.first().map(|loss| LossRecord::new(policy, loss)),
            },
            Err(error) => Self::Unscored { policy: name, error: error.to_string() },
        }
    }
}

impl VersionRecord {
    fn new(score: &LeastPrivilegeScore) -> Self {
        Self { score_version: score.version.number(), score: score.score, grade: score.grade.to_string() }
    }
}

impl<'a> LossRecord<'a> {
    fn new(policy: &PolicyScore, loss: &'a Loss) -> Self {
        let (line, column) = line_and_column(policy.span_of_loss(loss));
        Self {
            points: loss.points,
            actions: &loss.actions,
            more: loss.more,
            statement: loss.statement.as_deref(),
            reach: &loss.reach,
            fix: loss.fix.as_ref().map(|fix| fix.text.as_str()),
            score_if_fixed: loss.fix.as_ref().map(|fix| fix.score),
            line,
            column,
        }
    }
}

impl<'a> LintRecord<'a> {
    fn new(lint: &'a Lint) -> Self {
        Self { code: lint.code.as_str(), message: &lint.message, statement: &lint.statement }
    }
}

pub(super) fn points<S: Serializer>(score: &Score, serializer: S) -> Result<S::Ok, S::Error> {
    // The shortest decimal that reads back as this number has exactly one digit after the point.
    serializer.serialize_f64(f64::from(score.tenths()) / 10.0)
}

pub(super) fn optional_points<S: Serializer>(score: &Option<Score>, serializer: S) -> Result<S::Ok, S::Error> {
    match score {
        Some(score) => points(score, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use rules_core::policy::{PolicyDocument, PolicyType};
    use rules_core::score::{Score, score};

    use super::ScoreRecord;
    use crate::output::scored::{Bar, PolicyScore, ScoreReport, ScoredPolicy};

    #[test]
    fn a_score_has_one_decimal() {
        for tenths in 0..=1_000 {
            let mut bytes = Vec::new();
            super::points(&Score::from_tenths(tenths), &mut serde_json::Serializer::new(&mut bytes)).unwrap();
            assert_eq!(String::from_utf8(bytes).unwrap(), Score::from_tenths(tenths).to_string());
        }
    }

    #[test]
    fn the_fields_of_a_score_are_in_order() {
        let document = PolicyDocument::parse(r#"{"Statement":[]}"#, PolicyType::Identity).unwrap();
        let policy = PolicyScore {
            policy: "empty".to_owned(),
            file: None,
            score: Ok(ScoredPolicy::new(score(&document), &document)),
            places: crate::places::DocumentPlaces::default(),
            exception: None,
            known: None,
        };
        let report = ScoreReport {
            policies: vec![policy],
            bar: Bar::default(),
            account: None,
            view: crate::output::View::default(),
        };
        let line = serde_json::to_string(&ScoreRecord::new(&report, &report.policies[0])).unwrap();
        assert!(
            line.starts_with(r#"{"policy":"empty","score":100.0,"grade":"A","score_version":2,"catalogue_date":""#)
        );
        let first =
            r#""grants_nothing":true,"coverage":100,"unknown":[],"drift":[],"losses":[],"lints":[],"file":null"#;
        assert!(line.contains(first), "{line}");
    }
}
