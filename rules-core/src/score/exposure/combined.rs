//! What several policies expose combined: of each action what the widest of them does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::action_types::ActionTypes;
use super::guardrails::Guardrails;
use super::policy::PolicyExposure;
use super::table::AllowScope;
use super::weights::weights;
use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::amount::Amount;
use crate::score::compile::policy::CompiledPolicy;

/// An Allow among those of several policies, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AllowPosition {
    pub(crate) policy: usize,
    pub(crate) allow: usize,
}

/// What one of several policies exposes: of the actions on which nothing bears, or of the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contribution<'e, 'a> {
    /// The place of the policy among them.
    pub(crate) number: usize,
    pub(crate) policy: &'e CompiledPolicy<'a>,
    pub(crate) exposed: &'e PolicyExposure,
    /// Whether it is about the actions on which something bears.
    pub(crate) is_guarded: bool,
}

/// What several policies expose combined.
#[derive(Debug)]
pub(crate) struct CombinedExposure<'e, 'a> {
    parts: Vec<Contribution<'e, 'a>>,
    guardrails: &'e Guardrails<'a>,
    full: Vec<FullExposure<'e>>,
    all_full: ActionSet,
    doubly_full: ActionSet,
    /// Actions that are exposed in part, if at all.
    partial: ActionSet,
    /// Those of them that more than one part has something to say about.
    shared: ActionSet,
    shared_rows: BTreeMap<ActionIndex, CombinedRow>,
}

/// Actions that one Allow exposes on everything, and no Allow before it.
#[derive(Debug)]
pub(crate) struct FullExposure<'e> {
    pub(crate) allow: AllowPosition,
    pub(crate) actions: Cow<'e, ActionSet>,
    pub(crate) amount: Amount,
}

/// How far an action is exposed in part, and by which group of which part furthest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CombinedRow {
    pub(crate) share: u32,
    pub(crate) part: usize,
    pub(crate) group: usize,
}

impl<'e, 'a> CombinedExposure<'e, 'a> {
    /// The parts come in the order of their policies.
    pub(crate) fn new(parts: Vec<Contribution<'e, 'a>>, guardrails: &'e Guardrails<'a>) -> Self {
        let mut combined = Self {
            parts,
            guardrails,
            full: Vec::new(),
            all_full: ActionSet::empty(),
            doubly_full: ActionSet::empty(),
            partial: ActionSet::empty(),
            shared: ActionSet::empty(),
            shared_rows: BTreeMap::new(),
        };
        combined.join_full();
        combined.join_partial();
        combined
    }

    fn join_full(&mut self) {
        for part in self.parts.iter().filter(|part| !part.exposed.full.is_empty()) {
            self.doubly_full.union_with(&part.exposed.doubly_full);
            for full in &part.exposed.full {
                let allow = AllowPosition { policy: part.number, allow: full.allow };
                let is_visible = self.guardrails.guarded().is_disjoint(&full.actions);
                if is_visible && self.all_full.is_disjoint(&full.actions) {
                    self.all_full.union_with(&full.actions);
                    self.full.push(FullExposure { allow, actions: Cow::Borrowed(&full.actions), amount: full.amount });
                    continue;
                }
                let mut actions = full.actions.clone();
                actions.subtract(self.guardrails.guarded());
                let mut again = actions.clone();
                again.intersect_with(&self.all_full);
                self.doubly_full.union_with(&again);
                actions.subtract(&again);
                if !actions.is_empty() {
                    self.all_full.union_with(&actions);
                    self.full.push(FullExposure {
                        allow,
                        amount: weights().full_amount(&actions),
                        actions: Cow::Owned(actions),
                    });
                }
            }
        }
    }

    fn join_partial(&mut self) {
        for part in &self.parts {
            let mut actions = part.exposed.partial.actions().clone();
            self.hide(part, &mut actions);
            let mut again = actions.clone();
            again.intersect_with(&self.partial);
            self.shared.union_with(&again);
            self.partial.union_with(&actions);
        }
        for action in self.shared.iter() {
            if let Some(row) = self.weigh_shared(action) {
                self.shared_rows.insert(action, row);
            }
        }
    }

    /// Takes out the actions in which a part has no say: those that others expose on everything, and guarded ones.
    fn hide(&self, part: &Contribution<'_, '_>, actions: &mut ActionSet) {
        actions.subtract(&self.all_full);
        if !part.is_guarded {
            actions.subtract(self.guardrails.guarded());
        }
    }

    fn weigh_shared(&self, action: ActionIndex) -> Option<CombinedRow> {
        let action_types = ActionTypes::of(action);
        let widest_of_type = |place: usize| {
            let type_exposures = self.parts_about(action).filter_map(|(number, part)| {
                let type_exposure = part.exposed.partial.type_exposures(action).get(place)?;
                let group = part.exposed.partial.groups().get(type_exposure.group)?;
                let allow = AllowPosition { policy: part.number, allow: group.allow };
                Some((type_exposure.share, allow, (number, type_exposure.group)))
            });
            type_exposures.max_by_key(|(share, allow, _)| (*share, std::cmp::Reverse(*allow)))
        };
        let (share, (part, group)) = action_types.weigh((0..action_types.len()).filter_map(widest_of_type))?;
        Some(CombinedRow { share, part, group })
    }

    /// The parts that have a say in how far an action is exposed that is not exposed on everything.
    pub(crate) fn parts_about(&self, action: ActionIndex) -> impl Iterator<Item = (usize, &Contribution<'e, 'a>)> {
        let is_guarded = self.guardrails.guarded().contains(action);
        let about = move |(_, part): &(usize, &Contribution<'_, '_>)| {
            part.is_guarded == is_guarded && part.exposed.partial.actions().contains(action)
        };
        self.parts.iter().enumerate().filter(about)
    }

    /// What Allows expose on everything: actions in the order of the Allows, each once.
    pub(crate) fn full(&self) -> &[FullExposure<'e>] {
        &self.full
    }

    /// The actions that more than one Allow exposes on everything.
    pub(crate) fn doubly_full(&self) -> &ActionSet {
        &self.doubly_full
    }

    /// The actions that some Allow exposes on everything.
    pub(crate) fn all_full(&self) -> &ActionSet {
        &self.all_full
    }

    pub(crate) fn guardrails(&self) -> &'e Guardrails<'a> {
        self.guardrails
    }

    pub(crate) fn parts(&self) -> &[Contribution<'e, 'a>] {
        &self.parts
    }

    /// The share at which an action is exposed.
    pub(crate) fn share(&self, action: ActionIndex) -> u32 {
        if self.all_full.contains(action) {
            return weights().full_share(action);
        }
        self.row(action).map_or(0, |row| row.share)
    }

    /// How far an action is exposed that no Allow exposes on everything.
    pub(crate) fn row(&self, action: ActionIndex) -> Option<CombinedRow> {
        if !self.partial.contains(action) {
            return None;
        }
        if self.shared.contains(action) {
            return self.shared_rows.get(&action).copied();
        }
        let (number, part) = self.parts_about(action).next()?;
        let row = part.exposed.partial.row(action)?;
        (row.share > 0).then_some(CombinedRow { share: row.share, part: number, group: row.group })
    }

    /// The Allow that exposes an action furthest.
    pub(crate) fn widest_allow(&self, action: ActionIndex) -> Option<AllowPosition> {
        if let Some(full) = self.full.iter().find(|full| full.actions.contains(action)) {
            return Some(full.allow);
        }
        let row = self.row(action)?;
        let (part, group) = self.group(row.part, row.group)?;
        Some(AllowPosition { policy: part.number, allow: group.allow })
    }

    /// A group of a part.
    pub(crate) fn group(&self, part: usize, group: usize) -> Option<(&Contribution<'e, 'a>, &AllowScope)> {
        let part = self.parts.get(part)?;
        Some((part, part.exposed.partial.groups().get(group)?))
    }

    /// The amount that each group of a part exposes, leaving out actions that others expose further.
    pub(crate) fn amounts(&self, number: usize) -> Cow<'e, [Amount]> {
        let Some(part) = self.parts.get(number) else { return Cow::default() };
        let partial = &part.exposed.partial;
        let visible = self.visible(part);
        if visible == *partial.actions() {
            return Cow::Borrowed(partial.amounts());
        }
        let mut amounts = vec![Amount::ZERO; partial.groups().len()];
        let mut add = |group: usize, action: ActionIndex, share: u32| {
            if let Some(amount) = amounts.get_mut(group) {
                *amount = amount.plus(Amount::of(weights().of(action), share));
            }
        };
        for row in partial.rows().iter().filter(|row| visible.contains(row.action)) {
            add(row.group, row.action, row.share);
        }
        for (action, row) in self.shared_rows.iter().filter(|(_, row)| row.part == number) {
            add(row.group, *action, row.share);
        }
        Cow::Owned(amounts)
    }

    /// The actions of a group.
    pub(crate) fn actions_of(&self, number: usize, group: usize) -> ActionSet {
        let Some(part) = self.parts.get(number) else { return ActionSet::empty() };
        let mut actions: ActionSet = part.exposed.partial.rows_of(group).map(|row| row.action).collect();
        actions.intersect_with(&self.visible(part));
        let shared = self.shared_rows.iter().filter(|(_, row)| (row.part, row.group) == (number, group));
        actions.extend(shared.map(|(action, _)| *action));
        actions
    }

    /// The actions about which a part alone has something to say.
    fn visible(&self, part: &Contribution<'_, '_>) -> ActionSet {
        let mut actions = part.exposed.partial.actions().clone();
        self.hide(part, &mut actions);
        actions.subtract(&self.shared);
        actions
    }
}
