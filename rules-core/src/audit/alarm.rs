//! CloudWatch's alarms.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Number;

use super::metric_filter::Metric;
use super::records::{Record, Records, arn, each, listing, required};
use super::region_facts::RegionalFactKind;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::json::JsonError;
use crate::text::visible;

/// An alarm on metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// The one metric that it watches, over all of its dimensions; none for an alarm on an expression or on a part of a
    /// metric.
    pub metric: Option<Metric>,
    /// What is done when it goes off, none of it when actions are not enabled.
    pub actions: Vec<Arn>,
    arn: Option<Arn>,
    comparison: Option<String>,
    threshold: Option<Number>,
    datapoints: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    alarm_name: Option<String>,
    alarm_arn: Option<String>,
    actions_enabled: Option<bool>,
    alarm_actions: Option<Vec<String>>,
    metric_name: Option<String>,
    namespace: Option<String>,
    dimensions: Option<Vec<IgnoredAny>>,
    comparison_operator: Option<String>,
    threshold: Option<Number>,
    evaluation_periods: Option<u64>,
    datapoints_to_alarm: Option<u64>,
}

impl Record for Alarm {
    const KIND: RegionalFactKind = RegionalFactKind::Alarms;

    /// Reads the JSON that `aws cloudwatch describe-alarms` and `describe-alarms-for-metric` print. Composite alarms are not
    /// on a metric.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, listing(text, "MetricAlarms")?, |wire: Wire, _| Self::from_wire(wire)))
    }

    fn account(&self) -> Option<AccountId> {
        self.arn.as_ref()?.account_id()
    }

    fn region(&self) -> Option<&str> {
        self.arn.as_ref().map(Arn::region)
    }
}

impl Alarm {
    fn from_wire(wire: Wire) -> Result<Self, JsonError> {
        // Not given, actions are enabled: that is the API's default.
        let actions = wire.alarm_actions.filter(|_| wire.actions_enabled != Some(false)).unwrap_or_default();
        let in_dimensions = wire.dimensions.is_some_and(|dimensions| !dimensions.is_empty());
        Ok(Self {
            name: required(wire.alarm_name, "AlarmName")?,
            metric: match (wire.namespace, wire.metric_name) {
                (Some(namespace), Some(name)) if !in_dimensions => Some(Metric { namespace, name }),
                _ => None,
            },
            actions: actions.iter().map(|action| arn(action, "AlarmActions")).collect::<Result<_, _>>()?,
            arn: wire.alarm_arn.map(|text| arn(&text, "AlarmArn")).transpose()?,
            comparison: wire.comparison_operator,
            threshold: wire.threshold,
            datapoints: wire.datapoints_to_alarm.or(wire.evaluation_periods),
        })
    }

    /// Why one event that adds `value` to the metric does not set the alarm off, where that is certain.
    #[must_use]
    pub fn sleeps_through(&self, value: Option<&str>) -> Option<String> {
        if let Some(datapoints @ 2..) = self.datapoints {
            return Some(format!("it waits for {datapoints} periods with an event"));
        }
        let comparison = self.comparison.as_deref()?;
        if comparison.starts_with("LessThan") {
            return Some("it goes off when there are no events".to_owned());
        }
        let threshold = self.threshold.as_ref()?;
        let (added, limit) = (value?.parse::<f64>().ok()?, threshold.as_f64()?);
        let goes_off = match comparison {
            "GreaterThanOrEqualToThreshold" => added >= limit,
            "GreaterThanThreshold" => added > limit,
            _ => return None,
        };
        (!goes_off).then(|| format!("one event adds {added} and its threshold is {threshold}"))
    }

    /// Its name, made safe to show, and at most 60 characters of it.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.name, 60)
    }
}
