//! When a statement applies: its conditions as circumstances.
//!
//! A condition is tested against one fixed generic attacker: signed in without MFA, from an unknown public
//! address, through no endpoint, calling directly, on an untagged resource of an unknown account. A test that holds
//! there is worth nothing. One that does not hold costs the circumstance of its key: the attacker needs that circumstance
//! as well. What is known of the principal is not left to the attacker: such a test holds or fails.

use std::borrow::Cow;
use std::net::IpAddr;

use super::circumstance::{Circumstance, Circumstances};
use super::condition_key::{CallerBrings, KeyClass, classify};
use super::principal::{KnownPrincipal, PassedTo};
use super::requester_key::classify_for_requesters;
use crate::decision::{Context, ContextValue, OtherKeys, Truth, test_condition};
use crate::policy::{Comparison, Condition, Effect, Network, PolicyVersion, SetOperator, Statement};
use crate::score::definition::{Definition, OPEN_ADDRESSES_ONE_IN, ScoreVersion};

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
pub(crate) fn applicability(
    statement: &Statement,
    version: PolicyVersion,
    known: &KnownPrincipal,
    definition: &Definition,
) -> Applicability {
    let tests = statement.conditions.iter().map(|condition| Test::of(condition, version, known, definition));
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
    passed_to: PassedTo,
}

/// A value that no policy can name.
const FRESH: &str = "\u{f0003}";

/// The policy that makes an administrator, in each partition.
const ADMINISTRATOR_POLICIES: [&str; 3] = [
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws-cn:iam::aws:policy/AdministratorAccess",
    "arn:aws-us-gov:iam::aws:policy/AdministratorAccess",
];

/// Whether a test compares a tag of the resource with one of the principal.
fn compares_tags(condition: &Condition) -> bool {
    let is_of_principal = |text: &str| text.contains("aws:principaltag/");
    let is_of_resource = |text: &str| text.contains("resourcetag/") || text.contains("existingobjecttag/");
    let key = condition.key.lower();
    let values = condition.values.iter().filter(|value| value.contains("${")).map(|value| value.to_ascii_lowercase());
    values.into_iter().any(|value| {
        (is_of_resource(key) && is_of_principal(&value)) || (is_of_principal(key) && is_of_resource(&value))
    })
}

impl<'a> Test<'a> {
    fn of(condition: &'a Condition, version: PolicyVersion, known: &KnownPrincipal, definition: &Definition) -> Self {
        let class = match known.is_requester() {
            true => classify_for_requesters(condition),
            false => classify(condition.key.lower(), definition.version),
        };
        let key = match class {
            KeyClass::Circumstance(Circumstance::Tag | Circumstance::Who, brings)
                if definition.version != ScoreVersion::V1 && compares_tags(condition) =>
            {
                KeyClass::Circumstance(Circumstance::OwnTag, brings)
            }
            key => key,
        };
        let decided = known.decides(condition, version);
        let passed_to = known.passed_to();
        Self { condition: known.fill_in(condition, version), key, version, decided, passed_to }
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
            KeyClass::PassedToService => match self.passed_to {
                PassedTo::Anything => Some(Circumstances::NONE),
                PassedTo::Service(service) => self.holds_with_text(service).then_some(Circumstances::NONE),
                PassedTo::Unknown if self.holds_generically() => Some(Circumstances::NONE),
                PassedTo::Unknown => Some(Circumstances::of(Circumstance::Parameter)),
            },
            KeyClass::MfaPresent | KeyClass::MfaAge if comparison == Comparison::Null => Some(Circumstances::NONE),
            _ if self.holds_generically() => Some(Circumstances::NONE),
            // Where MFA does not make the test hold, nothing is known to, which earns nothing.
            KeyClass::MfaPresent if !self.holds_with_text("true") => Some(Circumstances::NONE),
            KeyClass::MfaPresent | KeyClass::MfaAge => Some(Circumstances::of(Circumstance::Mfa)),
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
            KeyClass::PassedToService => match self.passed_to {
                PassedTo::Anything => None,
                PassedTo::Service(service) => self.holds_with_text(service).then_some(Circumstances::NONE),
                PassedTo::Unknown if !self.holds_whatever_is_chosen() => None,
                PassedTo::Unknown if self.can_fail(CallerBrings::Fresh) => {
                    Some(Circumstances::of(Circumstance::Parameter))
                }
                PassedTo::Unknown => Some(Circumstances::NONE),
            },
            KeyClass::MfaPresent | KeyClass::MfaAge if comparison == Comparison::Null => None,
            _ if !self.holds_whatever_is_chosen() => None,
            KeyClass::MfaPresent if self.holds_with_text("true") => Some(Circumstances::NONE),
            KeyClass::MfaPresent | KeyClass::MfaAge => Some(Circumstances::of(Circumstance::Mfa)),
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
                .all(|value| !crate::policy::is_well_formed(&self.condition, value) && !value.contains("${"))
    }

    /// Whether the generic attacker can meet the test as it stands.
    fn holds_generically(&self) -> bool {
        match self.key {
            KeyClass::Address => self.address_holds(),
            KeyClass::DirectCall => self.holds_with(ContextValue::Single("false".to_owned())),
            KeyClass::MfaPresent | KeyClass::MfaAge | KeyClass::PassedToService | KeyClass::Circumstance(..) => {
                self.brought().into_iter().any(|value| self.holds_with(value))
            }
            KeyClass::Free | KeyClass::Moment => true,
        }
    }

    /// Whether the test holds for the generic attacker and whatever it chooses.
    fn holds_whatever_is_chosen(&self) -> bool {
        match self.key {
            KeyClass::MfaPresent | KeyClass::MfaAge | KeyClass::PassedToService | KeyClass::Circumstance(..) => {
                self.brought().into_iter().all(|value| self.holds_with(value))
            }
            _ => self.holds_generically(),
        }
    }

    /// What the generic attacker may bring. A set operator that is vacuously true lets it leave the key out.
    fn brought(&self) -> Vec<ContextValue> {
        let operator = &self.condition.operator;
        let with = |value: String| match operator.set {
            Some(_) => ContextValue::Multiple(vec![value]),
            None => ContextValue::Single(value),
        };
        let fresh = || {
            let arn = || ["arn", FRESH, FRESH, FRESH, FRESH, FRESH].join(":");
            with(if self.is_about_arns() { arn() } else { FRESH.to_owned() })
        };
        let vacuous = (operator.if_exists && operator.set != Some(SetOperator::ForAnyValue))
            || operator.set == Some(SetOperator::ForAllValues)
            || operator.comparison == Some(Comparison::Null);
        // What every request carries cannot be left out.
        let absent = |is_always_present: bool| match is_always_present {
            true => vacuous && (operator.set.is_some() || operator.comparison == Some(Comparison::Null)),
            false => vacuous,
        };
        let (mut values, may_be_absent) = match self.key {
            // Long-term keys carry no such key; sessions may say that there was no MFA.
            KeyClass::MfaPresent => (vec![with("false".to_owned())], true),
            KeyClass::MfaAge => (Vec::new(), true),
            KeyClass::Circumstance(_, CallerBrings::Nothing) => (Vec::new(), true),
            KeyClass::Circumstance(_, CallerBrings::Present) => (vec![fresh()], absent(true)),
            KeyClass::Circumstance(_, CallerBrings::Region) => {
                (vec![with([FRESH, FRESH, FRESH].join("-"))], absent(true))
            }
            KeyClass::Circumstance(_, CallerBrings::Policy) => {
                let administrator = ADMINISTRATOR_POLICIES.into_iter().map(|arn| with(arn.to_owned()));
                (std::iter::once(fresh()).chain(administrator).collect(), vacuous)
            }
            KeyClass::Circumstance(_, CallerBrings::Either) => (vec![fresh()], true),
            _ => (vec![fresh()], vacuous),
        };
        if may_be_absent {
            values.push(ContextValue::Absent);
        }
        values
    }

    /// Whether values of the key are ARNs, of which some patterns take every one.
    fn is_about_arns(&self) -> bool {
        self.condition.operator.comparison.is_some_and(Comparison::is_about_arns)
            || self.condition.key.lower().ends_with("arn")
    }

    /// Whether some value of the key makes the test fail.
    fn can_fail(&self, brings: CallerBrings) -> bool {
        let negated = self.condition.operator.comparison.is_some_and(Comparison::is_negated);
        // What is always present and compared with `*` cannot fail; a negated test fails on a listed value.
        let names_everything = self.condition.values.iter().any(|value| crate::policy::only_stars(value));
        match negated {
            true => !self.condition.values.is_empty(),
            false => brings == CallerBrings::Nothing || !names_everything,
        }
    }

    fn holds_with_text(&self, text: &str) -> bool {
        self.holds_with(match self.condition.operator.set {
            Some(_) => ContextValue::Multiple(vec![text.to_owned()]),
            None => ContextValue::Single(text.to_owned()),
        })
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
        for Network { address, prefix } in self.condition.values.iter().filter_map(|value| Network::parse(value)) {
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
