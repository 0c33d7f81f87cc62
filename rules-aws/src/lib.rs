//! AWS and files for the rules: facts come in through [`FactSource`], evaluations go out through [`EvaluationSink`].
//!
//! The rules are in `rules_core`, which does no I/O. Each trait has two implementations: `LiveFacts` and [`FileFacts`],
//! `AwsConfigSink` and [`DryRun`]. [`handle_event`] runs one invocation by AWS Config with any pair of them. No type of
//! the AWS SDK is part of this interface.
//!
//! # Features
//!
//! - `live` (on by default): access to AWS. Without it the crate has no network code and does not compile the AWS SDK; files,
//!   snapshots and dry runs work as with it.
//! - `profiles`: connections of people, with profiles, sign-in and credential processes. A Lambda function has none of them.

#[cfg(feature = "live")]
mod aws;
mod call_error;
mod clock;
mod delivery;
mod facts;
#[cfg(test)]
#[cfg(feature = "live")]
mod faults;
mod invocation;
mod write_file;

#[cfg(feature = "live")]
pub use aws::clients::Aws;
#[cfg(feature = "profiles")]
pub use aws::connect::{ConnectError, ConnectionOptions};
#[cfg(feature = "live")]
pub use aws::member_role::{InvalidMemberRole, MemberRole};
#[cfg(feature = "live")]
pub use aws::operation::{Allowed, OPERATIONS, Operation};
#[cfg(feature = "live")]
pub use aws::watch::{Call, CallMoment};
pub use call_error::{CallError, CallFailure};
pub use clock::now;
pub use delivery::evaluation_sink::{DeliveryError, DryRun, EvaluationSink, StoredEvaluation};
#[cfg(feature = "live")]
pub use delivery::live_dry_run::LiveDryRun;
#[cfg(feature = "live")]
pub use delivery::put_evaluations::AwsConfigSink;
pub use facts::fact_source::{AccountError, FactSource};
pub use facts::files::{FileFacts, InputError};
#[cfg(feature = "live")]
pub use facts::live::LiveFacts;
#[cfg(feature = "live")]
pub use facts::snapshot::collect;
pub use facts::snapshot::{Snapshot, SnapshotError};
#[cfg(feature = "live")]
pub use invocation::accounts::Accounts;
#[cfg(feature = "live")]
pub use invocation::exceptions_source::{ExceptionsSource, InvalidExceptionsSource};
pub use invocation::handle_event::{HandleError, Handled, Invocation, handle_event};
#[cfg(feature = "live")]
pub use invocation::time_limits::TimeLimits;
pub use write_file::{Readers, WriteError, write_file};
