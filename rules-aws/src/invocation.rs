//! One invocation by AWS Config: its event, its account, its exceptions and its time limits.

#[cfg(feature = "live")]
pub(crate) mod accounts;
#[cfg(feature = "live")]
pub(crate) mod exceptions_source;
pub(crate) mod handle_event;
#[cfg(feature = "live")]
pub(crate) mod time_limits;
