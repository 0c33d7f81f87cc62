//! What must hold of the score of every policy: random ones, and all that AWS manages (after tests/aws/setup.sh).
//!
//! By default 128 random cases of each property. `RULES_CASES` asks for another number, `RULES_SEED` for others.

mod score_properties {
    mod fixes;
    mod managed;
    pub(crate) mod policies;
}

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rules_core::catalogue::{ActionSet, expand};
use rules_core::decision::PolicyLayers;
use rules_core::policy::{PolicyDocument, PolicyLimits, PolicyType};
use rules_core::score::{LeastPrivilegeScore, LimitedScorer, Score, score, score_layers};
use rules_tests::random::{cases, seed};
use score_properties::policies::{
    PAIRS, Statements, VACUOUS, add_condition, condition, policy, resources, reworded, statement,
};
use serde_json::{Value, json};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: cases(128),
        rng_seed: RngSeed::Fixed(seed()),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn parse(statements: &[Value]) -> PolicyDocument {
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    PolicyDocument::parse_within(&text, PolicyType::Identity, PolicyLimits::UNLIMITED)
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn scored(statements: &[Value]) -> LeastPrivilegeScore {
    score(&parse(statements))
}

fn points(statements: &[Value]) -> Score {
    scored(statements).score
}

/// The score of identity policies together, under a boundary and levels of service control.
fn layered(identity: &[&[Value]], boundary: Option<&[Value]>, levels: &[&[Value]]) -> Score {
    let identity: Vec<PolicyDocument> = identity.iter().map(|statements| parse(statements)).collect();
    let boundary = boundary.map(parse);
    let levels: Vec<PolicyDocument> = levels.iter().map(|statements| parse(statements)).collect();
    let mut layers = PolicyLayers::of_identity(&identity);
    if let Some(boundary) = &boundary {
        layers.push(PolicyType::PermissionsBoundary, [boundary]);
    }
    for level in &levels {
        layers.push(PolicyType::ServiceControl, [level]);
    }
    let score = score_layers(&layers).score;
    if let [only] = identity.as_slice() {
        assert_eq!(LimitedScorer::under(&layers).score(only).score, score);
    }
    score
}

/// Every pattern of actions replaced by the actions that it matches.
fn enumerated(statements: &[Value]) -> Statements {
    let enumerate = |pattern: &Value| -> Vec<Value> {
        let text = pattern.as_str().expect("a pattern");
        let service = text.split(':').next().unwrap_or_default();
        let mut actions = ActionSet::empty();
        expand(text, &mut actions);
        // A wildcard before the colon is read with caution, and what the catalogue does not know stays.
        let is_cautious = text.contains(':') && service.contains(['*', '?']);
        if actions.is_empty() || is_cautious {
            return vec![pattern.clone()];
        }
        actions.iter().map(|action| json!(action.to_string())).collect()
    };
    let mut statements = statements.to_vec();
    for statement in &mut statements {
        for element in ["Action", "NotAction"] {
            if let Some(list) = statement.get_mut(element) {
                let patterns = list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]);
                *list = patterns.iter().flat_map(enumerate).collect();
            }
        }
    }
    statements
}

fn assert_losses_add_up(name: &str, statements: &[Value]) {
    let document = parse(statements);
    let found = score(&document);
    let lost: u16 = found.losses.iter().map(|loss| loss.points.tenths()).sum();
    assert_eq!(lost, 1_000 - found.score.tenths(), "{name}: {found:?}");
    assert_eq!(found.losses.is_empty(), found.grants_nothing, "{name}: {found:?}");
    for loss in &found.losses {
        assert_eq!(loss.policy, 0, "{name}: {loss:?}");
        assert!(!loss.actions.is_empty(), "{name}: {loss:?}");
        let label = loss.statement.as_deref().expect("a statement");
        let labels = document.statements.iter().enumerate().map(|(index, statement)| statement.label(index));
        assert!(labels.into_iter().any(|known| known == label), "{name}: {loss:?}");
        assert!(loss.fix.as_ref().is_none_or(|fix| fix.score >= found.score), "{name}: {loss:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn wording_changes_nothing(policy in policy(), seed: u64) {
        let other = reworded(&policy, seed);
        prop_assert_eq!(points(&policy), points(&other), "{}\n{}", json!(policy), json!(other));
    }

    #[test]
    fn losses_add_up(policy in policy()) {
        assert_losses_add_up(&json!(policy).to_string(), &policy);
    }

    #[test]
    fn another_allow_never_raises(policy in policy(), allow in statement("Allow")) {
        let more = [policy.clone(), vec![allow]].concat();
        prop_assert!(points(&more) <= points(&policy), "{}", json!(more));
    }

    #[test]
    fn another_deny_never_lowers(policy in policy(), deny in statement("Deny")) {
        let more = [policy.clone(), vec![deny]].concat();
        prop_assert!(points(&more) >= points(&policy), "{}", json!(more));
    }

    #[test]
    fn a_wider_resource_never_raises(policy in policy(), more in resources()) {
        let mut wider = policy.clone();
        if let Some(list) = wider[0].get_mut("Resource").and_then(Value::as_array_mut) {
            list.extend(more);
        } else if let Some(list) = wider[0].get_mut("NotResource").and_then(Value::as_array_mut) {
            list.truncate(1);
        }
        prop_assert!(points(&wider) <= points(&policy), "{}\n{}", json!(policy), json!(wider));
    }

    #[test]
    fn a_condition_narrows_what_it_is_put_on(policy in policy(), condition in condition()) {
        for index in 0..policy.len() {
            let mut narrower = policy.clone();
            if !add_condition(&mut narrower[index], condition) {
                continue;
            }
            let (before, after) = (points(&policy), points(&narrower));
            let right = if policy[index]["Effect"] == "Allow" { after >= before } else { after <= before };
            prop_assert!(right, "{} became {}: {}", before, after, json!(narrower));
        }
    }

    #[test]
    fn another_layer_never_lowers(policy in policy(), boundary in policy(), level in policy()) {
        let alone = points(&policy);
        let under_boundary = layered(&[&policy], Some(&boundary), &[]);
        prop_assert!(under_boundary >= alone, "{}\n{}", json!(policy), json!(boundary));
        let under_level = layered(&[&policy], None, &[&level]);
        prop_assert!(under_level >= alone, "{}\n{}", json!(policy), json!(level));
        let under_both = layered(&[&policy], Some(&boundary), &[&level]);
        prop_assert!(under_both >= under_boundary.max(under_level), "{}\n{}\n{}", json!(policy), json!(boundary), json!(level));
    }

    #[test]
    fn two_policies_allow_no_less_than_either(one in policy(), other in policy()) {
        // What one denies the other loses too, so only grants are joined.
        let allows = |policy: &Statements| -> Statements {
            policy.iter().filter(|statement| statement["Effect"] == "Allow").cloned().collect()
        };
        let (one, other) = (allows(&one), allows(&other));
        let both = layered(&[&one, &other], None, &[]);
        prop_assert!(both <= points(&one).min(points(&other)), "{}\n{}", json!(one), json!(other));
        prop_assert_eq!(both, points(&[one, other].concat()));
    }

    #[test]
    fn a_limit_and_a_grant_are_the_same_to_a_request(policy in policy()) {
        let everything = [json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
        // Unknown actions count where they are granted.
        let known: Statements = policy.iter().map(without_unknown).collect();
        let alone = points(&known);
        prop_assert_eq!(layered(&[&known], Some(&everything), &[&everything]), alone, "{}", json!(known));
        prop_assert_eq!(layered(&[&everything], Some(&known), &[]), alone, "{}", json!(known));
        prop_assert_eq!(layered(&[&known], Some(&known), &[&known]), alone, "{}", json!(known));
    }

    #[test]
    fn a_deny_of_something_else_changes_nothing(policy in policy()) {
        let deny = json!({"Effect": "Deny", "Action": "*", "Resource": [
            "arn:aws:s3:::somewhere-else", "arn:aws:s3:::somewhere-else/*", "arn:aws:iam::*:role/somebody-else"
        ]});
        let known: Statements = policy.iter().map(without_unknown).collect();
        let more = [known.clone(), vec![deny]].concat();
        prop_assert_eq!(points(&more), points(&known), "{}", json!(known));
    }

    #[test]
    fn allow_if_is_deny_unless(allow in statement("Allow"), index in 0..PAIRS.len()) {
        let pair = &PAIRS[index];
        let mut allow_if = allow;
        allow_if.as_object_mut().expect("a statement").remove("Condition");
        let allow = allow_if.clone();
        let mut deny_unless = allow.clone();
        deny_unless["Effect"] = json!("Deny");
        add_condition(&mut allow_if, pair.holds);
        add_condition(&mut deny_unless, pair.fails);
        let deny_unless = [allow, deny_unless];
        prop_assert_eq!(points(&[allow_if.clone()]), points(&deny_unless), "{}\n{}", allow_if, json!(deny_unless));
    }

    #[test]
    fn a_vacuous_condition_changes_nothing(policy in policy(), index in 0..VACUOUS.len()) {
        let mut vacuous = policy.clone();
        let allow = &mut vacuous[0];
        if add_condition(allow, VACUOUS[index]) {
            prop_assert_eq!(points(&vacuous), points(&policy), "{}", json!(vacuous));
        }
    }
}

/// The statement without the two patterns that the catalogue does not know.
fn without_unknown(statement: &Value) -> Value {
    let mut statement = statement.clone();
    for element in ["Action", "NotAction"] {
        if let Some(list) = statement.get_mut(element).and_then(Value::as_array_mut) {
            list.retain(|pattern| pattern != "nosuch:*" && pattern != "s3:NoSuchAction");
            if list.is_empty() {
                list.push(json!("s3:GetObject"));
            }
        }
    }
    statement
}

proptest! {
    // Enumerations are long.
    #![proptest_config(ProptestConfig { cases: config().cases / 4, ..config() })]

    #[test]
    fn a_wildcard_is_its_enumeration(policy in policy()) {
        // A Deny of `*` is one of unknown actions too, which no enumeration names.
        let known: Statements = policy.iter().map(without_unknown).collect();
        prop_assert_eq!(points(&enumerated(&known)), points(&known), "{}", json!(known));
    }
}

#[test]
fn a_leaky_deny_earns_nothing() {
    let allow = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
    let deny = |operator: &str| {
        json!({"Effect": "Deny", "Action": "*", "Resource": "*",
               "Condition": {operator: {"aws:MultiFactorAuthPresent": "false"}}})
    };
    // A request that an access key signs does not have the condition key.
    let alone = points(std::slice::from_ref(&allow));
    assert_eq!(points(&[allow.clone(), deny("Bool")]), alone);
    assert!(points(&[allow, deny("BoolIfExists")]) > alone);
}
