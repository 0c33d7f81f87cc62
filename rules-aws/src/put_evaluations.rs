//! Delivery of evaluations to AWS Config.

use std::time::Instant;

use async_trait::async_trait;
use aws_sdk_config::error::ProvideErrorMetadata;
use aws_sdk_config::types;
use rules_core::config::{ANNOTATION_LIMIT, ComplianceType, Evaluation, ResultToken};

use crate::clients::{Aws, before};
use crate::clock;
use crate::evaluation_sink::{DeliveryError, EvaluationSink};

/// The most that PutEvaluations takes in one call.
const BATCH: usize = 100;

/// How many resources an error names.
const NAMED: usize = 3;

/// Delivers evaluations to AWS Config.
#[derive(Clone, Debug)]
pub struct AwsConfigSink {
    aws: Aws,
    deadline: Option<Instant>,
}

impl AwsConfigSink {
    /// Delivers over this connection.
    #[must_use]
    pub fn new(aws: Aws) -> Self {
        Self { aws, deadline: None }
    }

    /// Gives up at `deadline`.
    #[must_use]
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sends one batch, and what AWS Config failed to take a second time. What is refused comes back with the reason.
    async fn put_batch(&self, token: &ResultToken, batch: Vec<types::Evaluation>) -> Result<(), Refused> {
        let failed = self.put_once(token, batch).await?;
        if failed.is_empty() {
            return Ok(());
        }
        match self.put_once(token, failed).await?.as_slice() {
            [] => Ok(()),
            failed => Err(Refused {
                ids: failed.iter().map(|evaluation| evaluation.compliance_resource_id.clone()).collect(),
                reason: "AWS Config listed them in FailedEvaluations, twice, without a reason".to_owned(),
                hopeless: false,
            }),
        }
    }

    async fn put_once(
        &self,
        token: &ResultToken,
        batch: Vec<types::Evaluation>,
    ) -> Result<Vec<types::Evaluation>, Refused> {
        let ids = || batch.iter().map(|evaluation| evaluation.compliance_resource_id.clone()).collect();
        let mut request = self.aws.config_service().put_evaluations().result_token(token.expose());
        if token.is_test_mode() {
            request = request.test_mode(true);
        }
        let request = request.set_evaluations(Some(batch.clone()));
        match before(self.deadline, request.send()).await {
            Some(Ok(answer)) => Ok(answer.failed_evaluations.unwrap_or_default()),
            Some(Err(error)) => Err(Refused {
                ids: ids(),
                reason: format!("config:PutEvaluations: {}", crate::error::reason(&error)),
                hopeless: error.code().is_some_and(|code| {
                    matches!(
                        code,
                        "InvalidResultTokenException" | "NoSuchConfigRuleException" | "AccessDeniedException"
                    )
                }),
            }),
            None => Err(Refused {
                ids: ids(),
                reason: "config:PutEvaluations: the time for the invocation ran out".to_owned(),
                hopeless: true,
            }),
        }
    }
}

/// Evaluations that were not accepted.
struct Refused {
    ids: Vec<String>,
    reason: String,
    /// Whether every further batch would end the same way.
    hopeless: bool,
}

#[async_trait]
impl EvaluationSink for AwsConfigSink {
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError> {
        let mut ordered: Vec<&Evaluation> = evaluations.iter().collect();
        // What is wrong goes first, for the case that not everything gets through.
        ordered.sort_by_key(|evaluation| evaluation.compliance_type != ComplianceType::NonCompliant);
        let mut refused: Option<Refused> = None;
        for batch in ordered.chunks(BATCH) {
            if let Some(earlier) = refused.as_mut().filter(|refused| refused.hopeless) {
                earlier.ids.extend(batch.iter().map(|evaluation| evaluation.resource.id.clone()));
                continue;
            }
            let sent = match batch.iter().copied().map(to_sdk).collect::<Result<Vec<_>, _>>() {
                Ok(converted) => self.put_batch(token, converted).await,
                Err(error) => Err(Refused {
                    ids: batch.iter().map(|evaluation| evaluation.resource.id.clone()).collect(),
                    reason: error.to_string(),
                    hopeless: false,
                }),
            };
            if let Err(now) = sent {
                match &mut refused {
                    None => refused = Some(now),
                    Some(earlier) => {
                        earlier.ids.extend(now.ids);
                        earlier.hopeless = now.hopeless;
                    }
                }
            }
        }
        match refused {
            None => Ok(()),
            Some(Refused { ids, reason, .. }) => Err(DeliveryError {
                total: evaluations.len(),
                refused: ids.len(),
                first: ids.iter().take(NAMED).map(|id| rules_core::text::visible(id, 60)).collect(),
                reason: rules_core::text::visible(&reason, 300),
            }),
        }
    }
}

fn to_sdk(evaluation: &Evaluation) -> Result<types::Evaluation, aws_sdk_config::error::BuildError> {
    let annotation = rules_core::text::visible(evaluation.annotation.trim(), ANNOTATION_LIMIT);
    types::Evaluation::builder()
        .compliance_resource_type(&evaluation.resource.resource_type)
        .compliance_resource_id(&evaluation.resource.id)
        .compliance_type(match evaluation.compliance_type {
            ComplianceType::Compliant => types::ComplianceType::Compliant,
            ComplianceType::NonCompliant => types::ComplianceType::NonCompliant,
            ComplianceType::NotApplicable => types::ComplianceType::NotApplicable,
        })
        // An empty annotation is refused; none is not.
        .set_annotation(Some(annotation).filter(|annotation| !annotation.is_empty()))
        .ordering_timestamp(clock::to_sdk(evaluation.ordering_timestamp))
        .build()
}
