//! The engine against the slow search.

pub(crate) mod random;

use std::collections::BTreeMap;

use super::Reach;
use crate::permissions::{AdminDefinition, SecondFactor};
use crate::slow_search::Escalations;
use random::{Dice, details, facts, report};

/// The number that an environment variable holds, else another one.
#[expect(clippy::disallowed_methods, reason = "a test may be asked for more than it does each time")]
pub(crate) fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().unwrap())
}

/// Who can become an administrator, and how certainly, is what the slow search says. `RULES_CASES` asks for another number of
/// accounts, `RULES_SEED` for other ones.
#[test]
fn the_slow_search_finds_the_same() {
    let (seed, cases) = (number("RULES_SEED", 1), number("RULES_CASES", 150));
    println!("RULES_SEED={seed}");
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let mut different = Vec::new();
    for case in seed..seed + cases {
        let mut dice = Dice::new(case);
        let (details, report) = (details(&mut dice), report(&mut dice));
        let facts = facts(&details, &report);
        let (slow, reach) = (Escalations::new(&facts).unwrap(), Reach::new(&facts).unwrap());
        let known = facts.authorization_details.get().unwrap();
        let users = known.users.iter().map(|user| &user.identity.arn);
        for arn in users.chain(known.roles.iter().map(|role| &role.identity.arn)) {
            let permissions = reach.permissions(arn).unwrap();
            for factor in [SecondFactor::Unknown, SecondFactor::Never, SecondFactor::NotGiven, SecondFactor::Given] {
                if permissions.administrator(AdminDefinition::Effective, factor).is_some() {
                    continue;
                }
                let certainty = |proven: Option<bool>| match proven {
                    None => "no",
                    Some(true) => "certain",
                    Some(false) => "uncertain",
                };
                let slowly = slow.of(arn, factor).unwrap();
                let quickly = reach.of(arn, factor).unwrap();
                let expected = certainty(slowly.as_ref().map(|it| it.proven));
                let found = certainty(quickly.as_ref().map(|it| it.proven));
                *seen.entry(expected).or_default() += 1;
                // Who gives a group more and who joins it may be two, which the slow search does not see.
                let is_more = found == "certain" || (found == "uncertain" && expected == "no");
                if found != expected && is_more {
                    *seen.entry("more").or_default() += 1;
                } else if found != expected {
                    let ways = (slowly.map(|it| it.steps), quickly.map(|it| it.in_full()));
                    different.push(format!("seed {case}, {arn}, {factor:?}: {found}, not {expected}; {ways:?}"));
                }
            }
        }
    }
    println!("{seen:?}");
    assert!(different.is_empty(), "{} differences: {different:#?}", different.len());
    let more = seen.remove("more").unwrap_or_default();
    assert!(u64::from(more) * 20 <= cases, "{more} that the slow search does not find");
    assert!(seen.len() == 3 && seen.values().all(|count| u64::from(*count) * 5 > cases), "{seen:?}");
}
