//! What is known, and what is not.

use std::fmt;

use crate::text::{shorten, visible};

/// A datum that was read, or the reason why it was not.
///
/// There is no default and no third state: whoever wants the datum has to deal with its absence, and the only thing a
/// rule can do with that is to give no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact<T> {
    /// Read complete and parsed.
    Known(T),
    /// Not read, not offered by the account, or not understood.
    Unavailable(MissingFact),
}

/// What a verdict could not be reached without, and why it is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{what}: {reason}")]
pub struct MissingFact {
    what: String,
    reason: String,
    attempted: bool,
}

impl MissingFact {
    /// The fact `what` is not known because of `reason`. Both are made safe to show.
    #[must_use]
    pub fn new(what: impl AsRef<str>, reason: impl fmt::Display) -> Self {
        // `visible` escapes; a second pass over text that is already safe only cuts it.
        Self { what: visible(what.as_ref(), 160), reason: visible(&reason.to_string(), 400), attempted: true }
    }

    /// The fact `what` was not asked for, or was not among what was given, as `reason` says.
    #[must_use]
    pub fn not_given(what: impl AsRef<str>, reason: impl fmt::Display) -> Self {
        Self { attempted: false, ..Self::new(what, reason) }
    }

    /// Whether somebody tried to read the fact and failed. What was never tried may be made up for by another source;
    /// a failure may not, since that source could know less.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        self.attempted
    }

    /// What is not known, such as `policy document of user ada`.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Why, such as an error message with its place.
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
    /// The datum.
    ///
    /// # Errors
    /// The reason why there is none.
    pub fn get(&self) -> Result<&T, MissingFact> {
        match self {
            Self::Known(value) => Ok(value),
            Self::Unavailable(missing) => Err(missing.clone()),
        }
    }

    /// The datum, where it is known.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unavailable(_) => None,
        }
    }

    /// Why the datum is not known, where it is not.
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
