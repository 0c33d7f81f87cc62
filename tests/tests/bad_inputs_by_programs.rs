//! The collection of bad inputs, given to the command line and to the handler of events as files and events: an error is
//! an exit code of 2 and a failed invocation, and no resource passes because of it.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

mod bad_inputs_by_programs {
    mod authorization_details;
    mod config_events;
    mod credential_reports;
    mod policies;
    mod rule_parameters;
    mod setting;
}
