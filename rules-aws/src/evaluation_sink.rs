//! Where evaluations go.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use rules_core::config::{Evaluation, ResultToken};

/// Takes the evaluations of one invocation.
#[async_trait]
pub trait EvaluationSink: Send + Sync {
    /// Delivers all of `evaluations`.
    ///
    /// # Errors
    /// When any of them was not accepted. Those that were stay accepted, and to deliver them again changes nothing.
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError>;
}

/// Evaluations that were not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{refused} of {total} evaluations were not accepted (first: {}): {reason}", first.join(", "))]
pub struct DeliveryError {
    /// How many there were.
    pub total: usize,
    /// How many of them were not accepted.
    pub refused: usize,
    /// The ids of the first few resources among those.
    pub first: Vec<String>,
    /// Why, in AWS's words where it gave any.
    pub reason: String,
}

/// Keeps what would be delivered.
#[derive(Debug, Default)]
pub struct DryRun {
    kept: Mutex<Vec<Evaluation>>,
}

impl DryRun {
    /// A sink that has kept nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What would have been delivered so far.
    #[must_use]
    pub fn evaluations(&self) -> Vec<Evaluation> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl EvaluationSink for DryRun {
    async fn put(&self, _: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(evaluations);
        Ok(())
    }
}
