//! Comparing values that are no plain text: numbers, dates, booleans, binaries and addresses.

use std::cmp::Ordering;
use std::net::Ipv6Addr;

/// Every operator in lower case, the positive one that it stands for, and whether it negates that one. `Null` is apart.
pub(super) const OPERATORS: [(&str, &str, bool); 26] = [
    ("stringequals", "stringequals", false),
    ("stringnotequals", "stringequals", true),
    ("stringequalsignorecase", "stringequalsignorecase", false),
    ("stringnotequalsignorecase", "stringequalsignorecase", true),
    ("stringlike", "stringlike", false),
    ("stringnotlike", "stringlike", true),
    ("numericequals", "numericequals", false),
    ("numericnotequals", "numericequals", true),
    ("numericlessthan", "numericlessthan", false),
    ("numericlessthanequals", "numericlessthanequals", false),
    ("numericgreaterthan", "numericgreaterthan", false),
    ("numericgreaterthanequals", "numericgreaterthanequals", false),
    ("dateequals", "dateequals", false),
    ("datenotequals", "dateequals", true),
    ("datelessthan", "datelessthan", false),
    ("datelessthanequals", "datelessthanequals", false),
    ("dategreaterthan", "dategreaterthan", false),
    ("dategreaterthanequals", "dategreaterthanequals", false),
    ("bool", "bool", false),
    ("binaryequals", "binaryequals", false),
    ("ipaddress", "ipaddress", false),
    ("notipaddress", "ipaddress", true),
    // The two are one: equality takes wildcards too.
    ("arnequals", "arnlike", false),
    ("arnlike", "arnlike", false),
    ("arnnotequals", "arnlike", true),
    ("arnnotlike", "arnlike", true),
];

/// Whether `value` compares with `wanted` as a positive operator asks. A value of another kind matches nothing.
pub(super) fn compare(operator: &str, wanted: &str, value: &str) -> bool {
    if let Some(relation) = operator.strip_prefix("numeric") {
        return number(value).zip(number(wanted)).is_some_and(|(value, wanted)| related(relation, value.cmp(&wanted)));
    }
    if let Some(relation) = operator.strip_prefix("date") {
        return date(value).zip(date(wanted)).is_some_and(|(value, wanted)| related(relation, value.cmp(&wanted)));
    }
    match operator {
        "bool" => {
            let (value, wanted) = (value.to_lowercase(), wanted.to_lowercase());
            value == wanted && (value == "true" || value == "false")
        }
        "binaryequals" => value == wanted,
        _ => in_network(wanted, value),
    }
}

fn related(relation: &str, order: Ordering) -> bool {
    match relation {
        "equals" => order == Ordering::Equal,
        "lessthan" => order == Ordering::Less,
        "lessthanequals" => order != Ordering::Greater,
        "greaterthan" => order == Ordering::Greater,
        _ => order != Ordering::Less,
    }
}

/// A decimal number in billionths.
fn number(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    if !all_digits(whole) || !all_digits(fraction) || fraction.len() > 9 {
        return None;
    }
    let magnitude: i128 = format!("{whole}{fraction:0<9}").parse().ok()?;
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Seconds since 1970: given as such, or as a year, month or day, or as a day with the time of day. Four digits are a year.
fn date(text: &str) -> Option<i64> {
    if let Some(seconds) = text.parse().ok().filter(|_| text.len() != 4) {
        return Some(seconds);
    }
    let (day, time) = text.split_once('T').unwrap_or((text, "00:00:00Z"));
    // What is left out is the first.
    let missing = match day.len() {
        4 => "-01-01",
        7 => "-01",
        _ => "",
    };
    let [year, month, day] = numbers(&format!("{day}{missing}"), '-')?;
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let years = (1970..year).map(|year| if is_leap(year) { 366 } else { 365 }).sum::<i64>();
    let months = (1..month).map(|month| days_in(year, month)).sum::<i64>();
    // An offset is how far the clock is ahead.
    let (time, ahead) = match (time.strip_suffix('Z'), time.split_once('+')) {
        (Some(time), _) => (time, 0),
        (None, Some((time, offset))) => {
            let [hours, minutes] = numbers(offset, ':')?;
            (time, hours * 3600 + minutes * 60)
        }
        (None, None) => (time, 0),
    };
    let seconds = if time.len() == 5 { ":00" } else { "" };
    let [hour, minute, second] = numbers(&format!("{time}{seconds}"), ':')?;
    Some((years + months + day - 1) * 86_400 + hour * 3600 + minute * 60 + second - ahead)
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let numbers: Option<Vec<i64>> = text.split(separator).map(|number| number.parse().ok()).collect();
    numbers?.try_into().ok()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Whether an address is in a network: as many of its first bits as the network counts are the network's.
fn in_network(network: &str, address: &str) -> bool {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, length.parse().ok()),
        None => (network, bits(network).map(|bits| bits.len())),
    };
    match (bits(base), bits(address), length) {
        (Some(base), Some(address), Some(length)) => {
            base.len() == address.len() && length <= base.len() && base[..length] == address[..length]
        }
        _ => false,
    }
}

fn bits(address: &str) -> Option<Vec<bool>> {
    let bytes = if address.contains(':') {
        address.parse::<Ipv6Addr>().ok()?.octets().to_vec()
    } else {
        let bytes: Option<Vec<u8>> = address.split('.').map(|byte| byte.parse().ok()).collect();
        bytes.filter(|bytes| bytes.len() == 4)?
    };
    Some(bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1)).collect())
}
