//! Each call is denied in turn. What cannot be read never passes, and the invocation fails.

use std::collections::BTreeMap;

use rules_tests::account::ACCOUNT;
use rules_tests::command::rules_cli;

use super::setting::{RULES, Setting, account, expected};

/// What is still known of each rule when a call is denied.
fn without(action: &str, rule: &str) -> Option<BTreeMap<String, String>> {
    let pairs = |pairs: &[(&str, &str)]| {
        Some(pairs.iter().map(|(id, compliance)| ((*id).to_owned(), (*compliance).to_owned())).collect())
    };
    match (action, rule) {
        // Nothing is known, so nothing is said.
        ("GetCallerIdentity" | "PutEvaluations", _) => pairs(&[]),
        ("GetAccountSummary", "root-mfa-enabled" | "root-no-access-keys") => pairs(&[]),
        // The summary says it all, and it is live.
        ("GenerateCredentialReport" | "GetCredentialReport", "root-mfa-enabled" | "root-no-access-keys") => {
            pairs(&[(ACCOUNT, "COMPLIANT")])
        }
        // Who is no administrator needs no device.
        ("GenerateCredentialReport" | "GetCredentialReport", "admin-user-mfa-enabled") => {
            pairs(&[("AIDACYD", "NOT_APPLICABLE")])
        }
        ("GetAccountAuthorizationDetails", "admin-user-mfa-enabled" | "policy-least-privilege") => pairs(&[]),
        _ => None,
    }
}

fn check(action: &str) {
    let setting = Setting::new(account());
    setting.aws.fail(action, 403, if action == "PutEvaluations" { "AccessDeniedException" } else { "AccessDenied" });
    for rule in RULES {
        setting.aws.forget();
        let invoked = setting.schedule(rule);
        let Some(known) = without(action, rule) else {
            invoked.assert_ok();
            assert_eq!(setting.compliance(), expected(rule), "{rule} has no use for {action}");
            continue;
        };
        let (_, message) = invoked.error();
        assert!(message.contains(action), "{rule} does not name {action}: {message}");
        assert!(message.contains("AccessDenied"), "{rule}: {message}");
        assert_eq!(setting.compliance(), known, "{rule} without {action}");
        // Denied once is denied: no time is lost with retries.
        assert_eq!(setting.aws.calls().iter().filter(|call| *call == action).count(), 1, "{rule}");
    }
    setting.aws.heal();
    setting.aws.forget();
    setting.schedule("root-mfa-enabled").assert_ok();
    if action != "PutEvaluations" {
        check_command_line(&setting, action);
    }
}

fn check_command_line(setting: &Setting, action: &str) {
    setting.aws.fail(action, 403, "AccessDenied");
    let url = setting.aws.url();
    let credentials =
        [("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_REGION", "eu-west-1")];
    for rule in RULES {
        let arguments = ["evaluate", "--endpoint-url", &url, "--rule", rule, "--format", "ndjson"];
        let finished = rules_cli(arguments, &credentials);
        let Some(known) = without(action, rule) else {
            assert_ne!(finished.code, 2, "{rule} has no use for {action}: {}", finished.stderr);
            continue;
        };
        assert_eq!(finished.code, 2, "{rule} without {action}: {}{}", finished.stdout, finished.stderr);
        assert!(format!("{}{}", finished.stdout, finished.stderr).contains(action), "{rule}: {}", finished.stderr);
        let judged: BTreeMap<String, String> = finished
            .lines()
            .into_iter()
            .filter(|line| line.compliance != "NOT_EVALUATED")
            .map(|line| (line.resource_id, line.compliance))
            .collect();
        assert_eq!(judged, known, "{rule} without {action}");
    }
}

#[test]
fn get_caller_identity() {
    check("GetCallerIdentity");
}

#[test]
fn get_account_summary() {
    check("GetAccountSummary");
}

#[test]
fn generate_credential_report() {
    check("GenerateCredentialReport");
}

#[test]
fn get_credential_report() {
    check("GetCredentialReport");
}

#[test]
fn get_account_authorization_details() {
    check("GetAccountAuthorizationDetails");
}

#[test]
fn list_virtual_mfa_devices() {
    check("ListVirtualMFADevices");
}

#[test]
fn put_evaluations() {
    check("PutEvaluations");
}
