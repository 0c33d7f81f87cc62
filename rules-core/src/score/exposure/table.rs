//! How far actions are exposed that no Allow exposes on everything.

use std::collections::BTreeMap;

use super::action_types::ActionTypes;
use super::allow::{OpenAllows, Place, Scope};
use super::guardrails::Guardrails;
use super::numbered::NumberedActions;
use super::type_cache::TypeCache;
use super::weights::{WITHOUT_RESOURCES, weights};
use crate::catalogue::{ActionIndex, ActionSet, ResourceTypeIndex};
use crate::score::amount::{Amount, ONE};
use crate::score::compile::policy::CompiledPolicy;
use crate::score::compile::statement::{CompiledStatement, Resources};

/// How far actions are exposed, one row each.
#[derive(Debug, Default)]
pub(crate) struct ExposureTable {
    actions: NumberedActions,
    rows: Vec<ActionExposure>,
    /// For each row, one for each resource type that counts, or a single one for an action that takes no resource.
    type_exposures: Vec<TypeExposure>,
    /// By Allow and reach, in order.
    groups: Vec<AllowScope>,
    /// What each group exposes.
    amounts: Vec<Amount>,
    /// The places of the exposed rows, group by group, and where each group begins among them.
    by_group: Vec<usize>,
    starts: Vec<usize>,
}

/// How far an action is exposed, all its resource types taken combined.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ActionExposure {
    pub(crate) action: ActionIndex,
    /// Nothing for an action that is not exposed.
    pub(crate) share: u32,
    /// What exposes it furthest, by its place among the groups.
    pub(crate) group: usize,
    action_types: ActionTypes,
    /// Where its type_exposures begin.
    start: usize,
}

/// How far a resource type is reached: by the Allow that reaches it furthest, and by the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct TypeExposure {
    /// Nothing for a type that is not reached.
    pub(crate) share: u32,
    pub(crate) group: usize,
    /// The share that is left without that Allow.
    pub(crate) second: u32,
}

impl TypeExposure {
    /// Enters how far a later Allow reaches.
    fn enter(&mut self, share: u32, group: usize) {
        if share > self.share {
            *self = Self { share, group, second: self.share };
        } else {
            self.second = self.second.max(share);
        }
    }
}

/// What an Allow reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AllowScope {
    /// The place of the Allow in its policy.
    pub(crate) allow: usize,
    pub(crate) reach: Scope,
}

impl ExposureTable {
    /// What the Allows of a policy that are no unconditional ones expose of the actions in `among`, on which nothing bears.
    pub(crate) fn unguarded(policy: &CompiledPolicy<'_>, among: &ActionSet) -> Self {
        let allows = policy.allows.iter().map(|allow| &**allow).enumerate();
        Self::new(allows.filter(|(_, allow)| !allow.is_unconditional()), among, &Guardrails::none())
    }

    /// What a policy exposes of the actions on which guardrails bear.
    pub(crate) fn guarded(policy: &CompiledPolicy<'_>, guardrails: &Guardrails<'_>) -> Self {
        let allows = policy.allows.iter().map(|allow| &**allow).enumerate();
        Self::new(allows, guardrails.guarded(), guardrails)
    }

    fn new<'g, 'a: 'g>(
        allows: impl Iterator<Item = (usize, &'g CompiledStatement<'a>)> + Clone,
        among: &ActionSet,
        guardrails: &'g Guardrails<'a>,
    ) -> Self {
        let mut granted = ActionSet::empty();
        for (_, allow) in allows.clone() {
            granted.union_with(&allow.actions);
        }
        granted.intersect_with(among);
        granted.subtract(guardrails.closed());
        let mut table = Self { actions: NumberedActions::new(granted), ..Self::default() };
        if table.actions.actions().is_empty() {
            return table;
        }
        let mut places = 0;
        for action in table.actions.actions().iter() {
            let action_types = ActionTypes::of(action);
            table.rows.push(ActionExposure { action, share: 0, group: 0, action_types, start: places });
            places += action_types.len();
        }
        table.type_exposures = vec![TypeExposure::default(); places];
        for (number, allow) in allows {
            table.add(number, allow, guardrails);
        }
        table.sort_groups();
        table.weigh();
        table
    }

    /// Enters how far an Allow reaches. Allows come in order, so that the first of equals stays.
    fn add<'g, 'a: 'g>(&mut self, number: usize, allow: &'g CompiledStatement<'a>, guardrails: &'g Guardrails<'a>) {
        let mut evaluation = AllowEvaluation::new(number, allow, guardrails);
        let mut actions = allow.actions.clone();
        actions.intersect_with(self.actions.actions());
        for action in actions.iter() {
            let Some(row) = self.actions.number_of(action).and_then(|number_of| self.rows.get(number_of)) else {
                continue;
            };
            let action_types = row.action_types;
            let type_exposures =
                self.type_exposures.get_mut(row.start..row.start + action_types.len()).unwrap_or_default();
            if let Some((share, group)) = evaluation.reach_whatever(action_types, &mut self.groups) {
                type_exposures.iter_mut().for_each(|type_exposure| type_exposure.enter(share, group));
                continue;
            }
            for (type_exposure, of) in type_exposures.iter_mut().zip(action_types.types()) {
                if let Some((share, group)) = evaluation.reach(action, of, &mut self.groups) {
                    type_exposure.enter(share, group);
                }
            }
        }
    }

    /// Puts the groups into an order that does not depend on which action came first.
    fn sort_groups(&mut self) {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|group| self.groups.get(*group).copied());
        let mut new_places = vec![0; order.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(place) = new_places.get_mut(*old) {
                *place = new;
            }
        }
        self.groups.sort();
        for type_exposure in &mut self.type_exposures {
            type_exposure.group = new_places.get(type_exposure.group).copied().unwrap_or_default();
        }
    }

    fn weigh(&mut self) {
        self.amounts = vec![Amount::ZERO; self.groups.len()];
        for row in &mut self.rows {
            let action_types = row.action_types;
            let type_exposures = self.type_exposures.get(row.start..row.start + action_types.len()).unwrap_or_default();
            let by_allow = type_exposures.iter().map(|type_exposure| {
                let allow = self.groups.get(type_exposure.group).map(|group| group.allow);
                (type_exposure.share, allow, type_exposure.group)
            });
            let Some((share, group)) = action_types.weigh(by_allow) else { continue };
            (row.share, row.group) = (share, group);
            if let Some(amount) = self.amounts.get_mut(group) {
                *amount = amount.plus(Amount::of(weights().of(row.action), share));
            }
        }
        self.bucket();
    }

    /// Sorts the exposed rows by group.
    fn bucket(&mut self) {
        let mut counts = vec![0; self.groups.len() + 1];
        let exposed = |(_, row): &(usize, &ActionExposure)| row.share > 0;
        for (_, row) in self.rows.iter().enumerate().filter(exposed) {
            if let Some(count) = counts.get_mut(row.group + 1) {
                *count += 1;
            }
        }
        let mut sum = 0;
        self.starts = counts
            .iter()
            .map(|count| {
                sum += count;
                sum
            })
            .collect();
        let mut next = self.starts.clone();
        self.by_group = vec![0; sum];
        for (place, row) in self.rows.iter().enumerate().filter(exposed) {
            let Some(slot) = next.get_mut(row.group) else { continue };
            if let Some(slot) = self.by_group.get_mut(*slot) {
                *slot = place;
            }
            *slot += 1;
        }
    }

    /// The actions that some Allow is about.
    pub(crate) fn actions(&self) -> &ActionSet {
        self.actions.actions()
    }

    /// The rows, in the order of their actions.
    pub(crate) fn rows(&self) -> &[ActionExposure] {
        &self.rows
    }

    /// What Allows reach, in order.
    pub(crate) fn groups(&self) -> &[AllowScope] {
        &self.groups
    }

    /// What each group exposes.
    pub(crate) fn amounts(&self) -> &[Amount] {
        &self.amounts
    }

    /// The exposed rows of a group, in the order of their actions.
    pub(crate) fn rows_of(&self, group: usize) -> impl Iterator<Item = &ActionExposure> {
        let (start, end) = (self.starts.get(group), self.starts.get(group + 1));
        let places = start.zip(end).and_then(|(start, end)| self.by_group.get(*start..*end));
        places.unwrap_or_default().iter().filter_map(|row| self.rows.get(*row))
    }

    /// The row of an action.
    pub(crate) fn row(&self, action: ActionIndex) -> Option<&ActionExposure> {
        self.rows.get(self.actions.number_of(action)?)
    }

    /// The type_exposures of an action; none when no Allow is about it.
    pub(crate) fn type_exposures(&self, action: ActionIndex) -> &[TypeExposure] {
        let of_row = |row: &ActionExposure| self.type_exposures.get(row.start..row.start + row.action_types.len());
        self.row(action).and_then(of_row).unwrap_or_default()
    }
}

/// Says how far one Allow reaches, remembering what it worked out.
struct AllowEvaluation<'g, 'a> {
    number: usize,
    allow: &'g CompiledStatement<'a>,
    open: OpenAllows<'g, 'a>,
    guardrails: &'g Guardrails<'a>,
    groups: BTreeMap<Scope, usize>,
    /// Share and group.
    known: TypeCache<Option<(u32, usize)>>,
}

impl<'g, 'a> AllowEvaluation<'g, 'a> {
    fn new(number: usize, allow: &'g CompiledStatement<'a>, guardrails: &'g Guardrails<'a>) -> Self {
        let open = OpenAllows::new(allow, guardrails);
        Self { number, allow, open, guardrails, groups: BTreeMap::new(), known: TypeCache::new() }
    }

    /// How far the Allow reaches every resource type, if it is about all resources and nothing guardrails it.
    fn reach_whatever(&mut self, action_types: ActionTypes, groups: &mut Vec<AllowScope>) -> Option<(u32, usize)> {
        let circumstances = self.allow.circumstances;
        if !matches!(self.allow.resources, Resources::Everything) || !self.guardrails.is_none() {
            return None;
        }
        let whole = if action_types.is_without_resources() { WITHOUT_RESOURCES } else { ONE };
        let group = self.group(Scope { place: Place::Everything, circumstances }, groups);
        Some((circumstances.narrow(whole), group))
    }

    fn group(&mut self, reach: Scope, groups: &mut Vec<AllowScope>) -> usize {
        *self.groups.entry(reach).or_insert_with(|| {
            groups.push(AllowScope { allow: self.number, reach });
            groups.len() - 1
        })
    }

    /// How far the Allow reaches a resource type for an action, and the group that this falls into.
    fn reach(
        &mut self,
        action: ActionIndex,
        of: Option<ResourceTypeIndex>,
        groups: &mut Vec<AllowScope>,
    ) -> Option<(u32, usize)> {
        let guardrail_set = self.guardrails.set_of(action);
        if let Some(known) = self.known.get(action, guardrail_set, of) {
            return known;
        }
        let open = self.open.about(action);
        let reached = match of {
            Some(of) => open.resource_type(of),
            None => open.without_resources(action.service()),
        };
        let reached = reached.map(|(share, reach)| (share, self.group(reach, groups)));
        self.known.insert(action, guardrail_set, of, reached);
        reached
    }
}
