//! When a statement applies: its conditions as circumstances.
//!
//! A condition is tested against one fixed generic attacker: signed in without MFA, from an unknown public
//! address, through no endpoint, calling directly, on an untagged resource of an unknown account. A test that holds
//! there is worth nothing. One that does not hold costs the circumstance of its key: the attacker needs that circumstance
//! as well. What is known of the principal is not left to the attacker: such a test holds or fails.

use std::borrow::Cow;
use std::net::IpAddr;

use super::circumstance::{Circumstance, Circumstances};
use super::condition_key::{Brings, KeyClass, classify};
use super::principal::KnownPrincipal;
use crate::decision::{Context, ContextValue, OtherKeys, Truth, network_prefix, test_condition};
use crate::policy::{Comparison, Condition, Effect, PolicyVersion, SetOperator, Statement};
use crate::score::definition::OPEN_ADDRESSES_ONE_IN;

/// When a statement applies for the generic attacker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applicability {
    /// Never: it grants or denies nothing.
    Never,
    /// An Allow: as soon as these cooperate.
    Needs(Circumstances),
    /// A Deny: until one of these cooperates; none means always.
    UnlessAny(Circumstances),
}

/// When `statement` applies.
pub(crate) fn applicability(statement: &Statement, version: PolicyVersion, known: &KnownPrincipal) -> Applicability {
    let tests = statement.conditions.iter().map(|condition| Test::of(condition, version, known));
    match statement.effect {
        Effect::Allow => {
            let mut needed = Circumstances::NONE;
            for test in tests {
                match test.as_allow() {
                    Some(circumstances) => needed = needed.union(circumstances),
                    None => return Applicability::Never,
                }
            }
            Applicability::Needs(needed)
        }
        Effect::Deny => {
            let mut escapes = Circumstances::NONE;
            for test in tests {
                match test.as_deny() {
                    Some(circumstances) => escapes = escapes.union(circumstances),
                    None => return Applicability::Never,
                }
            }
            Applicability::UnlessAny(escapes)
        }
    }
}

/// What is known of one test.
struct Test<'a> {
    condition: Cow<'a, Condition>,
    key: KeyClass,
    version: PolicyVersion,
    /// Whether it holds, where what is known of the principal decides that.
    decided: Option<bool>,
}

/// A value that no policy can name.
const FRESH: &str = "\u{f0003}";

impl<'a> Test<'a> {
    fn of(condition: &'a Condition, version: PolicyVersion, known: &KnownPrincipal) -> Self {
        let key = classify(condition.key.lower());
        let decided = known.decides(condition, version);
        Self { condition: known.fill_in(condition, version), key, version, decided }
    }

    /// In an Allow: what has to cooperate for the test to hold; none when it never does.
    fn as_allow(&self) -> Option<Circumstances> {
        if let Some(holds) = self.decided {
            return holds.then_some(Circumstances::NONE);
        }
        // An unknown operator, or nothing that could be matched: counted as if it held, which never scores too well.
        let Some(comparison) = self.condition.operator.comparison.filter(|_| !self.is_malformed()) else {
            return Some(Circumstances::NONE);
        };
        if self.condition.values.is_empty() && !self.holds_generically() {
            return None;
        }
        match self.key {
            KeyClass::Free => Some(Circumstances::NONE),
            KeyClass::Moment => Some(match comparison {
                Comparison::DateLessThan
                | Comparison::DateLessThanEquals
                | Comparison::NumericLessThan
                | Comparison::NumericLessThanEquals => Circumstances::of(Circumstance::Time),
                _ => Circumstances::NONE,
            }),
            _ if self.holds_generically() => Some(Circumstances::NONE),
            KeyClass::Address => Some(Circumstances::of(Circumstance::Network)),
            KeyClass::DirectCall => Some(Circumstances::of(Circumstance::Service)),
            KeyClass::Circumstance(circumstance, _) => Some(Circumstances::of(circumstance)),
        }
    }

    /// In a Deny: what may cooperate to make the test fail; none when the generic attacker does not meet it at all.
    fn as_deny(&self) -> Option<Circumstances> {
        if let Some(holds) = self.decided {
            return holds.then_some(Circumstances::NONE);
        }
        // An unknown operator or a malformed value protects nobody.
        let comparison = self.condition.operator.comparison.filter(|_| !self.is_malformed())?;
        match self.key {
            KeyClass::Free => None,
            KeyClass::Moment => match comparison {
                Comparison::DateGreaterThan
                | Comparison::DateGreaterThanEquals
                | Comparison::NumericGreaterThan
                | Comparison::NumericGreaterThanEquals => Some(Circumstances::of(Circumstance::Time)),
                _ => None,
            },
            _ if !self.holds_whatever_is_chosen() => None,
            KeyClass::Address => Some(Circumstances::of(Circumstance::Network)),
            KeyClass::DirectCall => Some(Circumstances::of(Circumstance::Service)),
            KeyClass::Circumstance(circumstance, brings) => {
                Some(if self.can_fail(brings) { Circumstances::of(circumstance) } else { Circumstances::NONE })
            }
        }
    }

    /// Whether no listed value is one that the operator could match.
    fn is_malformed(&self) -> bool {
        let values = &self.condition.values;
        !values.is_empty()
            && values
                .iter()
                .all(|value| !crate::decision::is_well_formed(&self.condition, value) && !value.contains("${"))
    }

    /// Whether the generic attacker can meet the test as it stands.
    fn holds_generically(&self) -> bool {
        match self.key {
            KeyClass::Address => self.address_holds(),
            KeyClass::DirectCall => self.holds_with(ContextValue::Single("false".to_owned())),
            KeyClass::Circumstance(_, brings) => self.brought(brings).into_iter().any(|value| self.holds_with(value)),
            KeyClass::Free | KeyClass::Moment => true,
        }
    }

    /// Whether the test holds for the generic attacker and whatever it chooses.
    fn holds_whatever_is_chosen(&self) -> bool {
        match self.key {
            KeyClass::Circumstance(_, brings) => self.brought(brings).into_iter().all(|value| self.holds_with(value)),
            _ => self.holds_generically(),
        }
    }

    /// What the generic attacker may bring. A set operator that is vacuously true lets it leave the key out.
    fn brought(&self, brings: Brings) -> Vec<ContextValue> {
        let operator = &self.condition.operator;
        let value =
            if self.is_about_arns() { ["arn", FRESH, FRESH, FRESH, FRESH, FRESH].join(":") } else { FRESH.to_owned() };
        let fresh = || match operator.set {
            Some(_) => ContextValue::Multiple(vec![value.clone()]),
            None => ContextValue::Single(value.clone()),
        };
        let vacuous = (operator.if_exists && operator.set != Some(SetOperator::ForAnyValue))
            || operator.set == Some(SetOperator::ForAllValues)
            || operator.comparison == Some(Comparison::Null);
        match brings {
            Brings::Nothing => vec![ContextValue::Absent],
            Brings::Fresh if !vacuous => vec![fresh()],
            Brings::Fresh | Brings::Either => vec![fresh(), ContextValue::Absent],
        }
    }

    /// Whether values of the key are ARNs, of which some patterns take every one.
    fn is_about_arns(&self) -> bool {
        self.condition.operator.comparison.is_some_and(Comparison::is_about_arns)
            || self.condition.key.lower().ends_with("arn")
    }

    /// Whether some value of the key makes the test fail.
    fn can_fail(&self, brings: Brings) -> bool {
        let negated = self.condition.operator.comparison.is_some_and(Comparison::is_negated);
        // What is always present and compared with `*` cannot fail; a negated test fails on a listed value.
        let names_everything = self.condition.values.iter().any(|value| crate::policy::only_stars(value));
        match negated {
            true => !self.condition.values.is_empty(),
            false => brings == Brings::Nothing || !names_everything,
        }
    }

    fn holds_with(&self, value: ContextValue) -> bool {
        // A variable that compares a key with itself holds by this, as it should.
        let context = Context::new(OtherKeys::Absent).with(self.condition.key.as_str(), value);
        test_condition(&self.condition, self.version, &context) == Truth::Holds
    }

    /// Whether an unknown public address may be expected to pass: when enough of all IPv4 addresses do.
    fn address_holds(&self) -> bool {
        let negated = self.condition.operator.comparison == Some(Comparison::NotIpAddress);
        if !matches!(self.condition.operator.comparison, Some(Comparison::IpAddress | Comparison::NotIpAddress)) {
            return self.holds_with(ContextValue::Single(FRESH.to_owned()));
        }
        let (mut four, mut six) = (Vec::new(), Vec::new());
        for (address, prefix) in self.condition.values.iter().filter_map(|value| network_prefix(value)) {
            let (ranges, bits) = match address {
                IpAddr::V4(address) => (&mut four, u64::from(address.to_bits())),
                IpAddr::V6(address) => (&mut six, u64::try_from(address.to_bits() >> 96).unwrap_or(0)),
            };
            let count = 1u64 << (32 - prefix.min(32));
            ranges.push((bits / count * count, count));
        }
        let all = 1u64 << 32;
        // What is left by a negated test is left of the family that nearly everybody has.
        let allowed = if negated { all - covered(four) } else { covered(four) + covered(six) };
        allowed >= all / OPEN_ADDRESSES_ONE_IN
    }
}

/// How many addresses ranges hold together, each given by its first one and how many follow: one that is in several counts
/// once.
fn covered(mut ranges: Vec<(u64, u64)>) -> u64 {
    ranges.sort_unstable();
    let (mut covered, mut end) = (0, 0);
    for (first, count) in ranges {
        let after = first + count;
        covered += after.saturating_sub(first.max(end));
        end = end.max(after);
    }
    covered
}
