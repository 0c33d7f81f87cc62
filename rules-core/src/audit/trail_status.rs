//! The status of trails: whether they are logging, and whether log files are delivered.

use serde::Deserialize;
use serde_json::Value;

use super::records::{Record, Records, each, outputs_by_trail, required};
use super::region_facts::RegionalFactKind;
use super::trail::trail_of;
use crate::json::JsonError;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// By how much deliveries to CloudWatch Logs may be behind those of log files, in seconds: a day, as the benchmarks say.
const LONGEST_DELAY: i64 = 24 * 60 * 60;

/// The status of a trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailStatus {
    /// The ARN or name of the trail; none if the output does not contain it, as the output of `get-trail-status`.
    pub trail: Option<String>,
    /// Whether it is logging now.
    pub is_logging: bool,
    log_files: Delivery,
    digests: Delivery,
    log_events: Delivery,
    /// When the delivery of a log file was last tried, successfully or not.
    attempt: Option<Timestamp>,
}

/// What is known of deliveries to one destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Delivery {
    /// The error that CloudTrail shows, which has no time of its own.
    error: Option<String>,
    /// When something was last delivered.
    latest: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    #[serde(rename = "TrailARN")]
    trail_arn: Option<String>,
    name: Option<String>,
    is_logging: Option<bool>,
    latest_delivery_error: Option<String>,
    latest_delivery_time: Option<Value>,
    latest_delivery_attempt_time: Option<Value>,
    latest_digest_delivery_error: Option<String>,
    latest_digest_delivery_time: Option<Value>,
    latest_cloud_watch_logs_delivery_error: Option<String>,
    latest_cloud_watch_logs_delivery_time: Option<Value>,
}

impl Record for TrailStatus {
    const KIND: RegionalFactKind = RegionalFactKind::TrailStatus;

    /// Reads outputs of `aws cloudtrail get-trail-status`, each with the trail it is of, or one without.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, outputs_by_trail(text)?, |wire: Wire, element| {
            let trail = trail_of(element, [wire.trail_arn, wire.name]).ok();
            let delivery = |error: Option<String>, latest, field| {
                let error = error.filter(|error| !error.trim().is_empty());
                moment(latest, field).map(|latest| Delivery { error, latest })
            };
            Ok(Self {
                trail,
                is_logging: required(wire.is_logging, "IsLogging")?,
                log_files: delivery(wire.latest_delivery_error, wire.latest_delivery_time, "LatestDeliveryTime")?,
                digests: delivery(
                    wire.latest_digest_delivery_error,
                    wire.latest_digest_delivery_time,
                    "LatestDigestDeliveryTime",
                )?,
                log_events: delivery(
                    wire.latest_cloud_watch_logs_delivery_error,
                    wire.latest_cloud_watch_logs_delivery_time,
                    "LatestCloudWatchLogsDeliveryTime",
                )?,
                attempt: moment(wire.latest_delivery_attempt_time, "LatestDeliveryAttemptTime")?,
            })
        }))
    }
}

impl TrailStatus {
    /// The reason why log files are not delivered to the bucket, if they are not.
    #[must_use]
    pub fn log_files_failing(&self) -> Option<String> {
        // The attempt that failed came after the last delivery. Without its time, what else was delivered shows that there
        // was something to deliver.
        self.log_files.failing(self.attempt.or(self.log_events.latest))
    }

    /// The reason why digest files, which log file validation needs, are not delivered, if they are not.
    #[must_use]
    pub fn digests_failing(&self) -> Option<String> {
        self.digests.failing(self.log_files.latest)
    }

    /// The reason why events are not delivered to CloudWatch Logs, if they are not.
    #[must_use]
    pub fn log_events_failing(&self) -> Option<String> {
        let latest_file = self.log_files.latest.max(self.attempt);
        if let Some(failing) = self.log_events.failing(latest_file) {
            return Some(failing);
        }
        // What CloudTrail writes into files it sends there too.
        let (file, event) = self.log_files.latest.zip(self.log_events.latest)?;
        let is_late = file.seconds_since(event) > LONGEST_DELAY;
        is_late.then(|| format!("the last delivery was at {event}, and that of a log file at {file}"))
    }
}

impl Delivery {
    /// The error, unless something was delivered after it. `tried` is when something was last to be delivered, which is
    /// the time of an error that is newer than the last delivery.
    fn failing(&self, tried: Option<Timestamp>) -> Option<String> {
        let error = visible(self.error.as_deref()?, 80);
        match (self.latest, tried) {
            (Some(latest), Some(tried)) if tried <= latest => None,
            (Some(latest), _) => Some(format!("{error}; the last delivery was at {latest}")),
            (None, _) => Some(format!("{error}; nothing was ever delivered")),
        }
    }
}

/// A moment. An empty text is how CloudTrail leaves one out.
fn moment(value: Option<Value>, field: &str) -> Result<Option<Timestamp>, JsonError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.is_empty() => Ok(None),
        Some(value) => serde_json::from_value(value)
            .map(Some)
            .map_err(|error| JsonError::at(format!("$.{field}"), error.to_string())),
    }
}
