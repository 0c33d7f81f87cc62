use rules_core::Timestamp;
use rules_core::audit::RegionalFactKind;
use serde_json::{Value, json};

use super::Member;
use super::config::Refusal;
use crate::region;

fn refuse<T>(code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err((code.to_owned(), message.into()))
}

impl Member {
    /// The answer of a service that knows Regions.
    pub(super) fn regional(
        &self,
        (service, action): (&str, &str),
        region: &str,
        body: &Value,
        page_size: usize,
    ) -> Result<Value, Refusal> {
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        match (service, action) {
            ("cloudtrail", "DescribeTrails") if body["includeShadowTrails"] == true => {
                Ok(self.output(region, RegionalFactKind::Trails, "trailList"))
            }
            ("cloudtrail", "GetTrailStatus") => self.of_trail(region, RegionalFactKind::TrailStatus, &text("Name")),
            ("cloudtrail", "GetEventSelectors") => {
                self.of_trail(region, RegionalFactKind::EventSelectors, &text("TrailName"))
            }
            ("config", "DescribeConfigurationRecorders") => {
                Ok(self.output(region, RegionalFactKind::ConfigurationRecorders, "ConfigurationRecorders"))
            }
            ("config", "DescribeConfigurationRecorderStatus") => {
                Ok(self.output(region, RegionalFactKind::ConfigurationRecorderStatus, "ConfigurationRecordersStatus"))
            }
            ("logs", "DescribeMetricFilters") => {
                let group = text("logGroupName");
                if group.is_empty() {
                    return refuse("InvalidParameterException", "all filters of a Region are not what is asked for");
                }
                let filters = self.records(region, RegionalFactKind::MetricFilters, "metricFilters");
                let of_group = filters.into_iter().filter(|filter| filter["logGroupName"] == group.as_str());
                page(page_size, "metricFilters", "nextToken", body["nextToken"].as_str(), of_group.collect())
            }
            ("monitoring", "DescribeAlarmsForMetric") => {
                let alarms = self.records(region, RegionalFactKind::Alarms, "MetricAlarms");
                let on_metric =
                    |alarm: &Value| ["MetricName", "Namespace"].iter().all(|name| alarm[name] == body[name]);
                Ok(json!({ "MetricAlarms": alarms.into_iter().filter(on_metric).collect::<Vec<_>>() }))
            }
            ("sns", "ListSubscriptionsByTopic") => {
                let subscriptions = self.records(region, RegionalFactKind::Subscriptions, "Subscriptions");
                let topic = text("TopicArn");
                let of_topic =
                    subscriptions.into_iter().filter(|subscription| subscription["TopicArn"] == topic.as_str());
                page(page_size, "Subscriptions", "NextToken", body["NextToken"].as_str(), of_topic.collect())
            }
            ("events", "ListRules") => {
                let mut rules = self.rules_of_bus(region, body);
                rules.iter_mut().for_each(|rule| drop(rule.as_object_mut().unwrap().remove("Targets")));
                page(page_size, "Rules", "NextToken", body["NextToken"].as_str(), rules)
            }
            ("events", "ListTargetsByRule") => {
                let rules = self.rules_of_bus(region, body);
                match rules.into_iter().find(|rule| rule["Name"] == body["Rule"]) {
                    Some(rule) => Ok(json!({ "Targets": rule["Targets"] })),
                    None => refuse("ResourceNotFoundException", text("Rule")),
                }
            }
            _ => refuse("UnknownOperationException", format!("{service}:{action} with {body}")),
        }
    }

    /// What a call for everything of a kind answers: an empty list where there is nothing.
    fn output(&self, region: &str, kind: RegionalFactKind, list: &str) -> Value {
        match self.files.get(&region::file(region, kind)) {
            Some(content) => serde_json::from_slice(content).unwrap(),
            None => json!({ list: [] }),
        }
    }

    fn records(&self, region: &str, kind: RegionalFactKind, list: &str) -> Vec<Value> {
        self.output(region, kind, list)[list].as_array().unwrap().clone()
    }

    /// The rules of the bus that is asked for, the default one unless named.
    fn rules_of_bus(&self, region: &str, body: &Value) -> Vec<Value> {
        let mut rules = self.records(region, RegionalFactKind::EventBridgeRules, "Rules");
        let bus = body["EventBusName"].as_str().unwrap_or("default");
        rules.retain(|rule| rule["EventBusName"].as_str().unwrap_or("default") == bus);
        rules
    }

    /// A trail is known by its ARN, in its home.
    fn of_trail(&self, region: &str, kind: RegionalFactKind, trail: &str) -> Result<Value, Refusal> {
        let outputs = self.output(region, kind, "");
        match outputs.get(trail) {
            Some(output) if trail.contains(&format!(":{region}:")) => Ok(with_numbers_for_times(output.clone())),
            _ => refuse("TrailNotFoundException", format!("Unknown trail: {trail}")),
        }
    }
}

/// The command line writes times as text, and the service as seconds; some it has as text too.
fn with_numbers_for_times(mut output: Value) -> Value {
    for (name, value) in output.as_object_mut().unwrap() {
        let is_text = name.contains("Attempt") || !name.ends_with("Time");
        if let Some(moment) = value.as_str().filter(|_| !is_text).and_then(|text| text.parse::<Timestamp>().ok()) {
            *value = json!(moment.unix_seconds());
        }
    }
    output
}

fn page(
    page_size: usize,
    list: &str,
    token_name: &str,
    token: Option<&str>,
    records: Vec<Value>,
) -> Result<Value, Refusal> {
    let start = match token.map(|token| token.trim_end_matches('+').parse()) {
        None => 0,
        Some(Ok(start)) => start,
        Some(Err(_)) => return refuse("InvalidNextTokenException", "the token is not one that was issued"),
    };
    let end = (start + page_size).min(records.len());
    let mut page = json!({ list: records[start..end] });
    if end < records.len() {
        page[token_name] = json!(end.to_string());
    }
    Ok(page)
}
