//! Scores with their losses and lints.

use serde::Serialize;
use serde::ser::Serializer;

use crate::score::{CATALOGUE_DATE, Grade, LeastPrivilegeScore, Lint, LintCode, Loss, Score};

/// A least-privilege score.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ScoreRecord<'a> {
    /// The score.
    pub score: Score,
    /// The grade of the score.
    pub grade: Grade,
    /// The version of the score.
    pub score_version: u32,
    /// The date of the catalogue of actions.
    pub catalogue_date: &'static str,
    /// Whether nothing is allowed.
    pub grants_nothing: bool,
    /// The percentage of the action patterns that match actions in the catalogue.
    pub coverage: u8,
    /// Action patterns with names that are not in the catalogue.
    pub unknown: &'a [String],
    /// Services whose future actions are allowed too.
    pub drift: &'a [String],
    /// The lost points, largest loss first.
    pub losses: Vec<LossRecord<'a>>,
    /// The parts of the policy that have no effect.
    pub lints: Vec<LintRecord<'a>>,
}

/// Lost points.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LossRecord<'a> {
    /// The points.
    pub points: Score,
    /// The actions that cost them, at most 20.
    pub actions: &'a [String],
    /// The number of further actions.
    pub more: usize,
    /// The statement: its `Sid`, or else its zero-based index.
    pub statement: Option<&'a str>,
    /// The resources and conditions, in words.
    pub reach: &'a str,
    /// The change that reduces the loss.
    pub fix: Option<&'a str>,
    /// The score after the change.
    pub score_if_fixed: Option<Score>,
    /// The line of the statement, counted from one, for programs that know it.
    pub line: Option<usize>,
    /// The column of the statement, counted from one, for programs that know it.
    pub column: Option<usize>,
}

/// A part of a policy that has no effect.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct LintRecord<'a> {
    /// The kind of the lint.
    pub code: LintCode,
    /// The message.
    pub message: &'a str,
    /// The statement: its `Sid`, or else its zero-based index.
    pub statement: &'a str,
}

impl<'a> From<&'a LeastPrivilegeScore> for ScoreRecord<'a> {
    fn from(score: &'a LeastPrivilegeScore) -> Self {
        Self {
            score: score.score,
            grade: score.grade,
            score_version: score.version.number(),
            catalogue_date: CATALOGUE_DATE,
            grants_nothing: score.grants_nothing,
            coverage: score.coverage,
            unknown: &score.unknown,
            drift: &score.drift,
            losses: score.losses.iter().map(LossRecord::from).collect(),
            lints: score.lints.iter().map(LintRecord::from).collect(),
        }
    }
}

impl<'a> From<&'a Loss> for LossRecord<'a> {
    fn from(loss: &'a Loss) -> Self {
        Self {
            points: loss.points,
            actions: &loss.actions,
            more: loss.more,
            statement: loss.statement.as_deref(),
            reach: &loss.reach,
            fix: loss.fix.as_ref().map(|fix| fix.text.as_str()),
            score_if_fixed: loss.fix.as_ref().map(|fix| fix.score),
            line: None,
            column: None,
        }
    }
}

impl<'a> From<&'a Lint> for LintRecord<'a> {
    fn from(lint: &'a Lint) -> Self {
        Self { code: lint.code, message: &lint.message, statement: &lint.statement }
    }
}

/// The fields of a [`ScoreRecord`].
impl Serialize for LeastPrivilegeScore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ScoreRecord::from(self).serialize(serializer)
    }
}

/// The fields of a [`LossRecord`].
impl Serialize for Loss {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        LossRecord::from(self).serialize(serializer)
    }
}

/// The fields of a [`LintRecord`].
impl Serialize for Lint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        LintRecord::from(self).serialize(serializer)
    }
}
