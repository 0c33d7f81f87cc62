//! Calls to AWS that fail, by what is to be done about them.

use rules_core::MissingFact;

/// A call to AWS without an answer that is of use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{missing}")]
pub struct CallError {
    /// What kind of failure it was.
    pub failure: CallFailure,
    /// What is not known for it, and why.
    pub missing: MissingFact,
}

/// Kinds of failed calls, by what is to be done about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CallFailure {
    /// The credentials have expired, or are not valid.
    Credentials,
    /// The credentials do not allow the call.
    Denied,
    /// AWS asks for fewer calls.
    Throttled,
    /// No connection, or no answer.
    Unreachable,
    /// The invocation has no time left.
    OutOfTime,
    /// Any other answer.
    Other,
}

impl From<CallError> for MissingFact {
    fn from(error: CallError) -> Self {
        error.missing
    }
}
