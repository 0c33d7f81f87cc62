//! The templates as data, and what becomes of their options.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use rules_core::catalogue;
use rules_tests::moto::{Moto, Root};
use serde_json::{Value, json};

use super::guide::{Follower, repository};

/// A template, with intrinsic functions in their long form.
pub(super) fn template(name: &str) -> Value {
    let output = Command::new(repository().join(".venv/bin/python"))
        .arg(repository().join("tests/aws/template.py"))
        .arg(repository().join("conformance-pack").join(name))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice::<Vec<Value>>(&output.stdout).unwrap().remove(0)
}

/// The actions of a role's policy.
fn actions(role: &Value, policy: &str) -> BTreeSet<String> {
    let policies = role["Properties"]["Policies"].as_array().unwrap();
    let policy = policies.iter().find(|one| one["PolicyName"] == policy).unwrap();
    let statements = policy["PolicyDocument"]["Statement"].as_array().unwrap();
    let of = |statement: &Value| statement["Action"].as_array().unwrap().clone();
    statements.iter().flat_map(of).map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_member_role_may_do_what_the_function_may_in_its_own_account() {
    let function = template("function.yaml");
    let member = template("member-role.yaml");
    let [function, member] = [function, member].map(|template| actions(&template["Resources"]["Role"], "judge"));
    assert_eq!(member, function, "member-role.yaml, and function.yaml");
}

/// The list in the guard rules is not what somebody found convenient.
#[test]
fn only_actions_that_know_no_resources_may_have_all() {
    let rules = std::fs::read_to_string(repository().join("conformance-pack/templates.guard")).unwrap();
    let (_, list) = rules.split_once("let without_resources = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let actions: Vec<&str> = list.split(',').map(|action| action.trim().trim_matches('\'')).collect();
    assert!(actions.len() > 1);
    for action in actions {
        let (service, name) = action.split_once(':').unwrap();
        let known = catalogue::action(service, name).unwrap_or_else(|| panic!("there is no action {action}"));
        assert_eq!(known.resource_types().len(), 0, "{action} can be narrowed to resources");
    }
}

#[test]
fn the_role_may_read_the_exceptions_and_nothing_beside_them() {
    let moto = Moto::start(Root { password: true, mfa: true, access_keys: 0 });
    let mut guide = Follower::new(&moto);
    guide.follow("Before");
    guide.follow("1. The zip file");
    let arn = |service: &str, rest: &str| format!("arn:aws:{service}:{rest}");
    let parameter =
        |name: &str| Some(("ssm:GetParameter", arn("ssm:us-east-1:123456789012", &format!("parameter/{name}"))));
    for (number, (exceptions, expected)) in [
        ("", None),
        ("file:exceptions.toml", None),
        ("ssm:exceptions", parameter("exceptions")),
        ("ssm:/security/rules/exceptions", parameter("security/rules/exceptions")),
        ("s3://a-bucket/rules/exceptions.toml", Some(("s3:GetObject", arn("s3::", "a-bucket/rules/exceptions.toml")))),
    ]
    .into_iter()
    .enumerate()
    {
        let stack = format!("exceptions-{number}");
        guide.deploy(&stack, &[("Exceptions", exceptions)]);
        let variables = guide.aws(&format!("lambda list-functions --query \"Functions[?starts_with(FunctionName, '{stack}-')] | [0].Environment.Variables\""));
        assert_eq!(variables.get("RULES_EXCEPTIONS").and_then(Value::as_str).unwrap_or_default(), exceptions);
        assert_eq!(
            optional_policies(&guide, &stack),
            expected.map(|(action, arn)| (action.to_owned(), arn)).into_iter().collect::<BTreeMap<_, _>>()
        );
    }
}

/// The statements of the role's policies beside those that it always has: action and resource.
fn optional_policies(guide: &Follower<'_>, stack: &str) -> BTreeMap<String, String> {
    let role =
        guide.aws(&format!("iam list-roles --query \"Roles[?starts_with(RoleName, '{stack}-')] | [0].RoleName\""));
    let role = role.as_str().unwrap();
    let policies = guide.aws(&format!("iam list-role-policies --role-name {role} --query PolicyNames"));
    let names = policies.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let optional = names.filter(|name| !["judge", "run"].contains(name));
    optional
        .map(|name| {
            let policy = guide
                .aws(&format!("iam get-role-policy --role-name {role} --policy-name {name} --query PolicyDocument"));
            let [statement] = policy["Statement"].as_array().unwrap().as_slice() else { panic!("{policy}") };
            assert_eq!(statement["Effect"], json!("Allow"));
            let text = |key: &str| statement[key].as_str().unwrap().to_owned();
            (text("Action"), text("Resource"))
        })
        .collect()
}
