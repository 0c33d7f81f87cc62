//! The rules judge the role that they work with.

use rules_tests::command::rules_cli;
use serde_json::{Map, Value, json};

use super::templates::template;

/// What every policy of the role has to reach. One role's name in every account, which the member accounts need, costs the
/// most: 24 points.
const LEAST_SCORE: &str = "75";

#[test]
fn the_rules_pass_on_their_own_role() {
    let roles = [("function", "function.yaml", 6), ("member", "member-role.yaml", 2)];
    let roles: Vec<Value> = roles
        .into_iter()
        .map(|(name, file, count)| {
            let template = template(file);
            let resources = template["Resources"].as_object().unwrap();
            let role = resolved(&resources["Role"]["Properties"]);
            let inline = role["Policies"].as_array().unwrap().iter().cloned();
            let of_its_own = resources.values().filter(|resource| resource["Type"] == "AWS::IAM::Policy");
            let policies: Vec<Value> =
                inline.chain(of_its_own.map(|policy| resolved(&policy["Properties"]))).map(without_roles).collect();
            assert_eq!(policies.len(), count, "what it always has, and what it has for options");
            json!({
                "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
                "RoleName": name,
                "RoleId": format!("AROA{}", name.to_uppercase()),
                "Path": "/",
                "CreateDate": "2026-01-01T00:00:00Z",
                "AssumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
                "RolePolicyList": policies,
                "AttachedManagedPolicies": role.get("ManagedPolicyArns").cloned().unwrap_or_else(|| json!([])),
                "InstanceProfileList": [],
                "Tags": [],
            })
        })
        .collect();
    let details = json!({
        "UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [], "IsTruncated": false
    });
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("account-authorization-details.json"), details.to_string()).unwrap();
    let minimum = format!("policy-least-privilege.minimumScore={LEAST_SCORE}");
    let account = folder.path().to_str().unwrap();
    let judged = rules_cli(
        ["evaluate", "--input", account, "--rule", "policy-least-privilege", "--param", &minimum, "--format", "ndjson"],
        &[],
    );
    assert_eq!(judged.code, 0, "{}{}", judged.stdout, judged.stderr);
    let lines = judged.lines();
    assert_eq!(lines.len(), 2);
    for line in lines {
        assert_eq!(line.compliance, "COMPLIANT", "{line:?}");
        println!("{}", line.annotation);
    }
}

/// IAM omits the list of inline policies if it is empty.
fn without_roles(mut policy: Value) -> Value {
    policy.as_object_mut().unwrap().remove("Roles");
    policy
}

/// The value with its intrinsic functions carried out for a stack of everything.
fn resolved(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match fields.iter().next() {
            Some((name, argument)) if fields.len() == 1 && (name == "Ref" || name.starts_with("Fn::")) => {
                Value::String(called(name, argument))
            }
            _ => Value::Object(fields.iter().map(|(key, value)| (key.clone(), resolved(value))).collect::<Map<_, _>>()),
        },
        Value::Array(values) => values.iter().map(resolved).collect(),
        other => other.clone(),
    }
}

fn called(name: &str, argument: &Value) -> String {
    match (name, argument) {
        ("Ref", Value::String(name)) => match name.as_str() {
            "Role" => "role",
            "RoleName" | "AssumeRoleName" => "aws-config-rules-member",
            "FunctionRoleArn" => "arn:aws:iam::111122223333:role/function",
            "ExternalId" => "config-rules-3f1c7a",
            "OrganizationId" => "o-exampleorgid",
            other => panic!("no value for {other}"),
        }
        .to_owned(),
        ("Fn::GetAtt", Value::Array(path)) => match path[0].as_str().unwrap() {
            "LogGroup" => "arn:aws:logs:us-east-1:111122223333:log-group:/aws/lambda/aws-config-rules:*".to_owned(),
            "FailedEvents" => "arn:aws:sqs:us-east-1:111122223333:aws-config-rules-FailedEvents".to_owned(),
            other => panic!("no value for {other}"),
        },
        ("Fn::Sub", Value::String(pattern)) => [
            ("${AWS::Partition}", "aws"),
            ("${AWS::Region}", "us-east-1"),
            ("${AWS::AccountId}", "111122223333"),
            ("${AssumeRoleName}", "aws-config-rules-member"),
        ]
        .iter()
        .fold(pattern.clone(), |text, (variable, value)| text.replace(variable, value)),
        // What follows the last part that is known is the place of the exceptions.
        ("Fn::Join", Value::Array(arguments)) => {
            let first = resolved(&arguments[1][0]);
            format!("{}rules/exceptions.toml", first.as_str().unwrap())
        }
        other => panic!("{other:?} is not carried out here"),
    }
}
