//! Delivery of evaluations to AWS Config.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_config::error::ProvideErrorMetadata;
use aws_sdk_config::types;
use rules_core::MissingFact;
use rules_core::config::{ANNOTATION_LIMIT, ComplianceType, Evaluation, ResultToken};
use tokio::time::Instant;

use crate::clients::{Aws, before};
use crate::clock;
use crate::compliance_details;
use crate::error::is_refusal;
use crate::evaluation_sink::{DeliveryError, EvaluationSink, StoredEvaluation};
use crate::operation::PUT_EVALUATIONS;

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

    /// Gives up at `deadline`.
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
                reason: format!("{PUT_EVALUATIONS}: {}", crate::error::reason(&error)),
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
    /// One evaluation that AWS Config cannot take refuses its whole batch.
    SomeOfTheBatch,
    /// The batch has not come through; the next may.
    Batch,
    /// Every further call would end the same way: the token, the rule or the credentials are not good, or time is up.
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
                        format!("AWS Config listed them in FailedEvaluations {times} times, without a reason"),
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

    /// The first reason is the one that is told.
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

#[cfg(test)]
mod tests {
    use rules_core::config::{ConfigEvent, EvaluatedResource, Finding, Outcome, Verdict};
    use serde_json::Value;

    use super::*;
    use crate::loopback::Loopback;

    fn token(text: &str) -> ResultToken {
        let invoking = r#"{"messageType":"ScheduledNotification","notificationCreationTime":"2026-01-31T12:00:00Z"}"#;
        let event = serde_json::json!({
            "invokingEvent": invoking, "resultToken": text, "accountId": "111122223333", "eventLeftScope": false
        });
        ConfigEvent::parse(event.to_string().as_bytes()).unwrap().result_token
    }

    fn evaluations(count: usize) -> Vec<Evaluation> {
        let evaluation = |number: usize| {
            let resource = EvaluatedResource {
                resource_type: "AWS::IAM::User".to_owned(),
                id: format!("AIDA{number:04}"),
                name: None,
                arn: None,
            };
            let outcome = if number.is_multiple_of(3) {
                Outcome::finding(Finding::new("x", "wrong"))
            } else {
                Outcome::compliant("right")
            };
            match Verdict::new(resource, Ok(outcome), "2026-01-31T12:00:00.5Z".parse().unwrap()) {
                Verdict::Evaluated(evaluation) => evaluation,
                Verdict::NotEvaluated(_) => panic!("was judged"),
            }
        };
        (0..count).map(evaluation).collect()
    }

    fn sent(loopback: &Loopback) -> Vec<Value> {
        loopback.bodies().iter().map(|body| serde_json::from_str(body).unwrap()).collect()
    }

    #[tokio::test]
    async fn batches_hold_a_hundred_and_begin_with_what_is_wrong() {
        let loopback = Loopback::start(|_, _| (200, "{}".to_owned())).await;
        let sink = AwsConfigSink::new(loopback.aws.clone());
        sink.put(&token("the-token"), &evaluations(250)).await.unwrap();
        let sent = sent(&loopback);
        let sizes: Vec<usize> = sent.iter().map(|body| body["Evaluations"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [100, 100, 50]);
        assert!(sent.iter().all(|body| body["ResultToken"] == "the-token" && body.get("TestMode").is_none()));
        let types: Vec<&str> = sent
            .iter()
            .flat_map(|body| body["Evaluations"].as_array().unwrap())
            .map(|evaluation| evaluation["ComplianceType"].as_str().unwrap())
            .collect();
        assert!(types[..84].iter().all(|kind| *kind == "NON_COMPLIANT"));
        assert!(types[84..].iter().all(|kind| *kind == "COMPLIANT"));
        assert_eq!(sent[0]["Evaluations"][0]["OrderingTimestamp"].to_string(), "1769860800.5");
    }

    #[tokio::test]
    async fn an_empty_annotation_is_left_out_and_test_mode_is_said() {
        let loopback = Loopback::start(|_, _| (200, "{}".to_owned())).await;
        let mut evaluations = evaluations(1);
        evaluations[0].annotation = " ".to_owned();
        AwsConfigSink::new(loopback.aws.clone()).put(&token("TESTMODE"), &evaluations).await.unwrap();
        let sent = sent(&loopback);
        assert_eq!(sent[0]["TestMode"], true);
        assert!(sent[0]["Evaluations"][0].get("Annotation").is_none());
    }

    /// Refuses every call with one of these, as AWS Config refuses a batch for one evaluation.
    async fn refusing(bad: &'static [&'static str]) -> Loopback {
        Loopback::start(move |body, _| match bad.iter().any(|id| body.contains(id)) {
            true => (400, r#"{"__type":"InvalidParameterValueException","message":"not that"}"#.to_owned()),
            false => (200, "{}".to_owned()),
        })
        .await
    }

    #[tokio::test]
    async fn one_bad_evaluation_loses_only_itself() {
        let loopback = refusing(&["AIDA0042", "AIDA0150"]).await;
        let sink = AwsConfigSink::new(loopback.aws.clone());
        let error = sink.put(&token("t"), &evaluations(250)).await.unwrap_err();
        assert_eq!((error.total, error.refused), (250, 2));
        assert_eq!(error.first, ["AIDA0042", "AIDA0150"]);
        assert!(error.reason.contains("not that"), "{error}");
        let accepted: usize = sent(&loopback)
            .iter()
            .filter(|body| !["AIDA0042", "AIDA0150"].iter().any(|id| body.to_string().contains(id)))
            .map(|body| body["Evaluations"].as_array().unwrap().len())
            .sum();
        assert_eq!(accepted, 248);
        assert!(loopback.bodies().len() <= 3 + 2 * 14, "{}", loopback.bodies().len());
    }

    #[tokio::test]
    async fn a_search_for_bad_evaluations_ends() {
        let loopback = refusing(&["AIDA"]).await;
        let sink = AwsConfigSink::new(loopback.aws.clone());
        let error = sink.put(&token("t"), &evaluations(500)).await.unwrap_err();
        assert_eq!((error.total, error.refused), (500, 500));
        assert!(loopback.bodies().len() <= 5 + SEARCH_CALLS as usize, "{}", loopback.bodies().len());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_sent_after_the_deadline() {
        let loopback = Loopback::start(|_, _| (200, "{}".to_owned())).await;
        let sink = AwsConfigSink::new(loopback.aws.clone()).until(Instant::now());
        let error = sink.put(&token("t"), &evaluations(150)).await.unwrap_err();
        assert_eq!(error.refused, 150);
        assert!(error.reason.contains("the time for the invocation ran out"), "{error}");
        assert_eq!(loopback.bodies().len(), 0);
    }

    #[tokio::test]
    async fn a_list_of_failures_that_were_not_sent_is_not_believed() {
        let loopback = Loopback::start(|_, number| {
            let strange = serde_json::json!({
                "ComplianceResourceType": "AWS::IAM::User", "ComplianceResourceId": "AIDAOTHER",
                "ComplianceType": "COMPLIANT", "OrderingTimestamp": 0,
            });
            (
                200,
                serde_json::json!({ "FailedEvaluations": if number == 0 { vec![strange] } else { vec![] } })
                    .to_string(),
            )
        })
        .await;
        AwsConfigSink::new(loopback.aws.clone()).put(&token("t"), &evaluations(5)).await.unwrap();
        let sizes: Vec<usize> =
            sent(&loopback).iter().map(|body| body["Evaluations"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [5, 5]);
    }

    #[tokio::test]
    async fn what_failed_is_sent_again_and_then_named() {
        let failing = |body: &str, _| {
            let body: Value = serde_json::from_str(body).unwrap();
            let failed: Vec<&Value> = body["Evaluations"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|evaluation| evaluation["ComplianceResourceId"].as_str().unwrap() < "AIDA0002")
                .collect();
            (200, serde_json::json!({ "FailedEvaluations": failed }).to_string())
        };
        let loopback = Loopback::start(failing).await;
        let sink = AwsConfigSink::new(loopback.aws.clone());
        let error = sink.put(&token("t"), &evaluations(5)).await.unwrap_err();
        assert_eq!((error.total, error.refused), (5, 2));
        assert_eq!(error.first, ["AIDA0000", "AIDA0001"]);
        let sizes: Vec<usize> =
            sent(&loopback).iter().map(|body| body["Evaluations"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [5, 2, 2]);
    }

    #[tokio::test]
    async fn a_refused_token_ends_the_delivery_and_stays_secret() {
        let refuse = |_: &str, _| {
            (400, r#"{"__type":"InvalidResultTokenException","message":"The token is invalid"}"#.to_owned())
        };
        let loopback = Loopback::start(refuse).await;
        let sink = AwsConfigSink::new(loopback.aws.clone());
        let error = sink.put(&token("canary-token"), &evaluations(250)).await.unwrap_err();
        assert_eq!(error.refused, 250);
        assert_eq!(loopback.bodies().len(), 1);
        let text = format!("{error} {error:?}");
        assert!(text.contains("InvalidResultTokenException") && !text.contains("canary"), "{text}");
    }
}
