//! Metric filters of CloudWatch Logs.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Number;

use super::filter_pattern;
use super::records::{Record, Records, each, listing, required};
use super::region_facts::RegionalFactKind;
use super::root_use::RootCoverage;
use crate::json::JsonError;
use crate::text::visible;

/// A metric filter: log events that match a pattern are counted in a metric.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricFilter {
    /// Its name.
    pub name: String,
    /// The name of the log group.
    pub log_group: String,
    /// The metrics that it publishes to.
    pub transformations: Vec<MetricTransformation>,
    pattern: String,
    /// Why it does not see every event of the log group as CloudTrail wrote it, if so.
    limit: Option<Limit>,
}

/// A metric that a metric filter publishes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricTransformation {
    /// The metric.
    pub metric: Metric,
    /// The value for each matching event, as written: a number, or the selector of a field.
    pub value: Option<String>,
    /// The unit of the values; none if they have no unit.
    pub unit: Option<String>,
    /// Whether the metric is split by dimensions, so that no single alarm sees all of it.
    pub has_dimensions: bool,
    default_value: Option<Number>,
}

/// A metric of CloudWatch, in the Region and account of the metric filter or alarm that names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Metric {
    /// The namespace.
    pub namespace: String,
    /// The name in it.
    pub name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    /// Only events whose system fields meet a criterion.
    Selection,
    /// Events as a transformer rewrote them.
    Transformed,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    filter_name: Option<String>,
    filter_pattern: Option<String>,
    log_group_name: Option<String>,
    metric_transformations: Option<Vec<TransformationWire>>,
    apply_on_transformed_logs: Option<bool>,
    field_selection_criteria: Option<String>,
    emit_system_field_dimensions: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransformationWire {
    metric_name: Option<String>,
    metric_namespace: Option<String>,
    metric_value: Option<String>,
    default_value: Option<Number>,
    unit: Option<String>,
    dimensions: Option<std::collections::BTreeMap<String, IgnoredAny>>,
}

impl Record for MetricFilter {
    const KIND: RegionalFactKind = RegionalFactKind::MetricFilters;

    /// Reads the JSON that `aws logs describe-metric-filters` prints.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, listing(text, "metricFilters")?, |wire: Wire, _| Self::from_wire(wire)))
    }
}

impl MetricFilter {
    fn from_wire(wire: Wire) -> Result<Self, JsonError> {
        let split = wire.emit_system_field_dimensions.is_some_and(|fields| !fields.is_empty());
        let mut transformations = Vec::new();
        for (index, wire) in required(wire.metric_transformations, "metricTransformations")?.into_iter().enumerate() {
            let transformation = MetricTransformation::from_wire(wire, split);
            transformations
                .push(transformation.map_err(|error| error.inside(&format!("$.metricTransformations[{index}]")))?);
        }
        let selects = wire.field_selection_criteria.is_some_and(|criteria| !criteria.trim().is_empty());
        Ok(Self {
            name: required(wire.filter_name, "filterName")?,
            log_group: required(wire.log_group_name, "logGroupName")?,
            transformations,
            pattern: wire.filter_pattern.unwrap_or_default(),
            limit: match wire.apply_on_transformed_logs {
                _ if selects => Some(Limit::Selection),
                Some(true) => Some(Limit::Transformed),
                Some(false) | None => None,
            },
        })
    }

    /// Whether the filter counts every use of the root user in its log group.
    #[must_use]
    pub fn root_coverage(&self) -> RootCoverage {
        match self.limit {
            None => filter_pattern::root_coverage(&self.pattern),
            Some(Limit::Selection) => RootCoverage::Misses("it selects events by their system fields".to_owned()),
            Some(Limit::Transformed) => RootCoverage::Unknown("it applies to transformed log events".to_owned()),
        }
    }

    /// Its name, escaped for display and shortened to 60 characters.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.name, 60)
    }
}

impl MetricTransformation {
    fn from_wire(wire: TransformationWire, split: bool) -> Result<Self, JsonError> {
        Ok(Self {
            metric: Metric {
                namespace: required(wire.metric_namespace, "metricNamespace")?,
                name: required(wire.metric_name, "metricName")?,
            },
            value: wire.metric_value,
            unit: wire.unit,
            default_value: wire.default_value,
            has_dimensions: split || wire.dimensions.is_some_and(|dimensions| !dimensions.is_empty()),
        })
    }

    /// The value that is published for events that do not match; none without a default value.
    #[must_use]
    pub fn default_value(&self) -> Option<f64> {
        self.default_value.as_ref()?.as_f64()
    }
}

impl fmt::Display for Metric {
    /// Made safe to show.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", visible(&self.namespace, 60), visible(&self.name, 60))
    }
}
