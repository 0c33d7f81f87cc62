//! What an Allow gives access to.

use crate::catalogue::ResourceTypeIndex;
use crate::score::compile::circumstance::Circumstances;
use crate::score::resource::extents::Extents;

/// Some resources, and the circumstances in which there is access to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) resources: ScopeResources,
    pub(crate) circumstances: Circumstances,
}

/// The resources of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ScopeResources {
    /// Every resource, or all there is for an action that takes none.
    Everything,
    /// Part of a resource type: the extents of the variables of one of its templates, which is given by its number.
    Part(ResourceTypeIndex, u8, Extents),
}

impl Scope {
    pub(crate) const EVERYTHING: Self = Self::everything_in(Circumstances::NONE);

    pub(crate) const fn everything_in(circumstances: Circumstances) -> Self {
        Self { resources: ScopeResources::Everything, circumstances }
    }
}
