//! AWS and files for the rules: facts come in through [`FactSource`], evaluations go out through [`EvaluationSink`].
//!
//! The rules themselves are `rules_core`'s and touch neither. Of each port there are two implementors: [`LiveFacts`] and
//! [`FileFacts`], [`AwsConfigSink`] and [`DryRun`]. [`handle_event`] runs one invocation by AWS Config over any pair of
//! them. No type of the AWS SDK is part of this interface.

mod captured;
mod clients;
mod clock;
mod configuration_history;
mod error;
mod evaluation_sink;
mod fact_source;
mod files;
mod handle_event;
mod live;
#[cfg(test)]
mod loopback;
mod put_evaluations;
mod snapshot;

pub use clients::{Aws, ConnectError, ConnectionOptions};
pub use clock::now;
pub use evaluation_sink::{DeliveryError, DryRun, EvaluationSink};
pub use fact_source::FactSource;
pub use files::{FileFacts, InputError};
pub use handle_event::{HandleError, Handled, Invocation, handle_event};
pub use live::LiveFacts;
pub use put_evaluations::AwsConfigSink;
pub use snapshot::{Snapshot, SnapshotError, collect};
