//! Facts: known values, or the reasons why they are unknown.

use std::fmt;

use crate::text::{shorten, visible};

/// A value that was read, or the reason why it was not.
///
/// There is no default and no third state: code that reads the fact must handle its absence, and a
/// rule then gives no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// Read completely and parsed.
    Known(T),
    /// Not read, not available in the account, or invalid.
    Unavailable(MissingFact),
}

/// A fact that a verdict depends on, and the reason why it is unknown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct MissingFact {
    what: String,
    reason: String,
    attempted: bool,
}

/// Returns the reason to end the evaluation now, if there is one. The remaining resources are then not evaluated. The
/// core has no clock and does not measure memory; the caller does.
pub type Stop<'a> = dyn Fn() -> Option<MissingFact> + 'a;

impl MissingFact {
    /// The fact `what` is unknown because of `reason`. Both are escaped for display.
    #[must_use]
    pub fn new(what: impl AsRef<str>, reason: impl fmt::Display) -> Self {
        // `visible` escapes; a second pass over text that is already safe only cuts it.
        Self { what: visible(what.as_ref(), 160), reason: visible(&reason.to_string(), 400), attempted: true }
    }

    /// The fact `what` was not requested, or is not in the input, because of `reason`.
    #[must_use]
    pub fn not_given(what: impl AsRef<str>, reason: impl fmt::Display) -> Self {
        Self { attempted: false, ..Self::new(what, reason) }
    }

    /// Whether reading the fact was tried and failed. Another source can replace a fact that was not tried. It cannot
    /// replace a fact that failed, because the other source can be less complete.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.attempted
    }

    /// The unknown fact, such as `policy document of user ada`.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The reason, such as an error message with its place.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The whole message in at most `limit` characters.
    #[must_use]
    pub fn shortened(&self, limit: usize) -> String {
        shorten(self.to_string(), limit)
    }
}

impl<T> Fact<T> {
    /// The value.
    ///
    /// # Errors
    /// The reason why it is unknown.
    pub fn get(&self) -> Result<&T, MissingFact> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unavailable(missing) => Err(missing.clone()),
        }
    }

    /// The value, if it is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unavailable(_) => None,
        }
    }

    /// The reason why the value is unknown, if it is.
    #[must_use]
    pub fn missing(&self) -> Option<&MissingFact> {
        match self {
            Self::Known(_) => None,
            Self::Unavailable(missing) => Some(missing),
        }
    }

    /// An unavailable fact.
    #[must_use]
    pub fn unavailable(what: impl AsRef<str>, reason: impl fmt::Display) -> Self {
        Self::Unavailable(MissingFact::new(what, reason))
    }
}

impl<T> From<Result<T, MissingFact>> for Fact<T> {
    fn from(result: Result<T, MissingFact>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(missing) => Self::Unavailable(missing),
        }
    }
}
