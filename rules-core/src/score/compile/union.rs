//! Patterns that together match every name, such as `a*`, `b*` and so on for each letter and digit.
//!
//! No one of them reaches far, and all of them reach as far as `*`. Names are taken to begin and to end with a lower-case
//! letter or a digit: patterns that match all of those are taken to match every name, so that the score is too low for a
//! policy that spares names of other letters, and never too high.

use std::collections::BTreeMap;

use super::circumstance::Circumstances;
use super::statement::{CompiledStatement, Patterns, Resources, WrittenStatement};
use crate::catalogue::ActionSet;
use crate::policy::ResourcePattern;
use crate::score::definition::{Definition, ScoreVersion};

/// How many letters and digits a name may begin with.
const LETTERS: usize = 36;

/// How often unions are looked for among unions. Patterns that tell more letters apart are taken as they are.
const ROUNDS: usize = 3;

/// The Allows that some Allows amount to together: one for each pattern that others are a union of. Each comes with what is
/// said of the first Allow that has part in it.
pub(crate) fn of_statements<'s, 'a: 's, P: Copy + 's>(
    allows: impl Iterator<Item = (P, &'s CompiledStatement<'a>)> + Clone,
    definition: &Definition,
) -> Vec<(P, CompiledStatement<'a>)> {
    if definition.version == ScoreVersion::V1 {
        return Vec::new();
    }
    let matching = allows.filter_map(|(policy, allow)| match &allow.resources {
        Resources::Matching(patterns) => Some((policy, allow, patterns)),
        Resources::Everything | Resources::Except(_) => None,
    });
    if matching.clone().map(|(_, _, patterns)| patterns.iter().count()).sum::<usize>() < LETTERS {
        return Vec::new();
    }
    let grants = matching.flat_map(|(policy, allow, patterns)| {
        patterns.iter().map(move |(pattern, _)| {
            let (actions, from) = (allow.actions.clone(), (policy, allow.written));
            (allow.circumstances, Grant { pattern: pattern.clone(), actions, from })
        })
    });
    let named: Vec<(Circumstances, Grant<(P, WrittenStatement<'a>)>)> = grants.collect();
    let mut circumstances: Vec<Circumstances> = named.iter().map(|(circumstances, _)| *circumstances).collect();
    circumstances.sort();
    circumstances.dedup();
    let statement = |circumstances: Circumstances, Grant { pattern, actions, from: (policy, written) }: Grant<_>| {
        let resources = Resources::Matching(Patterns::single(pattern));
        (policy, CompiledStatement { written, actions, resources, circumstances, is_union: true })
    };
    let mut found = Vec::new();
    for needed in circumstances {
        // What takes less is there, too.
        let there = named.iter().filter(|(other, _)| needed.contains(*other)).map(|(_, grant)| grant.clone());
        found.extend(unions(there.collect()).into_iter().map(|grant| statement(needed, grant)));
    }
    found
}

/// What a Deny spares, with the patterns that those of it amount to together. What it is about stays as it is: a Deny of
/// every letter leaves names of other letters.
pub(crate) fn spared<'a>(resources: Resources<'a>, definition: &Definition) -> Resources<'a> {
    match resources {
        Resources::Except(patterns) if definition.version != ScoreVersion::V1 => {
            let grant =
                |pattern: &ResourcePattern| Grant { pattern: pattern.clone(), actions: ActionSet::full(), from: () };
            let grants = if patterns.iter().count() < LETTERS {
                Vec::new()
            } else {
                patterns.iter().map(|(pattern, _)| grant(pattern)).collect()
            };
            Resources::Except(patterns.with(unions(grants).into_iter().map(|grant| grant.pattern).collect()))
        }
        resources => resources,
    }
}

/// A pattern for which some actions are allowed, and where.
#[derive(Clone)]
struct Grant<F> {
    pattern: ResourcePattern,
    actions: ActionSet,
    from: F,
}

fn unions<F: Copy>(grants: Vec<Grant<F>>) -> Vec<Grant<F>> {
    let mut found: Vec<Grant<F>> = Vec::new();
    let mut all = grants;
    for _ in 0..ROUNDS {
        if all.len() < LETTERS {
            break;
        }
        let by_letter = all.iter().enumerate().flat_map(|(number, grant)| {
            pieces(&grant.pattern).into_iter().map(move |(piece, letter)| (piece, letter, number))
        });
        let mut classes: BTreeMap<Piece, BTreeMap<u8, Vec<usize>>> = BTreeMap::new();
        for (piece, letter, number) in by_letter {
            classes.entry(piece).or_default().entry(letter).or_default().push(number);
        }
        let mut new = Vec::new();
        for (piece, letters) in classes.into_iter().filter(|(_, letters)| letters.len() == LETTERS) {
            let mut actions = ActionSet::full();
            for numbers in letters.values() {
                let mut of_letter = ActionSet::empty();
                for grant in numbers.iter().filter_map(|number| all.get(*number)) {
                    of_letter.union_with(&grant.actions);
                }
                actions.intersect_with(&of_letter);
            }
            let first = letters.values().flatten().min().and_then(|number| all.get(*number));
            let pattern = piece.pattern();
            let is_new = !all.iter().any(|grant| grant.pattern == pattern && grant.actions == actions);
            if let (Some(first), false, true) = (first, actions.is_empty(), is_new) {
                new.push(Grant { pattern, actions, from: first.from });
            }
        }
        if new.is_empty() {
            break;
        }
        found.extend(new.iter().cloned());
        all.extend(new);
    }
    found
}

/// A pattern in which one letter beside a `*` is left out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    before: String,
    after: String,
}

impl Piece {
    fn pattern(&self) -> ResourcePattern {
        ResourcePattern::new(format!("{}*{}", self.before, self.after))
    }
}

/// The letters of a pattern that stand before or behind a `*`, with what is left without them. A `?` in between is passed over:
/// what counts is names of any length.
fn pieces(pattern: &ResourcePattern) -> Vec<(Piece, u8)> {
    let text = pattern.as_str();
    let mut pieces = Vec::new();
    for (place, _) in text.match_indices('*') {
        let (Some(before), Some(after)) = (text.get(..place), text.get(place + 1..)) else { continue };
        let (head, tail) = (before.trim_end_matches('?'), after.trim_start_matches('?'));
        if let Some((letter, head)) = last_letter(head) {
            pieces.push((Piece { before: head.to_owned(), after: after.to_owned() }, letter));
        }
        if let Some((letter, tail)) = first_letter(tail) {
            pieces.push((Piece { before: before.to_owned(), after: tail.to_owned() }, letter));
        }
    }
    pieces
}

fn last_letter(text: &str) -> Option<(u8, &str)> {
    let letter = text.bytes().next_back().filter(|letter| is_letter(*letter))?;
    Some((letter, text.get(..text.len() - 1)?))
}

fn first_letter(text: &str) -> Option<(u8, &str)> {
    let letter = text.bytes().next().filter(|letter| is_letter(*letter))?;
    Some((letter, text.get(1..)?))
}

fn is_letter(letter: u8) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit()
}
