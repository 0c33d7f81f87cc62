use rules_tests::account::{ACCOUNT, Account};
use rules_tests::canary::EXTERNAL_ID;
use rules_tests::event::Envelope;
use rules_tests::fake_aws::Trust;
use serde_json::{Value, json};

use super::setting::{AT, Setting, TOKEN, account, rule_name};

const MEMBER: &str = "444455556666";
const RULE: &str = "policy-least-privilege";
const ROLE: &[(&str, &str)] =
    &[("RULES_ASSUME_ROLE_NAME", "security/config-rules"), ("RULES_EXTERNAL_ID", EXTERNAL_ID)];

fn setting(variables: &[(&str, &str)], takes_source_identity: bool) -> Setting {
    let setting = Setting::with_variables(account(), variables);
    let mut member = account();
    member["id"] = json!(MEMBER);
    member["roles"] = json!({ "theirs": { "inline": { "iam": ["Allow iam:* on *"] } } });
    let member: Account = serde_json::from_value(member).unwrap();
    let external_id = Some(EXTERNAL_ID.to_owned());
    let trust = Trust { role: "security/config-rules".to_owned(), external_id, takes_source_identity };
    setting.aws.add_account(MEMBER, member.files(), trust);
    setting.deploy(MEMBER, RULE);
    setting
}

fn event(account: &str, rule: &str) -> Value {
    let parameters = std::collections::BTreeMap::new();
    Envelope { account, rule, parameters: &parameters, token: TOKEN }.scheduled(AT)
}

fn shown(setting: &Setting, account: &str) -> Vec<String> {
    setting.aws.shown(account, &rule_name(RULE)).into_iter().map(|shown| shown.evaluation.resource_id).collect()
}

#[test]
fn a_role_in_the_events_account_reads_and_reports_there() {
    let setting = setting(ROLE, true);
    setting.function.invoke(&event(MEMBER, RULE)).assert_ok();
    assert!(shown(&setting, MEMBER).contains(&"AROATHEIRS".to_owned()));
    assert_eq!(shown(&setting, ACCOUNT), Vec::<String>::new());
    let sessions = setting.aws.sessions();
    let [session] = sessions.as_slice() else { panic!("{sessions:?}") };
    assert_eq!(session.role_arn, format!("arn:aws:iam::{MEMBER}:role/security/config-rules"));
    assert_eq!((session.role_session_name.as_str(), session.duration_seconds.as_str()), ("aws-config-rules", "900"));
    assert_eq!(session.source_identity.as_deref(), Some(RULE));
}

#[test]
fn a_session_is_used_again_for_its_rule_and_account_alone() {
    let setting = setting(ROLE, true);
    setting.aws.issue_token(TOKEN);
    setting.function.invoke(&event(MEMBER, RULE)).assert_ok();
    setting.function.invoke(&event(MEMBER, RULE)).assert_ok();
    assert_eq!(setting.aws.sessions().len(), 1);
    setting.function.invoke(&event(ACCOUNT, RULE)).assert_ok();
    assert_eq!(setting.aws.sessions().len(), 1, "the own account needs no role");
    setting.function.invoke(&event(MEMBER, "root-mfa-enabled")).assert_ok();
    let sessions = setting.aws.sessions();
    assert_eq!(sessions.len(), 2);
    assert_eq!(sessions[1].source_identity.as_deref(), Some("root-mfa-enabled"));
}

#[test]
fn a_role_that_takes_no_source_identity_is_assumed_without() {
    let setting = setting(ROLE, false);
    setting.function.invoke(&event(MEMBER, RULE)).assert_ok();
    let sessions = setting.aws.sessions();
    assert_eq!((sessions.len(), &sessions[0].source_identity), (1, &None));
}

#[test]
fn a_role_that_does_not_trust_is_named_and_nothing_is_read() {
    for variables in [&ROLE[..1], &[("RULES_ASSUME_ROLE_NAME", "another"), ROLE[1]]] {
        let setting = setting(variables, true);
        let invoked = setting.function.invoke(&event(MEMBER, RULE));
        let (kind, message) = invoked.error();
        assert_eq!(kind, "NotConnected");
        assert!(message.contains("sts:AssumeRole on arn:aws:iam::444455556666:role/"), "{message}");
        assert!(message.contains("AccessDenied"), "{message}");
        assert_eq!(setting.aws.calls(), ["GetCallerIdentity", "AssumeRole"]);
    }
}

#[test]
fn without_a_role_other_accounts_are_refused() {
    let setting = setting(&[], true);
    assert_eq!(setting.function.invoke(&event(MEMBER, RULE)).error().0, "WrongAccount");
    assert_eq!(setting.aws.calls(), ["GetCallerIdentity"]);
}

#[test]
fn an_account_that_is_not_allowed_is_not_even_connected_to() {
    let setting = setting(&[ROLE, &[("RULES_ALLOWED_ACCOUNTS", ACCOUNT)]].concat(), true);
    let invoked = setting.function.invoke(&event(MEMBER, RULE));
    assert!(invoked.error().1.contains("RULES_ALLOWED_ACCOUNTS"), "{invoked:?}");
    assert_eq!(setting.aws.calls(), Vec::<String>::new());
}

#[test]
fn a_role_that_none_can_be_stops_the_function() {
    for variables in [
        [("RULES_ASSUME_ROLE_NAME", "arn:aws:iam::444455556666:role/x"), ("RULES_EXTERNAL_ID", "planted-canary")],
        [("RULES_ASSUME_ROLE_NAME", "config-rules"), ("RULES_EXTERNAL_ID", "planted-canary id")],
    ] {
        let mut setting = Setting::with_variables(account(), &variables);
        assert_eq!(setting.function.ends(), 1);
        let said = setting.function.log();
        assert!(said.contains("RULES_ASSUME_ROLE_NAME"), "{said}");
    }
}

#[test]
fn a_function_that_serves_several_accounts_refuses_an_exception_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap();
    let exception = |account: &str| {
        format!(
            "[[exception]]\nrule = \"{RULE}\"\nresource = \"theirs\"\n{account}owner = \"ops\"\nreason = \"known\"\n\
             expires = 2026-03-31\n"
        )
    };
    let verdict = |text: String| {
        std::fs::write(folder.path().join("exceptions.toml"), text).unwrap();
        let variables = [ROLE, &[("RULES_EXCEPTIONS", "file:exceptions.toml"), ("LAMBDA_TASK_ROOT", root)]].concat();
        let setting = setting(&variables, true);
        let invoked = setting.function.invoke(&event(MEMBER, RULE));
        let theirs = setting
            .aws
            .shown(MEMBER, &rule_name(RULE))
            .into_iter()
            .find(|it| it.evaluation.resource_id == "AROATHEIRS");
        (theirs.unwrap().evaluation.compliance, invoked)
    };
    let (compliance, invoked) = verdict(exception("") + &exception("account = \"444455556666\"\n"));
    assert_eq!(compliance, "COMPLIANT", "the other one applies");
    let (kind, message) = invoked.error();
    assert_eq!(kind, "ExceptionsRefused");
    assert!(
        message.contains("the exception in line 1 from policy-least-privilege for `theirs` does not apply"),
        "{message}"
    );
    assert!(message.contains("`account` is missing"), "{message}");
    let (compliance, invoked) = verdict(exception("account = \"any\"\n"));
    invoked.assert_ok();
    assert_eq!(compliance, "COMPLIANT");
    let (compliance, invoked) = verdict(exception("account = \"111122223333\"\n"));
    invoked.assert_ok();
    assert_eq!(compliance, "NON_COMPLIANT", "it is another account's");
}
