//! Recipients of evaluations.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use rules_core::config::{EvaluatedResource, Evaluation, ResultToken};
use rules_core::{MissingFact, Timestamp};

/// Receives the evaluations of one invocation, and reads those of earlier invocations.
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
    /// The resource, without its name, which AWS Config does not return.
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
    /// The number of evaluations.
    pub total: usize,
    /// The number of evaluations that were not accepted.
    pub refused: usize,
    /// The ids of the first few resources that were not accepted.
    pub first: Vec<String>,
    /// The reason, from AWS if it gave one.
    pub reason: String,
}

/// Stores the evaluations instead of delivering them.
#[derive(Debug, Default)]
pub struct DryRun {
    kept: Mutex<Vec<Evaluation>>,
}

impl DryRun {
    /// A dry run without evaluations and without earlier invocations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The stored evaluations.
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
