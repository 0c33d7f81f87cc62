//! What the tests share: accounts written down briefly, cases, and stand-ins for what surrounds the programs.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "this crate serves tests alone, where a panic is a failed test"
)]

pub mod account;
pub mod bad_input;
pub mod binaries;
pub mod canary;
pub mod case;
pub mod check;
pub mod command;
pub mod credential_report;
pub mod details;
pub mod event;
pub mod fake_aws;
pub mod fault;
pub mod fields;
pub mod http;
pub mod judge;
pub mod line;
pub mod managed_policies;
pub mod moto;
pub mod random;
pub mod reference;
pub mod region;
pub mod runtime_api;
pub mod scratch;
