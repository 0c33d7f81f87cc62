//! A second opinion on decisions: IAM's rules written down as plainly as possible, without regard to speed.
//!
//! It shares no code with the engine. It works on the JSON of policies as it stands, with plain loops and a table for
//! wildcards, so that each sentence of the language can be found in one place here. Documents are taken to be well
//! formed; refusing others is the parser's task.

pub mod accounts;
pub mod conditions;
pub mod generator;
pub mod principals;
mod trust;
mod value;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// The policies that bear on a request.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Policies {
    /// Any of them may allow.
    pub identity: Vec<Value>,
    /// Must allow too.
    pub boundary: Option<Value>,
    /// Some policy of every level must allow too.
    pub service_control: Vec<Vec<Value>>,
}

/// What is asked.
#[derive(Clone, Debug, Serialize)]
pub struct Request {
    /// `service:Name`.
    pub action: String,
    /// An ARN, or `*`.
    pub resource: String,
    /// Condition keys with a value, or with a list of values.
    pub context: Map<String, Value>,
}

/// The answer, with the statement that decided: policy and statement counted from zero, layer after layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// By this statement of an identity policy.
    Allowed(usize, usize),
    /// No layer denies, and some layer does not allow.
    ImplicitlyDenied,
    /// By this statement.
    ExplicitlyDenied(usize, usize),
}

/// What a Deny whose action has a wildcard before the colon denies. IAM does not document it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WildcardService {
    /// What it matches.
    Denies,
    /// A decision that does not count.
    IsNoProtection,
}

/// How often each case of each operator came up.
pub type Coverage = BTreeMap<(String, &'static str), u64>;

/// Decides a request.
pub fn decide(policies: &Policies, request: &Request, wildcard: WildcardService, coverage: &mut Coverage) -> Answer {
    let identity: Vec<&Value> = policies.identity.iter().collect();
    let mut layers = vec![identity];
    layers.extend(policies.boundary.iter().map(|boundary| vec![boundary]));
    layers.extend(policies.service_control.iter().map(|level| level.iter().collect()));

    // An explicit Deny anywhere wins.
    let everything: Vec<&Value> = layers.iter().flatten().copied().collect();
    if let Some((policy, statement)) = first_applying(&everything, "Deny", request, wildcard, coverage) {
        return Answer::ExplicitlyDenied(policy, statement);
    }
    // Otherwise every layer has to allow.
    for layer in &layers {
        if first_applying(layer, "Allow", request, wildcard, coverage).is_none() {
            return Answer::ImplicitlyDenied;
        }
    }
    match first_applying(&layers[0], "Allow", request, wildcard, coverage) {
        Some((policy, statement)) => Answer::Allowed(policy, statement),
        None => Answer::ImplicitlyDenied,
    }
}

fn first_applying(
    documents: &[&Value],
    effect: &str,
    request: &Request,
    wildcard: WildcardService,
    coverage: &mut Coverage,
) -> Option<(usize, usize)> {
    for (policy, document) in documents.iter().enumerate() {
        // Variables came with this version; without one a document is of the old version.
        let variables = document["Version"] == "2012-10-17";
        for (number, statement) in list(&document["Statement"]).into_iter().enumerate() {
            if statement["Effect"] == effect
                && action_applies(statement, &request.action, wildcard)
                && resource_applies(statement, request, variables)
                && conditions_hold(statement, request, variables, coverage)
            {
                return Some((policy, number));
            }
        }
    }
    None
}

/// A single value stands for a list of one.
fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        single => vec![single],
    }
}

/// Strings, numbers and booleans as text.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn action_applies(statement: &Value, action: &str, wildcard: WildcardService) -> bool {
    let matches = |pattern: &Value| {
        let pattern = text(pattern);
        if wildcard == WildcardService::IsNoProtection && statement["Effect"] == "Deny" {
            let service = pattern.split(':').next().unwrap_or_default();
            let is_everything = pattern.chars().all(|letter| letter == '*' || letter == ':');
            if pattern.contains(':') && service.contains(['*', '?']) && !is_everything {
                return false;
            }
        }
        wildcard_match(&letters(&pattern.to_ascii_lowercase()), &action.to_ascii_lowercase())
    };
    match statement.get("NotAction") {
        Some(excepted) => !list(excepted)
            .into_iter()
            .any(|pattern| wildcard_match(&letters(&text(pattern).to_ascii_lowercase()), &action.to_ascii_lowercase())),
        None => list(&statement["Action"]).into_iter().any(matches),
    }
}

fn resource_applies(statement: &Value, request: &Request, variables: bool) -> bool {
    let matches = |pattern: &&Value| resource_matches(&text(pattern), &request.resource, variables, &request.context);
    match statement.get("NotResource") {
        Some(excepted) => !list(excepted).iter().any(matches),
        None => list(&statement["Resource"]).iter().any(matches),
    }
}

/// ARNs match segment by segment: a wildcard does not reach across one of the first five colons.
pub fn resource_matches(pattern: &str, resource: &str, variables: bool, context: &Map<String, Value>) -> bool {
    if !pattern.is_empty() && pattern.chars().all(|letter| letter == '*') {
        return true;
    }
    let mut patterns: Vec<&str> = pattern.splitn(6, ':').collect();
    // Segments that are left out may be anything.
    patterns.resize(6, "*");
    let parts: Vec<&str> = resource.splitn(6, ':').collect();
    if parts.len() < 6 {
        return false;
    }
    for segment in 0..5 {
        if !wildcard_match(&letters(patterns[segment]), parts[segment]) {
            return false;
        }
    }
    // Variables count after the fifth colon only.
    let last = if variables { expand(patterns[5], context) } else { Some(letters(patterns[5])) };
    last.is_some_and(|last| wildcard_match(&last, parts[5]))
}

/// Every test of every operator has to hold.
fn conditions_hold(statement: &Value, request: &Request, variables: bool, coverage: &mut Coverage) -> bool {
    let Some(operators) = statement.get("Condition").and_then(Value::as_object) else {
        return true;
    };
    for (operator, tests) in operators {
        for (key, wanted) in tests.as_object().into_iter().flatten() {
            let present = request.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            let test = Test { operator, wanted: list(wanted).into_iter().map(text).collect(), variables };
            match test.holds(present.map(|(_, value)| value), &request.context, coverage) {
                Some(true) => {}
                Some(false) => return false,
                // An unknown operator: it counts as met in an Allow, and as not met in a Deny.
                None if statement["Effect"] == "Allow" => {}
                None => return false,
            }
        }
    }
    true
}

/// `operator: { key: wanted }` without the key.
struct Test<'a> {
    operator: &'a str,
    wanted: Vec<String>,
    variables: bool,
}

impl Test<'_> {
    /// Whether the test holds for the value of its key, if the request has the key; none for an unknown operator.
    fn holds(&self, value: Option<&Value>, context: &Map<String, Value>, coverage: &mut Coverage) -> Option<bool> {
        let lower = self.operator.to_lowercase();
        let (set, rest) = match lower.split_once(':') {
            Some((set @ ("forallvalues" | "foranyvalue"), rest)) => (set, rest),
            _ => ("", lower.as_str()),
        };
        let (name, if_exists) = match rest.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        // A key with an empty list of values is as good as absent.
        let value = value.filter(|value| value.as_array().is_none_or(|values| !values.is_empty()));
        // So is a key with nothing but empty texts, to an operator on sets.
        let value =
            value.filter(|value| set.is_empty() || list(value).into_iter().any(|value| !text(value).is_empty()));

        if name == "null" && set.is_empty() && !if_exists {
            let holds = self.wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(&value.is_none().to_string()));
            self.count(name, set, if_exists, value, holds, coverage);
            return Some(holds);
        }
        let (positive, negated) = match value::OPERATORS.iter().find(|(known, _, _)| *known == name) {
            Some((_, positive, negated)) => (*positive, *negated),
            None => return None,
        };
        // One value of the request: does it match some wanted value, or none of them for a negated operator?
        let one = |value: &str| {
            let some = self.wanted.iter().any(|wanted| self.matches(positive, wanted, value, context));
            some != negated
        };
        let holds = match value {
            None => match set {
                "forallvalues" => true,
                "foranyvalue" => false,
                _ => if_exists || negated,
            },
            Some(Value::Array(values)) => match set {
                "forallvalues" => values.iter().all(|value| one(&text(value))),
                "foranyvalue" => values.iter().any(|value| one(&text(value))),
                // A plain operator does not go with several values.
                _ => false,
            },
            Some(single) => one(&text(single)),
        };
        self.count(name, set, if_exists, value, holds, coverage);
        Some(holds)
    }

    fn matches(&self, operator: &str, wanted: &str, value: &str, context: &Map<String, Value>) -> bool {
        if !operator.starts_with("string") && !operator.starts_with("arn") {
            return value::compare(operator, wanted, value);
        }
        let pattern = if self.variables { expand(wanted, context) } else { Some(letters(wanted)) };
        let Some(pattern) = pattern else {
            return false;
        };
        let literal: String = pattern.iter().map(Letter::as_written).collect();
        match operator {
            "stringequals" => literal == value,
            "stringequalsignorecase" => literal.to_lowercase() == value.to_lowercase(),
            "stringlike" => wildcard_match(&pattern, value),
            _ => arn_match(&pattern, value),
        }
    }

    fn count(
        &self,
        name: &str,
        set: &str,
        if_exists: bool,
        value: Option<&Value>,
        holds: bool,
        coverage: &mut Coverage,
    ) {
        let mut seen = |case: &'static str| *coverage.entry((name.to_owned(), case)).or_default() += 1;
        match value {
            None => seen(if if_exists { "absent, IfExists" } else { "absent" }),
            Some(value) => {
                seen(if holds { "matched" } else { "not matched" });
                match (value.is_array(), set) {
                    (true, "forallvalues") => seen("several values, ForAllValues"),
                    (true, "foranyvalue") => seen("several values, ForAnyValue"),
                    (true, _) => seen("several values"),
                    (false, "") => {}
                    (false, _) => seen("one value, set operator"),
                }
                if if_exists {
                    seen("present, IfExists");
                }
            }
        }
        match (value, set) {
            (None, "forallvalues") => seen("absent, ForAllValues"),
            (None, "foranyvalue") => seen("absent, ForAnyValue"),
            _ => {}
        }
    }
}

/// A letter of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// Itself.
    Exactly(char),
    /// `?`
    One,
    /// `*`
    Any,
}

impl Letter {
    fn as_written(&self) -> char {
        match self {
            Self::Exactly(letter) => *letter,
            Self::One => '?',
            Self::Any => '*',
        }
    }
}

/// A pattern without variables.
pub fn letters(pattern: &str) -> Vec<Letter> {
    let letter = |letter| match letter {
        '*' => Letter::Any,
        '?' => Letter::One,
        other => Letter::Exactly(other),
    };
    pattern.chars().map(letter).collect()
}

/// A pattern with its variables put in, which are never wildcards themselves; none when one has no value.
fn expand(pattern: &str, context: &Map<String, Value>) -> Option<Vec<Letter>> {
    let Some((before, rest)) = pattern.split_once("${") else {
        return Some(letters(pattern));
    };
    let Some((variable, after)) = rest.split_once('}') else {
        return Some(letters(pattern));
    };
    let mut expanded = letters(before);
    expanded.extend(variable_value(variable, context)?.chars().map(Letter::Exactly));
    expanded.extend(expand(after, context)?);
    Some(expanded)
}

/// `*`, `?`, `$`, a key, or a key with a default.
fn variable_value(variable: &str, context: &Map<String, Value>) -> Option<String> {
    if ["*", "?", "$"].contains(&variable) {
        return Some(variable.to_owned());
    }
    let (key, default) = variable.split_once(',').unwrap_or((variable, ""));
    for (name, value) in context {
        // Keys with several values have no one value to put in.
        if name.eq_ignore_ascii_case(key.trim()) && !value.is_array() {
            return Some(text(value));
        }
    }
    default.trim().strip_prefix('\'')?.strip_suffix('\'').map(str::to_owned)
}

/// Six segments against six.
fn arn_match(pattern: &[Letter], value: &str) -> bool {
    let patterns: Vec<&[Letter]> = pattern.splitn(6, |letter| *letter == Letter::Exactly(':')).collect();
    let parts: Vec<&str> = value.splitn(6, ':').collect();
    patterns.len() == 6
        && parts.len() == 6
        && patterns.iter().zip(&parts).all(|(pattern, part)| wildcard_match(pattern, part))
}

/// A table: `table[p][t]` says whether the first `p` letters of the pattern match the first `t` of the text.
pub fn wildcard_match(pattern: &[Letter], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let mut table = vec![vec![false; text.len() + 1]; pattern.len() + 1];
    table[0][0] = true;
    for p in 1..=pattern.len() {
        for t in 0..=text.len() {
            table[p][t] = match pattern[p - 1] {
                Letter::Any => table[p - 1][t] || t > 0 && table[p][t - 1],
                Letter::One => t > 0 && table[p - 1][t - 1],
                Letter::Exactly(letter) => t > 0 && table[p - 1][t - 1] && text[t - 1] == letter,
            };
        }
    }
    table[pattern.len()][text.len()]
}
