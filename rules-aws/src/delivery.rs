//! Where evaluations go: AWS Config, or nowhere in a dry run; and which earlier ones are out of date.

#[cfg(feature = "live")]
mod compliance_details;
pub(crate) mod evaluation_sink;
#[cfg(feature = "live")]
pub(crate) mod live_dry_run;
#[cfg(feature = "live")]
pub(crate) mod put_evaluations;
pub(crate) mod stale;
