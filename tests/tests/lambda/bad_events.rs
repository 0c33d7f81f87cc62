use std::collections::BTreeMap;

use rules_tests::account::ACCOUNT;
use rules_tests::bad_input::{Expect, Kind};
use rules_tests::check::{assert_cause, check_all};
use rules_tests::event::{Envelope, percent_encode};
use serde_json::{Value, json};

use super::setting::{AT, Setting, account, rules, scheduled};

#[test]
fn each_bad_event_fails_one_invocation_and_the_next_is_answered() {
    let setting = Setting::new(account());
    check_all(Kind::ConfigEvent, |input, expected: &Value| {
        setting.aws.forget();
        let history = json!({
            "accountId": ACCOUNT, "configurationItemCaptureTime": 1_714_521_600, "configurationItemStatus": "OK",
            "resourceType": "AWS::IAM::User", "resourceId": "AIDAEXAMPLE", "resourceName": "alice",
            "configuration": json!({
                "userName": "alice", "userId": "AIDAEXAMPLE", "arn": "arn:aws:iam::111122223333:user/alice",
                "userPolicyList": [],
            }).to_string(),
        });
        setting.aws.record_history("AIDAEXAMPLE", &[history]);
        let before = setting.aws.in_test_mode();
        let invoked = setting.function.invoke_bytes(input.event_for_rule("policy-least-privilege"));
        // Defaults of parameters are fine for a rule, but which rule it is has none.
        let no_rule = expected["no_parameters"] == true;
        if input.expect == Expect::Ok && !no_rule {
            return invoked.assert_ok();
        }
        let (kind, message) = invoked.error();
        let cause = if no_rule { "`rule` is missing" } else { expected["cause"].as_str().unwrap() };
        // What is not even JSON is refused like every other bad event.
        if ["E061", "E064"].contains(&input.id.as_str()) {
            assert_eq!(kind, "InvalidEvent", "{message}");
        }
        assert_cause(&input.id, message, &[cause]);
        assert_eq!((setting.aws.accepted(), setting.aws.in_test_mode()), (vec![], before), "it submitted something");
        setting.function.invoke(&scheduled("root-mfa-enabled", &[])).assert_ok();
        assert_eq!(setting.only().compliance, "COMPLIANT");
    });
}

#[test]
fn parameters_are_refused_by_name() {
    let setting = Setting::new(account());
    for (parameters, cause) in [
        (&[("minimumScore", "101")][..], "minimumScore"),
        (&[("minimunScore", "60")], "unknown parameter `minimunScore`"),
        (&[("ExecutionRoleName", "Admin")], "ExecutionRoleName"),
    ] {
        let invoked = setting.function.invoke(&scheduled("policy-least-privilege", parameters));
        let (kind, message) = invoked.error();
        assert!(["InvalidParameter", "InvalidEvent"].contains(&kind), "{kind}: {message}");
        assert!(message.contains(cause), "{message}");
    }
    let invoked = setting.function.invoke(&scheduled("no-such-rule", &[]));
    assert!(
        invoked.error().1.contains("no-such-rule") && invoked.error().1.contains(rules().next().unwrap()),
        "{invoked:?}"
    );
    assert_eq!(setting.aws.calls(), Vec::<String>::new(), "nothing is read for a rule that cannot run");
}

#[test]
fn a_document_that_is_refused_is_not_shown() {
    let mut account = account();
    let document = r#"{"Statement":[{"Sid":"planted-canary-of-a-document","Effect":"Allow"}]}"#;
    account["users"]["dan"] = json!({ "inline": { "torn": percent_encode(document) } });
    let setting = Setting::new(account);
    let parameters = BTreeMap::new();
    let token = super::setting::TOKEN;
    let envelope = Envelope { account: ACCOUNT, rule: "policy-least-privilege", parameters: &parameters, token };
    let invoked = setting.function.invoke(&envelope.scheduled(AT));
    let (_, message) = invoked.error();
    assert!(message.contains("$.Statement[0]"), "{message}");
}
