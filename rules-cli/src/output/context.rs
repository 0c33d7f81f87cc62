//! The parts of a report besides verdicts.

use rules_core::Timestamp;

use super::changes::Direction;

/// What is known besides the verdicts; nothing by default.
#[derive(Debug, Default)]
pub(crate) struct Context {
    /// Whether this is the sample account.
    pub(crate) is_sample: bool,
    /// The administrators; none if the principals of the account are unknown.
    pub(crate) administrators: Option<Vec<Administrator>>,
    /// What became better or worse, where there is something to compare with.
    pub(crate) comparison: Option<Comparison>,
    /// The Regions that were read, for what is kept by Region.
    pub(crate) regions: Vec<String>,
    /// How many layers of policies the organization sets, as far as they were given.
    pub(crate) organization_layers: usize,
    /// The file with the whole report, where the same run writes one.
    pub(crate) whole: Option<String>,
}

/// A user or role who may do everything, or can become one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Administrator {
    /// `user` or `role`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) arn: String,
    /// Whether it is one now; otherwise it can become one.
    pub(crate) is_one: bool,
    /// How it comes to be one: the steps of an escalation, the group, if any, and the policy.
    pub(crate) path: Vec<Hop>,
    /// The statement that grants everything.
    pub(crate) statement: String,
    /// What it depends on, such as condition keys.
    pub(crate) conditional_on: Vec<String>,
}

/// Something on the way of a principal to everything.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hop {
    /// `group`, `policy`, or the path of escalation that is a step; empty where only the name is known.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

/// The account now and before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Comparison {
    /// With what.
    pub(crate) with: ComparedWith,
    /// What changed, the worst first.
    pub(crate) changes: Vec<(Direction, String)>,
    /// How much could not be compared.
    pub(crate) unread: usize,
}

/// What the account is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ComparedWith {
    /// Findings that were written to a file, as of the moment that it names.
    Baseline(Option<Timestamp>),
    /// The account as it was at a moment.
    Earlier(Timestamp),
}

impl Comparison {
    /// How many changes there are of one direction.
    pub(crate) fn count(&self, direction: Direction) -> usize {
        self.changes.iter().filter(|(own, _)| *own == direction).count()
    }

    /// Since when, such as `since 2026-01-31T12:00:00Z`.
    pub(crate) fn since(&self) -> String {
        match self.with {
            ComparedWith::Baseline(None) => "since the baseline, which names no time".to_owned(),
            ComparedWith::Baseline(Some(moment)) => format!("since the baseline of {moment}"),
            ComparedWith::Earlier(moment) => format!("since {moment}"),
        }
    }

    /// The verdict in a word.
    pub(crate) fn verdict(&self) -> &'static str {
        match (self.count(Direction::Better), self.count(Direction::Worse)) {
            (0, 0) if self.unread > 0 => "Not known",
            (0, 0) => "Unchanged",
            (_, 0) if self.unread > 0 => "Better, in all comparable results",
            (_, 0) => "Better",
            (0, _) => "Worse",
            (better, worse) if better > worse => "Mostly better",
            (better, worse) if better < worse => "Mostly worse",
            _ => "Better and worse",
        }
    }

    /// The verdict and its numbers.
    pub(crate) fn in_words(&self) -> String {
        let (better, worse) = (self.count(Direction::Better), self.count(Direction::Worse));
        let unread = match self.unread {
            0 => String::new(),
            number => format!(", {number} could not be compared"),
        };
        format!("{} {}: {better} better, {worse} worse{unread}", self.verdict(), self.since())
    }
}
