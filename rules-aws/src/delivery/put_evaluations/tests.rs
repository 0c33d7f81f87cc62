use rules_core::config::{ConfigEvent, EvaluatedResource, Finding, FindingCode, Outcome, Verdict};
use serde_json::Value;

use super::*;
use crate::aws::loopback::Loopback;

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
            Outcome::finding(Finding::new(FindingCode::Custom("x"), "wrong"))
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
async fn a_batch_is_full_at_a_hundred() {
    for (count, expected) in [(1, &[1][..]), (99, &[99]), (100, &[100]), (101, &[100, 1]), (200, &[100, 100])] {
        let loopback = Loopback::start(|_, _| (200, "{}".to_owned())).await;
        AwsConfigSink::new(loopback.aws.clone()).put(&token("the-token"), &evaluations(count)).await.unwrap();
        let sizes: Vec<usize> =
            sent(&loopback).iter().map(|body| body["Evaluations"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, expected);
    }
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
        (200, serde_json::json!({ "FailedEvaluations": if number == 0 { vec![strange] } else { vec![] } }).to_string())
    })
    .await;
    AwsConfigSink::new(loopback.aws.clone()).put(&token("t"), &evaluations(5)).await.unwrap();
    let sizes: Vec<usize> = sent(&loopback).iter().map(|body| body["Evaluations"].as_array().unwrap().len()).collect();
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
    let sizes: Vec<usize> = sent(&loopback).iter().map(|body| body["Evaluations"].as_array().unwrap().len()).collect();
    assert_eq!(sizes, [5, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_success_without_an_answer_delivers_nothing() {
    for (status, body) in [(200, ""), (204, ""), (200, "{\"FailedEval"), (200, "[]"), (200, "null")] {
        let loopback = Loopback::start(move |_, _| (status, body.to_owned())).await;
        let sink = AwsConfigSink::new(loopback.aws.clone());
        let error = sink.put(&token("t"), &evaluations(5)).await.unwrap_err();
        assert_eq!(error.refused, 5, "{status} {body}");
    }
}

#[tokio::test]
async fn a_token_that_is_quoted_is_taken_out() {
    let refuse = |_: &str, _| {
        let message = r#"{"__type":"InvalidResultTokenException","message":"Token canary-token-of-a-rule is invalid"}"#;
        (400, message.to_owned())
    };
    let loopback = Loopback::start(refuse).await;
    let sink = AwsConfigSink::new(loopback.aws.clone());
    let error = sink.put(&token("canary-token-of-a-rule"), &evaluations(1)).await.unwrap_err();
    assert!(error.reason.contains("Token [result token] is invalid"), "{error}");
}

#[tokio::test]
async fn a_refused_token_ends_the_delivery_and_stays_secret() {
    let refuse =
        |_: &str, _| (400, r#"{"__type":"InvalidResultTokenException","message":"The token is invalid"}"#.to_owned());
    let loopback = Loopback::start(refuse).await;
    let sink = AwsConfigSink::new(loopback.aws.clone());
    let error = sink.put(&token("canary-token"), &evaluations(250)).await.unwrap_err();
    assert_eq!(error.refused, 250);
    assert_eq!(loopback.bodies().len(), 1);
    let text = format!("{error} {error:?}");
    assert!(text.contains("InvalidResultTokenException") && !text.contains("canary"), "{text}");
}
