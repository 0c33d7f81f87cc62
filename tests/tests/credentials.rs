//! Whose credentials a live run takes, and what it says when there are none.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::path::Path;

use rules_tests::account::Account;
use rules_tests::command::{Finished, rules_cli};
use rules_tests::fake_aws::FakeAws;
use rules_tests::http::{Response, Server};
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

/// The session of a console user whose sign-in is cached, as `aws login` leaves it. The file has the SHA-256 of the name.
const LOGIN_SESSION: &str = "arn:aws:iam::111122223333:user/ada";
const CACHE_FILE: &str = "8a94dcaf071ee6a78db9a6b90e40b539573c9c8ef33a82541e6d9d2ceda11e00.json";

/// The key that a session is bound to; this one was made for this test.
const SESSION_KEY: &str = "-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIJP3K8NtR4i4sJnhG74fjMyKLHPtPgXseuSuXIT4N00SoAoGCCqGSM49
AwEHoUQDQgAEqFZnuFHQCDlHbsp3f9mcaMyvS3WkbvWC6ZSYFQPQ0f1w34IKsHxf
bzLhekCyrlTcXSQR8XEHw2FunDXHiq/XtQ==
-----END EC PRIVATE KEY-----
";

/// Writes the profile `console`, and a cached session of it that ends then.
fn log_in(home: &Path, expires: Option<&str>) {
    let cache = home.join(".aws/login/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let profile = format!("[profile console]\nlogin_session = {LOGIN_SESSION}\n");
    std::fs::write(home.join(".aws/config"), profile).unwrap();
    if let Some(expires) = expires {
        let token = json!({
            "accessToken": {
                "accessKeyId": "ASIAOFTHELOGIN",
                "secretAccessKey": "s",
                "sessionToken": "t",
                "accountId": "111122223333",
                "expiresAt": expires,
            },
            "tokenType": "aws_sigv4",
            "refreshToken": "r",
            "clientId": "arn:aws:signin:::devtools/same-device",
            "dpopKey": SESSION_KEY,
        });
        std::fs::write(cache.join(CACHE_FILE), token.to_string()).unwrap();
    }
}

#[test]
fn a_profile_of_aws_login_runs_with_its_cached_session() {
    let without_keys = [("AWS_PROFILE", "console"), ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    for (arguments, variables) in [(&["--profile", "console"][..], &[][..]), (&[], &without_keys)] {
        let (aws, home) = (aws(), tempfile::tempdir().unwrap());
        log_in(home.path(), Some("2999-01-01T00:00:00Z"));
        let finished = evaluate(&aws.url(), home.path(), arguments, variables);
        assert_eq!(finished.code, 0, "{}", finished.stderr);
        assert_eq!(aws.access_keys(), ["ASIAOFTHELOGIN"]);
    }
}

#[test]
fn a_session_of_aws_login_that_is_missing_or_expired_names_the_command() {
    let signin = Server::start(|_| {
        let refusal = r#"{"error":"TOKEN_EXPIRED","message":"the refresh token has expired"}"#;
        Some(Response::new(403, "application/json", refusal).with("x-amzn-errortype", "AccessDeniedException"))
    });
    let signin = [("AWS_ENDPOINT_URL_SIGNIN", signin.url())];
    let variables = signin.each_ref().map(|(name, url)| (*name, url.as_str()));
    for (expires, why) in [(None, CACHE_FILE), (Some("2026-01-01T00:00:00Z"), "session has expired")] {
        let (aws, home) = (aws(), tempfile::tempdir().unwrap());
        log_in(home.path(), expires);
        let finished = evaluate(&aws.url(), home.path(), &["--profile", "console"], &variables);
        assert_eq!((finished.code, finished.stdout.as_str()), (2, ""), "{}", finished.stderr);
        assert!(finished.stderr.contains("sign in with `aws login --profile console`"), "{}", finished.stderr);
        assert!(finished.stderr.contains(why), "{}", finished.stderr);
        assert_eq!(aws.calls(), Vec::<String>::new());
    }
}
