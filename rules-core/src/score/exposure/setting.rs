//! What holds for all statements that are taken together: the version of the score, and which tags the holder may set.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::requester_shares::RequesterShares;
use crate::catalogue::ResourceTypeIndex;
use crate::score::compile::circumstance::{Circumstance, Circumstances};
use crate::score::definition::Definition;
use crate::score::share::Share;

/// What holds for all statements that are taken together.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) definition: &'static Definition,
    /// None where no tag is asked for that the holder may set.
    pub(crate) settable: Option<Arc<SettableTags>>,
    /// Who asks, where statements are those of a resource's or role's own policy.
    pub(crate) requester: Option<RequesterShares>,
}

/// The tags that the holder may set: a condition on them narrows nothing.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SettableTags {
    /// Of resources of these types.
    pub(crate) types: BTreeSet<ResourceTypeIndex>,
    /// Of the holder itself.
    pub(crate) own: bool,
}

impl Setting {
    pub(crate) fn new(definition: &'static Definition) -> Self {
        Self { definition, settable: None, requester: None }
    }

    /// The part of a share that is left for resources of a type when circumstances are needed.
    pub(crate) fn narrow(&self, circumstances: Circumstances, of: Option<ResourceTypeIndex>, share: Share) -> Share {
        match self.requester {
            None => self.needed(circumstances, of).narrow(self.definition, share),
            Some(requester) => {
                let (part, others) = requester.split(circumstances);
                self.needed(others, of).narrow(self.definition, share).times(part)
            }
        }
    }

    /// Those of some circumstances that the holder cannot bring about for resources of a type.
    fn needed(&self, circumstances: Circumstances, of: Option<ResourceTypeIndex>) -> Circumstances {
        let Some(settable) = self.settable.as_ref().filter(|_| circumstances.meets(Circumstances::TAGS)) else {
            return circumstances;
        };
        let own = Circumstances::of(Circumstance::OwnTag);
        match of.is_some_and(|of| settable.types.contains(&of)) {
            true => circumstances.without(Circumstances::TAGS),
            false if settable.own => circumstances.without(own),
            false => circumstances,
        }
    }

    /// Whether circumstances are worth the same for resources of every type.
    pub(crate) fn is_even(&self, circumstances: Circumstances) -> bool {
        self.requester.is_none() && (self.settable.is_none() || !circumstances.meets(Circumstances::TAGS))
    }
}
