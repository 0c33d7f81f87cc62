//! AWS and files for the rules: facts come in through [`FactSource`], evaluations go out through [`EvaluationSink`].
//!
//! The rules themselves are `rules_core`'s and touch neither. Of each port there are two implementors: [`LiveFacts`] and
//! [`FileFacts`], [`AwsConfigSink`] and [`DryRun`]. [`handle_event`] runs one invocation by AWS Config over any pair of
//! them. No type of the AWS SDK is part of this interface.

mod accounts;
mod captured;
mod clients;
mod clock;
mod compliance_details;
mod configuration_history;
#[cfg(feature = "profiles")]
mod connect;
mod environment;
mod error;
mod evaluation_sink;
mod exceptions_source;
mod fact_source;
#[cfg(test)]
mod faults;
mod files;
mod handle_event;
mod http;
mod live;
#[cfg(test)]
mod loopback;
mod member_role;
mod operation;
mod put_evaluations;
mod snapshot;
mod stale;
mod time_limits;
mod whole_answers;

pub use accounts::Accounts;
pub use clients::Aws;
pub use clock::now;
#[cfg(feature = "profiles")]
pub use connect::{ConnectError, ConnectionOptions};
pub use evaluation_sink::{DeliveryError, DryRun, EvaluationSink, StoredEvaluation};
pub use exceptions_source::{ExceptionsSource, InvalidExceptionsSource};
pub use fact_source::FactSource;
pub use files::{FileFacts, InputError};
pub use handle_event::{HandleError, Handled, Invocation, handle_event};
pub use live::LiveFacts;
pub use member_role::{InvalidMemberRole, MemberRole};
pub use operation::{Allowed, OPERATIONS, Operation};
pub use put_evaluations::AwsConfigSink;
pub use snapshot::{Snapshot, SnapshotError, collect};
pub use time_limits::TimeLimits;
