use rules_core::config::ResultToken;
use serde_json::json;

use super::setting::{Setting, account, expected, scheduled};

const RULE: &str = "policy-least-privilege";

#[test]
fn evaluations_that_config_fails_to_take_are_sent_again() {
    let setting = Setting::new(account());
    setting.aws.fail_evaluations(&["AIDAADA", "AROAAPP"], false);
    setting.schedule(RULE).assert_ok();
    assert_eq!(setting.compliance(), expected(RULE));
    let sizes: Vec<usize> = setting.aws.put_evaluations().iter().map(|put| put.sent).collect();
    assert_eq!(sizes, [6, 2]);
}

#[test]
fn evaluations_that_config_never_takes_fail_the_invocation() {
    let setting = Setting::new(account());
    setting.aws.fail_evaluations(&["AROAAPP"], true);
    let invoked = setting.schedule(RULE);
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotDelivered");
    assert!(message.contains("1 of 6 evaluations were not accepted") && message.contains("AROAAPP"), "{message}");
    let mut others = expected(RULE);
    others.remove("AROAAPP");
    assert_eq!(setting.compliance(), others);
}

#[test]
fn a_token_that_was_not_issued_is_final() {
    let setting = Setting::new(account());
    let mut event = scheduled(RULE, &[]);
    event["resultToken"] = json!("planted-canary-token-of-nobody");
    let invoked = setting.function.invoke(&event);
    let (_, message) = invoked.error();
    assert!(message.contains("InvalidResultToken"), "{message}");
    assert_eq!(setting.aws.refused().len(), 1, "it is tried once");
}

#[test]
fn test_mode_keeps_nothing() {
    let setting = Setting::new(account());
    let mut event = scheduled(RULE, &[]);
    event["resultToken"] = json!(ResultToken::TEST_MODE);
    setting.function.invoke(&event).assert_ok();
    assert_eq!(setting.aws.accepted(), []);
    assert_eq!(setting.aws.in_test_mode(), 1);
}
