//! The delivery of evaluations to AWS Config or to a dry run, and the earlier results that are out of date.

#[cfg(feature = "live")]
mod compliance_details;
pub(crate) mod evaluation_sink;
#[cfg(feature = "live")]
pub(crate) mod live_dry_run;
#[cfg(feature = "live")]
pub(crate) mod put_evaluations;
pub(crate) mod stale;
