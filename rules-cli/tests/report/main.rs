//! Reports for people: the page for a browser, and Markdown for pull requests.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "every function here is part of a test"
)]

mod hostile;
mod page;
mod short;
mod support;
