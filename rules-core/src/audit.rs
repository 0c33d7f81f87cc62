//! The facts from AWS CloudTrail, AWS Config, Amazon CloudWatch, Amazon SNS and Amazon EventBridge about an account, by
//! Region.
//!
//! Each kind of record is read from the JSON that the AWS CLI prints, one record at a time: an invalid record does not
//! affect the others.

mod alarm;
mod configuration_recorder;
mod event_bridge_rule;
mod event_pattern;
mod event_selectors;
mod filter_pattern;
mod metric_filter;
mod recipient;
mod records;
mod region_facts;
mod root_use;
mod subscription;
mod trail;
mod trail_status;

pub use alarm::Alarm;
pub use configuration_recorder::{ConfigurationRecorder, ConfigurationRecorderStatus, IAM_TYPES, RecordingGroup};
pub use event_bridge_rule::{DEFAULT_BUS, EventBridgeRule};
pub use event_selectors::{EventSelectors, ManagementEvents};
pub use metric_filter::{Metric, MetricFilter, MetricTransformation};
pub use recipient::Recipient;
pub use records::Records;
pub use region_facts::{RegionFacts, RegionalFactKind};
pub use root_use::{RootCoverage, RootEvents};
pub use subscription::Subscription;
pub use trail::{LogGroup, Trail};
pub use trail_status::TrailStatus;
