//! Faults of the network, on a network. What comes of every fault at every call is tested in `rules-aws`, where time costs
//! nothing; here it is that the function's own network stack takes them for what they are.

use std::time::Duration;

use rules_tests::fault::Fault;

use super::setting::{Setting, account, expected, scheduled};

const RULE: &str = "policy-least-privilege";

#[test]
fn what_breaks_off_is_asked_for_again() {
    for fault in [Fault::Reset, Fault::CutBody, Fault::WrongLength, Fault::GzipRubbish] {
        let setting = Setting::new(account());
        setting.aws.schedule(move |call| (call.number == 0).then_some(fault));
        setting.schedule(RULE).assert_ok();
        assert_eq!(setting.compliance(), expected(RULE), "{fault:?}");
    }
}

#[test]
fn what_does_not_come_is_asked_for_again() {
    std::thread::scope(|scope| {
        for fault in [Fault::Silence, Fault::Stall, Fault::Trickle] {
            scope.spawn(move || {
                let setting = Setting::new(account());
                setting.aws.schedule(move |call| {
                    let here = call.action == "GetAccountAuthorizationDetails" && call.number == 0;
                    here.then_some(fault)
                });
                setting.schedule(RULE).assert_ok();
                assert_eq!(setting.compliance(), expected(RULE), "{fault:?}");
            });
        }
    });
}

#[test]
fn a_service_that_is_not_there_is_named() {
    // Nobody listens on this port.
    let setting = Setting::with_variables(account(), &[("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:1")]);
    let invoked = setting.schedule(RULE);
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotEvaluated");
    assert!(message.contains("iam:GetAccountAuthorizationDetails: no connection: "), "{message}");
    assert_eq!(setting.aws.accepted(), []);
}

#[test]
fn an_invocation_ends_before_its_time_does() {
    let setting = Setting::new(account());
    setting.aws.fail("GetAccountAuthorizationDetails", Fault::Silence);
    let invoked = setting.function.invoke_within(Duration::from_secs(4), &scheduled(RULE, &[]));
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotEvaluated");
    assert!(message.contains("the time limit for reading was reached"), "{message}");
    setting.aws.heal();
    setting.schedule(RULE).assert_ok();
}
