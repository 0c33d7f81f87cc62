//! What several policies expose together: of each action what the policy exposes that exposes it furthest.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::action_types::ActionTypes;
use super::guardrails::Guardrails;
use super::harm_model::{Counts, Link, harm_model};
use super::harm_shares::HarmShares;
use super::passed_roles::{NamedStatement, PassedRoles};
use super::policy::PolicyExposure;
use super::scope::Scope;
use super::table::{ActionExposure, AllowScope, AllowScopeIndex};
use super::weights::{Weights, weights};
use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::compile::policy::{AllowIndex, CompiledPolicy, PolicyIndex};
use crate::score::compile::principal::PassedTo;
use crate::score::compile::statement::CompiledStatement;
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::indexed::{Indexed, place};
use crate::score::share::Share;
use crate::score::sum::Sum;

place! {
    /// The place of a contribution among those that are combined.
    ContributionIndex
}

/// An Allow among those of several policies, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AllowPosition {
    pub(crate) policy: PolicyIndex,
    pub(crate) allow: AllowIndex,
}

/// What one of several policies exposes: of the actions that have no guardrails, or of the others.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Contribution<'e> {
    pub(crate) policy: PolicyIndex,
    pub(crate) exposure: &'e PolicyExposure,
    /// Whether it is about the actions that have guardrails.
    pub(crate) is_guarded: bool,
}

/// What several policies expose together.
pub(crate) struct CombinedExposure<'e, 'a> {
    policies: &'e Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
    contributions: Indexed<ContributionIndex, Contribution<'e>>,
    guardrails: &'e Guardrails<'a>,
    passed_roles: Option<PassedRoles<'a>>,
    /// The guardrails of each policy, where each has its own.
    by_policy: Option<&'e Indexed<PolicyIndex, Guardrails<'a>>>,
    full: Vec<FullExposure<'e>>,
    all_full: ActionSet,
    doubly_full: ActionSet,
    /// Actions that are exposed in part, if at all.
    partial: ActionSet,
    /// Those of them that more than one contribution is about.
    shared: ActionSet,
    shared_rows: BTreeMap<ActionIndex, CombinedRow>,
}

/// Actions that one Allow exposes on everything, and no Allow before it.
#[derive(Debug)]
pub(crate) struct FullExposure<'e> {
    pub(crate) allow: AllowPosition,
    pub(crate) actions: Cow<'e, ActionSet>,
    pub(crate) sum: Sum,
}

/// How far an action is exposed in part, and through which scope furthest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CombinedRow {
    pub(crate) share: Share,
    pub(crate) through: ContributedScope,
}

/// A scope of one of the contributions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ContributedScope {
    pub(crate) contribution: ContributionIndex,
    pub(crate) scope: AllowScopeIndex,
}

impl<'e, 'a> CombinedExposure<'e, 'a> {
    /// The contributions come in the order of their policies.
    pub(crate) fn new(
        policies: &'e Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
        contributions: Indexed<ContributionIndex, Contribution<'e>>,
        guardrails: &'e Guardrails<'a>,
        passed_roles: Option<PassedRoles<'a>>,
    ) -> Self {
        let mut combined = Self {
            policies,
            contributions,
            guardrails,
            passed_roles,
            by_policy: None,
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

    /// The same where each policy has guardrails of its own, which the contributions were worked out under.
    pub(crate) fn with_guardrails(mut self, by_policy: &'e Indexed<PolicyIndex, Guardrails<'a>>) -> Self {
        self.by_policy = Some(by_policy);
        self
    }

    fn join_full(&mut self) {
        for contribution in self.contributions.iter().filter(|of| !of.exposure.full.is_empty()) {
            self.doubly_full.union_with(&contribution.exposure.doubly_full);
            for full in &contribution.exposure.full {
                let allow = AllowPosition { policy: contribution.policy, allow: full.allow };
                let is_unguarded = self.guardrails.guarded().is_disjoint(&full.actions);
                if is_unguarded && self.all_full.is_disjoint(&full.actions) {
                    self.all_full.union_with(&full.actions);
                    self.full.push(FullExposure { allow, actions: Cow::Borrowed(&full.actions), sum: full.sum });
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
                    let sum = self.weights().full_sum(&actions);
                    self.full.push(FullExposure { allow, sum, actions: Cow::Owned(actions) });
                }
            }
        }
    }

    fn join_partial(&mut self) {
        for contribution in &self.contributions {
            let mut actions = contribution.exposure.partial.actions().clone();
            self.hide(contribution, &mut actions);
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

    /// Takes out the actions for which a contribution does not count: those that others expose on everything, and those that
    /// have guardrails, or those that have none.
    fn hide(&self, contribution: &Contribution<'_>, actions: &mut ActionSet) {
        actions.subtract(&self.all_full);
        if !contribution.is_guarded {
            actions.subtract(self.guardrails.guarded());
        }
    }

    fn weigh_shared(&self, action: ActionIndex) -> Option<CombinedRow> {
        let types = ActionTypes::of(action, self.definition());
        let mut by_type: Vec<Option<(Share, Reverse<AllowPosition>, ContributedScope)>> = vec![None; types.len()];
        for (contribution, of) in self.contributions_to(action) {
            let exposures = of.exposure.partial.of_types(action).unwrap_or_default();
            for (widest, exposure) in by_type.iter_mut().zip(exposures) {
                let Some(scope) = exposure.widest else { continue };
                let allow = of.exposure.partial.scopes()[scope].allow;
                let position = Reverse(AllowPosition { policy: of.policy, allow });
                let found = (exposure.share, position, ContributedScope { contribution, scope });
                if widest.is_none_or(|(share, other, _)| (found.0, found.1) > (share, other)) {
                    *widest = Some(found);
                }
            }
        }
        let by_type = by_type.into_iter().flatten().map(|(share, allow, through)| (share, allow.0, through));
        let (share, through) = types.weigh(by_type)?;
        Some(CombinedRow { share, through })
    }

    /// The contributions that count for an action that is not exposed on everything.
    fn contributions_to(&self, action: ActionIndex) -> impl Iterator<Item = (ContributionIndex, &Contribution<'e>)> {
        let is_guarded = self.guardrails.guarded().contains(action);
        let about = move |(_, of): &(ContributionIndex, &Contribution<'_>)| {
            of.is_guarded == is_guarded && of.exposure.partial.actions().contains(action)
        };
        self.contributions.enumerate().filter(about)
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

    pub(crate) fn policies(&self) -> &'e Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>> {
        self.policies
    }

    /// Whether the policies are those of a resource or role, one for each kind of requester.
    pub(crate) fn is_attached(&self) -> bool {
        self.by_policy.is_some()
    }

    /// The guardrails of one of the policies.
    pub(crate) fn guardrails_of(&self, policy: PolicyIndex) -> &'e Guardrails<'a> {
        self.by_policy.map_or(self.guardrails, |by_policy| &by_policy[policy])
    }

    pub(crate) fn policy(&self, policy: PolicyIndex) -> &'e CompiledPolicy<'a> {
        &self.policies[policy]
    }

    /// One of the Allows.
    pub(crate) fn allow(&self, AllowPosition { policy, allow }: AllowPosition) -> &'e CompiledStatement<'a> {
        &self.policies[policy].allows[allow]
    }

    pub(crate) fn definition(&self) -> &'static Definition {
        self.guardrails.setting.definition
    }

    pub(crate) fn weights(&self) -> &'static Weights {
        weights(self.definition())
    }

    /// How far each action counts in the kinds of harm.
    pub(crate) fn harms(&self) -> HarmShares {
        let definition = self.definition();
        if definition.version == ScoreVersion::V1 {
            // In version 1 an action counts as far as it is exposed in the sum.
            let counting = harm_model(definition).counting.iter();
            let share = |action| (Link { action, counts: Counts::ByResources }, self.share(action));
            let shares = counting.map(share).filter(|(_, share)| !share.is_none()).collect();
            return HarmShares::new(definition, &ActionSet::empty(), shares, None);
        }
        let mut shares: BTreeMap<Link, Share> = BTreeMap::new();
        for of in &self.contributions {
            for (link, exposure) in of.exposure.partial.harms() {
                if !exposure.share.is_none() && self.is_counted(of, link.action) {
                    let share = shares.entry(*link).or_default();
                    *share = exposure.share.max(*share);
                }
            }
        }
        let passed = |to| self.passed_roles.as_ref().map_or(Share::NONE, |roles| roles.share(to));
        let passed: Option<&dyn Fn(PassedTo) -> Share> = if self.passed_roles.is_some() { Some(&passed) } else { None };
        HarmShares::new(definition, &self.all_full, shares, passed)
    }

    /// How far roles could be passed to a service if an Allow named one role.
    pub(crate) fn passed_if_named(&self, to: PassedTo, allow: AllowPosition) -> Share {
        let named = NamedStatement { policy: allow.policy, statement: self.allow(allow).written.number };
        self.passed_roles.as_ref().map_or(Share::NONE, |roles| roles.share_if_named(to, named))
    }

    /// The Allow by which an action counts furthest in a kind of harm, and its scope.
    pub(crate) fn widest_harm(&self, link: Link) -> Option<(AllowPosition, Scope)> {
        if let Some(full) = self.full.iter().find(|full| full.actions.contains(link.action)) {
            return Some((full.allow, Scope::EVERYTHING));
        }
        if self.definition().version == ScoreVersion::V1 {
            let scope = self.scope(self.row(link.action)?.through);
            return Some((self.widest_allow(link.action)?, scope.scope));
        }
        let found = self.contributions.iter().filter(|of| self.is_counted(of, link.action)).filter_map(|of| {
            let exposure = of.exposure.partial.harm(link)?;
            let found = of.exposure.partial.scopes()[exposure.widest?];
            Some((exposure.share, AllowPosition { policy: of.policy, allow: found.allow }, found.scope))
        });
        let widest = found.min_by_key(|(share, allow, _)| (Reverse(*share), *allow));
        widest.map(|(_, allow, scope)| (allow, scope))
    }

    /// Whether a contribution counts for an action that is exposed in part, if at all.
    fn is_counted(&self, of: &Contribution<'_>, action: ActionIndex) -> bool {
        !self.all_full.contains(action) && self.guardrails.guarded().contains(action) == of.is_guarded
    }

    pub(crate) fn guardrails(&self) -> &'e Guardrails<'a> {
        self.guardrails
    }

    pub(crate) fn contributions(&self) -> &Indexed<ContributionIndex, Contribution<'e>> {
        &self.contributions
    }

    /// The share at which an action is exposed.
    pub(crate) fn share(&self, action: ActionIndex) -> Share {
        if self.all_full.contains(action) {
            return self.weights().full_share(action);
        }
        self.row(action).map_or(Share::NONE, |row| row.share)
    }

    /// How far an action is exposed that no Allow exposes on everything; none when it is not exposed.
    fn row(&self, action: ActionIndex) -> Option<CombinedRow> {
        if !self.partial.contains(action) {
            return None;
        }
        if self.shared.contains(action) {
            return self.shared_rows.get(&action).copied();
        }
        let (contribution, of) = self.contributions_to(action).next()?;
        let (share, scope) = of.exposure.partial.row(action)?.exposed?;
        Some(CombinedRow { share, through: ContributedScope { contribution, scope } })
    }

    /// The Allow that exposes an action furthest.
    pub(crate) fn widest_allow(&self, action: ActionIndex) -> Option<AllowPosition> {
        if let Some(full) = self.full.iter().find(|full| full.actions.contains(action)) {
            return Some(full.allow);
        }
        let through = self.row(action)?.through;
        let policy = self.contributions[through.contribution].policy;
        Some(AllowPosition { policy, allow: self.scope(through).allow })
    }

    /// One of the scopes that are combined.
    pub(crate) fn scope(&self, ContributedScope { contribution, scope }: ContributedScope) -> AllowScope {
        self.contributions[contribution].exposure.partial.scopes()[scope]
    }

    /// What is exposed through each scope of a contribution, leaving out actions that others expose further.
    pub(crate) fn sums(&self, contribution: ContributionIndex) -> Cow<'e, Indexed<AllowScopeIndex, Sum>> {
        let of = &self.contributions[contribution];
        let table = &of.exposure.partial;
        let visible = self.visible(of);
        if visible == *table.actions() {
            return Cow::Borrowed(table.sums());
        }
        let mut sums: Indexed<AllowScopeIndex, Sum> = table.scopes().iter().map(|_| Sum::ZERO).collect();
        for (action, share, scope) in self.exposed_by(contribution, &visible) {
            sums[scope] = sums[scope].plus(self.weights().sum_of(action, share));
        }
        Cow::Owned(sums)
    }

    /// The actions that are exposed through each scope of a contribution and not further by others.
    pub(crate) fn actions(&self, contribution: ContributionIndex) -> Indexed<AllowScopeIndex, ActionSet> {
        let of = &self.contributions[contribution];
        let mut actions: Indexed<AllowScopeIndex, ActionSet> =
            of.exposure.partial.scopes().iter().map(|_| ActionSet::empty()).collect();
        for (action, _, scope) in self.exposed_by(contribution, &self.visible(of)) {
            actions[scope].insert(action);
        }
        actions
    }

    /// The actions that a contribution exposes and not others further, with how far and through which scope.
    fn exposed_by(
        &self,
        contribution: ContributionIndex,
        visible: &ActionSet,
    ) -> impl Iterator<Item = (ActionIndex, Share, AllowScopeIndex)> {
        let own = |row: &ActionExposure| {
            let (share, scope) = row.exposed?;
            Some((row.action, share, scope))
        };
        let rows = self.contributions[contribution].exposure.partial.rows().iter();
        let shared = self.shared_rows.iter().filter(move |(_, row)| row.through.contribution == contribution);
        rows.filter(|row| visible.contains(row.action))
            .filter_map(own)
            .chain(shared.map(|(action, row)| (*action, row.share, row.through.scope)))
    }

    /// The actions for which a contribution alone counts.
    fn visible(&self, contribution: &Contribution<'_>) -> ActionSet {
        let mut actions = contribution.exposure.partial.actions().clone();
        self.hide(contribution, &mut actions);
        actions.subtract(&self.shared);
        actions
    }
}
