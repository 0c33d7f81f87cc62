//! What one policy exposes.
//!
//! Most actions of most policies are granted on everything by some statement and have no guardrails: those are kept as one
//! set with what it amounts to. Every Allow that is about one of the others is evaluated.

use std::sync::OnceLock;

use super::guardrails::Guardrails;
use super::setting::Setting;
use super::table::ExposureTable;
use super::weights::weights;
use crate::catalogue::ActionSet;
use crate::score::compile::policy::{AllowIndex, CompiledPolicy};
use crate::score::sum::Sum;

/// What a policy exposes of some actions.
#[derive(Debug)]
pub(crate) struct PolicyExposure {
    /// Actions exposed on everything by an unconditional Allow, by the first such Allow.
    pub(crate) full: Vec<FullyExposed>,
    /// All of [`Self::full`] together.
    pub(crate) all_full: ActionSet,
    /// Those of them that more than one unconditional Allow exposes.
    pub(crate) doubly_full: ActionSet,
    /// The others.
    pub(crate) partial: ExposureTable,
    /// What is left of [`Self::all_full`] without unconditional Allows. Only fixes ask for it.
    beneath: OnceLock<ExposureTable>,
}

/// Actions that one Allow exposes on everything.
#[derive(Debug)]
pub(crate) struct FullyExposed {
    pub(crate) allow: AllowIndex,
    pub(crate) actions: ActionSet,
    pub(crate) sum: Sum,
}

impl PolicyExposure {
    /// What a policy exposes of the actions in `among`, which have no guardrails.
    pub(crate) fn unguarded(policy: &CompiledPolicy<'_>, among: &ActionSet, setting: &Setting) -> Self {
        let weights = weights(setting.definition);
        let (mut full, mut all_full, mut doubly_full) = (Vec::new(), ActionSet::empty(), ActionSet::empty());
        for (index, allow) in policy.allows.enumerate().filter(|(_, allow)| allow.is_unconditional()) {
            let mut actions = allow.actions.clone();
            actions.intersect_with(among);
            let mut again = actions.clone();
            again.intersect_with(&all_full);
            doubly_full.union_with(&again);
            actions.subtract(&again);
            if !actions.is_empty() {
                all_full.union_with(&actions);
                full.push(FullyExposed { allow: index, sum: weights.full_sum(&actions), actions });
            }
        }
        let partial = match policy.allows.iter().all(|allow| allow.is_unconditional()) {
            true => ExposureTable::default(),
            false => {
                let mut others = among.clone();
                others.subtract(&all_full);
                ExposureTable::unguarded(policy, &others, setting)
            }
        };
        Self { full, all_full, doubly_full, partial, beneath: OnceLock::new() }
    }

    /// What a policy exposes of the actions that have guardrails.
    pub(crate) fn guarded(policy: &CompiledPolicy<'_>, guardrails: &Guardrails<'_>) -> Self {
        Self::in_part(ExposureTable::guarded(policy, guardrails))
    }

    /// What a resource's or role's own policy exposes.
    pub(crate) fn attached(policy: &CompiledPolicy<'_>, guardrails: &Guardrails<'_>) -> Self {
        Self::in_part(ExposureTable::whole(policy, guardrails))
    }

    fn in_part(partial: ExposureTable) -> Self {
        Self {
            full: Vec::new(),
            all_full: ActionSet::empty(),
            doubly_full: ActionSet::empty(),
            partial,
            beneath: OnceLock::new(),
        }
    }

    /// How far the other Allows of the policy expose the actions that an unconditional one exposes.
    pub(crate) fn beneath(&self, policy: &CompiledPolicy<'_>, setting: &Setting) -> &ExposureTable {
        self.beneath.get_or_init(|| {
            if policy.allows.iter().all(|allow| allow.is_unconditional()) {
                return ExposureTable::default();
            }
            let mut singly_full = self.all_full.clone();
            singly_full.subtract(&self.doubly_full);
            ExposureTable::unguarded(policy, &singly_full, setting)
        })
    }
}
