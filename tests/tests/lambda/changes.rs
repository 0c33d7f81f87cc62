use rules_tests::account::Account;
use rules_tests::details::Fields;
use rules_tests::event::{CAPTURED, Change, Envelope, item};
use rules_tests::fake_aws::Accepted;
use rules_tests::fault::Fault;
use serde_json::{Map, Value, json};

use super::setting::{Setting, account, envelope, seconds};

const RULE: &str = "policy-least-privilege";

fn recorded(changes: Value) -> Value {
    let account: Account = serde_json::from_value(account()).unwrap();
    let change = Change {
        resource_type: "AWS::IAM::Role".to_owned(),
        name: "app".to_owned(),
        left_scope: false,
        configuration: Fields::default(),
        item: serde_json::from_value::<Map<String, Value>>(changes).unwrap(),
    };
    item(&account, &change)
}

fn event(make: impl FnOnce(&Envelope<'_>) -> Value) -> Value {
    envelope(RULE, &[], make)
}

#[track_caller]
fn assert_role(only: &Accepted, compliance: &str) {
    assert_eq!((only.resource_type.as_str(), only.resource_id.as_str()), ("AWS::IAM::Role", "AROAAPP"));
    assert_eq!(only.compliance, compliance, "{}", only.annotation);
    assert!((only.ordering_timestamp - seconds(CAPTURED)).abs() < 1e-6, "{only:?}");
}

#[test]
fn a_change_gives_one_evaluation_of_its_resource() {
    let setting = Setting::new(account());
    setting.function.invoke(&event(|envelope| envelope.change(&recorded(json!({})), false))).assert_ok();
    assert_role(&setting.only(), "NON_COMPLIANT");
    assert_eq!(setting.aws.calls(), ["PutEvaluations"], "everything is in the event");
}

#[test]
fn a_deleted_resource_is_cleared() {
    let setting = Setting::new(account());
    for status in ["ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"] {
        setting.aws.forget();
        let gone = recorded(json!({ "configurationItemStatus": status, "configuration": null }));
        setting.function.invoke(&event(|envelope| envelope.change(&gone, false))).assert_ok();
        assert_role(&setting.only(), "NOT_APPLICABLE");
    }
}

#[test]
fn a_resource_out_of_scope_is_cleared() {
    let setting = Setting::new(account());
    setting.function.invoke(&event(|envelope| envelope.change(&recorded(json!({})), true))).assert_ok();
    assert_role(&setting.only(), "NOT_APPLICABLE");
}

/// The form in which the API delivers an item.
fn api_form(item: &Value) -> Value {
    json!({
        "version": "1.3",
        "accountId": item["awsAccountId"],
        "configurationItemCaptureTime": seconds(CAPTURED),
        "configurationItemStatus": item["configurationItemStatus"],
        "configurationStateId": item["configurationStateId"].to_string(),
        "configurationItemMD5Hash": "",
        "arn": item["ARN"],
        "resourceType": item["resourceType"],
        "resourceId": item["resourceId"],
        "resourceName": item["resourceName"],
        "awsRegion": "global",
        "availabilityZone": "Not Applicable",
        "configuration": item["configuration"].to_string(),
        "supplementaryConfiguration": {},
        "relationships": [],
    })
}

#[test]
fn an_oversized_item_is_fetched() {
    let setting = Setting::new(account());
    let item = recorded(json!({}));
    setting.aws.record_history("AROAAPP", &[api_form(&item)]);
    setting.function.invoke(&event(|envelope| envelope.oversized(&item))).assert_ok();
    assert_role(&setting.only(), "NON_COMPLIANT");
    assert!(setting.aws.calls().contains(&"GetResourceConfigHistory".to_owned()));
}

#[test]
fn an_oversized_item_of_a_deleted_resource_is_not_fetched() {
    let setting = Setting::new(account());
    let gone = recorded(json!({ "configurationItemStatus": "ResourceDeleted" }));
    setting.function.invoke(&event(|envelope| envelope.oversized(&gone))).assert_ok();
    assert_role(&setting.only(), "NOT_APPLICABLE");
    assert_eq!(setting.aws.calls(), ["PutEvaluations"]);
}

#[test]
fn a_history_that_does_not_hold_the_item_is_no_answer() {
    let setting = Setting::new(account());
    let item = recorded(json!({}));
    let oversized = event(|envelope| envelope.oversized(&item));
    let mut older = api_form(&item);
    older["configurationItemCaptureTime"] = json!(seconds(CAPTURED) - 60.0);
    older["configurationStateId"] = json!("1");
    let mut other = api_form(&item);
    other["resourceId"] = json!("AROAOTHER");
    for history in [vec![], vec![older], vec![other]] {
        setting.aws.record_history("AROAAPP", &history);
        let invoked = setting.function.invoke(&oversized);
        assert!(invoked.error().1.contains("config:GetResourceConfigHistory"), "{invoked:?}");
    }
    setting.aws.fail("GetResourceConfigHistory", Fault::AccessDenied);
    let invoked = setting.function.invoke(&oversized);
    assert!(invoked.error().1.contains("AccessDenied"), "{invoked:?}");
    assert_eq!(setting.aws.accepted(), []);
}

#[test]
fn a_delivered_snapshot_is_a_schedule() {
    let setting = Setting::new(account());
    let mut snapshot = event(|envelope| envelope.scheduled("2026-02-03T04:05:06.789Z"));
    snapshot["invokingEvent"] = json!(
        json!({
            "configSnapshotId": "5ea09b9d-2d5c-4c2c-9a0b-5a8c36d6cb3f", "s3ObjectKey": "key", "s3Bucket": "bucket",
            "notificationCreationTime": "2026-02-03T04:05:06.789Z",
            "messageType": "ConfigurationSnapshotDeliveryCompleted", "recordVersion": "1.1",
        })
        .to_string()
    );
    setting.function.invoke(&snapshot).assert_ok();
    assert_eq!(setting.aws.accepted().len(), 6);
}

#[test]
fn a_planned_resource_is_not_judged() {
    let setting = Setting::new(account());
    let mut proactive = event(|envelope| envelope.change(&recorded(json!({})), false));
    proactive["evaluationMode"] = json!("PROACTIVE");
    setting.function.invoke(&proactive).assert_ok();
    assert_role(&setting.only(), "NOT_APPLICABLE");
}
