use serde_json::{Value, json};

use super::setting::{AT, Setting, TOKEN, account, expected, rules, scheduled, seconds};

#[test]
fn every_rule_reports_on_its_resources_at_the_time_of_the_event() {
    let setting = Setting::new(account());
    for rule in rules() {
        setting.aws.forget();
        setting.schedule(rule).assert_ok();
        assert_eq!(setting.compliance(), expected(rule), "{rule}");
        for put in setting.aws.put_evaluations() {
            assert_eq!(put.token, TOKEN);
            assert_eq!(put.accepted.len(), put.sent);
        }
        for one in setting.aws.accepted() {
            assert!((one.ordering_timestamp - seconds(AT)).abs() < 1e-6, "{one:?}");
            assert!(!one.annotation.is_empty(), "{one:?}");
        }
    }
}

#[test]
fn the_same_event_twice_changes_nothing() {
    let setting = Setting::new(account());
    setting.schedule("policy-least-privilege").assert_ok();
    let first = setting.aws.accepted();
    setting.aws.forget();
    setting.schedule("policy-least-privilege").assert_ok();
    assert_eq!(setting.aws.accepted(), first);
}

#[test]
fn a_rule_calls_for_what_it_needs_and_nothing_else() {
    let setting = Setting::new(account());
    setting.schedule("policy-least-privilege").assert_ok();
    let calls = ["GetCallerIdentity", "GetAccountAuthorizationDetails", "PutEvaluations"];
    assert_eq!(setting.aws.calls(), [&calls[..], &["GetComplianceDetailsByConfigRule"]].concat());
}

#[test]
fn two_hundred_and_fifty_users_make_three_calls_and_none_is_lost() {
    let users: serde_json::Map<String, Value> =
        (0..250).map(|number| (format!("user-{number:03}"), admin(number))).collect();
    let setting = Setting::new(json!({
        "users": users,
        "policies": { "arn:aws:iam::aws:policy/AdministratorAccess": ["Allow * on *"] },
        "report": { "root": ["password", "mfa"] },
    }));
    setting.schedule("admin-user-mfa-enabled").assert_ok();
    let sizes: Vec<usize> = setting.aws.put_evaluations().iter().map(|put| put.accepted.len()).collect();
    assert_eq!(sizes, [100, 100, 50]);
    let compliance = setting.compliance();
    assert_eq!(compliance.len(), 250);
    for number in 0..250 {
        let found = compliance.get(&format!("AIDAUSER{number:03}")).map(String::as_str);
        assert_eq!(found, Some(if number % 3 == 0 { "COMPLIANT" } else { "NON_COMPLIANT" }), "user {number}");
    }
}

fn admin(number: usize) -> Value {
    let credentials: &[&str] = if number.is_multiple_of(3) { &["password", "mfa"] } else { &["password"] };
    json!({ "attached": ["arn:aws:iam::aws:policy/AdministratorAccess"], "credentials": credentials })
}

#[test]
fn every_page_is_read() {
    let setting = Setting::new(account());
    for records in [1, 2, 3] {
        setting.aws.forget();
        setting.aws.page_size(records);
        setting.schedule("policy-least-privilege").assert_ok();
        assert_eq!(setting.compliance(), expected("policy-least-privilege"), "pages of {records}");
    }
}

#[test]
fn an_account_with_nothing_to_judge_still_gets_a_result() {
    let setting = Setting::new(json!({ "users": {} }));
    setting.schedule("policy-least-privilege").assert_ok();
    let only = setting.only();
    assert_eq!((only.resource_type.as_str(), only.compliance.as_str()), ("AWS::::Account", "NOT_APPLICABLE"));
}

#[test]
fn parameters_reach_the_rule() {
    let setting = Setting::new(account());
    setting.function.invoke(&scheduled("policy-least-privilege", &[("minimumScore", "0")])).assert_ok();
    assert!(!setting.compliance().values().any(|compliance| compliance == "NON_COMPLIANT"));
}

#[test]
fn one_unreadable_policy_fails_the_invocation_after_the_rest_is_delivered() {
    let mut account = account();
    account["users"]["dan"] = json!({ "inline": { "torn": "%7B%22Version%2" } });
    let setting = Setting::new(account);
    let invoked = setting.schedule("policy-least-privilege");
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotEvaluated");
    assert!(message.contains("inline policy torn of user dan: $: bad percent escape"), "{message}");
    assert_eq!(setting.compliance(), expected("policy-least-privilege"), "dan has no verdict, all others have");
}

#[test]
fn an_event_of_another_account_than_the_credentials_is_refused() {
    let mut other = account();
    other["id"] = json!("444455556666");
    let setting = Setting::new(other);
    for rule in rules() {
        let invoked = setting.schedule(rule);
        assert_eq!(invoked.error().0, "WrongAccount");
    }
    assert_eq!(setting.aws.accepted(), []);
}

#[test]
fn only_allowed_accounts_are_answered() {
    let setting = Setting::with_variables(account(), &[("RULES_ALLOWED_ACCOUNTS", "444455556666, 777788889999")]);
    let invoked = setting.schedule("root-mfa-enabled");
    assert!(invoked.error().1.contains("111122223333"), "{invoked:?}");
    assert_eq!(setting.aws.calls(), Vec::<String>::new());
}
