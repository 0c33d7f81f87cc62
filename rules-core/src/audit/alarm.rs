//! CloudWatch alarms.

mod evaluation;

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
    /// The metric that it watches, with all dimensions; none for an alarm on an expression or on one combination of
    /// dimensions.
    pub metric: Option<Metric>,
    /// The actions for the ALARM state; none if actions are not enabled.
    pub actions: Vec<Arn>,
    arn: Option<Arn>,
    settings: Settings,
}

/// The settings of an alarm, as CloudWatch delivers them. A setting that was not delivered is unknown, unless it has a
/// default.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Settings {
    statistic: Option<String>,
    extended_statistic: Option<String>,
    /// Not set: values of any unit count.
    unit: Option<String>,
    comparison: Option<String>,
    threshold: Option<Number>,
    /// In seconds.
    period: Option<u64>,
    evaluation_periods: Option<u64>,
    /// Not set: all of the evaluation periods.
    datapoints_to_alarm: Option<u64>,
    /// Not set: `missing`.
    missing_data: Option<String>,
    /// Not set: `evaluate`.
    few_samples: Option<String>,
    state: Option<String>,
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
    statistic: Option<String>,
    extended_statistic: Option<String>,
    unit: Option<String>,
    comparison_operator: Option<String>,
    threshold: Option<Number>,
    period: Option<u64>,
    evaluation_periods: Option<u64>,
    datapoints_to_alarm: Option<u64>,
    treat_missing_data: Option<String>,
    evaluate_low_sample_count_percentile: Option<String>,
    state_value: Option<String>,
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
        let are_enabled = required(wire.actions_enabled, "ActionsEnabled")?;
        let actions = required(wire.alarm_actions, "AlarmActions")?;
        let actions = if are_enabled { actions } else { Vec::new() };
        Ok(Self {
            name: required(wire.alarm_name, "AlarmName")?,
            metric: match (wire.namespace, wire.metric_name) {
                (Some(namespace), Some(name)) => {
                    let is_whole = required(wire.dimensions, "Dimensions")?.is_empty();
                    is_whole.then_some(Metric { namespace, name })
                }
                _ => None,
            },
            actions: actions.iter().map(|action| arn(action, "AlarmActions")).collect::<Result<_, _>>()?,
            arn: wire.alarm_arn.map(|text| arn(&text, "AlarmArn")).transpose()?,
            settings: Settings {
                statistic: wire.statistic,
                extended_statistic: wire.extended_statistic,
                unit: wire.unit,
                comparison: wire.comparison_operator,
                threshold: wire.threshold,
                period: wire.period,
                evaluation_periods: wire.evaluation_periods,
                datapoints_to_alarm: wire.datapoints_to_alarm,
                missing_data: wire.treat_missing_data,
                few_samples: wire.evaluate_low_sample_count_percentile,
                state: wire.state_value,
            },
        })
    }

    /// Its name, escaped for display and shortened to 60 characters.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.name, 60)
    }
}
