//! The end of a search that takes too long.

use std::cell::OnceCell;

use crate::fact::{MissingFact, Stop};

/// Asks whether a search must end. A search that ended early has no result, and its caller reads the reason.
pub(super) struct Watch<'s> {
    stop: &'s Stop<'s>,
    reason: OnceCell<MissingFact>,
}

impl<'s> Watch<'s> {
    pub(super) fn new(stop: &'s Stop<'s>) -> Self {
        Self { stop, reason: OnceCell::new() }
    }

    /// A watch for a search of one principal's path, which is known to exist.
    pub(super) fn never() -> Self {
        Self::new(&|| None)
    }

    /// Whether the search has to end now.
    pub(super) fn is_over(&self) -> bool {
        if self.reason.get().is_none() {
            if let Some(reason) = (self.stop)() {
                let _ = self.reason.set(reason);
            }
        }
        self.reason.get().is_some()
    }

    /// That the search did not end early.
    ///
    /// # Errors
    /// If it did, with the reason.
    pub(super) fn passed(&self) -> Result<(), MissingFact> {
        self.reason.get().cloned().map_or(Ok(()), Err)
    }
}
