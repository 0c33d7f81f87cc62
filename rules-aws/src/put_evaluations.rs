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

    #[tokio::test]
    async fn what_failed_is_sent_once_more_and_then_named() {
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
        assert_eq!(sizes, [5, 2]);
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
