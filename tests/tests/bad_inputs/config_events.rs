use rules_core::config::{ConfigEvent, InvokingEvent, RuleParameters};
use rules_core::rules::rule;
use rules_tests::bad_input::{Expect, Kind};
use rules_tests::judge;
use rules_tests::line::Line;
use serde::Deserialize;

use rules_tests::check::{assert_cause, check_all};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    cause: Option<String>,
    /// Whether the event itself is sound and only its resource cannot be judged.
    #[serde(default)]
    at_evaluation: bool,
    /// The verdict of policy-least-privilege on the changed resource.
    verdict: Option<ExpectedVerdict>,
    #[serde(default)]
    periodic: bool,
    /// Whether the event sets no parameters at all.
    #[serde(default)]
    no_parameters: bool,
    /// The resource of an oversized notification.
    oversized: Option<String>,
    ordering_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedVerdict {
    resource_type: String,
    resource_id: String,
    compliance: String,
    annotation: String,
}

#[test]
fn each_is_refused_for_its_reason_or_judged_as_noted() {
    check_all(Kind::ConfigEvent, |input, expected: &Expected| {
        let event = match ConfigEvent::parse(&input.bytes()) {
            Err(error) => {
                assert_eq!(input.expect, Expect::Error, "it was refused: {error}");
                let cause = expected.cause.as_deref().unwrap();
                return assert_cause(&input.id, &error.to_string(), &["event: $", cause]);
            }
            Ok(event) => event,
        };
        assert!(input.expect == Expect::Ok || expected.at_evaluation, "it was accepted");
        assert_eq!(format!("{:?}", event.result_token), "ResultToken(..)");
        if let Some(at) = &expected.ordering_timestamp {
            assert_eq!(event.invoking_event.ordering_timestamp().to_string(), *at);
        }
        if expected.no_parameters {
            assert_eq!(event.rule_parameters, RuleParameters::default());
        }
        assert_eq!(matches!(event.invoking_event, InvokingEvent::Periodic { .. }), expected.periodic);
        match &event.invoking_event {
            InvokingEvent::Periodic { .. } => assert_eq!(input.expect, Expect::Ok),
            InvokingEvent::OversizedChange(summary) => {
                assert_eq!(Some(&summary.resource_id), expected.oversized.as_ref());
            }
            InvokingEvent::Change(item) => {
                let definition = rule("policy-least-privilege").unwrap();
                let verdicts = judge::item(definition, &event, item);
                verdicts.iter().for_each(|it| check_verdict(&input.id, &Line::new(definition.id, it), expected));
            }
        }
    });
}

fn check_verdict(id: &str, line: &Line, expected: &Expected) {
    if let Some(cause) = &expected.cause {
        assert_eq!(line.compliance, "NOT_EVALUATED");
        return assert_cause(id, &line.annotation, &[cause]);
    }
    let verdict = expected.verdict.as_ref().unwrap();
    assert_eq!(
        (&line.resource_type, &line.resource_id, &line.compliance),
        (&verdict.resource_type, &verdict.resource_id, &verdict.compliance),
        "{}",
        line.annotation
    );
    assert!(line.annotation.contains(&verdict.annotation), "{}", line.annotation);
    assert_eq!(Some(&line.ordering_timestamp), expected.ordering_timestamp.as_ref());
}
