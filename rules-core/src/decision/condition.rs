//! Testing one condition against a context.

use std::net::IpAddr;

use super::context::{Context, ContextValue};
use super::variables::{Expanded, Use, expand, pattern_text_matches};
use crate::policy::{Comparison, Condition, Network, PolicyVersion, SetOperator, boolean, date, number};
use crate::timestamp::Timestamp;

/// Whether a condition is met. Ordered from not met to met, so that the minimum is "and" and the maximum "or".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It is not met.
    Fails,
    /// It depends on an unknown fact.
    Undecided,
    /// It is met.
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

fn ordered<T: PartialOrd>(value: Option<T>, wanted: Option<T>, accept: fn(std::cmp::Ordering) -> bool) -> Truth {
    let order = value.zip(wanted).and_then(|(value, wanted)| value.partial_cmp(&wanted));
    Truth::from(order.is_some_and(accept))
}

/// ARN against ARN, segment by segment; the sixth keeps its colons.
fn arn_matches(pattern: &str, value: &str) -> bool {
    let (mut patterns, mut parts) = (pattern.splitn(6, ':'), value.splitn(6, ':'));
    (0..6).all(|_| patterns.next().zip(parts.next()).is_some_and(|(pattern, part)| pattern_text_matches(pattern, part)))
}
