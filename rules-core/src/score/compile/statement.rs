//! Statements compiled for scoring: which actions each is about, where, and when.

use std::borrow::Cow;

use super::circumstance::Circumstances;
use super::principal::KnownPrincipal;
use crate::catalogue::ActionSet;
use crate::policy::{PolicyVersion, ResourceElement, ResourcePattern, Statement};

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
}

/// The resources that a statement is about.
#[derive(Clone, Debug)]
pub(crate) enum Resources<'a> {
    /// All of them.
    Everything,
    /// Those that match a pattern.
    Matching(Cow<'a, [ResourcePattern]>),
    /// Those that match no pattern.
    Except(Cow<'a, [ResourcePattern]>),
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

impl<'a> Resources<'a> {
    /// None when the element is about no resource at all.
    pub(crate) fn of(
        element: Option<&'a ResourceElement>,
        version: PolicyVersion,
        known: &KnownPrincipal,
    ) -> Option<Self> {
        let everything = |patterns: &[ResourcePattern]| patterns.iter().any(ResourcePattern::is_everything);
        match element {
            None => Some(Self::Everything),
            Some(ResourceElement::Resource(patterns)) if everything(patterns) => Some(Self::Everything),
            Some(ResourceElement::Resource(patterns)) => {
                let patterns = known.fill_in_all(patterns, version);
                (!patterns.is_empty()).then_some(Self::Matching(patterns))
            }
            Some(ResourceElement::NotResource(patterns)) if everything(patterns) => None,
            Some(ResourceElement::NotResource(patterns)) => {
                let patterns = known.fill_in_all(patterns, version);
                // Everything is left where nothing is excepted any more.
                Some(if patterns.is_empty() { Self::Everything } else { Self::Except(patterns) })
            }
        }
    }
}
