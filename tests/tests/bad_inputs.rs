//! The collection of bad inputs, judged by the core: each error for its own reason, each accepted input with the verdict
//! that its note asks for.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "every function here is part of a test"
)]

mod bad_inputs {
    pub(crate) mod authorization_details;
    pub(crate) mod config_events;
    pub(crate) mod credential_reports;
    pub(crate) mod policies;
    pub(crate) mod rule_parameters;
}
