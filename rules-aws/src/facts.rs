//! The sources of facts: a live account, files as the AWS CLI writes them, and snapshots.

pub(crate) mod captured;
pub(crate) mod fact_source;
pub(crate) mod files;
#[cfg(feature = "live")]
pub(crate) mod live;
pub(crate) mod snapshot;
