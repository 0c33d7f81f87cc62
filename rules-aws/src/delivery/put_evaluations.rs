//! Delivery of evaluations to AWS Config.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_config::error::ProvideErrorMetadata;
use aws_sdk_config::types;
use rules_core::MissingFact;
use rules_core::config::{ANNOTATION_LIMIT, ComplianceType, Evaluation, ResultToken};
use tokio::time::Instant;

use crate::aws::clients::{Aws, before};
use crate::aws::error::is_refusal;
use crate::aws::operation::PUT_EVALUATIONS;
use crate::aws::sdk_time;
use crate::delivery::compliance_details;
use crate::delivery::evaluation_sink::{DeliveryError, EvaluationSink, StoredEvaluation};

/// The most that PutEvaluations takes in one call.
const BATCH: usize = 100;

/// How often the evaluations that AWS Config failed to take are sent again. It says nothing of why it failed.
const RESENDS: u32 = 2;
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How many calls one delivery may spend on finding out which evaluations of refused batches are at fault: enough to find
/// some twenty, and few enough that a service that refuses everything is not asked for each one.
const SEARCH_CALLS: u32 = 200;

/// How many resources an error names.
const NAMED: usize = 2;

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

    /// Ends at `deadline`.
    #[must_use]
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Sends one batch. Those of it that AWS Config lists as failed come back.
    async fn send(&self, token: &ResultToken, batch: &[types::Evaluation]) -> Result<Vec<types::Evaluation>, Refusal> {
        let mut request = self.aws.config_service().put_evaluations().result_token(token.expose());
        if token.is_test_mode() {
            request = request.test_mode(true);
        }
        let request = request.set_evaluations(Some(batch.to_vec()));
        let answer = before(self.deadline, request.send()).await.ok_or_else(out_of_time)?;
        match answer {
            Ok(answer) => Ok(failed_of(batch, &answer.failed_evaluations.unwrap_or_default())),
            Err(error) => Err(Refusal {
                scope: error.code().map_or(Scope::Batch, scope),
                reason: format!("{PUT_EVALUATIONS}: {}", token.hidden_in(&crate::aws::error::reason(&error))),
            }),
        }
    }
}

fn out_of_time() -> Refusal {
    Refusal { scope: Scope::Everything, reason: format!("{PUT_EVALUATIONS}: the time for the invocation ran out") }
}

/// Our own copies of what was listed as failed. A list of others than were sent says nothing of those that were.
fn failed_of(batch: &[types::Evaluation], listed: &[types::Evaluation]) -> Vec<types::Evaluation> {
    let key = |one: &types::Evaluation| (one.compliance_resource_type.clone(), one.compliance_resource_id.clone());
    let keys: BTreeSet<_> = listed.iter().map(key).collect();
    let failed: Vec<types::Evaluation> = batch.iter().filter(|one| keys.contains(&key(one))).cloned().collect();
    if failed.len() == keys.len() { failed } else { batch.to_vec() }
}

/// Why a call was refused, and what that says of the others.
struct Refusal {
    scope: Scope,
    reason: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// AWS Config refuses the batch because of one evaluation.
    SomeOfTheBatch,
    /// The batch failed, and the next batch can succeed.
    Batch,
    /// Every further call would fail too: the token, the rule or the credentials are invalid, or the time has run out.
    Everything,
}

fn scope(code: &str) -> Scope {
    match code {
        "InvalidParameterValueException" | "ValidationException" | "SerializationException" => Scope::SomeOfTheBatch,
        "InvalidResultTokenException" | "NoSuchConfigRuleException" => Scope::Everything,
        code if is_refusal(code) => Scope::Everything,
        _ => Scope::Batch,
    }
}

/// Evaluations on their way, all of one delivery.
struct Delivery<'a> {
    sink: &'a AwsConfigSink,
    token: &'a ResultToken,
    waiting: VecDeque<Batch>,
    search_calls: u32,
    refused: Vec<String>,
    reason: Option<String>,
}

struct Batch {
    evaluations: Vec<types::Evaluation>,
    /// How often it has been sent before.
    sent: u32,
}

impl Delivery<'_> {
    async fn run(&mut self) {
        while let Some(batch) = self.waiting.pop_front() {
            match self.attempt(&batch).await {
                Ok(failed) if failed.is_empty() => {}
                Ok(failed) if batch.sent < RESENDS => {
                    self.waiting.push_front(Batch { evaluations: failed, sent: batch.sent + 1 });
                }
                Ok(failed) => {
                    let times = RESENDS + 1;
                    self.refuse(
                        failed,
                        format!("AWS Config returned them in FailedEvaluations {times} times, without a reason"),
                    );
                }
                Err(refusal) => self.refused_call(batch, refusal),
            }
        }
    }

    async fn attempt(&self, batch: &Batch) -> Result<Vec<types::Evaluation>, Refusal> {
        if let Some(doublings) = batch.sent.checked_sub(1) {
            let wait = tokio::time::sleep(FIRST_WAIT * 2_u32.saturating_pow(doublings));
            before(self.sink.deadline, wait).await.ok_or_else(out_of_time)?;
        }
        self.sink.send(self.token, &batch.evaluations).await
    }

    fn refused_call(&mut self, batch: Batch, refusal: Refusal) {
        let Batch { mut evaluations, sent } = batch;
        match refusal.scope {
            Scope::SomeOfTheBatch if evaluations.len() > 1 && self.search_calls >= 2 => {
                self.search_calls -= 2;
                let second = evaluations.split_off(evaluations.len() / 2);
                self.waiting.push_front(Batch { evaluations: second, sent });
                self.waiting.push_front(Batch { evaluations, sent });
            }
            Scope::SomeOfTheBatch | Scope::Batch => self.refuse(evaluations, refusal.reason),
            Scope::Everything => {
                self.refuse(evaluations, refusal.reason);
                for rest in std::mem::take(&mut self.waiting) {
                    self.refuse(rest.evaluations, String::new());
                }
            }
        }
    }

    /// The first reason is reported.
    fn refuse(&mut self, evaluations: Vec<types::Evaluation>, reason: String) {
        self.reason.get_or_insert(reason);
        self.refused.extend(evaluations.into_iter().map(|evaluation| evaluation.compliance_resource_id));
    }
}

#[async_trait]
impl EvaluationSink for AwsConfigSink {
    async fn put(&self, token: &ResultToken, evaluations: &[Evaluation]) -> Result<(), DeliveryError> {
        let mut ordered: Vec<&Evaluation> = evaluations.iter().collect();
        // What is wrong goes first, for the case that not everything gets through.
        ordered.sort_by_key(|evaluation| evaluation.compliance_type != ComplianceType::NonCompliant);
        let mut delivery = Delivery {
            sink: self,
            token,
            waiting: VecDeque::new(),
            search_calls: SEARCH_CALLS,
            refused: Vec::new(),
            reason: None,
        };
        for batch in ordered.chunks(BATCH) {
            let mut evaluations = Vec::with_capacity(batch.len());
            for evaluation in batch {
                match to_sdk(evaluation) {
                    Ok(converted) => evaluations.push(converted),
                    Err(error) => {
                        delivery.reason.get_or_insert(error.to_string());
                        delivery.refused.push(evaluation.resource.id.clone());
                    }
                }
            }
            delivery.waiting.push_back(Batch { evaluations, sent: 0 });
        }
        delivery.run().await;
        let Delivery { refused, reason, .. } = delivery;
        match reason {
            None => Ok(()),
            Some(reason) => Err(DeliveryError {
                total: evaluations.len(),
                refused: refused.len(),
                first: refused.iter().take(NAMED).map(|id| rules_core::text::visible(id, 24)).collect(),
                reason: rules_core::text::visible(&reason, 120),
            }),
        }
    }

    async fn stored(&self, config_rule_name: &str) -> Result<Vec<StoredEvaluation>, MissingFact> {
        compliance_details::read(&self.aws, config_rule_name, self.deadline).await
    }
}

fn to_sdk(evaluation: &Evaluation) -> Result<types::Evaluation, aws_sdk_config::error::BuildError> {
    let annotation = rules_core::text::ascii(evaluation.annotation.trim(), ANNOTATION_LIMIT);
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
        .ordering_timestamp(sdk_time::to_sdk(evaluation.ordering_timestamp))
        .build()
}

#[cfg(test)]
mod tests;
