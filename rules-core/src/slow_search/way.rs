//! Ways to more privilege, and how certain they are.

use crate::decision::Truth;

/// A step that a principal can take, or may be able to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SlowWay {
    /// The id of the known path.
    pub(super) path: &'static str,
    pub(super) actions: Vec<&'static str>,
    /// Never [`Truth::Fails`].
    pub(super) truth: Truth,
    /// What would have to be known to be certain.
    pub(super) missing: Option<String>,
}

/// What a principal may do, with what it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SlowPermit {
    pub(super) action: &'static str,
    /// Never [`Truth::Fails`].
    pub(super) truth: Truth,
    pub(super) missing: Option<String>,
}

impl SlowPermit {
    /// The step that takes this and the other permits.
    pub(super) fn way(self, path: &'static str) -> SlowWay {
        SlowWay { path, actions: vec![self.action], truth: self.truth, missing: self.missing }
    }
}

impl SlowWay {
    /// The step that takes all these permits; none without any.
    pub(super) fn of(path: &'static str, permits: Vec<SlowPermit>) -> Option<Self> {
        let mut permits = permits.into_iter();
        let first = permits.next()?.way(path);
        Some(permits.fold(first, Self::with))
    }

    /// The step that takes this one and `permit`.
    pub(super) fn with(mut self, permit: SlowPermit) -> Self {
        if !self.actions.contains(&permit.action) {
            self.actions.push(permit.action);
        }
        self.depends_on(permit.truth, || permit.missing.unwrap_or_default())
    }

    /// The step that takes this one and the actions of another.
    pub(super) fn after(mut self, other: Self) -> Self {
        self.actions.extend(other.actions);
        self.depends_on(other.truth, || other.missing.unwrap_or_default())
    }

    /// The step, no more certain than `truth`; `missing` says what is not known when it is not certain.
    pub(super) fn depends_on(mut self, truth: Truth, missing: impl FnOnce() -> String) -> Self {
        if truth < Truth::Holds && self.missing.is_none() {
            self.missing = Some(missing()).filter(|text| !text.is_empty());
        }
        self.truth = self.truth.min(truth);
        self
    }

    /// The step, which depends on something that is not known.
    pub(super) fn unless_known(self, missing: impl FnOnce() -> String) -> Self {
        self.depends_on(Truth::Undecided, missing)
    }
}

/// The most certain of the ways; of equally certain ones the first.
pub(super) fn best(ways: impl IntoIterator<Item = SlowWay>) -> Option<SlowWay> {
    ways.into_iter().reduce(|best, way| if way.truth > best.truth { way } else { best })
}

/// The most certain of the permits; of equally certain ones the first.
pub(super) fn surest(permits: impl IntoIterator<Item = SlowPermit>) -> Option<SlowPermit> {
    permits.into_iter().reduce(|best, permit| if permit.truth > best.truth { permit } else { best })
}
