//! What to change, and what the score would be then.
//!
//! A fix names resources for some actions of one Allow: one resource of each type of which the Allow names some now. It is
//! evaluated by the same answers as the score: how far each type would still be exposed, by the resource that is named or by
//! another Allow.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use super::words;
use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::amount::Amount;
use crate::score::compile::policy::PolicyIndex;
use crate::score::definition::ScoreVersion;
use crate::score::exposure::action_types::ActionTypes;
use crate::score::exposure::allow::{DeniedPatterns, OpenAllows};
use crate::score::exposure::combined::{AllowPosition, CombinedExposure};
use crate::score::exposure::harm_model::{Link, PathRoute};
use crate::score::exposure::harm_shares::HarmShares;
use crate::score::exposure::measure::ExposureMeasure;
use crate::score::exposure::table::{Exposure, ExposureTable};
use crate::score::indexed::IndexPlace;
use crate::score::points::Score;
use crate::score::share::Share;
use crate::score::sum::Sum;

/// A change of a policy that reduces a loss: for some actions of one statement, it names one resource of each type on
/// which they are allowed now, and keeps the other actions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fix {
    /// The change in words.
    pub text: String,
    /// The score after it.
    pub score: Score,
    /// The policy among those scored, counted from zero.
    pub policy: usize,
    /// The zero-based index of the statement.
    pub statement: usize,
    /// The actions.
    pub actions: ActionSet,
}

impl fmt::Display for Fix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Works out fixes, remembering what it found out about Allows.
pub(crate) struct Fixes<'t, 'e, 'a> {
    combined: &'t CombinedExposure<'e, 'a>,
    harms: &'t HarmShares,
    /// The exposed privilege now, and what of it all actions and the kinds of harm are.
    total: Amount,
    sum: Sum,
    of_harms: Amount,
    allows: BTreeMap<AllowPosition, OpenAllows<'e, 'a>>,
    denied: Rc<DeniedPatterns<'e>>,
}

impl<'t, 'e, 'a> Fixes<'t, 'e, 'a> {
    pub(crate) fn new(combined: &'t CombinedExposure<'e, 'a>, harms: &'t HarmShares, sum: Sum, total: Amount) -> Self {
        Self { combined, harms, total, sum, of_harms: harms.amount(), allows: BTreeMap::new(), denied: Rc::default() }
    }

    /// Naming resources for the link of a path that closes it furthest.
    pub(crate) fn narrow_path(&mut self, route: &PathRoute) -> Option<Fix> {
        let links = route.links.iter().filter_map(|link| {
            let (allow, _) = self.combined.widest_harm(*link)?;
            self.name_resources(allow, &ActionSet::from_iter([link.action]))
        });
        links.max_by_key(|fix| fix.score)
    }

    /// What comes of naming one resource for these actions of an Allow, which exposes them furthest; none when that changes
    /// nothing.
    pub(crate) fn name_resources(&mut self, allow: AllowPosition, actions: &ActionSet) -> Option<Fix> {
        let text = words::name_resources(actions)?;
        // Several statements have to change together, or there is no resource to name.
        if self.combined.is_attached() || self.combined.allow(allow).is_union {
            return None;
        }
        let (combined, weights) = (self.combined, self.combined.weights());
        let statement = combined.allow(allow);
        let mut here_alone = combined.exposed_here_alone(allow);
        here_alone.intersect_with(actions);
        let mut sum = self.sum.minus(weights.full_sum(&here_alone)).plus(weights.sum_of_one(&here_alone));
        let new = || OpenAllows::new(statement, combined.guardrails(), self.denied.clone());
        let open = self.allows.entry(allow).or_insert_with(new);
        let tables = combined.tables(allow);
        let mut others = actions.clone();
        others.subtract(&here_alone);
        let mut after: BTreeMap<ActionIndex, Share> = BTreeMap::new();
        for action in others.iter() {
            let now = combined.share(action);
            let then = combined.share_if_named(allow, open, action, &tables).min(now);
            sum = sum.minus(weights.sum_of(action, now)).plus(weights.sum_of(action, then));
            after.insert(action, then);
        }
        let open = RefCell::new(open);
        let harm_after = |link: Link| match combined.definition().version {
            ScoreVersion::V1 => after.get(&link.action).copied().unwrap_or_else(|| weights.share_of_one(link.action)),
            ScoreVersion::V2 => {
                combined.harm_if_named(allow, &mut open.borrow_mut(), link, &tables).min(self.harms.share(link))
            }
        };
        let definition = combined.definition();
        let mut total = self.total.minus(self.sum.counted(definition)).plus(sum.counted(definition));
        let passed_after = |to| combined.passed_if_named(to, allow);
        if let Some(narrowed) = self.harms.with(actions, harm_after, &passed_after) {
            total = total.minus(self.of_harms).plus(narrowed.amount());
        }
        (total < self.total).then(|| Fix {
            text,
            score: Score::of(total),
            policy: allow.policy.position(),
            statement: statement.written.number,
            actions: actions.clone(),
        })
    }
}

impl<'e, 'a> CombinedExposure<'e, 'a> {
    /// The actions that an Allow exposes on everything and that no other Allow is about.
    fn exposed_here_alone(&self, allow: AllowPosition) -> ActionSet {
        let Some(full) = self.full().iter().find(|full| full.allow == allow) else { return ActionSet::empty() };
        let mut alone = full.actions.clone().into_owned();
        alone.subtract(self.doubly_full());
        for of in self.contributions().iter().filter(|of| !of.is_guarded) {
            if of.policy == allow.policy {
                alone.subtract(of.exposure.beneath(self.policy(of.policy), &self.guardrails().setting).actions());
            } else {
                alone.subtract(of.exposure.partial.actions());
            }
        }
        alone
    }

    /// The tables that may say how far other Allows than this expose an action.
    fn tables(&self, allow: AllowPosition) -> Vec<OtherTable<'e>> {
        let mut tables = Vec::new();
        for of in self.contributions() {
            let (policy, is_guarded) = (of.policy, of.is_guarded);
            tables.push(OtherTable { policy, table: &of.exposure.partial, is_guarded, is_beneath: false });
            // Where this Allow is an unconditional one, its policy's table leaves the action out.
            if policy == allow.policy && !is_guarded {
                let table = of.exposure.beneath(self.policy(policy), &self.guardrails().setting);
                tables.push(OtherTable { policy, table, is_guarded, is_beneath: true });
            }
        }
        tables.retain(|of| !of.table.actions().is_empty());
        tables
    }

    /// Those of the tables that are about an action.
    fn about<'t>(&self, action: ActionIndex, tables: &'t [OtherTable<'e>]) -> impl Iterator<Item = &'t OtherTable<'e>> {
        let is_guarded = self.guardrails().guarded().contains(action);
        let is_full = self.all_full().contains(action);
        tables.iter().filter(move |of| of.is_guarded == is_guarded && (is_full || !of.is_beneath))
    }

    /// How far an action stays exposed when an Allow names one resource of each type for it: by that, or by another Allow.
    fn share_if_named(
        &self,
        allow: AllowPosition,
        open: &mut OpenAllows<'e, 'a>,
        action: ActionIndex,
        tables: &[OtherTable<'e>],
    ) -> Share {
        let types = ActionTypes::of(action, self.definition());
        if types.is_without_resources() || self.doubly_full().contains(action) {
            return self.share(action);
        }
        let mut by_name = |of| open.resource_type_if_named(action, of, ExposureMeasure::Sum);
        let mut shares: Vec<Share> = types.types().map(|of| of.map_or(Share::NONE, &mut by_name)).collect();
        for of in self.about(action, tables) {
            of.raise_without(allow, action, &mut shares);
        }
        types.weigh(shares.into_iter().map(|share| (share, (), ()))).map_or(Share::NONE, |(share, ())| share)
    }

    /// How far an action still counts in a kind of harm then.
    fn harm_if_named(
        &self,
        allow: AllowPosition,
        open: &mut OpenAllows<'e, 'a>,
        link: Link,
        tables: &[OtherTable<'e>],
    ) -> Share {
        let types = ActionTypes::of(link.action, self.definition());
        if types.is_without_resources() || self.doubly_full().contains(link.action) {
            return Share::WHOLE;
        }
        let by_name = |of| open.resource_type_if_named(link.action, of, ExposureMeasure::Harm(link.counts));
        let named = types.types().flatten().map(by_name).max().unwrap_or_default();
        let others = self.about(link.action, tables).map(|of| of.harm_without(allow, link));
        others.fold(named, Share::max)
    }
}

/// How far the Allows of one policy expose actions.
struct OtherTable<'e> {
    policy: PolicyIndex,
    table: &'e ExposureTable,
    is_guarded: bool,
    /// Whether it is about actions that the policy exposes on everything.
    is_beneath: bool,
}

impl OtherTable<'_> {
    /// Raises the shares of an action's types to those at which other Allows than this expose them.
    fn raise_without(&self, allow: AllowPosition, action: ActionIndex, shares: &mut [Share]) {
        for (share, exposure) in shares.iter_mut().zip(self.table.of_types(action).unwrap_or_default()) {
            *share = self.without(allow, exposure).max(*share);
        }
    }

    /// How far an action counts in a kind of harm by other Allows than this.
    fn harm_without(&self, allow: AllowPosition, link: Link) -> Share {
        self.table.harm(link).map_or(Share::NONE, |exposure| self.without(allow, exposure))
    }

    fn without(&self, allow: AllowPosition, exposure: &Exposure) -> Share {
        let is_its = |widest| self.policy == allow.policy && self.table.scopes()[widest].allow == allow.allow;
        if exposure.widest.is_some_and(is_its) { exposure.second } else { exposure.share }
    }
}
