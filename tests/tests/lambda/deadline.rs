//! Policies that take long to score, against the time that Lambda leaves the function.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rules_tests::runtime_api::Invoked;
use serde_json::{Map, Value, json};

use super::setting::{Setting, scheduled};

/// The limits of an invocation. In the last, every rule below comes to its end.
const LIMITS: [Duration; 3] = [Duration::from_secs(10), Duration::from_secs(20), Duration::from_secs(60)];

#[test]
fn policies_judged_before_the_deadline_are_delivered_and_the_rest_is_named() {
    judge_within_limits("policy-least-privilege", 1_500);
}

#[test]
fn principals_judged_before_the_deadline_are_delivered_and_the_rest_is_named() {
    judge_within_limits("principal-least-privilege", 400);
}

#[test]
fn a_search_for_paths_ends_before_the_deadline_and_the_rest_is_named() {
    judge_within_limits("no-privilege-escalation", 400);
}

/// Every second role has a policy near IAM's greatest length, of patterns that each match actions of many services.
fn judge_within_limits(rule: &str, roles: usize) {
    let named: Map<String, Value> = (0..roles).map(|number| (format!("role-{number:04}"), role(number))).collect();
    let account = json!({ "roles": named, "report": { "root": ["password", "mfa"] } });
    for limit in LIMITS {
        // With more time there is nothing more to see.
        if is_judged_within(limit, &Setting::new(account.clone()), rule, roles) {
            break;
        }
    }
}

/// Whether everything was judged. What was is delivered, and what was not is named.
fn is_judged_within(limit: Duration, setting: &Setting, rule: &str, roles: usize) -> bool {
    let began = Instant::now();
    let invoked = setting.function.invoke_within(limit, &scheduled(rule, &[]));
    let took = began.elapsed();
    assert!(took < limit, "{rule}, {limit:?}: Lambda would have ended the function after {took:?}");

    let accepted = setting.aws.accepted();
    println!("{rule}, {limit:?}: {} of {roles} resources in {took:?}", accepted.len());
    let ids: BTreeSet<&str> = accepted.iter().map(|one| one.resource_id.as_str()).collect();
    assert_eq!(ids.len(), accepted.len(), "{rule}, {limit:?}: each resource once");
    let in_order: Vec<bool> = accepted.iter().map(|one| one.compliance != "NON_COMPLIANT").collect();
    assert!(in_order.is_sorted(), "{rule}, {limit:?}: NON_COMPLIANT comes first");
    for one in &accepted {
        let number: usize = one.resource_id.trim_start_matches("AROAROLE").parse().unwrap();
        let expected = if is_costly(number) { "NON_COMPLIANT" } else { "COMPLIANT" };
        assert_eq!(one.compliance, expected, "{rule}, {limit:?}: {}", one.resource_id);
    }
    if accepted.len() == roles {
        invoked.assert_ok();
        return true;
    }
    let left = roles - accepted.len();
    let (kind, message) = invoked.error();
    assert_eq!(kind, "NotEvaluated", "{rule}, {limit:?}: {message}");
    assert!(
        message.contains(&format!("{left} of {roles} resources not evaluated")),
        "{rule}, {limit:?}, {left} left: {message}"
    );
    assert!(!matches!(invoked, Invoked::NotStarted(_)));
    false
}

fn is_costly(number: usize) -> bool {
    number.is_multiple_of(2)
}

fn role(number: usize) -> Value {
    if !is_costly(number) {
        return json!({ "inline": { "read": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"] } });
    }
    // No two documents are the same, so that none is scored for another role's.
    let patterns: Vec<String> =
        (0..600).map(|pattern| format!("*:*e*{}*t*", letters(number * 600 + pattern))).collect();
    let statement = json!({ "Effect": "Allow", "Action": patterns, "Resource": "*" });
    json!({ "inline": { "costly": ["Allow *:*e*t* on *", statement] } })
}

/// A number in letters.
fn letters(mut number: usize) -> String {
    let mut text = String::new();
    while number > 0 {
        text.push(char::from(b'a' + u8::try_from(number % 26).unwrap()));
        number /= 26;
    }
    text
}
