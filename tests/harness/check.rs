//! What several tests check.

use std::collections::{BTreeMap, BTreeSet};

use crate::bad_input::{BadInput, Kind, all};
use crate::canary;
use crate::judge;
use crate::line::Line;
use rules_core::Timestamp;
use rules_core::config::RuleParameters;
use rules_core::facts::Facts;
use rules_core::rules::rule;

/// The moment at which the bad inputs are judged.
pub const AS_OF: &str = "2026-01-01T00:00:00Z";

/// [`AS_OF`] as a moment.
#[must_use]
pub fn as_of() -> Timestamp {
    AS_OF.parse().unwrap()
}

/// Every error message is at most this long, so that it fits where messages go.
const LONGEST_ERROR: usize = 300;

/// Checks that an error is short and about what it should be about.
///
/// # Panics
/// When it is not.
#[track_caller]
pub fn assert_cause(id: &str, error: &str, causes: &[&str]) {
    for cause in causes {
        assert!(error.contains(cause), "{id}: `{error}` does not name its cause `{cause}`");
    }
    assert!(error.chars().count() <= LONGEST_ERROR, "{id}: an error of {} characters", error.chars().count());
    assert!(!error.chars().any(char::is_control), "{id}: an error with control characters: {error:?}");
    canary::assert_absent(id, error);
}

/// Runs `check` on every input of a kind with what is expected of it, and reports all that fail together.
///
/// # Panics
/// When some fail.
pub fn check_all<T>(kind: Kind, mut check: impl FnMut(&BadInput, &T))
where
    T: for<'de> serde::Deserialize<'de>,
{
    let expected: BTreeMap<String, T> = crate::bad_input::expected(kind);
    let inputs = all(kind);
    let ids: BTreeSet<&String> = inputs.iter().map(|input| &input.id).collect();
    assert_eq!(ids, expected.keys().collect(), "an input without an expectation, or the other way round");
    let mut failed = Vec::new();
    for input in &inputs {
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| check(input, &expected[&input.id])));
        if outcome.is_err() {
            failed.push(format!("{} ({})", input.id, input.note));
        }
    }
    assert!(failed.is_empty(), "{} of {} failed:\n{}", failed.len(), inputs.len(), failed.join("\n"));
}

/// Every verdict of a rule with default parameters.
///
/// # Panics
/// When there is no such rule.
#[must_use]
pub fn verdicts(id: &str, facts: &Facts) -> Vec<Line> {
    verdicts_with(id, &[], facts)
}

/// The same with parameters.
///
/// # Panics
/// When there is no such rule, or it does not take them.
#[must_use]
pub fn verdicts_with(id: &str, parameters: &[(&str, &str)], facts: &Facts) -> Vec<Line> {
    let definition = rule(id).unwrap();
    let mut set = RuleParameters::default();
    for (name, value) in parameters {
        set.set(*name, *value);
    }
    let verdicts = judge::account(definition, &set, facts, facts.as_of);
    verdicts.iter().map(|verdict| Line::new(id, verdict)).collect()
}

/// Compliance by resource id.
#[must_use]
pub fn compliance(lines: &[Line]) -> BTreeMap<String, String> {
    lines.iter().map(|line| (line.resource_id.clone(), line.compliance.clone())).collect()
}
