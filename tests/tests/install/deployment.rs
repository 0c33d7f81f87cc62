//! What is there once the guide has been followed: rules that the function answers.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::rules::{RULES, Trigger};
use rules_tests::account::{Account, Files};
use rules_tests::canary::TOKEN;
use rules_tests::details::Fields;
use rules_tests::event::{Change, Envelope, item};
use rules_tests::fake_aws::FakeAws;
use rules_tests::moto::{ACCOUNT, Moto, Root};
use rules_tests::runtime_api::Function;
use serde_json::{Map, Value, json};

use super::guide::Follower;

#[test]
fn the_guide_leads_to_rules_that_the_function_answers() {
    let moto = Moto::start(Root { password: true, mfa: false, access_keys: 0 });
    let mut guide = Follower::new(&moto);
    for section in ["Prerequisites", "1. The zip file", "2. The function", "3. The pack"] {
        guide.follow(section);
    }
    let rules = deployed_rules(&guide);
    let parameters = |rule: &str| -> BTreeMap<String, String> {
        let rule = rules.iter().find(|deployed| name(deployed).starts_with(rule)).unwrap();
        serde_json::from_str(rule["InputParameters"].as_str().unwrap()).unwrap()
    };
    let named = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    assert_eq!(
        parameters("policy-least-privilege"),
        named(&[("rule", "policy-least-privilege"), ("minimumScore", "70")]),
        "what is set is passed on, and nothing else"
    );
    assert_eq!(parameters("root-mfa-enabled"), named(&[("rule", "root-mfa-enabled")]));

    let function = &guide.aws("lambda list-functions")["Functions"][0];
    assert_eq!(function["Environment"]["Variables"], json!({ "RULES_ALLOWED_ACCOUNTS": ACCOUNT }));
    answer_every_rule(&moto, function, &rules);

    for section in ["4. Verify", "Troubleshooting", "Update"] {
        guide.follow(section);
    }
    let updated = deployed_rules(&guide);
    assert_eq!(updated.len(), rules.len());
    assert!(updated.iter().all(|rule| !rule["InputParameters"].as_str().unwrap().contains("minimumScore")));

    guide.follow("An organization with a central function");
    let function = &guide.aws("lambda list-functions")["Functions"][0];
    assert_eq!(
        function["Environment"]["Variables"],
        json!({
            "RULES_ALLOWED_ACCOUNTS": format!("{ACCOUNT},444455556666,777788889999"),
            "RULES_ASSUME_ROLE_NAME": "aws-config-rules-member",
            "RULES_EXTERNAL_ID": "config-rules-3f1c7a",
        })
    );
    answer_every_rule(&moto, function, &deployed_rules(&guide));

    guide.follow("Uninstall");
    for (command, list) in [
        ("configservice describe-config-rules", "ConfigRules"),
        ("lambda list-functions", "Functions"),
        ("iam list-roles", "Roles"),
        ("sqs list-queues", "QueueUrls"),
    ] {
        let left = guide.aws(&format!("{command} --query '{list} || `[]`'"));
        assert_eq!(left, json!([]), "{command}");
    }
}

fn deployed_rules(guide: &Follower<'_>) -> Vec<Value> {
    let described = guide.aws("configservice describe-config-rules");
    described["ConfigRules"].as_array().unwrap().clone()
}

fn name(rule: &Value) -> &str {
    rule["ConfigRuleName"].as_str().unwrap()
}

/// Sends the function, in the environment that it was deployed with, each event that a deployed rule asks for.
fn answer_every_rule(moto: &Moto, function: &Value, rules: &[Value]) {
    let expected: BTreeSet<&str> = RULES.iter().map(|rule| rule.id).collect();
    let aws = FakeAws::with_files(ACCOUNT, Files::new());
    aws.issue_token(TOKEN);
    let environment = function["Environment"]["Variables"].as_object().unwrap();
    let mut variables: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    // Everything is moto's but AWS Config, which moto does not act.
    let config = aws.url();
    variables.push(("AWS_ENDPOINT_URL_CONFIG_SERVICE", &config));
    let process = Function::start(&moto.url(), &variables);
    let mut answered = BTreeSet::new();
    for rule in rules {
        assert_eq!(rule["Source"]["SourceIdentifier"], function["FunctionArn"], "{rule}");
        let mut parameters: BTreeMap<String, String> =
            serde_json::from_str(rule["InputParameters"].as_str().unwrap()).unwrap();
        let id = parameters.remove("rule").unwrap();
        assert_eq!(name(rule), format!("{id}-conformance-pack-abcdefghi"));
        let envelope = Envelope { account: ACCOUNT, rule: &id, parameters: &parameters, token: TOKEN };
        let mut asked = BTreeSet::new();
        for detail in rule["Source"]["SourceDetails"].as_array().unwrap() {
            let message_type = detail["MessageType"].as_str().unwrap();
            asked.insert(message_type);
            for mut event in events(&envelope, message_type, rule) {
                event["configRuleName"] = rule["ConfigRuleName"].clone();
                event["configRuleArn"] = rule["ConfigRuleArn"].clone();
                aws.forget();
                process.invoke(&event).assert_ok();
                assert_eq!(aws.refused(), Vec::<String>::new(), "{id}");
                assert!(!aws.accepted().is_empty(), "{id} has nothing to say on {message_type}");
            }
        }
        assert_eq!(asked, message_types(&id), "{id}");
        answered.insert(id);
    }
    assert_eq!(answered.iter().map(String::as_str).collect::<BTreeSet<_>>(), expected);
}

fn message_types(id: &str) -> BTreeSet<&'static str> {
    let on_changes = ["ConfigurationItemChangeNotification", "OversizedConfigurationItemChangeNotification"];
    match rules_core::rules::rule(id).unwrap().trigger {
        Trigger::Periodic => BTreeSet::from(["ScheduledNotification"]),
        Trigger::PeriodicAndChange => on_changes.into_iter().chain(["ScheduledNotification"]).collect(),
    }
}

/// The events that a rule's source and scope ask for: one schedule, or a change of a resource of each type.
fn events(envelope: &Envelope<'_>, message_type: &str, rule: &Value) -> Vec<Value> {
    let types = || {
        let types = rule["Scope"]["ComplianceResourceTypes"].as_array().unwrap();
        types.iter().map(|kind| kind.as_str().unwrap().to_owned())
    };
    match message_type {
        "ScheduledNotification" => vec![envelope.scheduled("2026-02-03T04:05:06.789Z")],
        "ConfigurationItemChangeNotification" => {
            types().map(|kind| envelope.change(&changed(kind, Map::new()), false)).collect()
        }
        "OversizedConfigurationItemChangeNotification" => {
            // A deleted one, whose item need not be fetched.
            let deleted = Map::from_iter([("configurationItemStatus".to_owned(), json!("ResourceDeleted"))]);
            types().map(|kind| envelope.oversized(&changed(kind, deleted.clone()))).collect()
        }
        other => panic!("AWS Config has no {other}"),
    }
}

fn changed(resource_type: String, item_fields: Map<String, Value>) -> Value {
    let one = json!({ "inline": { "read": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"] } });
    let account: Account = serde_json::from_value(json!({
        "id": ACCOUNT,
        "users": { "one": one }, "groups": { "one": one }, "roles": { "one": one },
        "policies": { "one": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"] },
    }))
    .unwrap();
    let configuration = Fields::default();
    item(
        &account,
        &Change { resource_type, name: "one".to_owned(), left_scope: false, configuration, item: item_fields },
    )
}
