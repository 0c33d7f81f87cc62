//! Testing one condition against a context.

use std::net::IpAddr;

use super::context::{Context, ContextValue};
use super::variables::{Expanded, Use, expand, pattern_text_matches};
use crate::policy::{Comparison, Condition, PolicyVersion, SetOperator};
use crate::timestamp::Timestamp;

/// Whether something holds. Ordered from worst to best, so that the minimum is "and" and the maximum "or".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It does not hold.
    Fails,
    /// It depends on what is not known.
    Undecided,
    /// It holds.
    Holds,
}

impl Truth {
    /// The opposite; undecided stays undecided.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Fails => Self::Holds,
            Self::Undecided => Self::Undecided,
            Self::Holds => Self::Fails,
        }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

/// Whether `condition` holds in `context`.
pub(crate) fn test(condition: &Condition, version: PolicyVersion, context: &Context) -> Truth {
    let operator = &condition.operator;
    let Some(comparison) = operator.comparison else {
        return Truth::Undecided;
    };
    let value = context.get(condition.key.lower());
    if comparison == Comparison::Null {
        return test_null(condition, value);
    }
    let holds_for = |value: &str| holds_for_value(condition, comparison, value, version, context);
    match (value, operator.set) {
        (ContextValue::Unknown, _) => Truth::Undecided,
        (ContextValue::Absent, _) => Truth::from(holds_when_absent(condition, comparison)),
        // A set operator takes an empty text for a set without members.
        (ContextValue::Single(value), Some(_)) if value.is_empty() => {
            Truth::from(holds_when_absent(condition, comparison))
        }
        (ContextValue::Single(value), _) => holds_for(value),
        (ContextValue::Since(now), _) => match holds_for(&now.to_string()) {
            Truth::Fails if holds_some_day(condition, comparison, *now) => Truth::Undecided,
            truth => truth,
        },
        (ContextValue::Multiple(values), set)
            if values.is_empty() || (set.is_some() && values.iter().all(String::is_empty)) =>
        {
            Truth::from(holds_when_absent(condition, comparison))
        }
        // An operator without a set prefix does not match a multi-valued key.
        (ContextValue::Multiple(_), None) => Truth::Fails,
        (ContextValue::Multiple(values), Some(SetOperator::ForAllValues)) => {
            values.iter().map(|value| holds_for(value)).min().unwrap_or(Truth::Holds)
        }
        (ContextValue::Multiple(values), Some(SetOperator::ForAnyValue)) => {
            values.iter().map(|value| holds_for(value)).max().unwrap_or(Truth::Fails)
        }
    }
}

fn holds_when_absent(condition: &Condition, comparison: Comparison) -> bool {
    match condition.operator.set {
        // Vacuously true: the classic over-grant.
        Some(SetOperator::ForAllValues) => true,
        // `IfExists` is about each value, and there is none.
        Some(SetOperator::ForAnyValue) => false,
        None => condition.operator.if_exists || comparison.is_negated(),
    }
}

/// Whether a test of the present moment that fails now holds at some later one. An upper bound never does again.
fn holds_some_day(condition: &Condition, comparison: Comparison, now: Timestamp) -> bool {
    match comparison {
        Comparison::DateLessThan | Comparison::DateLessThanEquals => false,
        Comparison::DateEquals => condition.values.iter().filter_map(|value| date(value)).any(|moment| moment >= now),
        _ => true,
    }
}

fn test_null(condition: &Condition, value: &ContextValue) -> Truth {
    let absent = match value {
        ContextValue::Unknown => return Truth::Undecided,
        ContextValue::Absent => true,
        ContextValue::Multiple(values) => values.is_empty(),
        ContextValue::Single(_) | ContextValue::Since(_) => false,
    };
    Truth::from(condition.values.iter().any(|wanted| boolean(wanted) == Some(absent)))
}

/// Whether the condition holds for one value of the request: some listed value matches, or none for a negated operator.
fn holds_for_value(
    condition: &Condition,
    comparison: Comparison,
    value: &str,
    version: PolicyVersion,
    context: &Context,
) -> Truth {
    let matched = condition
        .values
        .iter()
        .map(|wanted| matches(comparison, wanted, value, version, context))
        .max()
        .unwrap_or(Truth::Fails);
    if comparison.is_negated() { matched.negated() } else { matched }
}

fn matches(comparison: Comparison, wanted: &str, value: &str, version: PolicyVersion, context: &Context) -> Truth {
    use Comparison as C;
    let text = |purpose: Use, compare: &dyn Fn(&str) -> bool| match expand(wanted, version, context, purpose) {
        Expanded::Text(text) => Truth::from(compare(&text)),
        Expanded::Unresolvable => Truth::Fails,
        Expanded::Unknown => Truth::Undecided,
    };
    match comparison {
        C::StringEquals | C::StringNotEquals => text(Use::Literal, &|wanted| wanted == value),
        C::StringEqualsIgnoreCase | C::StringNotEqualsIgnoreCase => {
            text(Use::Literal, &|wanted| wanted.to_lowercase() == value.to_lowercase())
        }
        C::StringLike | C::StringNotLike => text(Use::Pattern, &|wanted| pattern_text_matches(wanted, value)),
        C::ArnEquals | C::ArnLike | C::ArnNotEquals | C::ArnNotLike => {
            text(Use::Pattern, &|wanted| arn_matches(wanted, value))
        }
        C::NumericEquals | C::NumericNotEquals => ordered(number(value), number(wanted), |order| order.is_eq()),
        C::NumericLessThan => ordered(number(value), number(wanted), |order| order.is_lt()),
        C::NumericLessThanEquals => ordered(number(value), number(wanted), |order| order.is_le()),
        C::NumericGreaterThan => ordered(number(value), number(wanted), |order| order.is_gt()),
        C::NumericGreaterThanEquals => ordered(number(value), number(wanted), |order| order.is_ge()),
        C::DateEquals | C::DateNotEquals => ordered(date(value), date(wanted), |order| order.is_eq()),
        C::DateLessThan => ordered(date(value), date(wanted), |order| order.is_lt()),
        C::DateLessThanEquals => ordered(date(value), date(wanted), |order| order.is_le()),
        C::DateGreaterThan => ordered(date(value), date(wanted), |order| order.is_gt()),
        C::DateGreaterThanEquals => ordered(date(value), date(wanted), |order| order.is_ge()),
        C::Bool => Truth::from(boolean(wanted).is_some_and(|wanted| boolean(value) == Some(wanted))),
        C::BinaryEquals => Truth::from(wanted == value),
        C::IpAddress | C::NotIpAddress => {
            let address: Option<IpAddr> = value.parse().ok();
            Truth::from(address.zip(Network::parse(wanted)).is_some_and(|(address, network)| network.contains(address)))
        }
        // Asked for apart, before values are compared.
        C::Null => Truth::Fails,
    }
}

/// Whether `value` is something that the condition's comparison can match at all.
pub(crate) fn is_well_formed(condition: &Condition, value: &str) -> bool {
    use Comparison as C;
    let Some(comparison) = condition.operator.comparison else {
        return true;
    };
    match comparison {
        C::NumericEquals
        | C::NumericNotEquals
        | C::NumericLessThan
        | C::NumericLessThanEquals
        | C::NumericGreaterThan
        | C::NumericGreaterThanEquals => number(value).is_some(),
        C::DateEquals
        | C::DateNotEquals
        | C::DateLessThan
        | C::DateLessThanEquals
        | C::DateGreaterThan
        | C::DateGreaterThanEquals => date(value).is_some(),
        C::Bool | C::Null => boolean(value).is_some(),
        C::IpAddress | C::NotIpAddress => Network::parse(value).is_some(),
        C::ArnEquals | C::ArnLike | C::ArnNotEquals | C::ArnNotLike => value.splitn(6, ':').count() == 6,
        C::StringEquals
        | C::StringNotEquals
        | C::StringEqualsIgnoreCase
        | C::StringNotEqualsIgnoreCase
        | C::StringLike
        | C::StringNotLike
        | C::BinaryEquals => true,
    }
}

fn ordered<T: PartialOrd>(value: Option<T>, wanted: Option<T>, accept: fn(std::cmp::Ordering) -> bool) -> Truth {
    let order = value.zip(wanted).and_then(|(value, wanted)| value.partial_cmp(&wanted));
    Truth::from(order.is_some_and(accept))
}

/// `true` or `false` in any case.
fn boolean(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A decimal number; whole numbers keep every digit.
#[derive(Clone, Copy, Debug)]
enum Number {
    Whole(i128),
    Fraction(f64),
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other).is_some_and(std::cmp::Ordering::is_eq)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(other)),
            _ => self.to_f64().partial_cmp(&other.to_f64()),
        }
    }
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "only compared with a fraction, which is no more precise")]
    fn to_f64(self) -> f64 {
        match self {
            Self::Whole(whole) => whole as f64,
            Self::Fraction(fraction) => fraction,
        }
    }
}

fn number(text: &str) -> Option<Number> {
    if let Ok(whole) = text.parse() {
        return Some(Number::Whole(whole));
    }
    // `inf` and `nan` are words to Rust, not numbers to IAM.
    let numeric = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    let fraction = numeric.then(|| text.parse::<f64>().ok()).flatten()?;
    fraction.is_finite().then_some(Number::Fraction(fraction))
}

/// A date in one of W3C's forms, from the year alone to fractions of a second, or seconds since 1970.
///
/// Four digits are a year. A time without an offset is taken to be in UTC.
fn date(text: &str) -> Option<Timestamp> {
    let moment = match text.len() {
        // 2026, 2026-01, 2026-01-31
        4 => format!("{text}-01-01T00:00:00Z").parse(),
        7 => format!("{text}-01T00:00:00Z").parse(),
        10 => format!("{text}T00:00:00Z").parse(),
        _ => text.parse().or_else(|error| format!("{text}Z").parse().map_err(|_| error)),
    };
    moment.ok().or_else(|| seconds_since_1970(text))
}

fn seconds_since_1970(text: &str) -> Option<Timestamp> {
    let seconds = text.parse::<i64>().ok()?;
    // Beyond the calendar lie milliseconds that were taken for seconds: later than every date.
    Timestamp::from_unix(seconds, 0).or_else(|| (seconds > 0).then_some(Timestamp::MAX))
}

/// ARN against ARN, segment by segment; the sixth keeps its colons.
fn arn_matches(pattern: &str, value: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.splitn(6, ':'), value.splitn(6, ':'));
    (0..6).all(|_| patterns.next().zip(parts.next()).is_some_and(|(pattern, part)| pattern_text_matches(pattern, part)))
}

/// The network that a text names: its address and the length of its prefix in bits.
pub(crate) fn network_prefix(text: &str) -> Option<(IpAddr, u32)> {
    Network::parse(text).map(|network| (network.address, network.prefix))
}

/// A range of addresses in CIDR notation; a bare address is a range of one.
#[derive(Clone, Copy, Debug)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => widest,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok()?,
            Some(_) => return None,
        };
        (prefix <= widest).then_some(Self { address, prefix })
    }

    fn contains(self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(network), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - self.prefix).unwrap_or(0);
                u32::from(network) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - self.prefix).unwrap_or(0);
                u128::from(network) & mask == u128::from(other) & mask
            }
            _ => false,
        }
    }
}
