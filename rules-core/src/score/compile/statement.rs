//! Statements compiled for scoring: which actions each is about, where, and when.

use std::borrow::Cow;

use super::circumstance::Circumstances;
use super::principal::{KnownPrincipal, Own};
use crate::catalogue::ActionSet;
use crate::policy::{PolicyVersion, ResourceElement, ResourcePattern, Statement};
use crate::score::definition::{Definition, ScoreVersion};

/// A statement as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WrittenStatement<'a> {
    /// Which statement of its document it is, counted from zero.
    pub(crate) number: usize,
    pub(crate) statement: &'a Statement,
}

/// A statement that may apply, compiled.
#[derive(Debug)]
pub(crate) struct CompiledStatement<'a> {
    pub(crate) written: WrittenStatement<'a>,
    pub(crate) actions: ActionSet,
    pub(crate) resources: Resources<'a>,
    /// For an Allow, what must cooperate; for a Deny, what may.
    pub(crate) circumstances: Circumstances,
    /// Whether it is what several Allows amount to together, and not written.
    pub(crate) is_union: bool,
}

/// The resources that a statement is about.
#[derive(Clone, Debug)]
pub(crate) enum Resources<'a> {
    /// All of them.
    Everything,
    /// Those that match a pattern.
    Matching(Patterns<'a>),
    /// Those that match no pattern.
    Except(Patterns<'a>),
}

/// Patterns of resources, and what is known of them.
#[derive(Clone, Debug)]
pub(crate) struct Patterns<'a> {
    patterns: Cow<'a, [ResourcePattern]>,
    /// Of each pattern whether it names what is the holder's own; empty when none does.
    own: Vec<Own>,
}

impl WrittenStatement<'_> {
    /// Its `Sid`, else its zero-based number.
    pub(crate) fn label(&self) -> String {
        self.statement.label(self.number)
    }
}

impl CompiledStatement<'_> {
    /// Whether the statement is about every resource, on no condition.
    pub(crate) fn is_unconditional(&self) -> bool {
        matches!(self.resources, Resources::Everything) && self.circumstances.is_empty()
    }
}

impl<'a> Patterns<'a> {
    /// The patterns of an element with what is known put in.
    fn of(
        patterns: &'a [ResourcePattern],
        version: PolicyVersion,
        known: &KnownPrincipal,
        definition: &Definition,
    ) -> Self {
        let filled = known.fill_in_all(patterns, version);
        let own = |written: &ResourcePattern| known.owns(written, version);
        if definition.version == ScoreVersion::V1 || patterns.iter().all(|pattern| own(pattern) == Own::No) {
            return Self { patterns: filled.into_patterns(), own: Vec::new() };
        }
        let own = filled.written().map(own).collect();
        Self { patterns: filled.into_patterns(), own }
    }

    /// One pattern that is nobody's own.
    pub(crate) fn single(pattern: ResourcePattern) -> Self {
        Self { patterns: Cow::Owned(vec![pattern]), own: Vec::new() }
    }

    /// The same with more patterns that are nobody's own.
    pub(crate) fn with(mut self, more: Vec<ResourcePattern>) -> Self {
        if !more.is_empty() {
            if !self.own.is_empty() {
                self.own.extend(more.iter().map(|_| Own::No));
            }
            self.patterns.to_mut().extend(more);
        }
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Whether some of the patterns name what is the holder's own.
    pub(crate) fn name_own(&self) -> bool {
        !self.own.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&ResourcePattern, Own)> + Clone {
        let own = self.own.iter().copied().chain(std::iter::repeat(Own::No));
        self.patterns.iter().zip(own)
    }
}

impl<'a> Resources<'a> {
    /// None when the element is about no resource at all.
    pub(crate) fn of(
        element: Option<&'a ResourceElement>,
        version: PolicyVersion,
        known: &KnownPrincipal,
        definition: &Definition,
    ) -> Option<Self> {
        let everything = |patterns: &[ResourcePattern]| patterns.iter().any(ResourcePattern::is_everything);
        match element {
            None => Some(Self::Everything),
            Some(ResourceElement::Resource(patterns)) if everything(patterns) => Some(Self::Everything),
            Some(ResourceElement::Resource(patterns)) => {
                let patterns = Patterns::of(patterns, version, known, definition);
                (!patterns.is_empty()).then_some(Self::Matching(patterns))
            }
            Some(ResourceElement::NotResource(patterns)) if everything(patterns) => None,
            Some(ResourceElement::NotResource(patterns)) => {
                let patterns = Patterns::of(patterns, version, known, definition);
                // Everything is left where nothing is excepted any more.
                Some(if patterns.is_empty() { Self::Everything } else { Self::Except(patterns) })
            }
        }
    }
}
