//! What to change, and what the score would be then.
//!
//! A fix names resources for some actions of one Allow: one resource of each type that the Allow reaches now. It is judged
//! by the same answers as the score: how far each type would still be reached, by the resource that is named or by another
//! Allow.

use std::collections::BTreeMap;

use super::words;
use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::amount::Amount;
use crate::score::exposure::action_types::ActionTypes;
use crate::score::exposure::allow::OpenAllows;
use crate::score::exposure::combined::{AllowPosition, CombinedExposure};
use crate::score::exposure::escalation::{OpenPath, PathShares};
use crate::score::exposure::table::ExposureTable;
use crate::score::exposure::weights::{share_of_one, weights};
use crate::score::{Fix, points_of};

/// Works out fixes, remembering what it found out about Allows.
pub(crate) struct Fixes<'t, 'e, 'a> {
    combined: &'t CombinedExposure<'e, 'a>,
    path_shares: &'t PathShares,
    /// The exposed privilege now, and what of it the paths of escalation are.
    total: Amount,
    of_paths: Amount,
    allows: BTreeMap<AllowPosition, OpenAllows<'e, 'a>>,
}

impl<'t, 'e, 'a> Fixes<'t, 'e, 'a> {
    pub(crate) fn new(combined: &'t CombinedExposure<'e, 'a>, path_shares: &'t PathShares, total: Amount) -> Self {
        let of_paths = amount_of(path_shares);
        Self { combined, path_shares, total, of_paths, allows: BTreeMap::new() }
    }

    /// Naming resources for whichever link of a path closes it furthest.
    pub(crate) fn narrow_path(&mut self, open: &OpenPath) -> Option<Fix> {
        let links = open.path.actions.iter().filter_map(|action| {
            let (service, name) = action.split_once(':')?;
            let action = crate::catalogue::action(service, name)?;
            self.name_resources(self.combined.widest_allow(action)?, &ActionSet::from_iter([action]))
        });
        links.max_by_key(|fix| fix.score)
    }

    /// What comes of naming one resource for these actions of an Allow, which exposes them furthest; none when that changes
    /// nothing.
    pub(crate) fn name_resources(&mut self, allow: AllowPosition, actions: &ActionSet) -> Option<Fix> {
        let policy = self.combined.parts().iter().find(|part| part.number == allow.policy)?.policy;
        let grant = policy.allows.get(allow.allow)?;
        let text = words::name_resources(actions)?;
        let mut here_alone = self.combined.exposed_here_alone(allow);
        here_alone.intersect_with(actions);
        let mut total = self.total.minus(weights().full_amount(&here_alone)).plus(weights().amount_of_one(&here_alone));
        let guardrails = self.combined.guardrails();
        let open = self.allows.entry(allow).or_insert_with(|| OpenAllows::new(grant, guardrails));
        let tables = self.combined.tables(allow);
        let mut others = actions.clone();
        others.subtract(&here_alone);
        let mut after: Vec<(ActionIndex, u32)> = Vec::new();
        for action in others.iter() {
            let now = self.combined.share(action);
            let then = self.combined.share_if_named(allow, open, action, &tables).min(now);
            let weight = weights().of(action);
            total = total.minus(Amount::of(weight, now)).plus(Amount::of(weight, then));
            after.push((action, then));
        }
        let share_after = |action: ActionIndex| match after.binary_search_by_key(&action, |(action, _)| *action) {
            Ok(place) => after.get(place).map_or(0, |(_, share)| *share),
            Err(_) => share_of_one(action),
        };
        if let Some(narrowed) = self.path_shares.with(actions, share_after) {
            total = total.minus(self.of_paths).plus(amount_of(&narrowed));
        }
        (total < self.total).then(|| Fix {
            text,
            score: points_of(total),
            policy: allow.policy,
            statement: grant.statement,
            actions: actions.clone(),
        })
    }
}

/// What the open paths of escalation expose.
fn amount_of(shares: &PathShares) -> Amount {
    shares.open_paths().iter().map(|open| open.amount).sum()
}

impl<'e, 'a> CombinedExposure<'e, 'a> {
    /// The actions that an Allow exposes on everything and that no other Allow is about.
    fn exposed_here_alone(&self, allow: AllowPosition) -> ActionSet {
        let Some(full) = self.full().iter().find(|full| full.allow == allow) else { return ActionSet::empty() };
        let mut alone = full.actions.clone().into_owned();
        alone.subtract(self.doubly_full());
        for part in self.parts().iter().filter(|part| !part.is_guarded) {
            if part.number == allow.policy {
                alone.subtract(part.exposed.beneath(part.policy).actions());
            } else {
                alone.subtract(part.exposed.partial.actions());
            }
        }
        alone
    }

    /// The tables that may say how far other Allows than this reach.
    fn tables(&self, allow: AllowPosition) -> Vec<Table<'e>> {
        let mut tables = Vec::new();
        for part in self.parts() {
            tables.push(Table {
                policy: part.number,
                partial: &part.exposed.partial,
                is_guarded: part.is_guarded,
                is_beneath: false,
            });
            // Where this Allow is an unconditional one, its policy's table leaves the action out.
            if part.number == allow.policy && !part.is_guarded {
                let partial = part.exposed.beneath(part.policy);
                tables.push(Table { policy: part.number, partial, is_guarded: false, is_beneath: true });
            }
        }
        tables.retain(|table| !table.partial.actions().is_empty());
        tables
    }

    /// How far an action stays exposed when an Allow names one resource of each type for it: by that, or by another Allow.
    fn share_if_named(
        &self,
        allow: AllowPosition,
        open: &mut OpenAllows<'e, 'a>,
        action: ActionIndex,
        tables: &[Table<'e>],
    ) -> u32 {
        let action_types = ActionTypes::of(action);
        if action_types.is_without_resources() || self.doubly_full().contains(action) {
            return self.share(action);
        }
        let is_guarded = self.guardrails().guarded().contains(action);
        let is_full = self.all_full().contains(action);
        let about = |table: &&Table<'e>| table.is_guarded == is_guarded && (is_full || !table.is_beneath);
        let types = action_types.types().enumerate().map(|(place, of)| {
            let by_name = of.map_or(0, |of| open.resource_type_if_named(action, of));
            let by_others = tables.iter().filter(about).map(|table| table.share_without(allow, action, place));
            (by_others.fold(by_name, u32::max), (), ())
        });
        action_types.weigh(types).map_or(0, |(share, ())| share)
    }
}

/// How far the Allows of one policy reach.
struct Table<'e> {
    policy: usize,
    partial: &'e ExposureTable,
    is_guarded: bool,
    /// Whether it is about actions that the policy exposes on everything.
    is_beneath: bool,
}

impl Table<'_> {
    /// How far one of the types of an action that count is reached by other Allows than this.
    fn share_without(&self, allow: AllowPosition, action: ActionIndex, place: usize) -> u32 {
        let Some(type_exposure) = self.partial.type_exposures(action).get(place) else { return 0 };
        let widest = self.partial.groups().get(type_exposure.group);
        let is_its = self.policy == allow.policy && widest.is_some_and(|group| group.allow == allow.allow);
        if is_its { type_exposure.second } else { type_exposure.share }
    }
}
