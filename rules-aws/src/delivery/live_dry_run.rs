//! A dry run in a live account.

use async_trait::async_trait;
use rules_core::MissingFact;
use rules_core::config::{Evaluation, ResultToken};

use super::compliance_details;
use super::evaluation_sink::{DeliveryError, DryRun, EvaluationSink, StoredEvaluation};
use crate::aws::clients::Aws;

/// Keeps what would be delivered, and looks up what AWS Config shows of earlier invocations.
#[derive(Debug)]
pub struct LiveDryRun {
    kept: DryRun,
    aws: Aws,
}

impl LiveDryRun {
    /// A dry run that has kept nothing yet, in the account of this connection.
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
