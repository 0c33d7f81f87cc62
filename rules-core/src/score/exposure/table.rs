//! How far actions are exposed that no Allow exposes on everything.

use std::collections::BTreeMap;

use super::action_types::Counting;
use super::allow::{OpenAllows, Place, Reach};
use super::guardrails::Limits;
use super::numbered::RankedSet;
use super::type_cache::ByType;
use super::weights::{WITHOUT_RESOURCES, weights};
use crate::catalogue::{ActionIndex, ActionSet, ResourceTypeIndex};
use crate::score::amount::{Amount, ONE};
use crate::score::compile::policy::CompiledPolicy;
use crate::score::compile::statement::{Grant, Resources};

/// How far actions are exposed, one row each.
#[derive(Debug, Default)]
pub(crate) struct PartlyExposed {
    actions: RankedSet,
    rows: Vec<Row>,
    /// For each row, one for each resource type that counts, or a single one for an action that takes no resource.
    contenders: Vec<Contender>,
    /// By Allow and reach, in order.
    groups: Vec<Group>,
    /// What each group exposes.
    amounts: Vec<Amount>,
    /// The places of the exposed rows, group by group, and where each group begins among them.
    by_group: Vec<usize>,
    starts: Vec<usize>,
}

/// How far an action is exposed, all its resource types taken together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) action: ActionIndex,
    /// Nothing for an action that is not exposed.
    pub(crate) share: u32,
    /// What exposes it furthest, by its place among the groups.
    pub(crate) group: usize,
    counting: Counting,
    /// Where its contenders begin.
    start: usize,
}

/// How far a resource type is reached: by the Allow that reaches it furthest, and by the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Contender {
    /// Nothing for a type that is not reached.
    pub(crate) share: u32,
    pub(crate) group: usize,
    /// The share that is left without that Allow.
    pub(crate) second: u32,
}

impl Contender {
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
pub(crate) struct Group {
    /// The place of the Allow in its policy.
    pub(crate) allow: usize,
    pub(crate) reach: Reach,
}

impl PartlyExposed {
    /// What the Allows of a policy that are no unconditional ones expose of the actions in `among`, on which nothing bears.
    pub(crate) fn unlimited(policy: &CompiledPolicy<'_>, among: &ActionSet) -> Self {
        let allows = policy.allows.iter().map(|allow| &**allow).enumerate();
        Self::new(allows.filter(|(_, allow)| !allow.is_unconditional()), among, &Limits::none())
    }

    /// What a policy exposes of the actions on which limits bear.
    pub(crate) fn limited(policy: &CompiledPolicy<'_>, limits: &Limits<'_>) -> Self {
        let allows = policy.allows.iter().map(|allow| &**allow).enumerate();
        Self::new(allows, limits.limited(), limits)
    }

    fn new<'g, 'a: 'g>(
        allows: impl Iterator<Item = (usize, &'g Grant<'a>)> + Clone,
        among: &ActionSet,
        limits: &'g Limits<'a>,
    ) -> Self {
        let mut granted = ActionSet::empty();
        for (_, allow) in allows.clone() {
            granted.union_with(&allow.actions);
        }
        granted.intersect_with(among);
        granted.subtract(limits.closed());
        let mut table = Self { actions: RankedSet::new(granted), ..Self::default() };
        if table.actions.actions().is_empty() {
            return table;
        }
        let mut places = 0;
        for action in table.actions.actions().iter() {
            let counting = Counting::of(action);
            table.rows.push(Row { action, share: 0, group: 0, counting, start: places });
            places += counting.len();
        }
        table.contenders = vec![Contender::default(); places];
        for (number, allow) in allows {
            table.add(number, allow, limits);
        }
        table.sort_groups();
        table.weigh();
        table
    }

    /// Enters how far an Allow reaches. Allows come in order, so that the first of equals stays.
    fn add<'g, 'a: 'g>(&mut self, number: usize, allow: &'g Grant<'a>, limits: &'g Limits<'a>) {
        let mut judge = Judge::new(number, allow, limits);
        let mut actions = allow.actions.clone();
        actions.intersect_with(self.actions.actions());
        for action in actions.iter() {
            let Some(row) = self.actions.rank(action).and_then(|rank| self.rows.get(rank)) else { continue };
            let counting = row.counting;
            let contenders = self.contenders.get_mut(row.start..row.start + counting.len()).unwrap_or_default();
            if let Some((share, group)) = judge.reach_whatever(counting, &mut self.groups) {
                contenders.iter_mut().for_each(|contender| contender.enter(share, group));
                continue;
            }
            for (contender, of) in contenders.iter_mut().zip(counting.types()) {
                if let Some((share, group)) = judge.reach(action, of, &mut self.groups) {
                    contender.enter(share, group);
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
        for contender in &mut self.contenders {
            contender.group = new_places.get(contender.group).copied().unwrap_or_default();
        }
    }

    fn weigh(&mut self) {
        self.amounts = vec![Amount::ZERO; self.groups.len()];
        for row in &mut self.rows {
            let counting = row.counting;
            let contenders = self.contenders.get(row.start..row.start + counting.len()).unwrap_or_default();
            let by_allow = contenders.iter().map(|contender| {
                let allow = self.groups.get(contender.group).map(|group| group.allow);
                (contender.share, allow, contender.group)
            });
            let Some((share, group)) = counting.weigh(by_allow) else { continue };
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
        let exposed = |(_, row): &(usize, &Row)| row.share > 0;
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
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// What Allows reach, in order.
    pub(crate) fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// What each group exposes.
    pub(crate) fn amounts(&self) -> &[Amount] {
        &self.amounts
    }

    /// The exposed rows of a group, in the order of their actions.
    pub(crate) fn rows_of(&self, group: usize) -> impl Iterator<Item = &Row> {
        let (start, end) = (self.starts.get(group), self.starts.get(group + 1));
        let places = start.zip(end).and_then(|(start, end)| self.by_group.get(*start..*end));
        places.unwrap_or_default().iter().filter_map(|row| self.rows.get(*row))
    }

    /// The row of an action.
    pub(crate) fn row(&self, action: ActionIndex) -> Option<&Row> {
        self.rows.get(self.actions.rank(action)?)
    }

    /// The contenders of an action; none when no Allow is about it.
    pub(crate) fn contenders(&self, action: ActionIndex) -> &[Contender] {
        let of_row = |row: &Row| self.contenders.get(row.start..row.start + row.counting.len());
        self.row(action).and_then(of_row).unwrap_or_default()
    }
}

/// Says how far one Allow reaches, remembering what it worked out.
struct Judge<'g, 'a> {
    number: usize,
    allow: &'g Grant<'a>,
    open: OpenAllows<'g, 'a>,
    limits: &'g Limits<'a>,
    groups: BTreeMap<Reach, usize>,
    /// Share and group.
    known: ByType<Option<(u32, usize)>>,
}

impl<'g, 'a> Judge<'g, 'a> {
    fn new(number: usize, allow: &'g Grant<'a>, limits: &'g Limits<'a>) -> Self {
        let open = OpenAllows::new(allow, limits);
        Self { number, allow, open, limits, groups: BTreeMap::new(), known: ByType::new() }
    }

    /// How far the Allow reaches every resource type, if it is about all resources and nothing limits it.
    fn reach_whatever(&mut self, counting: Counting, groups: &mut Vec<Group>) -> Option<(u32, usize)> {
        let dimensions = self.allow.dimensions;
        if !matches!(self.allow.resources, Resources::Everything) || !self.limits.is_none() {
            return None;
        }
        let whole = if counting.is_without_resources() { WITHOUT_RESOURCES } else { ONE };
        let group = self.group(Reach { place: Place::Everything, dimensions }, groups);
        Some((dimensions.narrow(whole), group))
    }

    fn group(&mut self, reach: Reach, groups: &mut Vec<Group>) -> usize {
        *self.groups.entry(reach).or_insert_with(|| {
            groups.push(Group { allow: self.number, reach });
            groups.len() - 1
        })
    }

    /// How far the Allow reaches a resource type for an action, and the group that this falls into.
    fn reach(
        &mut self,
        action: ActionIndex,
        of: Option<ResourceTypeIndex>,
        groups: &mut Vec<Group>,
    ) -> Option<(u32, usize)> {
        let bearing = self.limits.bearing(action);
        if let Some(known) = self.known.get(action, bearing, of) {
            return known;
        }
        let open = self.open.about(action);
        let reached = match of {
            Some(of) => open.resource_type(of),
            None => open.without_resources(action.service()),
        };
        let reached = reached.map(|(share, reach)| (share, self.group(reach, groups)));
        self.known.insert(action, bearing, of, reached);
        reached
    }
}
