//! The templates as data, and what becomes of their options.

use std::collections::BTreeSet;
use std::process::Command;

use rules_aws::{Allowed, OPERATIONS};
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

/// The actions that a policy document allows.
fn actions(document: &Value) -> BTreeSet<String> {
    let of = |statement: &Value| match &statement["Action"] {
        Value::Array(actions) => actions.clone(),
        action => vec![action.clone()],
    };
    let statements = document["Statement"].as_array().unwrap();
    statements.iter().flat_map(of).map(|action| action.as_str().unwrap().to_owned()).collect()
}

/// The actions with which a role judges an account.
fn judges(role: &Value) -> BTreeSet<String> {
    let policies = role["Properties"]["Policies"].as_array().unwrap();
    actions(&policies.iter().find(|policy| policy["PolicyName"] == "judge").unwrap()["PolicyDocument"])
}

/// The actions that it has for the rules about trails, recorders and alarms.
fn audits(template: &Value) -> BTreeSet<String> {
    actions(&template["Resources"]["ReadAudit"]["Properties"]["PolicyDocument"])
}

#[test]
fn a_member_role_may_do_what_the_function_may_in_its_own_account() {
    let [function, member] = ["function.yaml", "member-role.yaml"].map(template);
    let may = |template: &Value| [judges(&template["Resources"]["Role"]), audits(template)];
    assert_eq!(may(&member), may(&function), "member-role.yaml, and function.yaml");
}

/// What the role may do for an option and the code does not call by that name: the session's source identity is a part
/// of AssumeRole, and the exceptions are read in one of two ways.
const WITH_OPTIONS: [&str; 3] = ["s3:GetObject", "ssm:GetParameter", "sts:SetSourceIdentity"];

#[test]
fn the_role_may_do_what_the_code_can_call() {
    let template = template("function.yaml");
    let resources = &template["Resources"];
    let operations = |wanted: fn(Allowed) -> bool| -> BTreeSet<String> {
        let operations = OPERATIONS.iter().filter(|operation| wanted(operation.allowed));
        operations.map(|operation| operation.action.to_owned()).collect()
    };
    assert_eq!(judges(&resources["Role"]), operations(|allowed| allowed == Allowed::Always));
    assert_eq!(audits(&template), operations(|allowed| allowed == Allowed::ForAuditRules));

    let policies = resources.as_object().unwrap().iter().filter(|(_, resource)| resource["Type"] == "AWS::IAM::Policy");
    let optional = policies.filter(|(name, _)| *name != "ReadAudit").map(|(_, policy)| policy);
    let optional = optional.inspect(|policy| assert!(policy["Condition"].is_string(), "{policy} is always there"));
    let permitted: BTreeSet<String> =
        optional.flat_map(|policy| actions(&policy["Properties"]["PolicyDocument"])).collect();
    let mut expected = operations(|allowed| matches!(allowed, Allowed::WhenSet(_)));
    expected.extend(WITH_OPTIONS.map(str::to_owned));
    assert_eq!(permitted, expected);
}

/// The list in the guard rules is complete.
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
    guide.follow("Prerequisites");
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

#[test]
fn the_function_is_given_the_regions_to_read() {
    let moto = Moto::start(Root { password: true, mfa: true, access_keys: 0 });
    let mut guide = Follower::new(&moto);
    guide.follow("Prerequisites");
    guide.follow("1. The zip file");
    for (stack, regions) in [("own", ""), ("more", "eu-west-1,us-east-1")] {
        guide.deploy(stack, &[("Regions", regions)]);
        let functions = guide.aws("lambda list-functions --query Functions");
        let variables = &of_stack(&functions, "FunctionName", stack)["Environment"]["Variables"];
        assert_eq!(variables["RULES_REGIONS"].as_str().unwrap_or_default(), regions);
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
    assert!(names.is_superset(&BTreeSet::from(["audit", "judge", "run"])), "{names:?}");
    let always = ["audit", "judge", "run"];
    let optional = policies.iter().filter(|policy| !always.contains(&policy["PolicyName"].as_str().unwrap()));
    let statements = optional.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().unwrap());
    statements
        .map(|statement| {
            assert_eq!(statement["Effect"], "Allow");
            (statement["Action"].as_str().unwrap(), statement["Resource"].as_str().unwrap().to_owned())
        })
        .collect()
}
