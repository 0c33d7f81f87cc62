//! The engine's decisions against those of a slow evaluator that was written apart from it, on random policies and
//! requests.
//!
//! By default 100,000 (policies, request) tuples; `RULES_SEED` asks for others. Ten million, which take a few minutes:
//!
//! ```sh
//! RULES_TUPLES=10000000 cargo test --release -p rules-tests --test reference
//! ```

use std::collections::BTreeMap;

use rules_core::decision::{
    Context, ContextValue, Decided, Decision, OtherKeys, PolicyLayers, PreparedLayers, Reading, StatementPosition,
};
use rules_core::policy::{ActionElement, PolicyDocument, PolicyType, ResourcePattern};
use rules_tests::random::{number, seed};
use rules_tests::reference::generator::{Dice, NAMES, policies, request};
use rules_tests::reference::{
    Answer, Coverage, Policies, WildcardService, decide, letters, resource_matches, wildcard_match,
};
use serde_json::{Map, Value, json};

/// So many requests are asked of each set of policies.
const REQUESTS: usize = 10;

fn tuples() -> usize {
    number("RULES_TUPLES").map_or(100_000, |count| usize::try_from(count).expect("a usize fits"))
}

struct Parsed {
    identity: Vec<PolicyDocument>,
    boundary: Option<PolicyDocument>,
    service_control: Vec<Vec<PolicyDocument>>,
}

impl Parsed {
    fn new(policies: &Policies) -> Self {
        let parse = |document: &Value| {
            PolicyDocument::parse(&document.to_string(), PolicyType::Identity)
                .unwrap_or_else(|error| panic!("{document}: {error}"))
        };
        Self {
            identity: policies.identity.iter().map(parse).collect(),
            boundary: policies.boundary.as_ref().map(parse),
            service_control: policies.service_control.iter().map(|level| level.iter().map(parse).collect()).collect(),
        }
    }

    fn layers(&self) -> PolicyLayers<'_> {
        let mut layers = PolicyLayers::of_identity(&self.identity);
        if let Some(boundary) = &self.boundary {
            layers.push(PolicyType::PermissionsBoundary, [boundary]);
        }
        for level in &self.service_control {
            layers.push(PolicyType::ServiceControl, level);
        }
        layers
    }
}

fn context(keys: &Map<String, Value>) -> Context {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut context = Context::new(OtherKeys::Absent);
    for (key, value) in keys {
        let value = match value {
            Value::Array(values) => ContextValue::Multiple(values.iter().map(text).collect()),
            single => ContextValue::Single(text(single)),
        };
        context.set(key, value);
    }
    context
}

fn answer(decided: Decided) -> Answer {
    match (decided.decision, decided.statement) {
        (Decision::Allowed, Some(StatementPosition { policy, statement })) => Answer::Allowed(policy, statement),
        (Decision::ExplicitlyDenied, Some(StatementPosition { policy, statement })) => {
            Answer::ExplicitlyDenied(policy, statement)
        }
        (Decision::ImplicitlyDenied, None) => Answer::ImplicitlyDenied,
        other => panic!("no answer: {other:?}"),
    }
}

/// The readings that are compared, and what the reference makes of a wildcard for a service.
const READINGS: [(Reading, WildcardService); 2] =
    [(Reading::Possible, WildcardService::IsNoProtection), (Reading::AsWritten, WildcardService::Denies)];

#[test]
fn every_decision_is_that_of_the_reference() {
    let mut dice = Dice::new(seed());
    let mut coverage = Coverage::new();
    let mut answers: BTreeMap<&str, usize> = BTreeMap::new();
    for _ in 0..tuples() / REQUESTS {
        let policies = policies(&mut dice);
        let parsed = Parsed::new(&policies);
        let layers = parsed.layers();
        let mut prepared = READINGS.map(|(reading, _)| PreparedLayers::new(layers.clone(), reading));
        for _ in 0..REQUESTS {
            let request = request(&mut dice);
            let context = context(&request.context);
            let asked = rules_core::decision::Request {
                action: &request.action,
                resource: &request.resource,
                context: &context,
            };
            let [_, expected] = [0, 1].map(|index| {
                let (reading, wildcard) = READINGS[index];
                let expected = decide(&policies, &request, wildcard, &mut coverage);
                let tuple = || format!("{reading:?}: {}\n{}", json!(policies), json!(request));
                assert_eq!(answer(layers.decide(&asked, reading)), expected, "{}", tuple());
                // Once for an action that is new and once for one that is remembered.
                for _ in 0..2 {
                    assert_eq!(answer(prepared[index].decide(&asked)), expected, "prepared, {}", tuple());
                }
                expected
            });
            let name = match expected {
                Answer::Allowed(..) => "allowed",
                Answer::ImplicitlyDenied => "implicitly denied",
                Answer::ExplicitlyDenied(..) => "explicitly denied",
            };
            *answers.entry(name).or_default() += 1;
        }
    }
    assert_every_branch_is_reached(&coverage);
    // Agreement on nothing but denials would be worth little.
    for (name, count) in &answers {
        assert!(count * 20 > tuples(), "{answers:?}: few are {name}");
    }
    assert_eq!(answers.len(), 3, "{answers:?}");
}

/// Every operator, with and without a match, on an absent, single and multi-valued key, with each prefix and suffix.
fn assert_every_branch_is_reached(coverage: &Coverage) {
    let always = ["matched", "not matched", "absent"];
    let with_prefix_or_suffix = [
        "several values",
        "several values, ForAllValues",
        "several values, ForAnyValue",
        "one value, set operator",
        "absent, IfExists",
        "absent, ForAllValues",
        "absent, ForAnyValue",
        "present, IfExists",
    ];
    for name in NAMES {
        // `Null` takes neither prefix nor suffix.
        let others = if name == "Null" { &with_prefix_or_suffix[..1] } else { &with_prefix_or_suffix };
        for case in always.iter().chain(others) {
            let seen = coverage.get(&(name.to_lowercase(), *case)).copied().unwrap_or(0);
            assert!(seen >= 10, "{name}, {case}: only {seen} times");
        }
    }
}

#[test]
fn action_patterns_match_as_the_table_says() {
    let mut dice = Dice::new(seed().wrapping_add(1));
    let word = |dice: &mut Dice, alphabet: &[char], longest: usize| -> String {
        (0..dice.below(longest + 1)).map(|_| *dice.pick(alphabet)).collect()
    };
    let mut matching = 0;
    for _ in 0..100_000 {
        let pattern = word(&mut dice, &['a', 'B', 'b', ':', '*', '*', '?'], 8);
        let action = word(&mut dice, &['a', 'A', 'b', ':'], 8);
        let expected = wildcard_match(&letters(&pattern.to_ascii_lowercase()), &action.to_ascii_lowercase());
        assert_eq!(ActionElement::Action(vec![pattern.clone()]).covers(&action), expected, "{pattern} for {action}");
        assert_eq!(ActionElement::NotAction(vec![pattern.clone()]).covers(&action), !expected, "{pattern}, {action}");
        matching += usize::from(expected);
    }
    assert!(matching > 10_000, "only {matching} match");
}

#[test]
fn resource_patterns_match_as_the_table_says() {
    let mut dice = Dice::new(seed().wrapping_add(2));
    let segment = |dice: &mut Dice, wild: bool| -> String {
        let alphabet: &[char] = if wild { &['a', 'b', '*', '*', '?', 'é'] } else { &['a', 'b', 'é', '/'] };
        (0..dice.below(3)).map(|_| *dice.pick(alphabet)).collect()
    };
    let mut matching = 0;
    for _ in 0..100_000 {
        let text = |dice: &mut Dice, wild: bool| -> String {
            let count = if dice.chance(3, 4) { 6 } else { 1 + dice.below(8) };
            (0..count)
                .map(|_| if wild && dice.chance(1, 2) { "*".to_owned() } else { segment(dice, wild) })
                .collect::<Vec<_>>()
                .join(":")
        };
        let (pattern, resource) = (text(&mut dice, true), text(&mut dice, false));
        let expected = resource_matches(&pattern, &resource, false, &Map::new());
        assert_eq!(ResourcePattern::new(pattern.clone()).matches(&resource), expected, "{pattern} for {resource}");
        matching += usize::from(expected);
    }
    assert!(matching > 10_000, "only {matching} match");
}
