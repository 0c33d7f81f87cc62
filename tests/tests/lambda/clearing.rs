use std::collections::BTreeSet;

use rules_tests::account::ACCOUNT;
use rules_tests::command::rules_cli;
use rules_tests::fake_aws::{Accepted, Shown};
use rules_tests::fault::Fault;
use serde_json::json;

use super::setting::{AT, HERE, Setting, account, expected, rule_name, scheduled, seconds};

const RULE: &str = "policy-least-privilege";

/// AWS Config with verdicts of earlier events.
fn setting(earlier: &[(&str, &str, f64)]) -> Setting {
    let setting = Setting::new(account());
    setting.deploy(ACCOUNT, RULE);
    for (resource_type, id, late) in earlier {
        let evaluation = Accepted {
            resource_type: (*resource_type).to_owned(),
            resource_id: (*id).to_owned(),
            compliance: "NON_COMPLIANT".to_owned(),
            annotation: "earlier".to_owned(),
            ordering_timestamp: seconds(AT) + late,
        };
        setting.aws.show(ACCOUNT, &rule_name(RULE), Shown { evaluation, is_proactive: false });
    }
    setting
}

fn shown(setting: &Setting) -> BTreeSet<String> {
    setting.aws.shown(ACCOUNT, &rule_name(RULE)).into_iter().map(|shown| shown.evaluation.resource_id).collect()
}

fn judged() -> BTreeSet<String> {
    expected(RULE).into_iter().filter(|(_, compliance)| compliance != "NOT_APPLICABLE").map(|(id, _)| id).collect()
}

#[test]
fn verdicts_of_resources_that_are_gone_are_cleared_and_newer_ones_stay() {
    let setting = setting(&[
        ("AWS::IAM::User", "AIDAGONE", -60.0),
        // The id of a user who is there, of another type.
        ("AWS::IAM::Role", "AIDACYD", -60.0),
        ("AWS::IAM::User", "AIDANEW", 60.0),
    ]);
    setting.schedule(RULE).assert_ok();
    assert_eq!(shown(&setting), judged().into_iter().chain(["AIDANEW".to_owned()]).collect());
    let puts = setting.aws.put_evaluations();
    let sizes: Vec<usize> = puts.iter().map(|put| put.sent).collect();
    assert_eq!(sizes, [6, 2], "what is gone comes after what is there");
    assert!(puts[1].accepted.iter().all(|one| one.compliance == "NOT_APPLICABLE"));
    assert!(puts[1].accepted.iter().all(|one| (one.ordering_timestamp - seconds(AT)).abs() < 1e-6));
}

#[test]
fn a_second_page_of_verdicts_is_cleared_too() {
    let gone: Vec<String> = (0..150).map(|number| format!("AIDAGONE{number:03}")).collect();
    let earlier: Vec<_> = gone.iter().map(|id| ("AWS::IAM::User", id.as_str(), -60.0)).collect();
    let setting = setting(&earlier);
    setting.schedule(RULE).assert_ok();
    assert_eq!(shown(&setting), judged());
    let sizes: Vec<usize> = setting.aws.put_evaluations().iter().map(|put| put.sent).collect();
    assert_eq!(sizes, [6, 100, 50]);
}

#[test]
fn nothing_is_cleared_after_a_reading_that_is_not_complete() {
    let mut account = account();
    account["users"]["dan"] = json!({ "inline": { "torn": "%7B%22Version%2" } });
    let setting = Setting::new(account);
    setting.deploy(ACCOUNT, RULE);
    let evaluation = Accepted {
        resource_type: "AWS::IAM::User".to_owned(),
        resource_id: "AIDAGONE".to_owned(),
        compliance: "NON_COMPLIANT".to_owned(),
        annotation: "earlier".to_owned(),
        ordering_timestamp: seconds(AT) - 60.0,
    };
    setting.aws.show(ACCOUNT, &rule_name(RULE), Shown { evaluation, is_proactive: false });
    assert_eq!(setting.schedule(RULE).error().0, "NotEvaluated");
    assert!(shown(&setting).contains("AIDAGONE"));
    assert!(!setting.aws.calls().contains(&"GetComplianceDetailsByConfigRule".to_owned()));
}

#[test]
fn nothing_is_cleared_after_a_delivery_that_is_not_complete() {
    let setting = setting(&[("AWS::IAM::User", "AIDAGONE", -60.0)]);
    setting.aws.fail_evaluations(&["AROAAPP"], true);
    assert_eq!(setting.schedule(RULE).error().0, "NotDelivered");
    assert!(shown(&setting).contains("AIDAGONE"));
}

#[test]
fn a_denied_look_up_leaves_the_verdicts_and_fails_the_invocation() {
    let setting = setting(&[("AWS::IAM::User", "AIDAGONE", -60.0)]);
    setting.aws.fail("GetComplianceDetailsByConfigRule", Fault::AccessDenied);
    let invoked = setting.schedule(RULE);
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotCleared");
    assert!(message.contains("config:GetComplianceDetailsByConfigRule: AccessDenied"), "{message}");
    assert_eq!(shown(&setting), judged().into_iter().chain(["AIDAGONE".to_owned()]).collect());
}

#[test]
fn an_event_without_the_name_of_its_rule_clears_nothing() {
    let setting = setting(&[("AWS::IAM::User", "AIDAGONE", -60.0)]);
    let mut event = scheduled(RULE, &[]);
    event.as_object_mut().unwrap().remove("configRuleName");
    setting.function.invoke(&event).assert_ok();
    assert!(shown(&setting).contains("AIDAGONE"));
}

#[test]
fn a_dry_run_shows_what_would_be_cleared() {
    let setting = setting(&[("AWS::IAM::User", "AIDAGONE", -60.0)]);
    let folder = tempfile::tempdir().unwrap();
    let event = folder.path().join("event.json");
    std::fs::write(&event, scheduled(RULE, &[]).to_string()).unwrap();
    let (event, url) = (event.to_str().unwrap(), setting.aws.url());
    let invoke = ["invoke", event, "--endpoint-url", &url, "--format", "ndjson"];
    let lines = |finished: &rules_tests::command::Finished| -> BTreeSet<(String, String)> {
        finished.lines().into_iter().map(|line| (line.resource_id, line.compliance)).collect()
    };
    let dry = rules_cli(invoke, &HERE);
    assert_eq!(dry.code, 1, "{}", dry.stderr);
    let mut all: BTreeSet<_> = expected(RULE).into_iter().collect();
    all.insert(("AIDAGONE".to_owned(), "NOT_APPLICABLE".to_owned()));
    assert_eq!(lines(&dry), all);
    assert!(shown(&setting).contains("AIDAGONE"), "it is a dry run");
    let submitted = rules_cli(invoke.into_iter().chain(["--submit"]), &HERE);
    assert_eq!((lines(&submitted), shown(&setting)), (all, judged()));
}
