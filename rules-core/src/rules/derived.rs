//! What follows from the facts of an account and serves several rules.

use std::sync::OnceLock;

use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::reach::Reach;

/// The facts of an account, with what follows from them, worked out once and only where some rule asks.
#[derive(Debug)]
pub struct Derived<'a> {
    facts: &'a Facts,
    reach: OnceLock<Result<Reach<'a>, MissingFact>>,
}

impl<'a> Derived<'a> {
    /// Nothing is worked out yet.
    #[must_use]
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts, reach: OnceLock::new() }
    }

    /// The facts.
    #[must_use]
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// Who can become whom.
    ///
    /// # Errors
    /// When the account's principals are not known.
    pub fn reach(&self) -> Result<&Reach<'a>, MissingFact> {
        self.reach.get_or_init(|| Reach::new(self.facts)).as_ref().map_err(Clone::clone)
    }
}
