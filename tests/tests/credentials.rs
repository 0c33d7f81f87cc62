//! Whose credentials a live run takes, and what it says when there are none.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::path::Path;

use rules_tests::account::Account;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::fake_aws::FakeAws;
use serde_json::json;

fn aws() -> FakeAws {
    let account = json!({ "summary": { "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0 }, "report": { "root": ["password", "mfa"] } });
    let account: Account = serde_json::from_value(account).unwrap();
    FakeAws::start(&account)
}

/// Asks for a verdict that needs one call, with a configuration in `home` that has the profile `audit`.
fn evaluate(aws: &str, home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Finished {
    std::fs::create_dir_all(home.join(".aws")).unwrap();
    let profile = "[audit]\naws_access_key_id = AKIAOFTHEPROFILE\naws_secret_access_key = s\n";
    std::fs::write(home.join(".aws/credentials"), profile).unwrap();
    let rule = ["evaluate", "--rule", "root-no-access-keys", "--endpoint-url", aws, "--region", "eu-west-1"];
    let home = [("HOME", home.to_str().unwrap())];
    rules_cli(rule.iter().chain(arguments), &[&home, variables].concat())
}

#[test]
fn a_named_profile_wins_over_keys_of_the_environment() {
    let (aws, home) = (aws(), tempfile::tempdir().unwrap());
    let finished = evaluate(&aws.url(), home.path(), &["--profile", "audit"], &[]);
    assert_eq!(finished.code, 0, "{}{}", finished.stdout, finished.stderr);
    assert_eq!(aws.access_keys(), ["AKIAOFTHEPROFILE"]);
}

#[test]
fn keys_of_the_environment_win_over_its_profile() {
    let (aws, home) = (aws(), tempfile::tempdir().unwrap());
    assert_eq!(evaluate(&aws.url(), home.path(), &[], &[("AWS_PROFILE", "audit")]).code, 0);
    assert_ne!(aws.access_keys(), ["AKIAOFTHEPROFILE"]);

    let without_keys = [("AWS_PROFILE", "audit"), ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let aws = self::aws();
    let finished = evaluate(&aws.url(), home.path(), &[], &without_keys);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    assert_eq!(aws.access_keys(), ["AKIAOFTHEPROFILE"]);
}

#[test]
fn a_profile_that_does_not_exist_is_an_error() {
    let (aws, home) = (aws(), tempfile::tempdir().unwrap());
    let without_keys = [("AWS_PROFILE", "nonesuch"), ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    for (arguments, variables) in [(&["--profile", "nonesuch"][..], &[][..]), (&[], &without_keys)] {
        let finished = evaluate(&aws.url(), home.path(), arguments, variables);
        assert_eq!(finished.code, 2, "{}", finished.stdout);
        assert!(finished.stderr.contains("nonesuch"), "{}", finished.stderr);
        assert!(finished.stderr.contains("no valid credentials were found: sign in"), "{}", finished.stderr);
        assert_eq!(finished.stdout, "");
    }
    assert_eq!(aws.calls(), Vec::<String>::new());
}

#[test]
fn a_live_run_says_who_it_runs_as_before_anything_else() {
    let (aws, home) = (aws(), tempfile::tempdir().unwrap());
    let finished = evaluate(&aws.url(), home.path(), &[], &[]);
    let first = finished.stderr.lines().next().unwrap();
    assert!(first.starts_with("note: running as arn:aws:sts::111122223333:"), "{first}");
    assert_eq!(aws.calls()[0], "GetCallerIdentity");
}
