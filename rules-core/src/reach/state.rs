//! The policies of a principal: those that it has, those that can be added or removed, and its permissions boundaries.

use std::sync::Arc;

use super::account::{GroupIndex, PolicyIndex};
use super::action::Mask;
use super::document::{DocumentId, Documents};

/// What applies to a principal, with what of it can be changed. A request may choose among the changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) held: Vec<Held>,
    /// Permissions boundaries that it has or can have; none of them stands for no boundary.
    pub(super) bounds: Vec<Option<Bound>>,
    /// Groups that it is in and can leave.
    pub(super) left: Vec<GroupIndex>,
}

/// A policy of a principal, or one that it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Held {
    pub(super) document: DocumentId,
    pub(super) origin: Origin,
    /// The managed policy that it is; none for an inline one.
    pub(super) policy: Option<PolicyIndex>,
    /// The group that brings it.
    pub(super) group: Option<GroupIndex>,
    /// Whether the group is one that the principal is not in yet.
    pub(super) is_joined: bool,
    /// Whether it can be taken away.
    pub(super) is_lifted: bool,
}

/// Where a policy comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Origin {
    /// The principal or the group has it, at this place among its policies.
    Inherent(u32),
    /// It can be given.
    Given,
    /// It can take the place of another version of the same managed policy.
    Version,
}

/// A permissions boundary.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Bound {
    pub(super) document: DocumentId,
    pub(super) policy: Option<PolicyIndex>,
    pub(super) arn: Arc<str>,
}

impl Held {
    pub(super) fn inherent(
        document: DocumentId,
        origin: u32,
        policy: Option<PolicyIndex>,
        group: Option<GroupIndex>,
    ) -> Self {
        Self { document, origin: Origin::Inherent(origin), policy, group, is_joined: false, is_lifted: false }
    }

    pub(super) fn given(document: DocumentId, policy: Option<PolicyIndex>, group: Option<GroupIndex>) -> Self {
        Self { document, origin: Origin::Given, policy, group, is_joined: false, is_lifted: false }
    }

    /// Whether it says anything about paths, or might be made to.
    pub(super) fn matters(&self) -> bool {
        self.document != DocumentId::SILENT || self.policy.is_some()
    }

    pub(super) fn is_inherent(&self) -> bool {
        matches!(self.origin, Origin::Inherent(_))
    }
}

impl State {
    pub(super) fn new(held: Vec<Held>, bound: Option<Bound>) -> Self {
        Self { held, bounds: vec![bound], left: Vec::new() }
    }

    /// Whether something of it can be changed.
    pub(super) fn is_changed(&self) -> bool {
        self.bounds.len() > 1
            || !self.left.is_empty()
            || self.held.iter().any(|held| held.is_lifted || !held.is_inherent() || held.is_joined)
    }

    /// The same without where some of its policies come from, for what can be done with them.
    pub(super) fn without_origins(&self, of: impl Fn(&Held) -> bool) -> Self {
        let mut state = self.clone();
        state.held.retain(|held| held.document != DocumentId::SILENT);
        for held in state.held.iter_mut().filter(|held| of(held)) {
            *held = Held::inherent(held.document, 0, None, None);
        }
        state.held.sort_unstable_by_key(|held| held.document);
        state.held.dedup();
        state
    }

    /// Adds a policy that the principal can have. Returns whether that was not known.
    pub(super) fn add(&mut self, held: Held) -> bool {
        let is_new = !self.held.contains(&held);
        if is_new {
            self.held.push(held);
        }
        is_new
    }

    /// Adds a boundary that the principal can have. Returns whether that was not known.
    pub(super) fn bound(&mut self, bound: Option<Bound>) -> bool {
        let is_new = !self.bounds.contains(&bound);
        if is_new {
            self.bounds.push(bound);
        }
        is_new
    }

    /// The actions that some Allow covers, whatever holds it back.
    pub(super) fn allows(&self, documents: &Documents<'_>) -> Mask {
        self.held.iter().fold(Mask::NONE, |all, held| all.union(documents.get(held.document).allows))
    }

    /// Whether the policy has to apply to a request that relies on others, including those at `kept`.
    pub(super) fn is_forced(&self, held: &Held, kept: &[&Held]) -> bool {
        if held.is_lifted || !held.is_inherent() {
            return false;
        }
        let relies = || kept.iter().any(|kept| kept.group == held.group);
        match held.group {
            None => true,
            Some(_) if held.is_joined => relies(),
            Some(group) => relies() || !self.left.contains(&group),
        }
    }

    /// Whether two policies can be had at the same time: two versions of a managed policy cannot.
    pub(super) fn go_together(one: &Held, other: &Held) -> bool {
        let is_version = |held: &Held| held.origin == Origin::Version;
        one.policy.is_none() || one.policy != other.policy || one == other || !(is_version(one) || is_version(other))
    }
}
