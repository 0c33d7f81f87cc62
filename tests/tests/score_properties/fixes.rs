//! A fix is worth what it says: the policy with the fix made scores as foretold.

use proptest::prelude::*;
use rules_core::catalogue::{ActionIndex, ActionSet, expand};
use rules_core::decision::PolicyLayers;
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::{Fix, LeastPrivilegeScore, score_layers};
use serde_json::{Value, json};

use super::policies::{Statements, policy};
use crate::{config, parse};

fn scored_under(statements: &[Value], boundary: Option<&PolicyDocument>) -> LeastPrivilegeScore {
    let document = parse(statements);
    let mut layers = PolicyLayers::of_identity([&document]);
    if let Some(boundary) = boundary {
        layers.push(PolicyType::PermissionsBoundary, [boundary]);
    }
    score_layers(&layers)
}

/// The policy with a fix made: the statement without the actions, and beside it one that grants them on one resource for
/// each template. None where the statement, or a Deny of all others, names resources already: which of those to choose is for a
/// person to say.
fn fixed(statements: &[Value], fix: &Fix) -> Option<Statements> {
    let statement = &statements[fix.statement];
    let names_some = |one: &Value| one["Effect"] == "Deny" && one.get("NotResource").is_some();
    if (statement["Resource"] != json!("*") && statement["Resource"] != json!(["*"]))
        || statements.iter().any(names_some)
    {
        return None;
    }
    let narrowed: Vec<ActionIndex> = fix.actions.iter().filter(|action| action.resource_types().len() > 0).collect();
    let mut rest = statement.clone();
    match statement.get("NotAction") {
        Some(patterns) => rest["NotAction"] = list(patterns).into_iter().chain(names(&narrowed)).collect(),
        None => rest["Action"] = without(&list(&statement["Action"]), &narrowed),
    }
    let mut named = statement.clone();
    let fields = named.as_object_mut().unwrap();
    fields.remove("NotAction");
    fields.remove("Sid");
    fields.insert("Action".to_owned(), names(&narrowed).collect());
    fields.insert("Resource".to_owned(), resources(&narrowed));
    let mut statements = statements.to_vec();
    statements.push(named);
    if rest["Action"] == json!([]) {
        statements.remove(fix.statement);
    } else {
        statements[fix.statement] = rest;
    }
    Some(statements)
}

fn list(patterns: &Value) -> Vec<Value> {
    patterns.as_array().cloned().unwrap_or_else(|| vec![patterns.clone()])
}

fn names(actions: &[ActionIndex]) -> impl Iterator<Item = Value> {
    actions.iter().map(|action| json!(action.to_string()))
}

fn without(patterns: &[Value], actions: &[ActionIndex]) -> Value {
    let mut rest = ActionSet::empty();
    let mut kept = Vec::new();
    for pattern in patterns {
        let mut found = ActionSet::empty();
        expand(pattern.as_str().unwrap(), &mut found);
        if found.is_empty() {
            kept.push(pattern.clone());
        }
        rest.union_with(&found);
    }
    let rest: Vec<ActionIndex> = rest.iter().filter(|action| !actions.contains(action)).collect();
    kept.extend(names(&rest));
    kept.into()
}

/// One resource for each template, of names that no pattern of the random policies has.
fn resources(actions: &[ActionIndex]) -> Value {
    let mut arns: Vec<String> = Vec::new();
    for template in
        actions.iter().flat_map(|action| action.resource_types()).flat_map(|of| of.resource_type.arn_templates())
    {
        let mut arn = String::new();
        let mut rest = template;
        while let Some((literal, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').unwrap();
            arn += literal;
            arn += match name {
                // The random policies name `aws`, and a Deny of all that is there would leave another resource to choose.
                "Partition" => "aws-us-gov",
                "Region" => "zz-odd-9",
                "Account" => "424242424242",
                _ => "qzq9",
            };
            rest = tail;
        }
        arns.push((arn + rest).replace('*', "qzq9"));
    }
    arns.sort();
    arns.dedup();
    arns.into()
}

/// Holds each fix against the policy with the fix made, and says how many there were.
fn check(statements: &[Value], boundary: Option<&PolicyDocument>) -> usize {
    let before = scored_under(statements, boundary);
    let mut checked = 0;
    for fix in before.losses.iter().filter_map(|loss| loss.fix.as_ref()) {
        let Some(fixed) = fixed(statements, fix) else { continue };
        let after = scored_under(&fixed, boundary).score;
        assert_eq!(after, fix.score, "{fix}:\n{}\n{}", json!(statements), json!(fixed));
        checked += 1;
    }
    checked
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_fix_is_worth_what_it_says(policy in policy(), boundary in policy()) {
        check(&policy, None);
        // A boundary that is about certain resources leaves others to choose than the ones that are named here.
        let mut everywhere = boundary;
        for statement in &mut everywhere {
            statement.as_object_mut().unwrap().remove("NotResource");
            statement["Resource"] = json!("*");
        }
        check(&policy, Some(&parse(&everywhere)));
    }
}

#[test]
fn fixes_of_managed_policies_are_worth_what_they_say() {
    let mut checked = 0;
    for (number, statements) in super::managed::managed().values().enumerate() {
        // Those of the widest policies take seconds in a build for tests.
        if number % 8 == 0 && json!(statements).to_string().len() < 8_000 {
            checked += check(statements, None);
        }
    }
    assert!(checked > 200, "{checked}");
}
