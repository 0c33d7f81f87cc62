//! Whether an alarm goes into ALARM state after one event, from the values of its metric.
//!
//! A metric filter adds one value to the metric for each event that it matches, and its default value, if it has one,
//! for each other event. The number of other events in the same period is unknown, so a statistic has a set of possible
//! values. An alarm is certain to go into ALARM state if each of these values is beyond the threshold, and if it is not
//! in ALARM state before the event.

mod statistic;

use statistic::{Samples, Statistic, Values};

use super::{Alarm, Settings};
use crate::audit::metric_filter::MetricTransformation;
use crate::fact::MissingFact;
use crate::text::visible;

/// The unit of values that are reported without one.
const NO_UNIT: &str = "None";

/// The longest time in seconds that an alarm may take to go off by missing data alone.
const LONGEST_WAIT: u64 = 60 * 60;

/// When a value is beyond the threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ThresholdComparison {
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// What a period without values counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MissingData {
    Missing,
    Ignore,
    Breaching,
    NotBreaching,
}

impl Alarm {
    /// Why one event that a metric filter counts is not certain to set the alarm off; none if it is.
    ///
    /// `defaults` are the values that all metric filters of the metric publish for other events.
    ///
    /// # Errors
    /// If a setting that this depends on is unknown.
    pub fn sleeps_through(
        &self,
        transformation: &MetricTransformation,
        defaults: &[f64],
    ) -> Result<Option<String>, MissingFact> {
        let settings = &self.settings;
        let unit = transformation.unit.as_deref().unwrap_or(NO_UNIT);
        if let Some(watched) = settings.unit.as_deref().filter(|watched| *watched != unit) {
            let watched = visible(watched, 30);
            return Ok(Some(format!(
                "it evaluates values in the unit {watched}, and those of the metric are in {}",
                visible(unit, 30)
            )));
        }
        let samples = Samples { added: self.added(transformation)?, defaults };
        let statistic = self.statistic()?;
        let threshold = Threshold::of(self)?;
        if let Some(reason) = self.at_the_event(&statistic, &samples, &threshold)? {
            return Ok(Some(reason));
        }
        self.over_time(&statistic, &samples, &threshold)
    }

    /// Whether the statistic of the period with the event is beyond the threshold.
    fn at_the_event(
        &self,
        statistic: &Statistic,
        samples: &Samples<'_>,
        threshold: &Threshold,
    ) -> Result<Option<String>, MissingFact> {
        let low_count = self.settings.few_samples.as_deref() == Some("ignore");
        if low_count && matches!(statistic, Statistic::Percentile(_)) {
            return Ok(Some(format!("it does not evaluate a {statistic} of few samples")));
        }
        let Some(values) = statistic.with_event(samples) else {
            return match samples.defaults {
                [] => Err(self.unknown("statistic", format!("what a {statistic} of one sample is, is not documented"))),
                _ => Ok(Some(format!("a {statistic} can trim the event"))),
            };
        };
        if threshold.is_passed_by_all(values) {
            return Ok(None);
        }
        let shown = threshold;
        Ok(Some(match samples.defaults {
            [] => format!("the {statistic} of one event with the value {} is not {shown}", samples.added),
            defaults => {
                let others = defaults.iter().map(f64::to_string).collect::<Vec<_>>().join(" or ");
                let added = samples.added;
                format!(
                    "the {statistic} of one event with the value {added}, among others with {others}, is not always {shown}"
                )
            }
        }))
    }

    /// Whether the alarm is at rest before the event, and goes off although the periods around it have no event.
    fn over_time(
        &self,
        statistic: &Statistic,
        samples: &Samples<'_>,
        threshold: &Threshold,
    ) -> Result<Option<String>, MissingFact> {
        let missing_data = self.missing_data()?;
        if missing_data == MissingData::Breaching {
            let reason = "it is in ALARM state whenever there is no data, because missing data is treated as breaching";
            return Ok(Some(reason.to_owned()));
        }
        let at_rest = statistic.without_event(samples).is_none_or(|values| threshold.is_passed_by_none(values));
        if !at_rest {
            return Ok(Some(format!(
                "the {statistic} can be {threshold} without any use, so that the state does not change"
            )));
        }
        let datapoints = self.datapoints()?;
        // A metric that is reported without any event comes to rest by itself, and its other periods are at rest.
        let is_sparse = samples.defaults.is_empty();
        Ok(match (is_sparse, missing_data) {
            // When all else is missing, one period beyond the threshold is enough once it is old enough to be counted.
            (true, MissingData::Missing) if datapoints > 1 => self.goes_off_late(datapoints)?,
            (true, MissingData::Ignore) if datapoints < 2 => self.stays_in_alarm()?,
            _ if datapoints > 1 => {
                Some(format!("it needs {datapoints} datapoints to alarm, and one use is one datapoint"))
            }
            _ => None,
        })
    }

    /// An alarm that ignores missing data keeps its state until there is data again, which for a metric without a default
    /// value is the next event.
    fn stays_in_alarm(&self) -> Result<Option<String>, MissingFact> {
        let reason = "it is in ALARM state from an earlier use, and missing data is ignored";
        match self.settings.state.as_deref() {
            Some("ALARM") => Ok(Some(reason.to_owned())),
            Some(_) => Ok(None),
            None => Err(self.not_delivered("StateValue")),
        }
    }

    /// The period has to be as old as the number of periods that the alarm counts, which is how long it takes.
    fn goes_off_late(&self, datapoints: u64) -> Result<Option<String>, MissingFact> {
        let period = self.settings.period.ok_or_else(|| self.not_delivered("Period"))?;
        let is_late = datapoints.saturating_mul(period) > LONGEST_WAIT;
        Ok(is_late.then(|| format!("it goes into ALARM state only {datapoints} periods of {period} seconds later")))
    }

    fn added(&self, transformation: &MetricTransformation) -> Result<f64, MissingFact> {
        let metric = &transformation.metric;
        let value = transformation.value.as_deref();
        let value = value.ok_or_else(|| {
            MissingFact::new(
                format!("value that an event adds to metric {metric}"),
                "CloudWatch Logs did not deliver it",
            )
        })?;
        value.parse().ok().filter(|value: &f64| value.is_finite()).ok_or_else(|| {
            let reason = format!("it is `{}` of the event, not a number", visible(value, 60));
            MissingFact::new(format!("value that an event adds to metric {metric}"), reason)
        })
    }

    fn statistic(&self) -> Result<Statistic, MissingFact> {
        let Settings { statistic, extended_statistic, .. } = &self.settings;
        let name = statistic.as_deref().or(extended_statistic.as_deref());
        let name = name.ok_or_else(|| self.not_delivered("Statistic or ExtendedStatistic"))?;
        Ok(Statistic::named(name))
    }

    fn datapoints(&self) -> Result<u64, MissingFact> {
        let Settings { datapoints_to_alarm, evaluation_periods, .. } = &self.settings;
        datapoints_to_alarm.or(*evaluation_periods).ok_or_else(|| self.not_delivered("EvaluationPeriods"))
    }

    fn missing_data(&self) -> Result<MissingData, MissingFact> {
        match self.settings.missing_data.as_deref() {
            None | Some("missing") => Ok(MissingData::Missing),
            Some("ignore") => Ok(MissingData::Ignore),
            Some("breaching") => Ok(MissingData::Breaching),
            Some("notBreaching") => Ok(MissingData::NotBreaching),
            Some(other) => Err(self.unknown("TreatMissingData", format!("`{}` is unknown", visible(other, 40)))),
        }
    }

    fn not_delivered(&self, field: &str) -> MissingFact {
        self.unknown(field, "CloudWatch did not deliver it".to_owned())
    }

    fn unknown(&self, field: &str, reason: String) -> MissingFact {
        MissingFact::new(format!("{field} of alarm {}", self.shown()), reason)
    }
}

/// Which values are beyond an alarm's threshold.
#[derive(Clone, Debug)]
struct Threshold {
    comparison: ThresholdComparison,
    value: f64,
}

impl Threshold {
    fn of(alarm: &Alarm) -> Result<Self, MissingFact> {
        let Settings { comparison, threshold, .. } = &alarm.settings;
        let comparison = comparison.as_deref().ok_or_else(|| alarm.not_delivered("ComparisonOperator"))?;
        let comparison = match comparison {
            "GreaterThanOrEqualToThreshold" => ThresholdComparison::AtLeast,
            "GreaterThanThreshold" => ThresholdComparison::Above,
            "LessThanOrEqualToThreshold" => ThresholdComparison::AtMost,
            "LessThanThreshold" => ThresholdComparison::Below,
            other => {
                let reason = format!("`{}` is unknown", visible(other, 60));
                return Err(alarm.unknown("ComparisonOperator", reason));
            }
        };
        let value = threshold.as_ref().and_then(serde_json::Number::as_f64);
        Ok(Self { comparison, value: value.ok_or_else(|| alarm.not_delivered("Threshold"))? })
    }

    fn is_passed_by_all(&self, values: Values) -> bool {
        match self.comparison {
            ThresholdComparison::AtLeast => values.are_at_least(self.value),
            ThresholdComparison::Above => values.are_above(self.value),
            ThresholdComparison::AtMost => values.are_at_most(self.value),
            ThresholdComparison::Below => values.are_below(self.value),
        }
    }

    fn is_passed_by_none(&self, values: Values) -> bool {
        match self.comparison {
            ThresholdComparison::AtLeast => values.are_below(self.value),
            ThresholdComparison::Above => values.are_at_most(self.value),
            ThresholdComparison::AtMost => values.are_above(self.value),
            ThresholdComparison::Below => values.are_at_least(self.value),
        }
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let comparison = match self.comparison {
            ThresholdComparison::AtLeast => "at least",
            ThresholdComparison::Above => "above",
            ThresholdComparison::AtMost => "at most",
            ThresholdComparison::Below => "below",
        };
        write!(f, "{comparison} {}", self.value)
    }
}
