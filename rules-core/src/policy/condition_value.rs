//! The values of conditions: numbers, dates, booleans and ranges of addresses.

use std::net::IpAddr;

use super::{Comparison, Condition};
use crate::timestamp::Timestamp;

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

/// `true` or `false` in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
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
pub(crate) enum Number {
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

pub(crate) fn number(text: &str) -> Option<Number> {
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
pub(crate) fn date(text: &str) -> Option<Timestamp> {
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

/// A range of addresses in CIDR notation; a bare address is a range of one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Network {
    pub(crate) address: IpAddr,
    /// The length of the prefix in bits.
    pub(crate) prefix: u32,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
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

    pub(crate) fn contains(self, other: IpAddr) -> bool {
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
