//! `--scp`: service control policies that bear on the account, in `evaluate` and `invoke`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rules_tests::account::{ACCOUNT, Account, write};
use rules_tests::canary::TOKEN;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::event::Envelope;
use serde_json::{Value, json};

const ALLOW_ALL: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ONLY_S3: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

fn sample() -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../rules-cli/sample").to_str().unwrap().to_owned()
}

fn file(name: &str, text: &str) -> String {
    rules_tests::scratch::file(env!("CARGO_TARGET_TMPDIR"), "service_control", name, text)
}

/// The verdicts by resource.
fn verdicts(finished: &Finished) -> BTreeMap<String, String> {
    assert!(finished.code < 2, "{}", finished.stderr);
    finished.lines().into_iter().map(|line| (line.resource_id, line.compliance)).collect()
}

fn evaluate(rule: &str, more: &[&str]) -> BTreeMap<String, String> {
    let input = sample();
    let arguments = ["evaluate", "--input", &input, "--rule", rule, "--format", "ndjson"];
    verdicts(&rules_cli([&arguments, more].concat(), &[]))
}

fn count(verdicts: &BTreeMap<String, String>, compliance: &str) -> usize {
    verdicts.values().filter(|verdict| *verdict == compliance).count()
}

#[test]
fn nobody_is_an_administrator_of_what_the_organization_forbids() {
    let (all, only_s3) = (file("all.json", ALLOW_ALL), file("only-s3.json", &format!("[{ONLY_S3}]")));
    let rule = "admin-user-mfa-enabled";
    let without = evaluate(rule, &[]);
    assert!(count(&without, "NON_COMPLIANT") > 0, "{without:?}");
    assert_eq!(evaluate(rule, &["--scp", &all]), without);
    for levels in [vec!["--scp", &only_s3], vec!["--scp", &all, "--scp", &only_s3]] {
        let with = evaluate(rule, &levels);
        assert_eq!(count(&with, "NOT_APPLICABLE"), without.len(), "{with:?}");
    }
    assert_eq!(count(&evaluate("non-root-admin-exists", &["--scp", &only_s3]), "NON_COMPLIANT"), 1);
    let rule = "principal-least-privilege";
    assert!(
        count(&evaluate(rule, &[]), "NON_COMPLIANT") > count(&evaluate(rule, &["--scp", &only_s3]), "NON_COMPLIANT")
    );
}

#[test]
fn a_key_can_be_bound_to_mfa_by_the_organization() {
    let account: Account = serde_json::from_value(json!({
        "users": { "ada": { "inline": { "all": ["Allow * on *"] }, "credentials": ["key"] } },
        "report": { "root": ["password", "mfa"] },
    }))
    .unwrap();
    let folder = tempfile::tempdir().unwrap();
    write(&account.files(), folder.path());
    let judged = |statements: &[Value]| {
        let text = json!({ "Id": "planted-canary-document-id", "Statement": statements }).to_string();
        let level = file("mfa.json", &text);
        let input = folder.path().to_str().unwrap();
        let rule = "admin-user-mfa-enabled";
        let arguments = ["evaluate", "--input", input, "--rule", rule, "--scp", &level, "--format", "ndjson"];
        verdicts(&rules_cli(arguments, &[]))["AIDAADA"].clone()
    };
    let allow = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let statement = |effect: &str, operator: &str, value: &str| {
        let condition = json!({ operator: { "aws:MultiFactorAuthPresent": value } });
        json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": condition })
    };
    assert_eq!(judged(std::slice::from_ref(&allow)), "NON_COMPLIANT");
    assert_eq!(judged(&[allow.clone(), statement("Deny", "BoolIfExists", "false")]), "COMPLIANT");
    assert_eq!(judged(&[allow, statement("Deny", "Bool", "false")]), "NON_COMPLIANT");
    assert_eq!(judged(&[statement("Allow", "Bool", "true")]), "COMPLIANT");
    assert_eq!(judged(&[statement("Allow", "BoolIfExists", "true")]), "NON_COMPLIANT");
}

#[test]
fn an_event_is_judged_under_them_too() {
    let only_s3 = file("s3.json", ONLY_S3);
    let (rule, parameters) = ("admin-user-mfa-enabled", BTreeMap::new());
    let envelope = Envelope { account: ACCOUNT, rule, parameters: &parameters, token: TOKEN };
    let event = envelope.scheduled("2026-06-30T06:15:04.000Z").to_string();
    let event = file("event.json", &event);
    let input = sample();
    let arguments = ["invoke", &event, "--input", &input, "--format", "ndjson"];
    let with = verdicts(&rules_cli([&arguments[..], &["--scp", &only_s3]].concat(), &[]));
    assert_eq!(with, evaluate(rule, &["--scp", &only_s3]));
    assert_ne!(with, verdicts(&rules_cli(arguments, &[])));
}

#[test]
fn one_that_cannot_be_read_stops_everything() {
    let broken = file("broken.json", r#"{"Statement":[{"Effect":"Allow"}]}"#);
    let finished = rules_cli(["evaluate", "--input", &sample(), "--scp", &broken], &[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(
        finished.stderr.contains("broken.json") && finished.stderr.contains("$.Statement[0]"),
        "{}",
        finished.stderr
    );
}
