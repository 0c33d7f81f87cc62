mod clearing;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use rules_core::config::{ComplianceType, Parameters, ResourceType, ResultToken};
use rules_core::facts::{FactKind, Facts, Resource};
use rules_core::rules::{Rule, Severity, Trigger};
use serde_json::{Value, json};

use super::*;
use crate::delivery::evaluation_sink::{DeliveryError, DryRun, StoredEvaluation};
use crate::facts::fact_source::AccountError;
use crate::facts::files::FileFacts;

const ACCOUNT: &str = "111122223333";
const SUMMARY: &[u8] = br#"{"SummaryMap": {"AccountMFAEnabled": 0, "AccountAccessKeysPresent": 1}}"#;
const NOBODY: &[u8] = br#"{"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": [], "Policies": []}"#;

fn payload(invoking: &Value, more: Value) -> Vec<u8> {
    let mut event = json!({
        "version": "1.0", "invokingEvent": invoking.to_string(), "resultToken": "canary-token",
        "accountId": ACCOUNT, "eventLeftScope": false
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event.to_string().into_bytes()
}

fn scheduled(parameters: &str) -> Vec<u8> {
    let invoking = json!({
        "messageType": "ScheduledNotification", "awsAccountId": ACCOUNT,
        "notificationCreationTime": "2026-01-31T12:00:00.000Z"
    });
    payload(&invoking, json!({ "ruleParameters": parameters }))
}

fn item(status: &str) -> Value {
    json!({
        "awsAccountId": ACCOUNT, "configurationItemStatus": status,
        "configurationItemCaptureTime": "2026-01-30T10:00:00.000Z",
        "resourceType": "AWS::IAM::User", "resourceId": "AIDAEXAMPLE", "resourceName": "ada",
        "ARN": "arn:aws:iam::111122223333:user/ada", "configurationStateId": 1_700_000_000_000_u64
    })
}

fn oversized(status: &str) -> Vec<u8> {
    let invoking = json!({
        "messageType": "OversizedConfigurationItemChangeNotification", "configurationItemSummary": item(status)
    });
    payload(&invoking, json!({ "ruleParameters": r#"{"rule":"policy-least-privilege"}"# }))
}

fn files<'a>(files: &[(&'a str, &'a [u8])]) -> FileFacts {
    FileFacts::from_memory(files.iter().copied(), None)
}

#[tokio::test]
async fn a_scheduled_event_is_judged_and_delivered() {
    let sink = DryRun::new();
    let source = files(&[("account-summary.json", SUMMARY)]);
    let handled = handle_event(&scheduled(r#"{"rule":"root-no-access-keys"}"#), &source, &sink).await.unwrap();
    assert_eq!((handled.rule.id, handled.account.as_str()), ("root-no-access-keys", ACCOUNT));
    let sent = sink.evaluations();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].compliance_type, ComplianceType::NonCompliant);
    assert_eq!(sent[0].ordering_timestamp.to_string(), "2026-01-31T12:00:00Z");
}

#[tokio::test]
async fn what_cannot_be_read_fails_the_invocation() {
    let sink = DryRun::new();
    let source = files(&[("account-summary.json", b"{")]);
    let error = handle_event(&scheduled(r#"{"rule":"root-no-access-keys"}"#), &source, &sink).await.unwrap_err();
    assert_eq!(error.kind(), "NotEvaluated");
    assert!(error.to_string().contains("1 of 1 resources not evaluated: account-summary.json: $"), "{error}");
    assert_eq!(sink.evaluations(), []);
}

#[tokio::test]
async fn an_account_with_nothing_to_judge_gets_one_result() {
    let sink = DryRun::new();
    let source = files(&[("account-authorization-details.json", NOBODY)]);
    let handled = handle_event(&scheduled(r#"{"rule":"policy-least-privilege"}"#), &source, &sink).await.unwrap();
    assert_eq!(handled.verdicts, []);
    let sent = sink.evaluations();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].compliance_type, ComplianceType::NotApplicable);
    assert_eq!((sent[0].resource.resource_type.as_str(), sent[0].resource.id.as_str()), ("AWS::::Account", ACCOUNT));
}

#[tokio::test]
async fn the_rule_and_its_parameters_are_checked_before_anything_is_read() {
    for (parameters, why) in [
        ("", "`rule` is missing; it names one of root-mfa-enabled"),
        (r#"{"rule":"no-such-rule"}"#, "`rule` is `no-such-rule`, expected one of"),
        (r#"{"rule":"root-mfa-enabled","scopes":"x"}"#, "unknown parameter `scopes`"),
        (r#"{"rule":"root-mfa-enabled","scope":"x"}"#, "`scope` is `x`"),
    ] {
        let sink = DryRun::new();
        let error = handle_event(&scheduled(parameters), &Unreachable::default(), &sink).await.unwrap_err();
        assert_eq!(error.kind(), "InvalidParameter");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(sink.evaluations(), []);
    }
}

#[tokio::test]
async fn another_accounts_facts_are_not_judged() {
    let other = br#"{"VirtualMFADevices": [{"User": {"Arn": "arn:aws:iam::444455556666:root"}}]}"#;
    let source = files(&[("virtual-mfa-devices.json", other), ("account-summary.json", SUMMARY)]);
    let sink = DryRun::new();
    let error = handle_event(&scheduled(r#"{"rule":"root-no-access-keys"}"#), &source, &sink).await.unwrap_err();
    assert_eq!(error.kind(), "WrongAccount");
    assert!(error.handled().is_none() && sink.evaluations().is_empty());
}

#[tokio::test]
async fn an_oversized_item_is_fetched_only_when_it_matters() {
    let source = Unreachable::default();
    let sink = DryRun::new();
    handle_event(&oversized("ResourceDeleted"), &source, &sink).await.unwrap();
    assert_eq!(source.calls.load(Ordering::Relaxed), 0);
    let sent = sink.evaluations();
    assert_eq!((sent[0].compliance_type, sent[0].resource.id.as_str()), (ComplianceType::NotApplicable, "AIDAEXAMPLE"));
    assert_eq!(sent[0].ordering_timestamp.to_string(), "2026-01-30T10:00:00Z");

    let sink = DryRun::new();
    let error = handle_event(&oversized("OK"), &source, &sink).await.unwrap_err();
    assert_eq!(error.kind(), "NotEvaluated");
    assert_eq!(source.calls.load(Ordering::Relaxed), 1);
    assert_eq!(sink.evaluations(), []);
}

#[tokio::test]
async fn planned_resources_are_not_judged() {
    let mut planned = item("OK");
    planned["configuration"] = json!({});
    let invoking = json!({ "messageType": "ConfigurationItemChangeNotification", "configurationItem": planned });
    let more = json!({ "ruleParameters": r#"{"rule":"policy-least-privilege"}"#, "evaluationMode": "PROACTIVE" });
    let sink = DryRun::new();
    handle_event(&payload(&invoking, more), &Unreachable::default(), &sink).await.unwrap();
    let sent = sink.evaluations();
    assert_eq!((sent[0].compliance_type, sent[0].resource.id.as_str()), (ComplianceType::NotApplicable, "AIDAEXAMPLE"));
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_rule() {
    let invocation = Invocation::parse_among(&scheduled(r#"{"rule":"panics"}"#), &[&PANICS]).unwrap();
    let sink = DryRun::new();
    let error = invocation.run(&files(&[]), &sink).await.unwrap_err();
    assert!(error.to_string().contains("verdict of rule panics: the rule panicked"), "{error}");
    assert_eq!(sink.evaluations(), []);
}

#[tokio::test]
async fn a_refused_delivery_keeps_the_verdicts() {
    let source = files(&[("account-summary.json", SUMMARY)]);
    let sink = Refusing::default();
    let error = handle_event(&scheduled(r#"{"rule":"root-no-access-keys"}"#), &source, &sink).await.unwrap_err();
    assert_eq!(error.kind(), "NotDelivered");
    assert_eq!(error.handled().unwrap().verdicts.len(), 1);
    assert!(!format!("{error} {error:?}").contains("canary"));
    assert_eq!(*sink.tokens.lock().unwrap(), ["canary-token"]);
}

static PANICS: RuleDefinition = RuleDefinition {
    id: "panics",
    summary: "Panics.",
    severity: Severity::Low,
    page: "",
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[],
    parameters: &[],
    facts: &[],
    controls: &[],
    build: |_: &Parameters| Box::new(Panics),
};

struct Panics;

impl Rule for Panics {
    fn evaluate(&self, _: &Resource<'_>, _: &Facts) -> Result<Outcome, MissingFact> {
        panic!("a defect")
    }
}

/// A source that can read nothing, and counts what it was asked for.
#[derive(Default)]
struct Unreachable {
    calls: AtomicUsize,
}

#[async_trait]
impl FactSource for Unreachable {
    async fn account(&self) -> Result<AccountId, MissingFact> {
        Ok(ACCOUNT.parse().unwrap())
    }

    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError> {
        assert_eq!(account.as_str(), ACCOUNT);
        Ok(())
    }

    async fn facts(&self, account: &AccountId, _: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Facts::unread(account.clone(), as_of)
    }

    async fn configuration_item(&self, _: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Err(MissingFact::new("config:GetResourceConfigHistory", "AccessDenied"))
    }

    fn collected_at(&self) -> Option<Timestamp> {
        None
    }
}

#[derive(Default)]
struct Refusing {
    tokens: Mutex<Vec<String>>,
}

#[async_trait]
impl EvaluationSink for Refusing {
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError> {
        self.tokens.lock().unwrap().push(token.expose().to_owned());
        let first = evaluations.iter().map(|evaluation| evaluation.resource.id.clone()).collect();
        Err(DeliveryError { total: evaluations.len(), refused: evaluations.len(), first, reason: "no".to_owned() })
    }

    async fn stored(&self, _: &str) -> Result<Vec<StoredEvaluation>, MissingFact> {
        Ok(Vec::new())
    }
}
