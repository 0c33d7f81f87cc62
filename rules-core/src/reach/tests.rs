//! The engine against the slow search, and its escalations taken step by step.

pub(crate) mod random;
mod replay;

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::{Escalation, Reach};
use crate::arn::Arn;
use crate::permissions::{AdminDefinition, RequestMfa};
use crate::slow_search::SlowEscalations;
use random::{About, Dice, details_about, facts, report};
use replay::{Order, replay};

/// The number that an environment variable holds, else another one.
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more than it does each time")]
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// What was seen of random accounts.
#[derive(Debug, Default)]
struct Seen {
    certainties: BTreeMap<&'static str, u64>,
    orders: BTreeMap<Order, u64>,
    faults: Vec<String>,
    /// Accounts with escalations that the slow search does not find, and that can be taken step by step.
    beyond: BTreeSet<u64>,
}

/// How an escalation differs from what the slow search finds.
enum Difference {
    /// It is missed, or not as certain.
    Less(String),
    /// It is more than the slow search finds.
    More(String),
}

type Compare = fn(&SlowEscalations<'_>, &Arn, RequestMfa, Option<&Escalation>) -> Option<Difference>;

fn certainty(proven: Option<bool>) -> &'static str {
    match proven {
        None => "no",
        Some(true) => "certain",
        Some(false) => "uncertain",
    }
}

/// Looks at every principal of random accounts that is no administrator, with all that can be known of MFA: each escalation
/// is replayed. `compare` says what is wrong with one besides.
fn look(about: About, (seed, cases): (u64, u64), compare: Compare) {
    let mut seen = Seen::default();
    for case in seed..seed + cases {
        look_at(about, case, &mut seen, compare);
    }
    println!("{:?} {:?}", seen.certainties, seen.orders);
    let enough = seen.certainties.len() == 3 && seen.certainties.values().all(|count| *count * 5 > cases);
    // A few accounts, as somebody looks at who mends one of them, are not of every kind.
    assert!(enough || cases < 200, "{:?}", seen.certainties);
    let all: u64 = seen.orders.values().sum();
    let put_back = seen.orders.get(&Order::PutBack).copied().unwrap_or_default();
    assert!(put_back <= 8 + all / 200, "{put_back} of {all} need again what an earlier step takes away");
    assert!(seen.faults.is_empty(), "{} faults: {:#?}", seen.faults.len(), seen.faults);
    // The slow search has its own limits, of what several members do for one that is made. The replay proves what is beyond.
    assert!(seen.beyond.len() as u64 <= 1 + cases / 1_000, "beyond the slow search: {:?}", seen.beyond);
}

fn look_at(about: About, seed: u64, seen: &mut Seen, compare: Compare) {
    let mut dice = Dice::new(seed);
    let (details, report) = (details_about(&mut dice, about), report(&mut dice));
    if number("RULES_REACH_CASES", 0) == 1 {
        println!("{details:#}");
    }
    let facts = facts(&details, &report);
    let (slow, reach) = (SlowEscalations::new(&facts).unwrap(), Reach::new(&facts).unwrap());
    let known = facts.authorization_details.get().unwrap();
    let users = known.users.iter().map(|user| &user.identity.arn);
    for arn in users.chain(known.roles.iter().map(|role| &role.identity.arn)) {
        let permissions = reach.permissions(arn).unwrap();
        for factor in [RequestMfa::Unknown, RequestMfa::Never, RequestMfa::NotGiven, RequestMfa::Given] {
            if permissions.administrator(AdminDefinition::Effective, factor).is_some() {
                continue;
            }
            let found = reach.of(arn, factor).unwrap();
            *seen.certainties.entry(certainty(found.as_ref().map(|it| it.proven))).or_default() += 1;
            let taken = found.as_ref().map(|escalation| replay(&facts, arn, factor, escalation));
            let mut wrong = Vec::new();
            match compare(&slow, arn, factor, found.as_ref()) {
                Some(Difference::More(_)) if matches!(taken, Some(Ok(_))) => {
                    seen.beyond.insert(seed);
                }
                Some(Difference::Less(what) | Difference::More(what)) => wrong.push(what),
                None => {}
            }
            match taken {
                None => {}
                Some(Ok(order)) => *seen.orders.entry(order).or_default() += 1,
                Some(Err(why)) => wrong.push(format!("it cannot be taken: {why}")),
            }
            let words = || found.as_ref().map(Escalation::in_full).unwrap_or_default();
            let name = format!("{about:?}, seed {seed}");
            seen.faults.extend(wrong.iter().map(|wrong| format!("{name}, {arn}, {factor:?}: {wrong}; {}", words())));
        }
    }
}

/// The engine finds what the slow search finds, as certainly.
fn is_same(
    slow: &SlowEscalations<'_>,
    arn: &Arn,
    factor: RequestMfa,
    found: Option<&Escalation>,
) -> Option<Difference> {
    let slowly = slow.of(arn, factor).unwrap();
    let (expected, found) = (slowly.as_ref().map(|it| it.proven), found.map(|it| it.proven));
    let differs = || format!("{}, not {}; {slowly:?}", certainty(found), certainty(expected));
    match found.cmp(&expected) {
        Ordering::Less => Some(Difference::Less(differs())),
        Ordering::Equal => None,
        Ordering::Greater => Some(Difference::More(differs())),
    }
}

/// The accounts are the same ones each time, unless `RULES_REACH_SEED` and `RULES_REACH_CASES` ask for others. A single one
/// is printed.
fn accounts(cases: u64) -> (u64, u64) {
    (number("RULES_REACH_SEED", 1), number("RULES_REACH_CASES", cases))
}

#[test]
fn the_slow_search_finds_the_same() {
    look(About::Nothing, accounts(10_000), is_same);
}

#[test]
fn the_slow_search_finds_the_same_with_mfa() {
    look(About::Sessions, accounts(1_000), is_same);
}

/// The slow search does not know which tags can be set: the engine finds at least what is certain without that.
fn is_no_less(
    slow: &SlowEscalations<'_>,
    arn: &Arn,
    factor: RequestMfa,
    found: Option<&Escalation>,
) -> Option<Difference> {
    let slowly = slow.of(arn, factor).unwrap();
    let is_missed = slowly.as_ref().is_some_and(|it| it.proven) && found.is_none_or(|it| !it.proven);
    let differs = || format!("{}, not certain; {slowly:?}", certainty(found.map(|it| it.proven)));
    is_missed.then(|| Difference::Less(differs()))
}

#[test]
fn with_tags_no_certain_escalation_is_missed() {
    look(About::Tags, accounts(1_000), is_no_less);
}

/// Accounts in which an escalation was once missed, or had steps that could not be taken.
#[test]
fn escalations_that_were_wrong_once_are_right() {
    let mut seen = Seen::default();
    for seed in [116, 271, 1_000_634, 3_003_795] {
        look_at(About::Nothing, seed, &mut seen, is_same);
    }
    for seed in [29, 39, 52, 78, 123, 339, 376, 438, 567, 713, 1_315, 2_000_208, 2_000_240, 2_000_302, 78_804] {
        look_at(About::Sessions, seed, &mut seen, is_same);
    }
    for seed in [43, 112, 290, 77_893, 4_000_407] {
        look_at(About::Tags, seed, &mut seen, is_no_less);
    }
    assert!(seen.faults.is_empty(), "{:#?}", seen.faults);
}
