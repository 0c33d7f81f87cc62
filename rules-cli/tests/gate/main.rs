//! The program as a gate in CI, and as what answers questions.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "every function here is part of a test"
)]

#[cfg(unix)]
mod action;
mod answers;
mod gates;
// Windows does not let files have such names.
#[cfg(unix)]
mod hostile;
mod reach;
mod support;
mod table;
