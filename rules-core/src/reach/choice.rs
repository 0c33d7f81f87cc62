//! Condition keys whose values the requester chooses.
//!
//! A condition on a session name, an external id, the Region or the tags of a new resource does not stop a principal
//! that knows the policy. Each key is tried with its usual value, then with the values that the conditions require.

use super::action::Action;
use super::clause::Clause;
use crate::decision::{Context, ContextValue, FilledIn, fill_in_literal};
use crate::policy::{Comparison, Condition};

/// A text that no policy can contain, for names that are made up.
pub(super) const FRESH: &str = "\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}\u{f0003}";

/// Whether a text was made up.
pub(super) fn is_fresh(text: &str) -> bool {
    text.contains('\u{f0003}')
}

/// What a key is without any thought.
#[derive(Clone, Copy)]
enum Default {
    Absent,
    Text(&'static str),
}

/// Keys that every request has, or may have, and its maker sets.
const CHOSEN: [(&str, Default); 9] = [
    ("aws:referer", Default::Absent),
    ("aws:requestedregion", Default::Text(REGION)),
    ("aws:requesttag/", Default::Absent),
    ("aws:tagkeys", Default::Absent),
    ("aws:useragent", Default::Text(FRESH)),
    ("iam:associatedresourcearn", Default::Text(FRESH)),
    ("sts:durationseconds", Default::Text("900")),
    ("sts:externalid", Default::Absent),
    ("sts:rolesessionname", Default::Text(FRESH)),
];

/// A Region for what is asked about.
pub(super) const REGION: &str = "us-east-1";

/// Whether requests may carry the key as their maker likes, given in lower case.
pub(super) fn is_chosen(key: &str) -> bool {
    default_of(key).is_some()
}

fn default_of(key: &str) -> Option<Default> {
    let is_it = |chosen: &str| if chosen.ends_with('/') { key.starts_with(chosen) } else { key == chosen };
    CHOSEN.iter().find(|(chosen, _)| is_it(chosen)).map(|(_, default)| *default)
}

/// Whether the maker of a request for `action` chooses the key, given in lower case: one of those above, or one of the
/// service's own that describes what is made.
fn default_for(action: Action, key: &str) -> Option<Default> {
    /// These are of what exists, or of another service's and asked about there.
    const NOT_CHOSEN: [&str; 4] = ["role", "instanceprofile", "resourcetag", "resourceaccount"];
    /// Names of actions that make something begin like this.
    const MAKES: [&str; 9] = ["Create", "Put", "Register", "Request", "Run", "Start", "Submit", "Associate", "Test"];
    let (service, name) = action.name().split_once(':')?;
    if action.is_of_iam() && key == "aws:requestedregion" {
        // IAM is in one Region.
        return None;
    }
    default_of(key).or_else(|| {
        let own = key.strip_prefix(service).and_then(|rest| rest.strip_prefix(':'))?;
        let describes = !NOT_CHOSEN.iter().any(|part| own.contains(part));
        let makes = !matches!(service, "iam" | "sts") && MAKES.iter().any(|begin| name.starts_with(begin));
        (describes && makes).then_some(Default::Text(FRESH))
    })
}

/// What a key that the maker of a request chooses is without any thought; none when it has no choice.
pub(super) fn usual(action: Action, key: &str) -> Option<ContextValue> {
    Some(match default_for(action, key)? {
        Default::Absent => ContextValue::Absent,
        Default::Text(text) => ContextValue::Single(text.to_owned()),
    })
}

/// What the maker of a request may set a key to, what it is without any thought first; none when it has no choice.
pub(super) fn options(
    action: Action,
    key: &str,
    clauses: &[&Clause<'_>],
    context: &Context,
) -> Option<Vec<ContextValue>> {
    let first = usual(action, key)?;
    let is_list = key == "aws:tagkeys";
    let asked_for = asked_for(key, clauses, context).into_iter();
    let values =
        asked_for.map(|text| if is_list { ContextValue::Multiple(vec![text]) } else { ContextValue::Single(text) });
    let mut options = vec![first];
    options.extend(values);
    options.push(ContextValue::Absent);
    options.push(if is_list { ContextValue::Multiple(Vec::new()) } else { ContextValue::Single(FRESH.to_owned()) });
    Some(without_repeats(options))
}

/// Values that satisfy, or fail, the conditions on a key.
pub(super) fn asked_for(key: &str, clauses: &[&Clause<'_>], context: &Context) -> Vec<String> {
    let mut found = Vec::new();
    for clause in clauses {
        for condition in clause.statement.conditions.iter().filter(|condition| condition.key.lower() == key) {
            for value in &condition.values {
                let text = match fill_in_literal(value, clause.version, context) {
                    FilledIn::Text(text) => text,
                    FilledIn::AsWritten => value.clone(),
                    FilledIn::Nothing => continue,
                };
                found.extend(instances(condition, text));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Texts on both sides of what a condition's value divides.
fn instances(condition: &Condition, value: String) -> Vec<String> {
    use Comparison as C;
    match condition.operator.comparison {
        Some(C::StringLike | C::StringNotLike) => vec![instance(&value)],
        Some(comparison) if comparison.is_about_arns() => vec![instance(&value)],
        Some(
            C::NumericLessThan
            | C::NumericLessThanEquals
            | C::NumericGreaterThan
            | C::NumericGreaterThanEquals
            | C::NumericEquals
            | C::NumericNotEquals,
        ) => match value.parse::<i64>() {
            Ok(number) => {
                let beside = [number.saturating_sub(1), number, number.saturating_add(1)];
                beside.iter().map(ToString::to_string).collect()
            }
            Err(_) => vec![value],
        },
        Some(C::Bool | C::Null) => vec!["true".to_owned(), "false".to_owned()],
        _ => vec![value],
    }
}

/// A text that matches a pattern.
pub(super) fn instance(pattern: &str) -> String {
    if pattern.contains(['*', '?']) { pattern.replace('*', FRESH).replace('?', "x") } else { pattern.to_owned() }
}

pub(super) fn without_repeats<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::with_capacity(values.len());
    for value in values {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}
