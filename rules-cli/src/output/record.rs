//! The fields of a line of JSON. Their names and order are a contract.

use std::borrow::Cow;

use rules_core::Timestamp;
use rules_core::config::Finding;
use rules_core::exceptions::Exception;
use rules_core::score::{CATALOGUE_DATE, LeastPrivilegeScore, Lint, Loss, Score};
use serde::Serialize;
use serde::ser::Serializer;

use super::PolicyScore;
use super::row::Row;

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
}

#[derive(Serialize)]
struct FindingRecord<'a> {
    code: &'static str,
    message: &'a str,
    policy: Option<&'a str>,
    statement: Option<&'a str>,
    path: &'a [String],
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
            annotation: row.annotation,
            ordering_timestamp: row.ordering_timestamp,
            findings: row.findings.iter().map(FindingRecord::new).collect(),
            exception: row.exception,
        }
    }
}

impl<'a> FindingRecord<'a> {
    fn new(finding: &'a Finding) -> Self {
        Self {
            code: finding.code,
            message: &finding.message,
            policy: finding.policy.as_deref(),
            statement: finding.statement.as_deref(),
            path: &finding.path,
        }
    }
}

/// The score of one policy, or why it has none.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum ScoreRecord<'a> {
    Scored(ScoredRecord<'a>),
    Unscored { policy: &'a str, error: String },
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
}

#[derive(Serialize)]
struct LintRecord<'a> {
    code: &'static str,
    message: &'a str,
    statement: &'a str,
}

impl<'a> ScoreRecord<'a> {
    pub(super) fn new(scored: &'a PolicyScore) -> Self {
        match scored.score() {
            Ok(score) => Self::Scored(ScoredRecord::new(&scored.policy, score)),
            Err(error) => Self::Unscored { policy: &scored.policy, error: error.to_string() },
        }
    }
}

impl<'a> ScoredRecord<'a> {
    fn new(policy: &'a str, score: &'a LeastPrivilegeScore) -> Self {
        Self {
            policy,
            score: score.score,
            grade: score.grade.to_string(),
            score_version: score.version.number(),
            catalogue_date: CATALOGUE_DATE,
            grants_nothing: score.grants_nothing,
            coverage: score.coverage,
            unknown: &score.unknown,
            drift: &score.drift,
            losses: score.losses.iter().map(LossRecord::new).collect(),
            lints: score.lints.iter().map(LintRecord::new).collect(),
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
    pub(super) fn new(scored: &'a PolicyScore) -> Self {
        let policy = &scored.policy;
        match &scored.scores {
            Ok(scores) => {
                let versions = scores.iter().map(|score| VersionRecord {
                    score_version: score.version.number(),
                    score: score.score,
                    grade: score.grade.to_string(),
                });
                let because = scores.last().and_then(|newest| newest.losses.first()).map(LossRecord::new);
                let change = f64::from(scored.change()) / 10.0;
                Self::Compared { policy, versions: versions.collect(), change, because }
            }
            Err(error) => Self::Unscored { policy, error: error.to_string() },
        }
    }
}

impl<'a> LossRecord<'a> {
    fn new(loss: &'a Loss) -> Self {
        Self {
            points: loss.points,
            actions: &loss.actions,
            more: loss.more,
            statement: loss.statement.as_deref(),
            reach: &loss.reach,
            fix: loss.fix.as_ref().map(|fix| fix.text.as_str()),
            score_if_fixed: loss.fix.as_ref().map(|fix| fix.score),
        }
    }
}

impl<'a> LintRecord<'a> {
    fn new(lint: &'a Lint) -> Self {
        Self { code: lint.code.as_str(), message: &lint.message, statement: &lint.statement }
    }
}

fn points<S: Serializer>(score: &Score, serializer: S) -> Result<S::Ok, S::Error> {
    // The shortest decimal that reads back as this number has exactly one digit after the point.
    serializer.serialize_f64(f64::from(score.tenths()) / 10.0)
}

fn optional_points<S: Serializer>(score: &Option<Score>, serializer: S) -> Result<S::Ok, S::Error> {
    match score {
        Some(score) => points(score, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use rules_core::policy::{PolicyDocument, PolicyType};
    use rules_core::score::{Score, score};

    use super::{PolicyScore, ScoreRecord};

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
        let scored = PolicyScore { policy: "empty".to_owned(), scores: Ok(vec![score(&document)]) };
        let line = serde_json::to_string(&ScoreRecord::new(&scored)).unwrap();
        assert!(
            line.starts_with(r#"{"policy":"empty","score":100.0,"grade":"A","score_version":2,"catalogue_date":""#)
        );
        assert!(
            line.ends_with(r#""grants_nothing":true,"coverage":100,"unknown":[],"drift":[],"losses":[],"lints":[]}"#)
        );
    }
}
