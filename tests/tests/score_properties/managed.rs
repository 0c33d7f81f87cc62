//! The properties over every managed policy of AWS.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::policies::{PAIRS, Statements, VACUOUS, add_condition, reworded};
use crate::{assert_losses_add_up, enumerated, layered, points, scored};

/// The statements of every managed policy by name.
pub(super) fn managed() -> BTreeMap<String, Statements> {
    let statements = |text: String| {
        let document: Value = serde_json::from_str(&text).expect("JSON");
        match &document["Statement"] {
            Value::Array(statements) => statements.clone(),
            single => vec![single.clone()],
        }
    };
    rules_tests::managed_policies::all().into_iter().map(|(name, text)| (name, statements(text))).collect()
}

/// Runs `check`, which says what is wrong, on every managed policy with its number, and reports what is wrong together.
#[track_caller]
fn check_all(mut check: impl FnMut(usize, &Statements) -> Option<String>) {
    let policies = managed();
    assert!(policies.len() > 1_500, "{} managed policies", policies.len());
    let wrong: Vec<String> = policies
        .iter()
        .enumerate()
        .filter_map(|(number, (name, statements))| Some(format!("{name}: {}", check(number, statements)?)))
        .collect();
    assert!(wrong.is_empty(), "{} policies:\n{}", wrong.len(), wrong.join("\n"));
}

/// What is wrong when `one` and `other` differ.
fn differ<T: PartialEq + std::fmt::Display>(one: T, other: T) -> Option<String> {
    (one != other).then(|| format!("{one}, not {other}"))
}

/// The policy with a condition on each of its Allows, unless one has a test like it already.
fn with_condition(
    statements: &[Value],
    condition: (&'static str, &'static str, &'static [&'static str]),
) -> Option<Statements> {
    let mut statements = statements.to_vec();
    for statement in statements.iter_mut().filter(|statement| statement["Effect"] == "Allow") {
        if !add_condition(statement, condition) {
            return None;
        }
    }
    Some(statements)
}

#[test]
fn wording_changes_nothing() {
    check_all(|number, statements| {
        differ(points(&reworded(statements, u64::try_from(number).expect("small"))), points(statements))
    });
}

#[test]
fn a_wildcard_is_its_enumeration() {
    check_all(|_, statements| differ(points(&enumerated(statements)), points(statements)));
}

#[test]
fn losses_add_up() {
    for (name, statements) in managed() {
        assert_losses_add_up(&name, &statements);
    }
}

#[test]
fn more_grants_never_raise() {
    let allow =
        json!({"Effect": "Allow", "Action": ["iam:PassRole", "s3:Get*"], "Resource": "arn:aws:iam::*:role/app-*"});
    check_all(|_, statements| {
        let before = points(statements);
        let more = [statements.as_slice(), std::slice::from_ref(&allow)].concat();
        let mut wider = statements.clone();
        wider[0]["Resource"] = json!("*");
        wider[0].as_object_mut().expect("a statement").remove("NotResource");
        let is_allow = wider[0]["Effect"] == "Allow";
        (points(&more) > before || (is_allow && points(&wider) > before)).then(|| format!("raised from {before}"))
    });
}

#[test]
fn more_limits_never_lower() {
    let denies = [
        json!({"Effect": "Deny", "Action": ["s3:Get*", "iam:*"], "Resource": "arn:aws:s3:::app/*"}),
        json!({"Effect": "Deny", "NotAction": "ec2:*", "NotResource": "arn:aws:s3:::app-*",
               "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}),
    ];
    let layer = [
        json!({"Effect": "Allow", "NotAction": "organizations:*", "Resource": ["arn:aws:s3:::app*", "arn:aws:iam::*:*"]}),
        json!({"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
               "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}),
    ];
    check_all(|number, statements| {
        let before = points(statements);
        let more = [statements.as_slice(), &denies[number % 2..=number % 2]].concat();
        let narrower = with_condition(statements, PAIRS[number % PAIRS.len()].holds);
        let after = [
            points(&more),
            narrower.map_or(before, |narrower| points(&narrower)),
            layered(&[statements], Some(&layer), &[]),
            layered(&[statements], None, &[&layer]),
        ];
        after.iter().any(|after| *after < before).then(|| format!("{before} became one of {after:?}"))
    });
}

#[test]
fn vacuous_conditions_change_nothing() {
    check_all(|number, statements| {
        let vacuous = with_condition(statements, VACUOUS[number % VACUOUS.len()])?;
        differ(points(&vacuous), points(statements))
    });
}

#[test]
fn allow_if_is_deny_unless() {
    check_all(|number, statements| {
        let pair = &PAIRS[number % PAIRS.len()];
        let allow_if = with_condition(statements, pair.holds)?;
        let mut deny = json!({"Effect": "Deny", "Action": "*", "Resource": "*"});
        add_condition(&mut deny, pair.fails);
        let deny_unless = [statements.as_slice(), &[deny]].concat();
        differ(points(&allow_if), points(&deny_unless))
    });
}

#[test]
fn a_limit_and_a_grant_are_the_same_to_a_request() {
    let everything = [json!({"Effect": "Allow", "Action": "*", "Resource": "*"})];
    check_all(|_, statements| {
        let alone = scored(statements);
        // What is unknown counts where it is granted.
        if !alone.unknown.is_empty() {
            return None;
        }
        let limited = layered(&[statements], Some(statements), &[&everything]);
        differ(layered(&[&everything], Some(statements), &[]), alone.score).or_else(|| differ(limited, alone.score))
    });
}

#[test]
fn two_policies_allow_no_less_than_either() {
    let policies: Vec<(String, Statements)> = managed().into_iter().collect();
    for pair in policies.windows(2) {
        let [(one_name, one), (other_name, other)] = pair else { continue };
        if [one, other].iter().any(|policy| policy.iter().any(|statement| statement["Effect"] == "Deny")) {
            continue;
        }
        let both = layered(&[one, other], None, &[]);
        let either = points(one).min(points(other));
        assert!(both <= either, "{one_name} and {other_name}: {both} is more than {either}");
    }
}
