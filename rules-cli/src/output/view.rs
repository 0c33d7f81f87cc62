//! Which results are shown, and in which order. This never changes the exit code.

use clap::ValueEnum;
use rules_core::rules::Severity;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// The least severity that is shown.
    pub(crate) min_severity: Option<Severity>,
    /// The kind of results that are shown; without it, all.
    pub(crate) only: Option<Only>,
    /// The order; without it, that of the input.
    pub(crate) sort: Option<SortKey>,
    /// Whether a table lists everything one by one.
    pub(crate) all: bool,
}

/// A kind of results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Only {
    /// Results that fail or could not be evaluated
    Failures,
}

/// What results are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SortKey {
    /// The lowest score first
    Score,
    /// The most severe first
    Severity,
    /// By name
    Name,
}

/// A result that can be chosen and ordered.
pub(super) trait Viewed {
    /// Whether it passes; none if it could not be evaluated.
    fn passes(&self) -> Option<bool>;
    /// Its severity; none if it passes.
    fn severity(&self) -> Option<Severity>;
    /// The score in tenths of a point, where there is one.
    fn score_tenths(&self) -> Option<u16>;
    /// The name to order by.
    fn name(&self) -> String;
}

impl View {
    /// Whether a result is shown. A result that could not be evaluated is always shown.
    pub(super) fn shows(self, result: &impl Viewed) -> bool {
        let is_judged = result.passes().is_some();
        let severe_enough = self.min_severity.is_none_or(|least| result.severity().is_some_and(|own| own >= least));
        let chosen = match self.only {
            None => true,
            Some(Only::Failures) => result.passes() == Some(false),
        };
        !is_judged || (severe_enough && chosen)
    }

    /// Orders results; those that are equal stay in their order.
    pub(super) fn sort<T: Viewed>(self, results: &mut [T]) {
        match self.sort {
            None => {}
            // What has no score comes last.
            Some(SortKey::Score) => results.sort_by_key(|result| result.score_tenths().unwrap_or(u16::MAX)),
            Some(SortKey::Severity) => results.sort_by_key(|result| std::cmp::Reverse(result.severity())),
            Some(SortKey::Name) => results.sort_by_cached_key(Viewed::name),
        }
    }
}
