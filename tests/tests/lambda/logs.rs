use rules_tests::fault::Fault;
use serde_json::{Value, json};

use super::setting::{Setting, TOKEN, account, scheduled};

fn records(setting: &Setting) -> Vec<Value> {
    setting.function.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The metrics of each invocation.
fn metrics(setting: &Setting) -> Vec<Value> {
    records(setting).into_iter().filter(|record| record.get("_aws").is_some()).collect()
}

#[test]
fn every_invocation_has_its_metrics() {
    let setting = Setting::new(account());
    setting.schedule("policy-least-privilege").assert_ok();
    setting.aws.fail("GetAccountSummary", Fault::AccessDenied);
    setting.schedule("root-mfa-enabled").assert_err();
    setting.function.invoke(&json!({ "resultToken": TOKEN })).assert_err();
    let counts: Vec<Value> = metrics(&setting)
        .iter()
        .map(|line| {
            json!([line["Rule"], line["Evaluated"], line["NonCompliant"], line["NotEvaluated"], line["Failed"]])
        })
        .collect();
    let expected =
        json!([["policy-least-privilege", 6, 2, 0, 0], ["root-mfa-enabled", 0, 0, 1, 1], ["unknown", 0, 0, 0, 1],]);
    assert_eq!(json!(counts), expected);
}

#[test]
fn a_record_names_rule_and_account_and_counts() {
    let setting = Setting::new(account());
    setting.schedule("admin-user-mfa-enabled").assert_ok();
    let judged = records(&setting).into_iter().find(|record| record["message"] == "evaluated").unwrap();
    assert_eq!(judged["rule"], "admin-user-mfa-enabled");
    assert_eq!(judged["account"], "111122223333");
    let counts: Vec<&Value> =
        ["compliant", "non_compliant", "not_applicable", "not_evaluated", "cleared"].map(|name| &judged[name]).into();
    assert_eq!(json!(counts), json!([1, 1, 1, 0, 0]));
}

/// The checks are in the ends of the function and the setting: whatever the level, no secret is logged, and every line is one
/// record.
#[test]
fn no_level_tells_a_secret() {
    for level in ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] {
        let variables = [("AWS_LAMBDA_LOG_LEVEL", level), ("RUST_LOG", level)];
        let mut account = account();
        // A line break in a name would begin a second record, and a log must not contain documents.
        account["users"]["dan"] = json!({ "inline": { "torn\n{\"a\":1}": r#"{"Statement":"planted-canary"}"# } });
        let setting = Setting::with_variables(account, &variables);
        setting.schedule("policy-least-privilege").assert_err();
        for fault in [Fault::AccessDenied, Fault::BadToken, Fault::Html, Fault::OneRefused] {
            setting.aws.fail("PutEvaluations", fault);
            setting.schedule("admin-user-mfa-enabled").assert_err();
        }
        setting.aws.heal();
        let mut event = scheduled("policy-least-privilege", &[("minimumScore", "none")]);
        setting.function.invoke(&event).assert_err();
        event["accountId"] = json!("not an account");
        setting.function.invoke(&event).assert_err();
        setting.function.invoke_bytes(format!("{{\"resultToken\":\"{TOKEN}\"").into_bytes()).assert_err();
        setting.function.invoke_bytes(format!("\"{TOKEN}\"").into_bytes()).assert_err();
    }
}
