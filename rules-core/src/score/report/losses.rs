//! Where the points went: every lost point traced to actions, a statement, what it reaches, and what to change.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::fix::Fixes;
use super::words;
use crate::score::amount::Amount;
use crate::score::compile::policy::{CompiledPolicy, Unknown};
use crate::score::exposure::allow::Scope;
use crate::score::exposure::combined::{AllowPosition, CombinedExposure};
use crate::score::exposure::escalation::{OpenPath, PathShares};
use crate::score::exposure::guardrails::Guardrails;
use crate::score::exposure::weights::{UNKNOWN_ACTION, UNKNOWN_SERVICE};
use crate::score::{Loss, Score};

/// At most so many actions are listed for one loss.
const MAX_ACTIONS: usize = 20;

/// The whole exposed privilege in parts.
pub(crate) struct Losses<'t, 'e, 'a> {
    combined: &'t CombinedExposure<'e, 'a>,
    policies: &'t [Arc<CompiledPolicy<'a>>],
    path_shares: PathShares,
    atoms: Vec<Atom<'t>>,
    total: Amount,
}

/// Contribution of the exposed privilege, with what it is.
struct Atom<'t> {
    amount: Amount,
    source: Source<'t>,
}

enum Source<'t> {
    /// Actions that an Allow exposes on everything, by their place among those.
    Full(usize),
    /// A group of a part.
    AllowScope { part: usize, group: usize },
    /// Actions that lead to more privilege combined.
    Path(OpenPath),
    /// Unknown patterns of one statement of a policy.
    Unknown { policy: usize, patterns: Vec<&'t Unknown<'t>> },
}

impl<'t, 'e, 'a> Losses<'t, 'e, 'a> {
    pub(crate) fn new(
        combined: &'t CombinedExposure<'e, 'a>,
        policies: &'t [Arc<CompiledPolicy<'a>>],
        guardrails: &Guardrails<'a>,
    ) -> Self {
        let full = combined.full().iter().enumerate();
        let mut atoms: Vec<Atom<'t>> =
            full.map(|(number, full)| Atom { amount: full.amount, source: Source::Full(number) }).collect();
        atoms.extend(group_atoms(combined));
        let path_shares = PathShares::new(|action| combined.share(action));
        let paths = path_shares.open_paths().into_iter();
        atoms.extend(paths.map(|open| Atom { amount: open.amount, source: Source::Path(open) }));
        atoms.extend(unknown_atoms(policies, guardrails));
        let total = atoms.iter().map(|atom| atom.amount).sum();
        Self { combined, policies, path_shares, atoms, total }
    }

    /// The exposed privilege.
    pub(crate) fn total(&self) -> Amount {
        self.total
    }

    /// The losses, largest first. Their points add up to what is missing to 100.
    pub(crate) fn all(&self, score: Score) -> Vec<Loss> {
        let mut fixes = self.fixes();
        self.ranked(score).into_iter().map(|(points, atom)| self.loss(points, atom, &mut fixes)).collect()
    }

    /// The largest loss.
    pub(crate) fn largest(&self, score: Score) -> Option<Loss> {
        self.ranked(score).first().map(|(points, atom)| self.loss(*points, atom, &mut self.fixes()))
    }

    fn fixes(&self) -> Fixes<'_, 'e, 'a> {
        Fixes::new(self.combined, &self.path_shares, self.total)
    }

    /// The atoms with their points, largest first, by the method of largest remainders.
    fn ranked(&self, score: Score) -> Vec<(Score, &Atom<'t>)> {
        let missing = u64::from(Score::MAX.tenths() - score.tenths());
        let mut shares: Vec<(u64, u64, usize, &Atom<'t>)> = self
            .atoms
            .iter()
            .enumerate()
            .map(|(index, atom)| {
                let (points, remainder) = atom.amount.part_of(missing, self.total);
                (points, remainder, index, atom)
            })
            .collect();
        let given: u64 = shares.iter().map(|(points, ..)| points).sum();
        shares.sort_by_key(|(_, remainder, index, _)| (std::cmp::Reverse(*remainder), *index));
        let left = usize::try_from(missing.saturating_sub(given)).unwrap_or(0);
        for (points, ..) in shares.iter_mut().take(left) {
            *points += 1;
        }
        // By the exact amount, so that equal points have one order.
        shares.sort_by_key(|(points, _, index, atom)| (std::cmp::Reverse((*points, atom.amount)), *index));
        shares.into_iter().map(|(points, _, _, atom)| (Score::from_tenths(points), atom)).collect()
    }

    fn loss(&self, points: Score, atom: &Atom<'t>, fixes: &mut Fixes<'_, 'e, 'a>) -> Loss {
        let (place, reach, (actions, more), fix) = match &atom.source {
            Source::Full(number) => match self.combined.full().get(*number) {
                Some(full) => {
                    let fix = fixes.name_resources(full.allow, &full.actions);
                    let actions = words::shorten(&full.actions, MAX_ACTIONS);
                    (self.place(full.allow), Scope::EVERYTHING.in_words(), actions, fix)
                }
                None => (None, String::new(), (Vec::new(), 0), None),
            },
            Source::AllowScope { part, group } => match self.combined.group(*part, *group) {
                Some((of, found)) => {
                    let allow = AllowPosition { policy: of.number, allow: found.allow };
                    let actions = self.combined.actions_of(*part, *group);
                    let fix = fixes.name_resources(allow, &actions);
                    (self.place(allow), found.reach.in_words(), words::shorten(&actions, MAX_ACTIONS), fix)
                }
                None => (None, String::new(), (Vec::new(), 0), None),
            },
            Source::Path(open) => {
                let actions = open.path.actions.iter().map(|action| (*action).to_owned()).collect();
                let place = self.combined.widest_allow(open.weakest).and_then(|allow| self.place(allow));
                let reach = format!("escalation {}: {}", open.path.id, open.path.class.in_words());
                (place, reach, (actions, 0), fixes.narrow_path(open))
            }
            Source::Unknown { policy, patterns } => {
                let place = patterns.first().map(|first| (*policy, first.source.label(first.statement)));
                let more = patterns.len().saturating_sub(MAX_ACTIONS);
                let listed = patterns.iter().take(MAX_ACTIONS).map(|unknown| unknown.pattern.to_owned()).collect();
                (place, "actions that the catalogue does not know".to_owned(), (listed, more), None)
            }
        };
        Loss {
            points,
            actions,
            more,
            policy: place.as_ref().map_or(0, |(policy, _)| *policy),
            statement: place.map(|(_, statement)| statement),
            reach,
            fix,
        }
    }

    /// The policy of an Allow, and what its statement is called.
    fn place(&self, allow: AllowPosition) -> Option<(usize, String)> {
        let grant = self.policies.get(allow.policy)?.allows.get(allow.allow)?;
        Some((allow.policy, grant.source.label(grant.statement)))
    }
}

/// What groups of actions expose, by Allow and reach.
fn group_atoms<'t>(combined: &CombinedExposure<'_, '_>) -> Vec<Atom<'t>> {
    let mut atoms = Vec::new();
    for (part, of) in combined.parts().iter().enumerate() {
        for (group, amount) in
            combined.amounts(part).iter().copied().enumerate().filter(|(_, amount)| *amount > Amount::ZERO)
        {
            let reach = of.exposed.partial.groups().get(group);
            atoms.push((of.number, reach, Atom { amount, source: Source::AllowScope { part, group } }));
        }
    }
    // What is guarded and what is not are in parts of their own.
    atoms.sort_by_key(|(policy, reach, _)| (*policy, *reach));
    atoms.into_iter().map(|(_, _, atom)| atom).collect()
}

/// Unknown patterns count once each, however often they are written, by the statement that exposes them furthest.
fn unknown_atoms<'t>(policies: &'t [Arc<CompiledPolicy<'_>>], guardrails: &Guardrails<'_>) -> Vec<Atom<'t>> {
    let mut widest: BTreeMap<String, (u32, usize, &'t Unknown<'t>)> = BTreeMap::new();
    for (policy, unknown) in
        policies.iter().enumerate().flat_map(|(policy, of)| of.unknown.iter().map(move |unknown| (policy, unknown)))
    {
        let share = crate::score::exposure::unknown::share(unknown, guardrails);
        let slot = widest.entry(unknown.pattern.to_ascii_lowercase()).or_insert((0, policy, unknown));
        if share > slot.0 {
            *slot = (share, policy, unknown);
        }
    }
    let mut groups: BTreeMap<(usize, usize), (Amount, Vec<&'t Unknown<'t>>)> = BTreeMap::new();
    for (share, policy, unknown) in widest.into_values().filter(|(share, ..)| *share > 0) {
        let tenths = if unknown.whole_service { UNKNOWN_SERVICE } else { UNKNOWN_ACTION };
        let (amount, patterns) = groups.entry((policy, unknown.statement)).or_default();
        *amount = amount.plus(Amount::of(tenths, share));
        patterns.push(unknown);
    }
    let atom = |((policy, _), (amount, patterns))| Atom { amount, source: Source::Unknown { policy, patterns } };
    groups.into_iter().map(atom).collect()
}
