//! The function's binary as its own process, between a Lambda runtime and AWS that are stand-ins: what arrives at AWS
//! Config is checked on the wire.

#![expect(clippy::panic, clippy::unwrap_used, reason = "every function here is part of a test")]

mod lambda {
    mod access_denied;
    mod bad_events;
    mod changes;
    mod clearing;
    mod deadline;
    mod delivery;
    mod exceptions;
    mod logs;
    mod other_accounts;
    mod regions;
    mod schedule;
    mod setting;
    mod wire;
}
