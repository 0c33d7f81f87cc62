use rules_tests::account::{AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Files, VIRTUAL_MFA_DEVICES};
use rules_tests::bad_input::{Expect, Kind};
use rules_tests::check::{check_all, compliance};
use rules_tests::credential_report;
use serde_json::{Value, json};

use super::setting::{ADMIN, LEAST_PRIVILEGE, evaluate, folder, handle};

#[test]
fn each_is_judged_or_an_error() {
    check_all(Kind::AuthorizationDetails, |input, expected: &Value| {
        let files = Files::from([
            (AUTHORIZATION_DETAILS.to_owned(), input.bytes()),
            (CREDENTIAL_REPORT.to_owned(), credential_report::of_users_in(&input.bytes()).into_bytes()),
            // For the rule about the root user's devices.
            (VIRTUAL_MFA_DEVICES.to_owned(), br#"{"VirtualMFADevices": []}"#.to_vec()),
        ]);
        let folder = folder(&files);
        let is_error = input.expect == Expect::Error || !expected["unread"].is_null();

        let finished = evaluate(&folder, None);
        assert_eq!(finished.code == 2, is_error, "{}{}", finished.stdout, finished.stderr);
        if let Some(cause) = ["details", "cause"].iter().find_map(|key| expected[*key].as_str()) {
            let said = format!("{}{}", finished.stdout, finished.stderr);
            assert!(said.contains(cause), "`{cause}` is not in {said}");
        }
        let lines = finished.lines();
        for (key, other, rule) in [("admin", "least_privilege", ADMIN), ("least_privilege", "admin", LEAST_PRIVILEGE)] {
            let of_rule: Vec<_> = lines.iter().filter(|line| line.rule == rule).cloned().collect();
            if expected[key].is_object() {
                assert_eq!(json!(compliance(&of_rule)), expected[key], "{rule}");
            }
            let (delivered, error) = handle(&folder, rule);
            // What only the other rule stumbles over is not this one's error.
            if expected[key].is_object() || expected[other].is_null() {
                assert_eq!(error.is_some(), is_error, "{rule}: {error:?}");
            }
            let judged = of_rule.iter().filter(|line| line.compliance != "NOT_EVALUATED").count();
            // Without a resource to evaluate, the account gets a result.
            assert_eq!(delivered.len(), if of_rule.is_empty() { 1 } else { judged }, "{rule}");
            if input.expect == Expect::Error {
                assert!(!delivered.iter().any(|one| one.compliance_type.as_str() == "COMPLIANT"), "{delivered:?}");
            }
        }
    });
}
