//! Policies that take long to score, against the time that Lambda leaves the function.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use rules_tests::runtime_api::Invoked;
use serde_json::{Map, Value, json};

use super::setting::{Setting, scheduled};

const RULE: &str = "policy-least-privilege";

/// Every second role has a policy near IAM's greatest length, of patterns that each match actions of many services.
const ROLES: usize = 3_000;

#[test]
fn what_was_judged_before_the_deadline_is_delivered_and_the_rest_is_named() {
    for limit in [10, 20, 60].map(Duration::from_secs) {
        let roles: Map<String, Value> = (0..ROLES).map(|number| (format!("role-{number:04}"), role(number))).collect();
        let setting = Setting::new(json!({ "roles": roles, "report": { "root": ["password", "mfa"] } }));
        let began = Instant::now();
        let invoked = setting.function.invoke_within(limit, &scheduled(RULE, &[]));
        assert!(began.elapsed() < limit, "{limit:?}: Lambda would have ended the function after {:?}", began.elapsed());

        let accepted = setting.aws.accepted();
        println!("{limit:?}: {} of {ROLES} resources in {:?}", accepted.len(), began.elapsed());
        let ids: BTreeSet<&str> = accepted.iter().map(|one| one.resource_id.as_str()).collect();
        assert_eq!(ids.len(), accepted.len(), "{limit:?}: each resource once");
        let in_order: Vec<bool> = accepted.iter().map(|one| one.compliance != "NON_COMPLIANT").collect();
        assert!(in_order.is_sorted(), "{limit:?}: NON_COMPLIANT comes first");
        for one in &accepted {
            let number: usize = one.resource_id.trim_start_matches("AROAROLE").parse().unwrap();
            let expected = if is_costly(number) { "NON_COMPLIANT" } else { "COMPLIANT" };
            assert_eq!(one.compliance, expected, "{limit:?}: {}", one.resource_id);
        }
        if accepted.len() == ROLES {
            invoked.assert_ok();
            continue;
        }
        let left = ROLES - accepted.len();
        let (kind, message) = invoked.error();
        assert_eq!(kind, "NotEvaluated", "{limit:?}: {message}");
        assert!(
            message.contains(&format!("{left} of {ROLES} resources not evaluated")),
            "{limit:?}, {left} left: {message}"
        );
        assert!(!matches!(invoked, Invoked::NotStarted(_)));
    }
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
