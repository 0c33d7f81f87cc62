//! Where the points went: every lost point traced to actions, a statement, what it reaches, and what to change.

use std::collections::BTreeMap;

use super::amount::{Amount, ONE};
use super::cell::{Extent, Template, Variable, VariableKind, templates};
use super::escalation::{OpenPath, PathShares};
use super::exposure::{Exposures, Place, Reach};
use super::grant::{Grants, Resources, Unknown};
use super::weights::{UNKNOWN_ACTION, UNKNOWN_SERVICE, weights};
use super::{Loss, Score, points_of};
use crate::catalogue::{ACTION_COUNT, ActionIndex, ActionRange};

/// At most so many actions are listed for one loss.
const MAX_ACTIONS: usize = 20;

/// Part of the exposed privilege, with what it is.
struct Atom<'a> {
    amount: Amount,
    actions: Actions<'a>,
    allow: Option<usize>,
    reach: String,
}

enum Actions<'a> {
    Granted(Vec<ActionIndex>),
    Path(OpenPath),
    Unknown(Vec<&'a Unknown<'a>>),
}

/// The whole exposed privilege in parts.
pub(super) struct Attribution<'g> {
    grants: &'g Grants<'g>,
    exposures: &'g Exposures,
    path_shares: PathShares,
    atoms: Vec<Atom<'g>>,
    total: Amount,
}

impl<'g> Attribution<'g> {
    pub(super) fn new(grants: &'g Grants<'g>, exposures: &'g Exposures) -> Self {
        let mut atoms = Vec::new();
        for (allow, actions) in &exposures.full {
            atoms.push(Atom {
                amount: weights().full_amount(actions),
                actions: Actions::Granted(actions.iter().collect()),
                allow: Some(*allow),
                reach: Reach::EVERYTHING.in_words(),
            });
        }
        let mut groups: BTreeMap<(usize, Reach), (Amount, Vec<ActionIndex>)> = BTreeMap::new();
        for (action, exposure) in &exposures.partial {
            let (amount, actions) = groups.entry((exposure.allow, exposure.reach)).or_default();
            *amount = amount.plus(Amount::of(weights().of(*action), exposure.share));
            actions.push(*action);
        }
        for ((allow, reach), (amount, actions)) in groups {
            atoms.push(Atom {
                amount,
                actions: Actions::Granted(actions),
                allow: Some(allow),
                reach: reach.in_words(),
            });
        }
        let path_shares = PathShares::new(|action| exposures.share(action));
        for open in path_shares.open_paths() {
            atoms.push(Atom {
                amount: open.amount,
                actions: Actions::Path(open),
                allow: exposures.allow(open.weakest),
                reach: format!("escalation {}: {}", open.path.id, open.path.class.in_words()),
            });
        }
        atoms.extend(unknown_atoms(grants));
        let total = atoms.iter().map(|atom| atom.amount).sum();
        Self { grants, exposures, path_shares, atoms, total }
    }

    /// The exposed privilege.
    pub(super) fn total(&self) -> Amount {
        self.total
    }

    /// The losses, largest first. Their points add up to what is missing to 100, by the method of largest remainders.
    pub(super) fn losses(&self, score: Score) -> Vec<Loss> {
        let missing = u64::from(Score::MAX.tenths() - score.tenths());
        let mut shares: Vec<(u64, u64, usize)> = self
            .atoms
            .iter()
            .enumerate()
            .map(|(index, atom)| {
                let (points, remainder) = atom.amount.part_of(missing, self.total);
                (points, remainder, index)
            })
            .collect();
        let given: u64 = shares.iter().map(|(points, _, _)| points).sum();
        shares.sort_by_key(|(_, remainder, index)| (std::cmp::Reverse(*remainder), *index));
        let left = usize::try_from(missing.saturating_sub(given)).unwrap_or(0);
        for (points, _, _) in shares.iter_mut().take(left) {
            *points += 1;
        }
        // By the exact amount, so that equal points have one order.
        shares.sort_by_key(|(points, _, index)| {
            (std::cmp::Reverse((*points, self.atoms.get(*index).map(|atom| atom.amount))), *index)
        });
        let losses = shares.into_iter().filter_map(|(points, _, index)| Some((points, self.atoms.get(index)?)));
        losses.map(|(points, atom)| self.loss(Score::from_tenths(points), atom)).collect()
    }

    fn loss(&self, points: Score, atom: &Atom<'_>) -> Loss {
        let (actions, more) = match &atom.actions {
            Actions::Granted(actions) => shorten(actions),
            Actions::Path(open) => (open.path.actions.iter().map(|action| (*action).to_owned()).collect(), 0),
            Actions::Unknown(unknown) => {
                let mut patterns: Vec<String> = unknown.iter().map(|unknown| unknown.pattern.to_owned()).collect();
                let more = patterns.len().saturating_sub(MAX_ACTIONS);
                patterns.truncate(MAX_ACTIONS);
                (patterns, more)
            }
        };
        let unknown = match &atom.actions {
            Actions::Unknown(unknown) => {
                unknown.first().map(|first| (first.policy, first.source.label(first.statement)))
            }
            Actions::Granted(_) | Actions::Path(_) => None,
        };
        let grant = atom.allow.and_then(|allow| self.grants.allows.get(allow));
        let place = grant.map(|grant| (grant.policy, grant.source.label(grant.statement))).or(unknown);
        let fix = self.fix(atom);
        Loss {
            points,
            actions,
            more,
            policy: place.as_ref().map_or(0, |(policy, _)| *policy),
            statement: place.map(|(_, statement)| statement),
            reach: atom.reach.clone(),
            score_if_fixed: fix.as_ref().map(|fix| fix.score),
            fix: fix.map(|fix| fix.text),
        }
    }

    fn fix(&self, atom: &Atom<'_>) -> Option<Fix> {
        match &atom.actions {
            Actions::Granted(actions) => self.name_resources(atom.allow?, actions),
            Actions::Path(open) => {
                // Whichever link closes furthest when it is narrowed.
                let links = open.path.actions.iter().filter_map(|action| {
                    let (service, name) = action.split_once(':')?;
                    let action = crate::catalogue::action(service, name)?;
                    self.name_resources(self.exposures.allow(action)?, &[action])
                });
                links.max_by_key(|fix| fix.score)
            }
            Actions::Unknown(_) => None,
        }
    }

    /// What comes of naming one resource for these actions of an Allow; none when that changes nothing.
    fn name_resources(&self, allow: usize, actions: &[ActionIndex]) -> Option<Fix> {
        let (action, template) = actions.iter().find_map(|action| {
            let of = action.resource_types().max_by_key(|of| (of.carrier, of.required))?;
            Some((*action, of.resource_type.arn_template()))
        })?;
        let after = |action: ActionIndex| -> u32 {
            let now = self.exposures.share(action);
            if actions.binary_search(&action).is_err() {
                return now;
            }
            now.min(self.share_if_named(allow, action))
        };
        let mut total = self.total;
        for action in actions {
            let (before, after) = (self.exposures.share(*action), after(*action));
            let weight = weights().of(*action);
            total = total.minus(Amount::of(weight, before)).plus(Amount::of(weight, after));
        }
        if let Some(narrowed) = self.path_shares.with(actions, after) {
            let amount = |shares: &PathShares| shares.open_paths().iter().map(|open| open.amount).sum();
            total = total.minus(amount(&self.path_shares)).plus(amount(&narrowed));
        }
        if total >= self.total {
            return None;
        }
        let template = template.replace("${", "<").replace('}', ">");
        let services = actions.chunk_by(|one, other| one.service() == other.service()).count();
        let text = match (services, actions.len()) {
            (_, 1) => format!("name the resources for {action}, such as {template}"),
            (1, _) => format!("name the resources, such as {template}"),
            // One service's ARNs are no help with the actions of many.
            (many, _) => format!("name the actions that are needed (these are of {many} services) and their resources"),
        };
        Some(Fix { text, score: points_of(total) })
    }

    /// How far `action` stays exposed when an Allow names one resource of each type for it: by that, or by another Allow.
    fn share_if_named(&self, allow: usize, action: ActionIndex) -> u32 {
        if self.exposures.doubly_full.contains(action) {
            return weights().full_share(action);
        }
        let types: Vec<_> = action.resource_types().collect();
        if types.is_empty() {
            return self.exposures.share(action);
        }
        let narrowest = types.iter().flat_map(|of| templates(of.resource_type)).map(|template| template.narrowest);
        let dimensions = self.exposures.partial(action).map(|exposure| exposure.reach.dimensions).unwrap_or_default();
        let named = dimensions.narrow(narrowest.max().unwrap_or(ONE));
        let others = self
            .grants
            .allows
            .iter()
            .enumerate()
            .filter(|(index, grant)| *index != allow && grant.actions.contains(action));
        let by_others = others.map(|(_, grant)| {
            let share = match &grant.resources {
                Resources::Everything | Resources::Except(_) => ONE,
                Resources::Matching(patterns) => types
                    .iter()
                    .flat_map(|of| templates(of.resource_type))
                    .flat_map(|template| patterns.iter().filter_map(move |pattern| template.widest(pattern)))
                    .map(|(share, _)| share)
                    .max()
                    .unwrap_or(0),
            };
            grant.dimensions.narrow(share)
        });
        by_others.max().unwrap_or(0).max(named)
    }
}

struct Fix {
    text: String,
    score: Score,
}

/// Unknown patterns count once each, however often they are written, by the statement that exposes them furthest.
fn unknown_atoms<'g>(grants: &'g Grants<'g>) -> Vec<Atom<'g>> {
    let mut widest: BTreeMap<String, (u32, &'g Unknown<'g>)> = BTreeMap::new();
    for unknown in &grants.unknown {
        let share = super::unknown::share(grants, unknown);
        let slot = widest.entry(unknown.pattern.to_ascii_lowercase()).or_insert((0, unknown));
        if share > slot.0 {
            *slot = (share, unknown);
        }
    }
    let mut groups: BTreeMap<(usize, usize), (Amount, Vec<&'g Unknown<'g>>)> = BTreeMap::new();
    for (share, unknown) in widest.into_values().filter(|(share, _)| *share > 0) {
        let tenths = if unknown.whole_service { UNKNOWN_SERVICE } else { UNKNOWN_ACTION };
        let (amount, patterns) = groups.entry((unknown.policy, unknown.statement)).or_default();
        *amount = amount.plus(Amount::of(tenths, share));
        patterns.push(unknown);
    }
    let reach = || "actions that the catalogue does not know".to_owned();
    groups
        .into_values()
        .map(|(amount, patterns)| Atom { amount, actions: Actions::Unknown(patterns), allow: None, reach: reach() })
        .collect()
}

impl Reach {
    fn in_words(self) -> String {
        let mut words = match self.place {
            Place::Everything => "every resource".to_owned(),
            Place::Cell(of, number, cell) => {
                let template = templates(of).get(usize::from(number));
                let extents: Vec<String> = template
                    .into_iter()
                    .flat_map(Template::variables)
                    .filter_map(|variable| Some(in_words(variable, cell.extent(variable.slot?))))
                    .collect();
                format!("{of}: {}", if extents.is_empty() { "all".to_owned() } else { extents.join(", ") })
            }
        };
        for (index, dimension) in self.dimensions.iter().enumerate() {
            words.push_str(if index == 0 { ", by condition on " } else { " and " });
            words.push_str(dimension.in_words());
        }
        words
    }
}

fn in_words(variable: &Variable, extent: Extent) -> String {
    let extent = match extent {
        Extent::Any => "any",
        Extent::Some => "some",
        Extent::One => "one",
    };
    let name = match variable.kind {
        VariableKind::Region => "region",
        VariableKind::Account => "account",
        VariableKind::Partition | VariableKind::Other => variable.name,
    };
    format!("{extent} {name}")
}

/// Actions in order, as patterns where they are all of a service.
fn shorten(actions: &[ActionIndex]) -> (Vec<String>, usize) {
    if actions.len() == ACTION_COUNT {
        return (vec!["*".to_owned()], 0);
    }
    let (mut names, mut more) = (Vec::new(), 0);
    for of_service in actions.chunk_by(|one, other| one.service() == other.service()) {
        let Some(first) = of_service.first() else { continue };
        let all = ActionRange::len(&first.service().actions());
        if of_service.len() == all && all > 1 {
            push(&mut names, &mut more, || format!("{}:*", first.service().prefix()));
        } else {
            for action in of_service {
                push(&mut names, &mut more, || action.to_string());
            }
        }
    }
    (names, more)
}

fn push(names: &mut Vec<String>, more: &mut usize, name: impl FnOnce() -> String) {
    if names.len() < MAX_ACTIONS {
        names.push(name());
    } else {
        *more += 1;
    }
}
