use std::fs;

use rules_tests::account::ACCOUNT;

use super::setting::{Setting, account};

const ROOT_WITHOUT_MFA: &str = "[[exception]]\nrule = \"root-mfa-enabled\"\nresource = \"111122223333\"\n\
                                owner = \"founders\"\nreason = \"the device is on its way\"\nexpires = 2026-02-28\n";

fn with_file(text: &str) -> (Setting, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("exceptions.toml"), text).unwrap();
    let root = folder.path().to_str().unwrap();
    let mut account = account();
    account["summary"]["AccountMFAEnabled"] = 0.into();
    let variables = [("RULES_EXCEPTIONS", "file:exceptions.toml"), ("LAMBDA_TASK_ROOT", root)];
    (Setting::with_variables(account, &variables), folder)
}

#[test]
fn a_finding_that_somebody_answers_for_is_accepted() {
    let (setting, _folder) = with_file(ROOT_WITHOUT_MFA);
    setting.schedule("root-mfa-enabled").assert_ok();
    let only = setting.only();
    assert_eq!((only.resource_id.as_str(), only.compliance.as_str()), (ACCOUNT, "COMPLIANT"));
    let beginning = "accepted until 2026-02-28 by founders: the root user has no MFA";
    assert!(only.annotation.starts_with(beginning), "{}", only.annotation);
}

#[test]
fn an_exception_that_does_nothing_is_in_the_log() {
    let (setting, _folder) = with_file(&ROOT_WITHOUT_MFA.replace("111122223333", "444455556666"));
    setting.schedule("root-mfa-enabled").assert_ok();
    assert_eq!(setting.only().compliance, "NON_COMPLIANT");
    assert!(setting.function.log().contains("for `444455556666` by founders matches no resource"));
}

#[test]
fn exceptions_that_cannot_be_read_end_the_invocation_before_any_verdict() {
    let (setting, _folder) = with_file("max_days = 0\n");
    let invoked = setting.schedule("root-mfa-enabled");
    let (kind, message) = invoked.error();
    assert_eq!(kind, "ExceptionsNotRead");
    assert!(message.starts_with("exceptions in exceptions.toml: line 1: `max_days` is 0"), "{message}");
    assert_eq!(setting.aws.accepted(), []);
}

#[test]
fn an_exception_that_is_refused_takes_only_itself_with_it() {
    let bare = ROOT_WITHOUT_MFA.replace("111122223333", "*").replace("founders", "somebody");
    let (setting, _folder) = with_file(&format!("{bare}{ROOT_WITHOUT_MFA}"));
    let invoked = setting.schedule("root-mfa-enabled");
    let (kind, message) = invoked.error();
    assert_eq!(kind, "ExceptionsRefused");
    let refused = "the exception in line 1 from root-mfa-enabled for `*` does not apply: `resource` is `*`";
    assert!(message.contains(refused), "{message}");
    assert!(setting.function.log().contains(refused));
    let only = setting.only();
    assert_eq!(only.compliance, "COMPLIANT");
    assert!(only.annotation.starts_with("accepted until 2026-02-28 by founders"), "{}", only.annotation);
}

#[test]
fn an_exception_that_is_refused_is_no_business_of_other_rules() {
    let (setting, _folder) = with_file(&ROOT_WITHOUT_MFA.replace("111122223333", "*"));
    setting.schedule("root-no-access-keys").assert_ok();
}
