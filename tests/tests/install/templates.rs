//! The templates as data, and what becomes of their options.

use std::collections::BTreeSet;
use std::process::Command;

use rules_core::catalogue;
use rules_tests::moto::{Moto, Root};
use serde_json::Value;

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
    let parameter =
        |name: &str| vec![("ssm:GetParameter", format!("arn:aws:ssm:us-east-1:123456789012:parameter/{name}"))];
    let cases = [
        ("", vec![]),
        ("file:exceptions.toml", vec![]),
        ("ssm:exceptions", parameter("exceptions")),
        ("ssm:/security/rules/exceptions", parameter("security/rules/exceptions")),
        ("s3://a-bucket/exceptions.toml", vec![("s3:GetObject", "arn:aws:s3:::a-bucket/exceptions.toml".to_owned())]),
    ];
    let stack = |number: usize| format!("exceptions-{number}");
    for (number, (exceptions, _)) in cases.iter().enumerate() {
        guide.deploy(&stack(number), &[("Exceptions", exceptions)]);
    }
    let functions = guide.aws("lambda list-functions --query Functions");
    let roles = guide.aws("iam get-account-authorization-details --filter Role --query RoleDetailList");
    for (number, (exceptions, expected)) in cases.iter().enumerate() {
        let function = of_stack(&functions, "FunctionName", &stack(number));
        let variable = &function["Environment"]["Variables"]["RULES_EXCEPTIONS"];
        assert_eq!(variable.as_str().unwrap_or_default(), *exceptions);
        assert_eq!(optional_statements(of_stack(&roles, "RoleName", &stack(number))), *expected, "{exceptions}");
    }
}

fn of_stack<'a>(list: &'a Value, name: &str, stack: &str) -> &'a Value {
    let named = |one: &&Value| one[name].as_str().unwrap().starts_with(&format!("{stack}-"));
    list.as_array().unwrap().iter().find(named).unwrap()
}

/// What the role's policies allow beside those that it always has: action and resource.
fn optional_statements(role: &Value) -> Vec<(&str, String)> {
    let policies = role["RolePolicyList"].as_array().unwrap();
    let names: BTreeSet<&str> = policies.iter().map(|policy| policy["PolicyName"].as_str().unwrap()).collect();
    assert!(names.is_superset(&BTreeSet::from(["judge", "run"])), "{names:?}");
    let optional = policies.iter().filter(|policy| policy["PolicyName"] != "judge" && policy["PolicyName"] != "run");
    let statements = optional.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    statements
        .map(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            (statement["Action"].as_str().unwrap(), statement["Resource"].as_str().unwrap().to_owned())
        })
        .collect()
}
