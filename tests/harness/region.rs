//! What is in one Region of an account, written down briefly, and the files that the AWS CLI would write of it.

use std::collections::BTreeMap;

use rules_core::audit::RegionalFactKind;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::account::{Account, Files};

/// A Region. What is not given is a file that is not there.
///
/// Records are given by name, with the fields in which they differ from a sound one; null takes a field out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RegionSpec {
    /// Whether what is not given is there all the same, one sound record of each.
    pub sound: bool,
    /// Files that are not there, even so.
    pub without: Vec<String>,
    /// Trails. A sound one is of all Regions and sends to the log group `trail`.
    pub trails: Option<Records>,
    /// Whether trails are logging, or the fields in which their status differs from that of one that is.
    pub trail_status: Option<BTreeMap<String, Status>>,
    /// What trails record.
    pub event_selectors: Option<Records>,
    /// Recorders. A sound one records everything.
    pub configuration_recorders: Option<Records>,
    /// What the recorders are doing.
    pub configuration_recorder_status: Option<Records>,
    /// Metric filters. A sound one counts the root user's acts in `Security/RootUse`.
    pub metric_filters: Option<Records>,
    /// Alarms. A sound one is on that metric and notifies the topic `security`.
    pub alarms: Option<Records>,
    /// Subscriptions, named by what they would deliver to. A sound one is a confirmed one to that topic.
    pub subscriptions: Option<Records>,
    /// EventBridge's rules. A sound one is about sign-ins and calls of the root user and has a target.
    pub eventbridge_rules: Option<Records>,
}

/// What a trail is doing.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Status {
    /// Whether it is logging, and nothing besides.
    Logging(bool),
    /// Fields beside `IsLogging`.
    Fields(Map<String, Value>),
}

/// Records by name, each with the fields in which it differs from a sound one.
pub type Records = BTreeMap<String, Map<String, Value>>;

/// The pattern of the benchmarks.
pub const PATTERN: &str = "{ $.userIdentity.type = \"Root\" && $.userIdentity.invokedBy NOT EXISTS && \
                           $.eventType != \"AwsServiceEvent\" }";

const EVENT_PATTERN: &str = r#"{"detail-type":["AWS API Call via CloudTrail","AWS Console Sign In via CloudTrail"],"detail":{"userIdentity":{"type":["Root"]}}}"#;

/// The path of a regional file.
#[must_use]
pub fn file(region: &str, kind: RegionalFactKind) -> String {
    format!("{region}/{kind}.json")
}

/// Adds a Region's files.
pub fn add_files(files: &mut Files, account: &Account, region: &str, spec: &RegionSpec) {
    let arn = |service: &str, resource: &str| {
        format!("arn:{}:{service}:{region}:{}:{resource}", account.partition, account.id)
    };
    let mut add = |kind: RegionalFactKind, content: Option<Value>| {
        if let Some(content) = content.filter(|_| !spec.without.iter().any(|name| name == kind.as_str())) {
            files.insert(file(region, kind), content.to_string().into_bytes());
        }
    };
    let trail_arn = |name: &str| match name.starts_with("arn:") {
        true => name.to_owned(),
        false => arn("cloudtrail", &format!("trail/{name}")),
    };

    let trail = |name: &str| {
        json!({
            "Name": name, "TrailARN": trail_arn(name), "HomeRegion": region, "S3BucketName": "logs",
            "IncludeGlobalServiceEvents": true, "IsMultiRegionTrail": true, "IsOrganizationTrail": false,
            "LogFileValidationEnabled": true, "HasCustomEventSelectors": true, "HasInsightSelectors": false,
            "CloudWatchLogsLogGroupArn": arn("logs", "log-group:trail:*"),
        })
    };
    add(RegionalFactKind::Trails, list("trailList", spec.records(&spec.trails), trail));

    let status = spec
        .trail_status
        .clone()
        .or_else(|| spec.sound.then(|| BTreeMap::from([("all".to_owned(), Status::Logging(true))])));
    let status = status.map(|status| {
        let output = |status: &Status| match status {
            Status::Logging(logging) => json!({ "IsLogging": logging }),
            Status::Fields(fields) => changed(json!({ "IsLogging": true }), fields),
        };
        status.iter().map(|(name, status)| (trail_arn(name), output(status))).collect::<Map<_, _>>()
    });
    add(RegionalFactKind::TrailStatus, status.map(Value::Object));

    let selectors = spec.records(&spec.event_selectors).map(|records| {
        let sound = json!({ "EventSelectors": [{
            "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [], "ExcludeManagementEventSources": [],
        }] });
        let record = |(name, fields): (String, Map<String, Value>)| {
            let mut output = changed(sound.clone(), &fields);
            output["TrailARN"] = json!(trail_arn(&name));
            (trail_arn(&name), output)
        };
        Value::Object(records.into_iter().map(record).collect())
    });
    add(RegionalFactKind::EventSelectors, selectors);

    let recorder = |name: &str| {
        json!({
            "name": name, "roleARN": format!("arn:{}:iam::{}:role/config", account.partition, account.id),
            "recordingGroup": {
                "allSupported": true, "includeGlobalResourceTypes": true, "resourceTypes": [],
                "recordingStrategy": { "useOnly": "ALL_SUPPORTED_RESOURCE_TYPES" },
            },
        })
    };
    let recorders = spec.records_named("default", &spec.configuration_recorders);
    add(RegionalFactKind::ConfigurationRecorders, list("ConfigurationRecorders", recorders, recorder));
    let recording = |name: &str| json!({ "name": name, "recording": true, "lastStatus": "SUCCESS" });
    let status = spec.records_named("default", &spec.configuration_recorder_status);
    add(RegionalFactKind::ConfigurationRecorderStatus, list("ConfigurationRecordersStatus", status, recording));

    let filter = |name: &str| {
        let transformation = json!({ "metricName": "RootUse", "metricNamespace": "Security", "metricValue": "1" });
        json!({
            "filterName": name, "filterPattern": PATTERN, "logGroupName": "trail", "creationTime": 1_700_000_000_000_u64,
            "metricTransformations": [transformation],
        })
    };
    add(RegionalFactKind::MetricFilters, list("metricFilters", spec.records(&spec.metric_filters), filter));

    let alarm = |name: &str| {
        json!({
            "AlarmName": name, "AlarmArn": arn("cloudwatch", &format!("alarm:{name}")), "ActionsEnabled": true,
            "OKActions": [], "AlarmActions": [arn("sns", "security")], "InsufficientDataActions": [],
            "MetricName": "RootUse", "Namespace": "Security", "Statistic": "Sum", "Dimensions": [], "Period": 300,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "StateValue": "OK",
        })
    };
    let mut alarms = list("MetricAlarms", spec.records(&spec.alarms), alarm);
    if let Some(alarms) = &mut alarms {
        alarms["CompositeAlarms"] = json!([]);
    }
    add(RegionalFactKind::Alarms, alarms);

    let subscription = |endpoint: &str| {
        let subscription = arn("sns", "security:6b0e71bd-7e97-4d97-80ce-4a0994e55286");
        json!({
            "SubscriptionArn": subscription, "Owner": account.id, "Protocol": "email", "Endpoint": endpoint,
            "TopicArn": arn("sns", "security"),
        })
    };
    add(RegionalFactKind::Subscriptions, list("Subscriptions", spec.records(&spec.subscriptions), subscription));

    // The alarm of a sound account notifies a recipient, so it needs no EventBridge rule.
    let rule = |name: &str| {
        json!({
            "Name": name, "Arn": arn("events", &format!("rule/{name}")), "EventPattern": EVENT_PATTERN,
            "State": "ENABLED", "EventBusName": "default",
            "Targets": [{ "Id": "security", "Arn": arn("sns", "security") }],
        })
    };
    add(RegionalFactKind::EventBridgeRules, list("Rules", spec.eventbridge_rules.clone(), rule));
}

impl RegionSpec {
    fn records(&self, given: &Option<Records>) -> Option<Records> {
        self.records_named("all", given)
    }

    fn records_named(&self, name: &str, given: &Option<Records>) -> Option<Records> {
        given.clone().or_else(|| self.sound.then(|| Records::from([(name.to_owned(), Map::new())])))
    }
}

/// An output with a list of records.
fn list(name: &str, records: Option<Records>, sound: impl Fn(&str) -> Value) -> Option<Value> {
    let records: Vec<Value> = records?.iter().map(|(name, fields)| changed(sound(name), fields)).collect();
    Some(json!({ name: records }))
}

fn changed(mut record: Value, fields: &Map<String, Value>) -> Value {
    let sound = record.as_object_mut().unwrap();
    for (name, value) in fields {
        match value {
            Value::Null => drop(sound.remove(name)),
            value => drop(sound.insert(name.clone(), value.clone())),
        }
    }
    record
}
