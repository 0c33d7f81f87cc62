//! Where evaluations go.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use rules_core::config::{EvaluatedResource, Evaluation, ResultToken};
use rules_core::{MissingFact, Timestamp};

/// Takes the evaluations of one invocation, and knows those of earlier ones.
#[async_trait]
pub trait EvaluationSink: Send + Sync {
    /// Delivers all of `evaluations`.
    ///
    /// # Errors
    /// When any of them was not accepted. Those that were stay accepted, and to deliver them again changes nothing.
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError>;

    /// The verdicts that are shown for the rule that is deployed under this name, but NOT_APPLICABLE, which is not shown.
    ///
    /// # Errors
    /// When not all of them could be read.
    async fn stored(&self, config_rule_name: &str) -> Result<Vec<StoredEvaluation>, MissingFact>;
}

/// A verdict of an earlier invocation, COMPLIANT or NON_COMPLIANT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredEvaluation {
    /// The resource. AWS Config does not tell the name.
    pub resource: EvaluatedResource,
    /// The time of the event.
    pub ordering_timestamp: Timestamp,
    /// Whether the resource was only planned.
    pub is_proactive: bool,
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
    /// A sink that has kept nothing yet and knows of no earlier invocation.
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

    async fn stored(&self, _: &str) -> Result<Vec<StoredEvaluation>, MissingFact> {
        Ok(Vec::new())
    }
}
