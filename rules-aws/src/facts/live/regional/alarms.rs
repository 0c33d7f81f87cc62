//! From metric filters over alarms to the subscribers of topics.

use rules_core::audit::Metric;
use rules_core::{Arn, MissingFact};
use serde_json::{Value, json};

pub(super) use crate::aws::operation::{
    DESCRIBE_ALARMS_FOR_METRIC as ALARMS, DESCRIBE_METRIC_FILTERS as FILTERS,
    LIST_SUBSCRIPTIONS_BY_TOPIC as SUBSCRIPTIONS,
};
use crate::facts::live::paging::Paging;

/// Every metric filter of one log group.
pub(super) async fn metric_filters(
    client: &aws_sdk_cloudwatchlogs::Client,
    log_group: &str,
) -> Result<Vec<Value>, MissingFact> {
    let mut paging = Paging::new(FILTERS);
    let mut filters = Vec::new();
    loop {
        let request = client.describe_metric_filters().log_group_name(log_group).set_next_token(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(FILTERS, &error))?;
        let list =
            page.metric_filters.ok_or_else(|| MissingFact::new(FILTERS, "the response has no list of filters"))?;
        filters.extend(list.into_iter().map(|filter| {
            let transformations = filter.metric_transformations.as_ref().map(|transformations| {
                let each = |transformation: &aws_sdk_cloudwatchlogs::types::MetricTransformation| {
                    let dimensions: Option<std::collections::BTreeMap<&String, &String>> =
                        transformation.dimensions().map(|dimensions| dimensions.iter().collect());
                    json!({
                        "metricName": transformation.metric_name(),
                        "metricNamespace": transformation.metric_namespace(),
                        "metricValue": transformation.metric_value(),
                        "defaultValue": transformation.default_value(),
                        "unit": transformation.unit().map(aws_sdk_cloudwatchlogs::types::StandardUnit::as_str),
                        "dimensions": dimensions,
                    })
                };
                transformations.iter().map(each).collect::<Vec<Value>>()
            });
            json!({
                "filterName": filter.filter_name,
                "filterPattern": filter.filter_pattern,
                "logGroupName": filter.log_group_name,
                "metricTransformations": transformations,
                "applyOnTransformedLogs": filter.apply_on_transformed_logs,
                "fieldSelectionCriteria": filter.field_selection_criteria,
                "emitSystemFieldDimensions": filter.emit_system_field_dimensions,
            })
        }));
        if !paging.more_by_token(page.next_token)? {
            return Ok(filters);
        }
    }
}

/// Every alarm on one metric as a whole. There are no pages.
pub(super) async fn alarms(client: &aws_sdk_cloudwatch::Client, metric: &Metric) -> Result<Vec<Value>, MissingFact> {
    let request = client.describe_alarms_for_metric().namespace(&metric.namespace).metric_name(&metric.name);
    let answer = request.send().await.map_err(|error| crate::aws::error::missing(ALARMS, &error))?;
    let alarms = answer.metric_alarms.ok_or_else(|| MissingFact::new(ALARMS, "the response has no list of alarms"))?;
    let alarm = |alarm: aws_sdk_cloudwatch::types::MetricAlarm| {
        let dimensions: Option<Vec<Value>> = alarm.dimensions.as_ref().map(|dimensions| {
            dimensions.iter().map(|dimension| json!({ "Name": dimension.name(), "Value": dimension.value() })).collect()
        });
        json!({
            "AlarmName": alarm.alarm_name,
            "AlarmArn": alarm.alarm_arn,
            "ActionsEnabled": alarm.actions_enabled,
            "AlarmActions": alarm.alarm_actions,
            "MetricName": alarm.metric_name,
            "Namespace": alarm.namespace,
            "Dimensions": dimensions,
            "Statistic": alarm.statistic.as_ref().map(|statistic| statistic.as_str()),
            "ExtendedStatistic": alarm.extended_statistic,
            "Unit": alarm.unit.as_ref().map(|unit| unit.as_str()),
            "ComparisonOperator": alarm.comparison_operator.as_ref().map(|operator| operator.as_str()),
            "Threshold": alarm.threshold,
            "Period": alarm.period,
            "EvaluationPeriods": alarm.evaluation_periods,
            "DatapointsToAlarm": alarm.datapoints_to_alarm,
            "TreatMissingData": alarm.treat_missing_data,
            "EvaluateLowSampleCountPercentile": alarm.evaluate_low_sample_count_percentile,
            "StateValue": alarm.state_value.as_ref().map(|state| state.as_str()),
        })
    };
    Ok(alarms.into_iter().map(alarm).collect())
}

/// Every subscription to one topic, without its endpoint, which no rule needs.
pub(super) async fn subscriptions(client: &aws_sdk_sns::Client, topic: &Arn) -> Result<Vec<Value>, MissingFact> {
    let mut paging = Paging::new(SUBSCRIPTIONS);
    let mut subscriptions = Vec::new();
    loop {
        let request = client.list_subscriptions_by_topic().topic_arn(topic.as_str()).set_next_token(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(SUBSCRIPTIONS, &error))?;
        let list = page.subscriptions;
        let list = list.ok_or_else(|| MissingFact::new(SUBSCRIPTIONS, "the response has no list of subscriptions"))?;
        subscriptions.extend(list.into_iter().map(|subscription| {
            json!({
                "SubscriptionArn": subscription.subscription_arn,
                "Owner": subscription.owner,
                "Protocol": subscription.protocol,
                "TopicArn": subscription.topic_arn,
            })
        }));
        if !paging.more_by_token(page.next_token)? {
            return Ok(subscriptions);
        }
    }
}
