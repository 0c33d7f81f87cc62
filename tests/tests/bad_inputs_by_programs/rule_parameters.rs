//! Through the handler of events, with a rule that has such parameters.

use rules_aws::{DryRun, FileFacts, Invocation};
use rules_core::MissingFact;
use rules_core::config::{Outcome, ParameterDefinition, ParameterKind, ResourceType};
use rules_core::facts::{Facts, Resource};
use rules_core::rules::{Rule, RuleDefinition, Severity, Trigger};
use rules_tests::account::ACCOUNT;
use rules_tests::bad_input::{BadInput, Expect, Kind};
use rules_tests::canary::TOKEN;
use rules_tests::check::{AS_OF, assert_cause, check_all};
use serde_json::{Value, json};

static DEFINITION: RuleDefinition = RuleDefinition {
    id: "parameters-are-shown",
    summary: "Says what its parameters are.",
    severity: Severity::Low,
    page: "",
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[],
    parameters: &[
        ParameterDefinition {
            name: "maxAccessKeyAge",
            kind: ParameterKind::WholeNumber { least: 1, most: 36_500 },
            default: "90",
            description: "How old an access key may be, in days.",
        },
        ParameterDefinition {
            name: "exemptUsers",
            kind: ParameterKind::Names,
            default: "",
            description: "Whose keys are not looked at.",
        },
        ParameterDefinition {
            name: "rules",
            kind: ParameterKind::SomeNames,
            default: "all",
            description: "What is looked at.",
        },
    ],
    facts: &[],
    controls: &[],
    build: |parameters| {
        let (age, exempt) = (parameters.whole_number("maxAccessKeyAge"), parameters.names("exemptUsers").join(" and "));
        Box::new(Shown(format!("{age} days, without [{exempt}]")))
    },
};

struct Shown(String);

impl Rule for Shown {
    fn evaluate(&self, _: &Resource<'_>, _: &Facts) -> Result<Outcome, MissingFact> {
        Ok(Outcome::compliant(self.0.clone()))
    }
}

/// The parameters' text with the one that names the rule.
fn with_rule(input: &BadInput) -> String {
    let text = String::from_utf8(input.bytes()).unwrap();
    match text.strip_prefix('{') {
        Some("}") => format!(r#"{{"rule":"{}"}}"#, DEFINITION.id),
        Some(rest) => format!(r#"{{"rule":"{}",{rest}"#, DEFINITION.id),
        None => text,
    }
}

#[tokio::test]
async fn each_reaches_the_rule_or_is_an_error() {
    let source = FileFacts::from_memory([], Some(ACCOUNT.parse().unwrap()));
    let mut invocations = Vec::new();
    check_all(Kind::RuleParameters, |input, expected: &Value| {
        let invoking = json!({
            "messageType": "ScheduledNotification", "awsAccountId": ACCOUNT, "notificationCreationTime": AS_OF,
        });
        let event = json!({
            "invokingEvent": invoking.to_string(), "ruleParameters": with_rule(input), "resultToken": TOKEN,
            "accountId": ACCOUNT,
        });
        match (Invocation::parse_among(event.to_string().as_bytes(), &[&DEFINITION]), input.expect) {
            (Err(error), Expect::Error) => {
                let causes = ["cause", "cause_too"].into_iter().filter_map(|key| expected[key].as_str());
                assert_cause(&input.id, &error.to_string(), &causes.collect::<Vec<_>>());
            }
            (Ok(invocation), Expect::Ok) => invocations.push((invocation, expected.clone())),
            (Ok(_), Expect::Error) => panic!("it was accepted"),
            (Err(error), Expect::Ok) => panic!("it was refused: {error}"),
        }
    });
    for (invocation, expected) in invocations {
        let sink = DryRun::new();
        invocation.run(&source, &sink).await.unwrap();
        let exempt: Vec<&str> = expected["exemptUsers"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let shown = format!("{} days, without [{}]", expected["maxAccessKeyAge"], exempt.join(" and "));
        assert_eq!(sink.evaluations()[0].annotation, shown);
    }
}
