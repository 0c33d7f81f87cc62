//! The events with which AWS Config invokes a function.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::Account;
use crate::details::{self, Fields};

/// A change of one entity of a case's account.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// `AWS::IAM::User` and so on.
    pub resource_type: String,
    /// Whose.
    pub name: String,
    /// Whether the resource is no longer in the scope of the rule.
    #[serde(default)]
    pub left_scope: bool,
    /// Fields of the configuration item that replace its own; null takes one out.
    #[serde(default)]
    pub item: Map<String, Value>,
    /// Fields of its configuration.
    #[serde(default)]
    pub configuration: Fields,
}

/// What an event carries besides what happened.
pub struct Envelope<'a> {
    /// The account's id.
    pub account: &'a str,
    /// The rule's id.
    pub rule: &'a str,
    /// The rule's parameters.
    pub parameters: &'a BTreeMap<String, String>,
    /// What AWS Config wants back.
    pub token: &'a str,
}

impl Envelope<'_> {
    /// The event of a schedule.
    #[must_use]
    pub fn scheduled(&self, at: &str) -> Value {
        let invoking = json!({
            "awsAccountId": self.account, "notificationCreationTime": at,
            "messageType": "ScheduledNotification", "recordVersion": "1.0",
        });
        self.event(&invoking, false)
    }

    /// The event of a change.
    #[must_use]
    pub fn change(&self, item: &Value, left_scope: bool) -> Value {
        let invoking = json!({
            "configurationItemDiff": null, "configurationItem": item,
            "notificationCreationTime": "2026-02-03T10:11:14.000Z",
            "messageType": "ConfigurationItemChangeNotification", "recordVersion": "1.3",
        });
        self.event(&invoking, left_scope)
    }

    /// The event of a change whose item is too large to be sent.
    #[must_use]
    pub fn oversized(&self, item: &Value) -> Value {
        let mut summary = item.clone();
        for key in ["configuration", "supplementaryConfiguration", "tags", "relationships", "relatedEvents"] {
            summary.as_object_mut().unwrap().remove(key);
        }
        summary["changeType"] = json!("UPDATE");
        let invoking = json!({
            "configurationItemSummary": summary,
            "s3DeliverySummary": { "s3BucketLocation": "bucket/key", "errorCode": null, "errorMessage": null },
            "notificationCreationTime": "2026-02-03T10:11:14.000Z",
            "messageType": "OversizedConfigurationItemChangeNotification", "recordVersion": "1.0",
        });
        self.event(&invoking, false)
    }

    fn event(&self, invoking: &Value, left_scope: bool) -> Value {
        let mut parameters = self.parameters.clone();
        parameters.insert("rule".to_owned(), self.rule.to_owned());
        json!({
            "version": "1.0",
            "invokingEvent": invoking.to_string(),
            "ruleParameters": json!(parameters).to_string(),
            "resultToken": self.token,
            "eventLeftScope": left_scope,
            "executionRoleArn": format!(
                "arn:aws:iam::{}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig", self.account
            ),
            "configRuleArn": format!("arn:aws:config:eu-west-1:{}:config-rule/config-rule-abcdef", self.account),
            "configRuleName": format!("{}-conformance-pack-abcdefghi", self.rule),
            "configRuleId": "config-rule-abcdef",
            "accountId": self.account,
            "evaluationMode": "DETECTIVE",
        })
    }
}

/// When the items of [`item`] were recorded.
pub const CAPTURED: &str = "2026-02-03T10:11:12.345Z";

/// The configuration item that AWS Config would record of an entity.
#[must_use]
pub fn item(account: &Account, change: &Change) -> Value {
    let mut record = details::record(account, &change.resource_type, &change.name);
    // What IAM leaves out where there is nothing to say, AWS Config records as empty.
    if change.resource_type == "AWS::IAM::User" {
        let fields = record.as_object_mut().unwrap();
        fields.entry("UserPolicyList").or_insert_with(|| json!([]));
        fields.entry("PermissionsBoundary").or_insert(Value::Null);
    }
    let id = ["UserId", "GroupId", "RoleId", "PolicyId"].iter().find_map(|key| record.get(*key)).unwrap().clone();
    let mut item = json!({
        "configurationItemVersion": "1.3",
        "configurationItemCaptureTime": CAPTURED,
        "configurationStateId": 1_770_113_472_345_u64,
        "awsAccountId": account.id,
        "configurationItemStatus": "OK",
        "resourceType": change.resource_type,
        "resourceId": id,
        "resourceName": change.name,
        "ARN": record["Arn"],
        "awsRegion": "global",
        "availabilityZone": "Not Applicable",
        "configurationStateMd5Hash": "",
        "resourceCreationTime": record["CreateDate"],
        "tags": {},
        "relatedEvents": [],
        "relationships": [],
        "configuration": configuration(&record),
        "supplementaryConfiguration": {},
    });
    change.configuration.apply(&mut item["configuration"]);
    for (key, value) in &change.item {
        item[key] = value.clone();
    }
    item
}

/// IAM's record in AWS Config's words: keys begin in lower case and documents are percent-encoded.
fn configuration(record: &Value) -> Value {
    match record {
        Value::Object(fields) => fields.iter().map(|(key, value)| field(key, value)).collect(),
        Value::Array(values) => values.iter().map(configuration).collect(),
        other => other.clone(),
    }
}

fn field(key: &str, value: &Value) -> (String, Value) {
    let (first, rest) = key.split_at(1);
    let name = first.to_ascii_lowercase() + rest;
    let is_document = matches!(key, "PolicyDocument" | "AssumeRolePolicyDocument" | "Document");
    let value = match value {
        Value::Object(_) if is_document => Value::String(percent_encode(&value.to_string())),
        other => configuration(other),
    };
    (name, value)
}

/// Every character but letters, digits and `-._~` as `%XX`.
#[must_use]
pub fn percent_encode(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encode = |byte: u8| if unreserved(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(encode).collect()
}
