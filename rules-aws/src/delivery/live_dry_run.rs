//! A dry run in a live account.

use async_trait::async_trait;
use rules_core::MissingFact;
use rules_core::config::{Evaluation, ResultToken};

use super::compliance_details;
use super::evaluation_sink::{DeliveryError, DryRun, EvaluationSink, StoredEvaluation};
use crate::aws::clients::Aws;

/// Stores the evaluations instead of delivering them, and reads the results of earlier invocations from AWS Config.
#[derive(Debug)]
pub struct LiveDryRun {
    kept: DryRun,
    aws: Aws,
}

impl LiveDryRun {
    /// A dry run without evaluations, in the account of this connection.
    #[must_use]
    pub fn new(aws: Aws) -> Self {
        Self { kept: DryRun::new(), aws }
    }
}

#[async_trait]
impl EvaluationSink for LiveDryRun {
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError> {
        self.kept.put(token, evaluations).await
    }

    async fn stored(&self, config_rule_name: &str) -> Result<Vec<StoredEvaluation>, MissingFact> {
        compliance_details::read(&self.aws, config_rule_name, None).await
    }
}
