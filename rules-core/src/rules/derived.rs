//! What follows from the facts of an account and serves several rules.

use std::fmt;
use std::sync::OnceLock;

use crate::fact::{MissingFact, Stop};
use crate::facts::Facts;
use crate::reach::Reach;

/// The facts of an account, with the results that several rules share. Each result is computed when a rule first needs it.
pub struct Derived<'a> {
    facts: &'a Facts,
    stop: &'a Stop<'a>,
    reach: OnceLock<Result<Reach<'a>, MissingFact>>,
}

impl<'a> Derived<'a> {
    /// The facts, with no result yet.
    #[must_use]
    pub fn new(facts: &'a Facts) -> Self {
        Self::until(facts, &|| None)
    }

    /// The same with an end: a result that is not complete when `stop` returns a reason is unknown, for that reason.
    #[must_use]
    pub fn until(facts: &'a Facts, stop: &'a Stop<'a>) -> Self {
        Self { facts, stop, reach: OnceLock::new() }
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// The paths between the principals of the account.
    ///
    /// # Errors
    /// If the account's principals are not known, or the search was stopped.
    pub fn reach(&self) -> Result<&Reach<'a>, MissingFact> {
        self.reach.get_or_init(|| Reach::until(self.facts, self.stop)).as_ref().map_err(Clone::clone)
    }
}

impl fmt::Debug for Derived<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Derived")
            .field("facts", &self.facts)
            .field("reach", &self.reach)
            .finish_non_exhaustive()
    }
}
