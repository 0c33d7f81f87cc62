//! Each call is denied in turn. What cannot be read never passes, and the invocation fails.

use std::collections::BTreeMap;

use rules_tests::account::ACCOUNT;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::fault::Fault;

use super::setting::{HERE, Setting, account, expected, rules};

/// What is still known of each rule when a call is denied.
fn without(action: &str, rule: &str) -> Option<BTreeMap<String, String>> {
    let pairs = |pairs: &[(&str, &str)]| {
        Some(pairs.iter().map(|(id, compliance)| ((*id).to_owned(), (*compliance).to_owned())).collect())
    };
    match (action, rule) {
        // Nothing is known, so nothing is said.
        ("GetCallerIdentity" | "PutEvaluations", _) => pairs(&[]),
        ("GetAccountSummary", "root-mfa-enabled" | "root-hardware-mfa-enabled" | "root-no-access-keys") => pairs(&[]),
        // The summary says it all, and it is live.
        (
            "GenerateCredentialReport" | "GetCredentialReport",
            "root-mfa-enabled" | "root-hardware-mfa-enabled" | "root-no-access-keys",
        ) => pairs(&[(ACCOUNT, "COMPLIANT")]),
        ("GenerateCredentialReport" | "GetCredentialReport", "root-not-used-recently" | "non-root-admin-exists") => {
            pairs(&[])
        }
        ("ListVirtualMFADevices", "root-hardware-mfa-enabled") => pairs(&[]),
        // A user who is not an administrator needs no device.
        ("GenerateCredentialReport" | "GetCredentialReport", "admin-user-mfa-enabled") => {
            pairs(&[("AIDACYD", "NOT_APPLICABLE")])
        }
        // Here paths lead nowhere by credentials.
        (
            "GenerateCredentialReport" | "GetCredentialReport",
            "no-privilege-escalation" | "principal-least-privilege",
        ) => Some(expected(rule)),
        (
            "DescribeTrails" | "GetTrailStatus" | "GetEventSelectors",
            "cloudtrail-enabled" | "root-usage-alarm-exists",
        )
        | (
            "DescribeMetricFilters" | "DescribeAlarmsForMetric" | "ListSubscriptionsByTopic",
            "root-usage-alarm-exists",
        )
        | ("DescribeConfigurationRecorders" | "DescribeConfigurationRecorderStatus", "config-recorder-enabled") => {
            pairs(&[])
        }
        (
            "GetAccountAuthorizationDetails",
            "non-root-admin-exists"
            | "admin-user-mfa-enabled"
            | "policy-least-privilege"
            | "principal-least-privilege"
            | "no-privilege-escalation",
        ) => pairs(&[]),
        _ => None,
    }
}

fn check(action: &str) {
    let setting = Setting::new(account());
    setting.aws.fail(action, Fault::AccessDenied);
    for rule in rules() {
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
        check_collection(&setting, action);
    }
}

fn judged(finished: &Finished) -> BTreeMap<String, String> {
    let lines = finished.lines().into_iter().filter(|line| line.compliance != "NOT_EVALUATED");
    lines.map(|line| (line.resource_id, line.compliance)).collect()
}

fn check_command_line(setting: &Setting, action: &str) {
    setting.aws.fail(action, Fault::AccessDenied);
    let url = setting.aws.url();
    for rule in rules() {
        let arguments = ["evaluate", "--endpoint-url", &url, "--rule", rule, "--format", "ndjson"];
        let finished = rules_cli(arguments, &HERE);
        let Some(known) = without(action, rule) else {
            assert_ne!(finished.code, 2, "{rule} has no use for {action}: {}", finished.stderr);
            continue;
        };
        assert_eq!(finished.code, 2, "{rule} without {action}: {}{}", finished.stdout, finished.stderr);
        assert!(format!("{}{}", finished.stdout, finished.stderr).contains(action), "{rule}: {}", finished.stderr);
        assert_eq!(judged(&finished), known, "{rule} without {action}");
    }
}

/// `collect` keeps what it could read and says that something is missing; from what it wrote nobody passes who would not
/// have passed live.
fn check_collection(setting: &Setting, action: &str) {
    let url = setting.aws.url();
    let folder = tempfile::tempdir().unwrap();
    let snapshot = folder.path().join("snapshot.json");
    let snapshot = snapshot.to_str().unwrap();
    let collected = rules_cli(["collect", "--output", snapshot, "--endpoint-url", &url], &HERE);
    assert_eq!(collected.code, 2, "{}", collected.stderr);
    assert!(collected.stderr.contains(action), "{}", collected.stderr);
    if action == "GetCallerIdentity" {
        // Nobody knows whose account it would be.
        assert!(!std::path::Path::new(snapshot).exists());
        return;
    }
    for rule in rules() {
        let finished = rules_cli(["evaluate", "--input", snapshot, "--rule", rule, "--format", "ndjson"], &[]);
        let judged = judged(&finished);
        match without(action, rule) {
            Some(known) => assert_eq!((finished.code, judged), (2, known), "{rule} without {action}"),
            None => assert_eq!(judged, expected(rule), "{rule} has no use for {action}"),
        }
    }
}

#[test]
fn a_second_page_that_is_denied_takes_the_first_with_it() {
    let setting = Setting::new(account());
    setting.aws.page_size(3);
    for rule in ["admin-user-mfa-enabled", "policy-least-privilege"] {
        setting.aws.fail_after(1, "GetAccountAuthorizationDetails", Fault::AccessDenied);
        let invoked = setting.schedule(rule);
        assert!(invoked.error().1.contains("GetAccountAuthorizationDetails"), "{invoked:?}");
        assert_eq!(setting.aws.accepted(), [], "half an account is none");
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
fn describe_trails() {
    check("DescribeTrails");
}

#[test]
fn get_trail_status() {
    check("GetTrailStatus");
}

#[test]
fn get_event_selectors() {
    check("GetEventSelectors");
}

#[test]
fn describe_metric_filters() {
    check("DescribeMetricFilters");
}

#[test]
fn describe_alarms_for_metric() {
    check("DescribeAlarmsForMetric");
}

#[test]
fn list_subscriptions_by_topic() {
    check("ListSubscriptionsByTopic");
}

#[test]
fn describe_configuration_recorders() {
    check("DescribeConfigurationRecorders");
}

#[test]
fn describe_configuration_recorder_status() {
    check("DescribeConfigurationRecorderStatus");
}

#[test]
fn put_evaluations() {
    check("PutEvaluations");
}

#[test]
fn what_fails_before_the_account_is_known_has_a_kind_of_its_own() {
    for (fault, kind) in [
        (Fault::ExpiredToken, "CredentialsNotValid"),
        (Fault::BadSignature, "CredentialsNotValid"),
        (Fault::AccessDenied, "NotConnected"),
        (Fault::Throttling, "Throttled"),
        (Fault::Refuse, "Unreachable"),
        (Fault::UnknownError, "NotConnected"),
    ] {
        let setting = Setting::new(account());
        setting.aws.fail("GetCallerIdentity", fault);
        let invoked = setting.schedule("root-mfa-enabled");
        let (found, message) = invoked.error();
        assert_eq!(found, kind, "{fault:?}: {message}");
        assert!(message.contains("sts:GetCallerIdentity"), "{message}");
        assert_eq!(setting.aws.accepted(), []);
    }
}
