//! Random policies that resemble real ones: a few services, so that statements meet, and every kind of element.

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::LazyJust;
use rules_core::catalogue;
use rules_tests::reference::generator::Dice;
use serde_json::{Map, Value, json};

/// The statements of a policy.
pub(crate) type Statements = Vec<Value>;

const SERVICES: [&str; 8] = ["s3", "iam", "lambda", "ec2", "sts", "kms", "secretsmanager", "sqs"];

const ACTION_PATTERNS: [&str; 26] = [
    "*",
    "s3:*",
    "S3:Get*",
    "s3:*Object",
    "s3:*Object*",
    "s3:List*",
    "s3:???Object",
    "s3:GetObject",
    "s3:PutObject",
    "iam:*",
    "iam:Put*Policy",
    "iam:PassRole",
    "iam:Get*",
    "iam:CreateAccessKey",
    "lambda:*",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "lambda:Update*",
    "ec2:Describe*",
    "ec2:RunInstances",
    "ec2:*Tags",
    "sts:AssumeRole",
    "kms:Decrypt",
    "secretsmanager:GetSecretValue",
    "s3:NoSuchAction",
    "nosuch:*",
];

const RESOURCE_PATTERNS: [&str; 34] = [
    "*",
    "*",
    "*",
    "**",
    "arn:*",
    "arn:aws:*:eu-west-1:*:*",
    "arn:aws:*:*:111122223333:*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::app",
    "arn:aws:s3:::app/*",
    "arn:aws:s3:::app-*",
    "arn:aws:s3:::app-*/*",
    "arn:aws:s3:::app-*/logs/*",
    "arn:aws:s3:::*/x",
    "arn:aws:s3:::app/x",
    "arn:aws:s3:::app?/*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:s3:::*-logs",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::*:role/app-*",
    "arn:aws:iam::*:*",
    "arn:aws:iam::*:user/${aws:username}",
    "arn:aws:iam::*:user/*",
    "arn:aws:iam::*:policy/app",
    "arn:aws:iam::*:role/aws-service-role/*",
    "arn:aws:lambda:*:*:function:*",
    "arn:aws:lambda:eu-west-1:111122223333:function:app",
    "arn:aws:lambda:*:*:function:app-*",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:eu-west-1:*:*/*",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:sqs:*:*:app",
    "arn:aws:secretsmanager:*:*:secret:app/*",
];

/// A condition, and the one that fails exactly when it holds.
pub(crate) struct Pair {
    pub(crate) holds: (&'static str, &'static str, &'static [&'static str]),
    pub(crate) fails: (&'static str, &'static str, &'static [&'static str]),
}

const fn pair(key: &'static str, values: &'static [&'static str], holds: &'static str, fails: &'static str) -> Pair {
    Pair { holds: (holds, key, values), fails: (fails, key, values) }
}

/// Conditions that restrict, each with its opposite.
pub(crate) const PAIRS: [Pair; 20] = [
    pair("aws:SourceVpce", &["vpce-1"], "StringEquals", "StringNotEquals"),
    pair("aws:SourceVpc", &["vpc-1", "vpc-2"], "StringEquals", "StringNotEquals"),
    pair("aws:RequestedRegion", &["eu-west-1"], "StringEquals", "StringNotEquals"),
    pair("aws:RequestedRegion", &["eu-*"], "StringLike", "StringNotLike"),
    pair("aws:PrincipalArn", &["arn:aws:iam::111122223333:role/app"], "ArnEquals", "ArnNotEquals"),
    pair("aws:PrincipalArn", &["arn:aws:iam::*:role/app-*"], "ArnLike", "ArnNotLike"),
    pair("aws:PrincipalTag/team", &["a"], "StringEquals", "StringNotEquals"),
    pair("aws:ResourceTag/team", &["a", "b"], "StringEquals", "StringNotEquals"),
    pair("aws:ResourceTag/team", &["${aws:PrincipalTag/team}"], "StringEquals", "StringNotEquals"),
    pair("s3:ExistingObjectTag/public", &["yes"], "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    pair("aws:PrincipalOrgID", &["o-1"], "StringEquals", "StringNotEquals"),
    pair("aws:ResourceAccount", &["111122223333"], "StringEquals", "StringNotEquals"),
    pair("aws:SourceIp", &["192.0.2.0/24"], "IpAddress", "NotIpAddress"),
    pair("iam:PassedToService", &["lambda.amazonaws.com"], "StringEquals", "StringNotEquals"),
    pair("iam:PolicyARN", &["arn:aws:iam::aws:policy/ReadOnlyAccess"], "ArnEquals", "ArnNotEquals"),
    pair("sts:ExternalId", &["x"], "StringEquals", "StringNotEquals"),
    pair("kms:ViaService", &["s3.eu-west-1.amazonaws.com"], "StringEquals", "StringNotEquals"),
    pair("aws:CalledVia", &["athena.amazonaws.com"], "ForAnyValue:StringEquals", "ForAllValues:StringNotEquals"),
    Pair {
        holds: ("Bool", "aws:MultiFactorAuthPresent", &["true"]),
        fails: ("BoolIfExists", "aws:MultiFactorAuthPresent", &["false"]),
    },
    Pair { holds: ("Null", "aws:SourceVpce", &["false"]), fails: ("Null", "aws:SourceVpce", &["true"]) },
];

/// Conditions that are met for every principal.
pub(crate) const VACUOUS: [(&str, &str, &[&str]); 17] = [
    ("StringLike", "aws:PrincipalArn", &["*"]),
    ("StringLike", "aws:RequestedRegion", &["*"]),
    ("StringLike", "iam:PassedToService", &["x", "*"]),
    ("ArnLike", "aws:PrincipalArn", &["arn:*:*:*:*:*"]),
    ("IpAddress", "aws:SourceIp", &["0.0.0.0/0"]),
    ("IpAddress", "aws:SourceIp", &["0.0.0.0/1", "128.0.0.0/1"]),
    ("NotIpAddress", "aws:SourceIp", &["192.0.2.1"]),
    ("Bool", "aws:SecureTransport", &["true"]),
    ("NumericGreaterThanEquals", "s3:TlsVersion", &["1.2"]),
    ("StringEquals", "aws:UserAgent", &["curl"]),
    ("StringLike", "aws:Referer", &["https://example.com/*"]),
    ("StringEquals", "aws:RequestTag/team", &["a"]),
    ("ForAllValues:StringEquals", "aws:TagKeys", &["a"]),
    ("StringNotEquals", "aws:ResourceTag/team", &["a"]),
    ("StringEqualsIfExists", "aws:SourceVpce", &["vpce-1"]),
    ("BoolIfExists", "aws:MultiFactorAuthPresent", &["true"]),
    ("Null", "aws:SourceVpce", &["true"]),
];

/// Conditions that restrict in ways without a simple opposite, or not at all.
const ODD: [(&str, &str, &[&str]); 8] = [
    ("Bool", "aws:MultiFactorAuthPresent", &["false"]),
    ("NumericLessThan", "aws:MultiFactorAuthAge", &["3600"]),
    ("DateLessThan", "aws:CurrentTime", &["2030-01-01T00:00:00Z"]),
    ("DateGreaterThan", "aws:CurrentTime", &["2020-01-01T00:00:00Z"]),
    ("Bool", "aws:ViaAWSService", &["true"]),
    ("Bool", "aws:ViaAWSService", &["false"]),
    ("StringEquals", "aws:SourceVpce", &[]),
    ("StringMatches", "aws:SourceVpce", &["vpce-1"]),
];

/// `operator: { key: values }` put into a statement, beside what it has; false when that operator has the key already.
pub(crate) fn add_condition(statement: &mut Value, (operator, key, values): (&str, &str, &[&str])) -> bool {
    let tests = &mut statement["Condition"][operator];
    if tests.as_object().is_some_and(|tests| tests.keys().any(|before| before.eq_ignore_ascii_case(key))) {
        return false;
    }
    tests[key] = json!(values);
    true
}

/// Some actions: mostly patterns that meet, and any action of the services.
fn actions() -> impl Strategy<Value = Vec<Value>> {
    let named = (select(&SERVICES[..]), any::<Index>()).prop_map(|(service, index)| {
        let mut actions = catalogue::service(service).expect("a service").actions();
        actions.nth(index.index(actions.len())).expect("within the service").to_string()
    });
    let pattern = prop_oneof![4 => select(&ACTION_PATTERNS[1..]).prop_map(str::to_owned), 1 => named];
    prop::collection::vec(pattern.prop_map(Value::from), 1..4)
}

/// Some resources.
pub(crate) fn resources() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(select(&RESOURCE_PATTERNS[..]).prop_map(Value::from), 1..4)
}

/// Every condition of this file.
pub(crate) fn condition() -> impl Strategy<Value = (&'static str, &'static str, &'static [&'static str])> {
    prop_oneof![
        3 => (0..PAIRS.len()).prop_map(|index| PAIRS[index].holds),
        3 => (0..PAIRS.len()).prop_map(|index| PAIRS[index].fails),
        1 => select(&VACUOUS[..]),
        1 => select(&ODD[..]),
    ]
}

/// One statement of this effect.
pub(crate) fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let action = prop_oneof![
        9 => actions().prop_map(|actions| ("Action", actions)),
        1 => LazyJust::new(|| ("Action", vec![json!("*")])),
        1 => actions().prop_map(|actions| ("NotAction", actions)),
    ];
    let resource = prop_oneof![6 => Just("Resource"), 1 => Just("NotResource")];
    let conditions = prop_oneof![2 => Just(0..1_usize), 1 => Just(1..3)]
        .prop_flat_map(|count| prop::collection::vec(condition(), count));
    (action, resource, resources(), conditions).prop_map(move |((action, actions), resource, resources, conditions)| {
        let mut statement = Map::new();
        statement.insert("Effect".to_owned(), json!(effect));
        statement.insert(action.to_owned(), json!(actions));
        statement.insert(resource.to_owned(), json!(resources));
        let mut statement = Value::Object(statement);
        for condition in conditions {
            add_condition(&mut statement, condition);
        }
        statement
    })
}

/// A policy of some statements.
pub(crate) fn policy() -> impl Strategy<Value = Statements> {
    (prop::collection::vec(statement("Allow"), 1..4), prop::collection::vec(statement("Deny"), 0..3))
        .prop_map(|(allows, denies)| allows.into_iter().chain(denies).collect())
}

/// The same policy in other words: statements and lists split, merged, repeated and in another order, and what ignores
/// case in another case.
pub(crate) fn reworded(statements: &[Value], seed: u64) -> Statements {
    let mut dice = Dice::new(seed);
    let mut reworded = Vec::new();
    for statement in statements {
        for mut part in split(statement, &mut dice) {
            for element in ["Action", "NotAction", "Resource", "NotResource"] {
                if let Some(list) = part.get_mut(element) {
                    reword_list(list, element.ends_with("Action"), &mut dice);
                }
            }
            if let Some(condition) = part.get_mut("Condition").and_then(Value::as_object_mut) {
                reword_condition(condition, &mut dice);
            }
            if dice.chance(1, 4) {
                reworded.push(part.clone());
            }
            reworded.push(part);
        }
    }
    shuffle(&mut reworded, &mut dice);
    reworded
}

/// One statement for each action, or one for each resource, or as it is.
fn split(statement: &Value, dice: &mut Dice) -> Vec<Value> {
    let element = *dice.pick(&["Action", "Resource", "Sid"]);
    let parts = statement.get(element).and_then(Value::as_array).cloned().unwrap_or_default();
    if parts.is_empty() {
        return vec![statement.clone()];
    }
    let with = |part: Value| {
        let mut statement = statement.clone();
        statement[element] = part;
        statement
    };
    parts.into_iter().map(with).collect()
}

fn reword_list(list: &mut Value, is_action: bool, dice: &mut Dice) {
    let mut items = match list.take() {
        Value::Array(items) => items,
        single => vec![single],
    };
    if dice.chance(1, 3) {
        items.push(dice.pick(&items.clone()).clone());
    }
    if is_action {
        for item in &mut items {
            *item = json!(recased(item.as_str().expect("a pattern"), dice));
        }
    }
    shuffle(&mut items, dice);
    *list = Value::Array(items);
}

fn reword_condition(condition: &mut Map<String, Value>, dice: &mut Dice) {
    for (operator, tests) in std::mem::take(condition) {
        let tests: Map<String, Value> = tests
            .as_object()
            .expect("keys")
            .iter()
            .map(|(key, values)| {
                // A tag's name behind the slash is part of the key, and ignores case with it.
                (recased(key, dice), values.clone())
            })
            .collect();
        condition.insert(recased(&operator, dice), Value::Object(tests));
    }
}

fn recased(text: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    for end in (1..items.len()).rev() {
        items.swap(end, dice.below(end + 1));
    }
}
