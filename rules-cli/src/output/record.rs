//! Lines of JSON: the records of the core, with the places in files and the results of the gate.

use rules_core::AccountId;
use rules_core::exceptions::Exception;
use rules_core::record::{LossRecord, ScoreRecord, VerdictRecord};
use rules_core::rules::Severity;
use rules_core::score::{Grade, LeastPrivilegeScore, Loss, Score};
use serde::Serialize;

use super::row::Row;
use super::scored::{PolicyScore, ScoreReport, ScoredPolicy};
use crate::places::Span;

/// The line of a verdict.
pub(super) fn of_verdict<'a>(row: &Row<'a>) -> VerdictRecord<'a> {
    let mut record = VerdictRecord::of_rule(row.rule, row.account, row.verdict);
    record.pass = row.passes();
    record.known = row.known;
    for (finding, (_, place)) in record.findings.iter_mut().zip(row.placed_findings()) {
        finding.file = place.map(|place| place.file.as_str());
        (finding.line, finding.column) = line_and_column(place.and_then(|place| place.span));
    }
    record
}

/// The score of one policy, or why it has none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum PolicyRecord<'a> {
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
    #[serde(flatten)]
    score: ScoreRecord<'a>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    account: Option<&'a str>,
    resource_arn: Option<&'a str>,
    severity: Option<&'static str>,
    certainty: Option<&'static str>,
    threshold: Option<Score>,
    pass: Option<bool>,
    known: Option<bool>,
    exception: Option<&'a Exception>,
}

impl<'a> PolicyRecord<'a> {
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
        let mut record = ScoreRecord::from(score);
        record.losses = score.losses.iter().map(|loss| of_loss(policy, loss)).collect();
        let (line, column) = line_and_column(policy.place().and_then(|place| place.span));
        Self {
            policy: &policy.policy,
            score: record,
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
    score: Score,
    grade: Grade,
}

impl<'a> ComparisonRecord<'a> {
    pub(super) fn new(policy: &'a PolicyScore) -> Self {
        let name = &policy.policy;
        match &policy.score {
            Ok(scored) => Self::Compared {
                policy: name,
                versions: scored.before.iter().chain([&scored.score]).map(VersionRecord::new).collect(),
                change: f64::from(scored.change()) / 10.0,
                because: scored.score.losses.first().map(|loss| of_loss(policy, loss)),
            },
            Err(error) => Self::Unscored { policy: name, error: error.to_string() },
        }
    }
}

impl VersionRecord {
    fn new(score: &LeastPrivilegeScore) -> Self {
        Self { score_version: score.version.number(), score: score.score, grade: score.grade }
    }
}

/// The loss with the place of its statement.
fn of_loss<'a>(policy: &PolicyScore, loss: &'a Loss) -> LossRecord<'a> {
    let mut record = LossRecord::from(loss);
    (record.line, record.column) = line_and_column(policy.span_of_loss(loss));
    record
}

#[cfg(test)]
mod tests {
    use rules_core::policy::{PolicyDocument, PolicyType};
    use rules_core::score::score;

    use super::PolicyRecord;
    use crate::output::scored::{Bar, PolicyScore, ScoreReport, ScoredPolicy};

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
        let line = serde_json::to_string(&PolicyRecord::new(&report, &report.policies[0])).unwrap();
        assert!(
            line.starts_with(r#"{"policy":"empty","score":100.0,"grade":"A","score_version":2,"catalogue_date":""#)
        );
        let first =
            r#""grants_nothing":true,"coverage":100,"unknown":[],"drift":[],"losses":[],"lints":[],"file":null"#;
        assert!(line.contains(first), "{line}");
    }
}
