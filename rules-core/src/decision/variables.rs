//! Policy variables such as `${aws:username}`.

use std::borrow::Cow;

use super::condition::Truth;
use super::context::{Context, ContextValue};
use crate::policy::{PolicyVersion, ResourcePattern};

/// Placeholders for a literal `*` and `?`, from the Unicode planes for private use.
const LITERAL: [(char, char); 2] = [('*', '\u{f0001}'), ('?', '\u{f0002}')];

/// A text with its policy variables replaced.
pub(super) enum Expanded<'a> {
    /// Every variable has a value.
    Text(Cow<'a, str>),
    /// A variable has no value: the text matches nothing.
    Unresolvable,
    /// A variable's value is not known.
    Unknown,
}

/// Whether wildcards in a value put in for a variable must lose their meaning.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The text is compared as it is.
    Literal,
    /// The text is a pattern, to be matched with [`pattern_text_matches`].
    Pattern,
}

/// Replaces the variables of `text`. Documents of the old version have none.
pub(super) fn expand<'a>(text: &'a str, version: PolicyVersion, context: &Context, purpose: Use) -> Expanded<'a> {
    if version == PolicyVersion::V2008 || !text.contains("${") {
        return Expanded::Text(Cow::Borrowed(text));
    }
    let mut expanded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        expanded.push_str(before);
        let Some((variable, tail)) = after.split_once('}') else {
            // Not closed: literal text.
            expanded.push_str("${");
            rest = after;
            continue;
        };
        match value(variable, context) {
            Some(Ok(value)) => push(&mut expanded, &value, purpose),
            Some(Err(())) => return Expanded::Unknown,
            None => return Expanded::Unresolvable,
        }
        rest = tail;
    }
    expanded.push_str(rest);
    Expanded::Text(Cow::Owned(expanded))
}

/// What becomes of a text when the variables that are known are put in.
pub(crate) enum FilledIn {
    /// It stays as it is: it has no variables, or one that is not known.
    AsWritten,
    /// It says this.
    Text(String),
    /// It matches nothing: a variable has no value.
    Nothing,
}

/// Puts in the variables of a pattern, provided that all of them are known.
pub(crate) fn fill_in_pattern(text: &str, version: PolicyVersion, context: &Context) -> FilledIn {
    fill_in(text, version, context, Use::Pattern)
}

/// Puts in the variables of a text that is compared as it is, provided that all of them are known.
pub(crate) fn fill_in_literal(text: &str, version: PolicyVersion, context: &Context) -> FilledIn {
    fill_in(text, version, context, Use::Literal)
}

fn fill_in(text: &str, version: PolicyVersion, context: &Context, purpose: Use) -> FilledIn {
    match expand(text, version, context, purpose) {
        Expanded::Text(Cow::Borrowed(_)) | Expanded::Unknown => FilledIn::AsWritten,
        Expanded::Text(Cow::Owned(text)) => FilledIn::Text(text),
        Expanded::Unresolvable => FilledIn::Nothing,
    }
}

/// The value of one variable: none when it has none, an error when it is not known.
fn value<'a>(variable: &'a str, context: &'a Context) -> Option<Result<Cow<'a, str>, ()>> {
    if matches!(variable, "*" | "?" | "$") {
        return Some(Ok(Cow::Borrowed(variable)));
    }
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => (key, default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''))),
        None => (variable, None),
    };
    match context.get(&key.trim().to_ascii_lowercase()) {
        ContextValue::Single(value) => Some(Ok(Cow::Borrowed(value))),
        ContextValue::Unknown | ContextValue::Since(_) => Some(Err(())),
        // Only single-valued keys can be variables.
        ContextValue::Absent | ContextValue::Multiple(_) => default.map(|text| Ok(Cow::Borrowed(text))),
    }
}

fn push(expanded: &mut String, value: &str, purpose: Use) {
    match purpose {
        Use::Literal => expanded.push_str(value),
        Use::Pattern => expanded.push_str(&shield(value)),
    }
}

/// `text` with its wildcards replaced by these placeholders.
fn shield(text: &str) -> Cow<'_, str> {
    if !text.contains(['*', '?']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        LITERAL
            .iter()
            .fold(text.to_owned(), |text, (wildcard, stand_in)| text.replace(*wildcard, &stand_in.to_string())),
    )
}

/// Whether `text` matches a pattern that [`expand`] made.
pub(super) fn pattern_text_matches(pattern: &str, text: &str) -> bool {
    if pattern.contains(LITERAL.map(|(_, stand_in)| stand_in)) {
        crate::glob::matches(pattern, &shield(text))
    } else {
        crate::glob::matches(pattern, text)
    }
}

/// Whether `resource` matches `pattern`, whose variables count only after the fifth colon.
pub(super) fn pattern_matches(
    pattern: &ResourcePattern,
    version: PolicyVersion,
    resource: &str,
    context: &Context,
) -> Truth {
    let last = pattern.segments()[5];
    match expand(last, version, context, Use::Pattern) {
        Expanded::Text(Cow::Borrowed(_)) => Truth::from(pattern.matches(resource)),
        Expanded::Text(expanded) if expanded.contains(LITERAL.map(|(_, stand_in)| stand_in)) => {
            Truth::from(pattern.matches_with(&shield(resource), &expanded))
        }
        Expanded::Text(expanded) => Truth::from(pattern.matches_with(resource, &expanded)),
        Expanded::Unresolvable => Truth::Fails,
        // Some value may match; the rest of the pattern still has to.
        Expanded::Unknown if pattern.matches_with(resource, &with_any_values(last)) => Truth::Undecided,
        Expanded::Unknown => Truth::Fails,
    }
}

/// `text` with a wildcard in the place of each variable.
fn with_any_values(text: &str) -> String {
    let mut parts = text.split("${");
    let mut wide = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        wide.push('*');
        wide.push_str(part.split_once('}').map_or(part, |(_, after)| after));
    }
    wide
}
