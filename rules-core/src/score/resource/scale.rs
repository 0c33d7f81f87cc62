//! What extents are worth.

use crate::score::definition::{Definition, Narrowing, ScoreVersion};

/// How extents narrow what is exposed: in the sum of all actions, or in the kinds of harm.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) narrowing: &'static Narrowing,
    /// Whether one name in any account counts as some names: many accounts may have one.
    pub(crate) lone_names_are_many: bool,
    /// Whether the resource is the one that the statements are attached to: it is there, whatever it is called. Only what is
    /// below it narrows.
    pub(crate) is_own: bool,
}

impl Scale {
    /// Where only whether something matches is asked.
    pub(crate) const LIKE_FOR_LIKE: Self = Self { narrowing: &FULL, lone_names_are_many: false, is_own: false };

    /// In the sum.
    pub(crate) fn sum(definition: &'static Definition) -> Self {
        Self { narrowing: &definition.sum, lone_names_are_many: false, is_own: false }
    }

    /// In the kinds of harm.
    pub(crate) fn harm(definition: &'static Definition) -> Self {
        Self { narrowing: &definition.harm, lone_names_are_many: false, is_own: false }
    }

    /// In the kinds of harm, for the resource that statements are attached to.
    pub(crate) fn own_resource(definition: &'static Definition) -> Self {
        Self { is_own: true, ..Self::harm(definition) }
    }

    /// In the kinds of harm, for roles that are assumed.
    pub(crate) fn assumed_roles(definition: &'static Definition) -> Self {
        Self { lone_names_are_many: definition.version != ScoreVersion::V1, ..Self::harm(definition) }
    }
}

static FULL: Narrowing = Narrowing { some: 100, one: 100, region: 100, account: 100, without_resources: 100 };
