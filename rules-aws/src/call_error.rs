//! Failed calls to AWS, by their remedy.

use rules_core::MissingFact;

/// A call to AWS without a valid response.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{missing}")]
pub struct CallError {
    /// The kind of the failure.
    pub failure: CallFailure,
    /// The unknown fact, with the reason.
    pub missing: MissingFact,
}

/// The kinds of failed calls, by their remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CallFailure {
    /// The credentials have expired, or are not valid.
    Credentials,
    /// The credentials do not allow the call.
    Denied,
    /// AWS throttles the calls.
    Throttled,
    /// No connection, or no response.
    Unreachable,
    /// The invocation has no time left.
    OutOfTime,
    /// Another failure.
    Other,
}

impl From<CallError> for MissingFact {
    fn from(error: CallError) -> Self {
        error.missing
    }
}
