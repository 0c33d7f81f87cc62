//! Reading a file of exceptions.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::accounts::Accounts;
use super::{Entry, Exceptions, MAX_DAYS, RefusedException};
use crate::config::Exception;
use crate::rules::RuleDefinition;
use crate::text::visible;

/// The maximum number of exceptions in a file.
const MAX_EXCEPTIONS: usize = 10_000;

/// The longest owner, reason and resource pattern, in characters.
const MAX_CHARACTERS: usize = 1_024;

/// The longest term that a file can set, in days: ten years.
const LONGEST_TERM: i64 = 3_660;

/// What an exception says instead of accounts when it is about every one.
const ANY: &str = "any";

/// Why a file of exceptions was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct InvalidExceptions {
    place: String,
    reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    max_days: Option<toml::Spanned<i64>>,
    #[serde(default, alias = "exceptions")]
    exception: Vec<toml::Spanned<toml::Table>>,
}

/// The parts of an entry beside its `account`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    rule: String,
    resource: String,
    owner: String,
    reason: String,
    expires: toml::Value,
}

pub(super) fn read(text: &str, rules: &[&RuleDefinition]) -> Result<Exceptions, InvalidExceptions> {
    let file: File = toml::from_str(text).map_err(|error| InvalidExceptions {
        place: line_of(text, error.span().map_or(0, |span| span.start)),
        reason: visible(error.message(), 200),
    })?;
    if file.exception.len() > MAX_EXCEPTIONS {
        let reason = format!("more than {MAX_EXCEPTIONS} exceptions");
        return Err(InvalidExceptions { place: "the file".to_owned(), reason });
    }
    let mut exceptions = Exceptions { max_days: max_days(text, file.max_days)?, ..Exceptions::default() };
    for entry in file.exception {
        let place = line_of(text, entry.span().start);
        match entry_of(entry.into_inner(), place, rules) {
            Ok(entry) => exceptions.entries.push(entry),
            Err(refused) => exceptions.refused.push(*refused),
        }
    }
    Ok(exceptions)
}

fn max_days(text: &str, header: Option<toml::Spanned<i64>>) -> Result<u32, InvalidExceptions> {
    let Some(header) = header else { return Ok(MAX_DAYS) };
    let days = *header.get_ref();
    let in_range = u32::try_from(days).ok().filter(|_| (1..=LONGEST_TERM).contains(&days));
    in_range.ok_or_else(|| InvalidExceptions {
        place: line_of(text, header.span().start),
        reason: format!("`max_days` is {days}: expected 1 to {LONGEST_TERM}"),
    })
}

/// The entry or, if it is refused, what is known of it.
fn entry_of(mut table: toml::Table, place: String, rules: &[&RuleDefinition]) -> Result<Entry, Box<RefusedException>> {
    let accounts = table.remove("account").map(|account| accounts(&account)).transpose();
    let text = |name: &str| table.get(name).and_then(toml::Value::as_str).map(str::to_owned);
    // An entry that names a rule and accounts is the business of these alone, whatever is wrong with it.
    let mut refused = RefusedException {
        place: place.clone(),
        rule: text("rule").filter(|rule| rules.iter().any(|definition| definition.id == rule)),
        accounts: accounts.clone().ok().flatten(),
        resource: text("resource"),
        reason: String::new(),
    };
    let parts = table.try_into().map_err(|error: toml::de::Error| visible(error.message(), 140));
    match accounts.and_then(|accounts| Ok((accounts, exception(parts?, rules)?))) {
        Ok((accounts, exception)) => Ok(Entry { place, accounts, exception }),
        Err(reason) => {
            refused.reason = reason;
            Err(Box::new(refused))
        }
    }
}

fn exception(parts: Parts, rules: &[&RuleDefinition]) -> Result<Exception, String> {
    let Parts { rule, resource, owner, reason, expires, .. } = parts;
    if !rules.iter().any(|definition| definition.id == rule) {
        return Err(format!("`rule` is `{}`, which is not a rule id", visible(&rule, 60)));
    }
    for (name, text) in [("resource", &resource), ("owner", &owner), ("reason", &reason)] {
        if text.trim().is_empty() {
            return Err(format!("`{name}` is blank"));
        }
        if text.chars().count() > MAX_CHARACTERS {
            return Err(format!("`{name}` is longer than {MAX_CHARACTERS} characters"));
        }
    }
    if names_nothing(&resource) {
        return Err(format!("`resource` is `{}`, which matches every resource", visible(&resource, 60)));
    }
    let expires = match &expires {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(moment) => moment.to_string(),
        other => return Err(format!("`expires` is of type {}: expected a date", other.type_str())),
    };
    let expires = expires.parse().map_err(|error| format!("`expires`: {error}"))?;
    Ok(Exception { rule, resource, owner, reason, expires })
}

/// An account id, a list of them, or `any`.
fn accounts(value: &toml::Value) -> Result<Accounts, String> {
    let one = |value: &toml::Value| match value {
        toml::Value::String(text) => text.parse().map_err(|error| format!("`account`: {error}")),
        other => Err(format!("`account` is of type {}: expected an account id in quotes", other.type_str())),
    };
    match value {
        toml::Value::String(text) if text == ANY => Ok(Accounts::Any),
        toml::Value::Array(list) if list.is_empty() => Err("`account` is an empty list".to_owned()),
        toml::Value::Array(list) => list.iter().map(one).collect::<Result<BTreeSet<_>, _>>().map(Accounts::Listed),
        other => one(other).map(|account| Accounts::Listed(BTreeSet::from([account]))),
    }
}

/// Whether a pattern has nothing but wildcards where a resource has its name.
fn names_nothing(pattern: &str) -> bool {
    let name = match pattern.strip_prefix("arn:") {
        None => pattern,
        Some(_) => {
            let resource = pattern.splitn(6, ':').nth(5).unwrap_or("*");
            // What comes before the first slash is the kind of resource.
            resource.split_once('/').map_or(resource, |(_, name)| name)
        }
    };
    name.chars().all(|character| matches!(character, '*' | '?' | '/'))
}

/// The line, counted from one, that a byte of the text is in.
fn line_of(text: &str, position: usize) -> String {
    let before = text.as_bytes().get(..position).unwrap_or_default();
    format!("line {}", 1 + before.iter().filter(|byte| **byte == b'\n').count())
}
