//! Where the points went: every lost point traced to actions, a statement, what it exposes, and what to change.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::fix::{Fix, Fixes};
use super::words;
use crate::catalogue::{ActionIndex, ActionSet};
use crate::score::amount::Amount;
use crate::score::compile::policy::{PolicyIndex, UnknownAction};
use crate::score::definition::ScoreVersion;
use crate::score::exposure::combined::{
    AllowPosition, CombinedExposure, ContributedScope, ContributionIndex, FullExposure,
};
use crate::score::exposure::harm_model::{Link, harm_model};
use crate::score::exposure::harm_shares::{HarmShares, OpenTerm, OpenWay};
use crate::score::exposure::scope::Scope;
use crate::score::exposure::table::AllowScopeIndex;
use crate::score::exposure::unknown;
use crate::score::indexed::{IndexPlace, Indexed};
use crate::score::points::Score;
use crate::score::reached::ReachedAdministrator;
use crate::score::share::Share;
use crate::score::sum::Sum;

/// The points that one cause costs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// The points.
    pub points: Score,
    /// The actions, at most 20; actions that include a whole service are shortened to a pattern.
    pub actions: Vec<String>,
    /// The number of further actions.
    pub more: usize,
    /// The policy among those scored, counted from zero.
    pub policy: usize,
    /// The statement: its `Sid`, else its zero-based index.
    pub statement: Option<String>,
    /// The resources on which the actions are allowed, and the conditions, in words.
    pub reach: String,
    /// The change that reduces the loss; none if naming resources does not reduce it.
    pub fix: Option<Fix>,
}

impl Loss {
    /// The actions in a few words: the first one, and the number of further ones.
    #[must_use]
    pub fn actions_in_words(&self) -> String {
        let first = self.actions.first().map_or("no action", String::as_str);
        match self.actions.len().saturating_sub(1) + self.more {
            0 => first.to_owned(),
            more => format!("{first} and {more} more"),
        }
    }
}

/// At most so many actions are listed for one loss.
const MAX_ACTIONS: usize = 20;

/// The whole exposed privilege in parts.
pub(crate) struct Losses<'t, 'e, 'a> {
    combined: &'t CombinedExposure<'e, 'a>,
    harms: HarmShares,
    parts: Vec<LostPart<'t, 'e>>,
    /// What of it all actions are.
    sum: Sum,
    total: Amount,
    /// The maximum score, whatever the amounts.
    most: Score,
}

/// Part of the exposed privilege, with what it is.
struct LostPart<'t, 'e> {
    amount: Amount,
    source: LossSource<'t, 'e>,
}

enum LossSource<'t, 'e> {
    /// Actions that an Allow exposes on everything.
    Full(&'t FullExposure<'e>),
    /// Actions that an Allow exposes in part.
    Scope(ContributedScope),
    /// A kind of harm that actions do, alone or together.
    Harm(OpenTerm),
    /// A way to become an administrator.
    Reached(&'t ReachedAdministrator),
    /// Unknown patterns of one statement of a policy.
    Unknown { policy: PolicyIndex, patterns: Vec<&'t UnknownAction<'t>> },
}

impl<'t, 'e, 'a> Losses<'t, 'e, 'a> {
    pub(crate) fn new(combined: &'t CombinedExposure<'e, 'a>) -> Self {
        let definition = combined.definition();
        let full = combined.full().iter().map(|full| (full.sum, LossSource::Full(full)));
        let of_actions: Vec<(Sum, LossSource<'t, 'e>)> = full.chain(parts_by_scope(combined)).collect();
        let sum: Sum = of_actions.iter().map(|(sum, _)| *sum).sum();
        let counted = |(part, source): (Sum, _)| LostPart { amount: part.counted_in(sum, definition), source };
        let mut parts: Vec<LostPart<'t, 'e>> = of_actions.into_iter().map(counted).collect();
        let parts_of_actions = parts.len();
        let harms = combined.harms();
        let open = harms.open_terms().into_iter();
        parts.extend(open.map(|open| LostPart { amount: open.amount, source: LossSource::Harm(open) }));
        parts.extend(unknown_parts(combined));
        // What is rounded off the parts is in the whole.
        let total =
            parts.iter().skip(parts_of_actions).map(|part| part.amount).fold(sum.counted(definition), Amount::plus);
        Self { combined, harms, parts, sum, total, most: Score::MAX }
    }

    /// The same with a way to become an administrator.
    pub(crate) fn reaching(mut self, reached: Option<&'t ReachedAdministrator>) -> Self {
        if let Some(reached) = reached {
            let amount = reached.amount(self.combined.definition());
            self.parts.push(LostPart { amount, source: LossSource::Reached(reached) });
            self.total = self.total.plus(amount);
            self.most = reached.most();
        }
        self
    }

    /// The score.
    pub(crate) fn score(&self) -> Score {
        Score::of(self.total).min(self.most)
    }

    /// The exposed privilege.
    pub(crate) fn total(&self) -> Amount {
        self.total
    }

    /// The losses, largest first. Their points add up to what is missing to 100.
    pub(crate) fn all(&self, score: Score) -> Vec<Loss> {
        let mut writer = LossWriter::new(self);
        self.ranked(score).into_iter().map(|(points, part)| writer.write(points, part)).collect()
    }

    /// The largest loss.
    pub(crate) fn largest(&self, score: Score) -> Option<Loss> {
        self.ranked(score).first().map(|(points, part)| LossWriter::new(self).write(*points, part))
    }

    /// The parts with their points, largest first, by the method of largest remainders.
    fn ranked(&self, score: Score) -> Vec<(Score, &LostPart<'t, 'e>)> {
        let missing = u64::from(Score::MAX.tenths() - score.tenths());
        let mut shares: Vec<(u64, u64, usize, &LostPart<'t, 'e>)> = self
            .parts
            .iter()
            .enumerate()
            .map(|(index, part)| {
                let (points, remainder) = part.amount.part_of(missing, self.total);
                (points, remainder, index, part)
            })
            .collect();
        let given: u64 = shares.iter().map(|(points, ..)| points).sum();
        shares.sort_by_key(|(_, remainder, index, _)| (Reverse(*remainder), *index));
        let left = usize::try_from(missing.saturating_sub(given)).unwrap_or(0);
        for (points, ..) in shares.iter_mut().take(left) {
            *points += 1;
        }
        // By the exact amount, so that equal points have one order.
        shares.sort_by_key(|(points, _, index, part)| (Reverse((*points, part.amount)), *index));
        shares.into_iter().map(|(points, _, _, part)| (Score::from_tenths(points), part)).collect()
    }
}

/// Writes losses, remembering what it found out for others.
struct LossWriter<'l, 't, 'e, 'a> {
    losses: &'l Losses<'t, 'e, 'a>,
    fixes: Fixes<'l, 'e, 'a>,
    /// The actions of each scope, by contribution.
    actions: BTreeMap<ContributionIndex, Indexed<AllowScopeIndex, ActionSet>>,
}

impl<'l, 't, 'e, 'a> LossWriter<'l, 't, 'e, 'a> {
    fn new(losses: &'l Losses<'t, 'e, 'a>) -> Self {
        let fixes = Fixes::new(losses.combined, &losses.harms, losses.sum, losses.total);
        Self { losses, fixes, actions: BTreeMap::new() }
    }

    fn write(&mut self, points: Score, part: &LostPart<'t, 'e>) -> Loss {
        match &part.source {
            LossSource::Full(full) => self.write_actions(points, full.allow, Scope::EVERYTHING, &full.actions),
            LossSource::Scope(of) => {
                let combined = self.losses.combined;
                let contribution = of.contribution;
                let by_scope = self.actions.entry(contribution).or_insert_with(|| combined.actions(contribution));
                let actions = by_scope[of.scope].clone();
                let found = combined.scope(*of);
                let allow = AllowPosition { policy: combined.contributions()[contribution].policy, allow: found.allow };
                self.write_actions(points, allow, found.scope, &actions)
            }
            LossSource::Harm(open) => self.write_harm(points, open),
            LossSource::Reached(reached) => Loss {
                points,
                actions: reached.actions.iter().take(MAX_ACTIONS).cloned().collect(),
                more: reached.actions.len().saturating_sub(MAX_ACTIONS),
                policy: reached.policy,
                statement: reached.statement.clone(),
                reach: format!("becoming an administrator: {}", reached.path),
                fix: None,
            },
            LossSource::Unknown { policy, patterns } => Loss {
                points,
                actions: patterns.iter().take(MAX_ACTIONS).map(|unknown| unknown.pattern.to_owned()).collect(),
                more: patterns.len().saturating_sub(MAX_ACTIONS),
                policy: policy.position(),
                statement: patterns.first().map(|first| first.written.label()),
                reach: "actions that the catalogue does not know".to_owned(),
                fix: None,
            },
        }
    }

    fn write_harm(&mut self, points: Score, open: &OpenTerm) -> Loss {
        let combined = self.losses.combined;
        match open.way {
            OpenWay::Path { route, weakest } => {
                let allow = match combined.definition().version {
                    ScoreVersion::V1 => combined.widest_allow(weakest.action),
                    ScoreVersion::V2 => combined.widest_harm(weakest).map(|(allow, _)| allow),
                };
                Loss {
                    points,
                    actions: route.path.actions_of_score().iter().map(|action| (*action).to_owned()).collect(),
                    more: 0,
                    policy: allow.map_or(0, |allow| self.policy(allow.policy)),
                    statement: allow.map(|allow| self.label(allow)),
                    reach: format!("escalation {}: {}", route.path.name, words::harm_in_words(route.harm)),
                    fix: self.fixes.narrow_path(route),
                }
            }
            OpenWay::Member(link) => {
                let found = combined.widest_harm(link);
                let by_allow = |action: &ActionIndex| {
                    let ways = harm_model(combined.definition()).counts_of(*action);
                    let links = ways.map(|counts| Link { action: *action, counts });
                    links.filter_map(|link| combined.widest_harm(link)).any(|other| Some(other) == found)
                };
                let actions: ActionSet = self.losses.harms.equals(open).filter(by_allow).collect();
                let (names, more) = self.names(&actions);
                let scope = found.map_or_else(String::new, |(_, scope)| {
                    words::scope_in_words(scope, &actions, combined.definition())
                });
                Loss {
                    points,
                    actions: names,
                    more,
                    policy: found.map_or(0, |(allow, _)| self.policy(allow.policy)),
                    statement: found.map(|(allow, _)| self.label(allow)),
                    reach: format!("{}: {scope}", words::harm_in_words(open.harm)),
                    fix: found.and_then(|(allow, _)| self.fixes.name_resources(allow, &actions)),
                }
            }
        }
    }

    fn write_actions(&mut self, points: Score, allow: AllowPosition, scope: Scope, actions: &ActionSet) -> Loss {
        let (names, more) = self.names(actions);
        Loss {
            points,
            actions: names,
            more,
            policy: self.policy(allow.policy),
            statement: Some(self.label(allow)),
            reach: words::scope_in_words(scope, actions, self.losses.combined.definition()),
            fix: self.fixes.name_resources(allow, actions),
        }
    }

    /// Actions in words, and how many more there are.
    fn names(&self, actions: &ActionSet) -> (Vec<String>, usize) {
        let definition = self.losses.combined.definition();
        match definition.version {
            ScoreVersion::V1 => words::shorten(actions, MAX_ACTIONS),
            ScoreVersion::V2 => words::most_harmful(actions, MAX_ACTIONS, definition),
        }
    }

    /// The number of a policy among those scored.
    fn policy(&self, policy: PolicyIndex) -> usize {
        self.losses.combined.policy(policy).named_as.unwrap_or(policy).position()
    }

    fn label(&self, allow: AllowPosition) -> String {
        self.losses.combined.allow(allow).written.label()
    }
}

/// What is exposed in part, by scope.
fn parts_by_scope<'t, 'e>(combined: &CombinedExposure<'_, '_>) -> Vec<(Sum, LossSource<'t, 'e>)> {
    let mut parts = Vec::new();
    for (contribution, of) in combined.contributions().enumerate() {
        for (scope, sum) in combined.sums(contribution).enumerate().filter(|(_, sum)| **sum != Sum::ZERO) {
            let through = ContributedScope { contribution, scope };
            parts.push((of.policy, combined.scope(through), (*sum, LossSource::Scope(through))));
        }
    }
    // A policy's actions that have guardrails, and those that have none, are contributions of their own.
    parts.sort_by_key(|(policy, scope, _)| (*policy, *scope));
    parts.into_iter().map(|(_, _, part)| part).collect()
}

/// Unknown patterns count once each, however often they are written, by the statement that exposes them furthest.
fn unknown_parts<'t, 'e>(combined: &CombinedExposure<'t, '_>) -> Vec<LostPart<'t, 'e>> {
    let mut widest: BTreeMap<String, (Share, PolicyIndex, &'t UnknownAction<'t>)> = BTreeMap::new();
    for (policy, unknown) in
        combined.policies().enumerate().flat_map(|(policy, of)| of.unknown.iter().map(move |unknown| (policy, unknown)))
    {
        let share = unknown::share(unknown, combined.guardrails_of(policy));
        let known = widest.entry(unknown.pattern.to_ascii_lowercase()).or_insert((Share::NONE, policy, unknown));
        if share > known.0 {
            *known = (share, policy, unknown);
        }
    }
    let mut by_statement: BTreeMap<(PolicyIndex, usize), (Amount, Vec<&'t UnknownAction<'t>>)> = BTreeMap::new();
    for (share, policy, unknown) in widest.into_values().filter(|(share, ..)| !share.is_none()) {
        let definition = combined.definition();
        let tenths = if unknown.whole_service { definition.unknown_service } else { definition.unknown_action };
        let (amount, patterns) = by_statement.entry((policy, unknown.written.number)).or_default();
        *amount = amount.plus(Amount::of(tenths, share));
        patterns.push(unknown);
    }
    let part =
        |((policy, _), (amount, patterns))| LostPart { amount, source: LossSource::Unknown { policy, patterns } };
    by_statement.into_iter().map(part).collect()
}
