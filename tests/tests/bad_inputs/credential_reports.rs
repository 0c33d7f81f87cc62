use std::collections::BTreeMap;

use rules_core::iam::CredentialReport;
use rules_tests::account::{ACCOUNT, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, Files, facts};
use rules_tests::bad_input::{Expect, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

use rules_tests::check::{as_of, assert_cause, check_all, verdicts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// Why the report as a whole is refused.
    report: Option<String>,
    /// Why the row of the report's user is refused.
    row: Option<String>,
    /// How many rows are refused.
    #[serde(default = "one")]
    rows: usize,
    /// The verdict of root-mfa-enabled from this report alone.
    root_mfa: Option<String>,
    /// Why there is none.
    cause: Option<String>,
    /// The verdict of admin-user-mfa-enabled on users with these paths and names, each an administrator.
    #[serde(default)]
    as_admin: BTreeMap<String, String>,
    /// When the user's first access key was made.
    key_made: Option<String>,
}

fn one() -> usize {
    1
}

#[test]
fn each_is_refused_for_its_reason_or_read_as_noted() {
    check_all(Kind::CredentialReport, |input, expected: &Expected| {
        let parsed = CredentialReport::parse(&input.bytes(), None, as_of());
        let accepted = input.expect == Expect::Ok;
        match (&parsed, &expected.report) {
            (Err(error), Some(cause)) => assert_cause(&input.id, &error.to_string(), &[cause]),
            (Ok(report), None) => {
                let unread: Vec<String> = report.unread().map(ToString::to_string).collect();
                match &expected.row {
                    Some(cause) => {
                        assert_eq!(unread.len(), expected.rows, "{unread:?}");
                        let of_alice = unread.iter().find(|unread| unread.contains("row of alice (line 3): ")).unwrap();
                        assert_cause(&input.id, of_alice, &["credential report", cause]);
                    }
                    None => assert!(unread.is_empty(), "{unread:?}"),
                }
            }
            (Ok(_), Some(_)) => panic!("it was accepted"),
            (Err(error), None) => panic!("it was refused: {error}"),
        }
        assert!(!accepted || (expected.report.is_none() && expected.row.is_none() && expected.cause.is_none()));
        if let (Some(made), Ok(report)) = (&expected.key_made, &parsed) {
            let arn = format!("arn:aws:iam::{ACCOUNT}:user/alice").parse().unwrap();
            let rotated = report.row(&arn).unwrap().access_keys[0].last_rotated.unwrap();
            assert_eq!(rotated.to_string(), *made);
        }
    });
}

#[test]
fn each_gives_the_root_user_its_verdict_or_none() {
    check_all(Kind::CredentialReport, |input, expected: &Expected| {
        let files = Files::from([(CREDENTIAL_REPORT.to_owned(), input.bytes())]);
        let lines = verdicts("root-mfa-enabled", &facts(ACCOUNT, &files, as_of()));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        assert_eq!(line.compliance, expected.root_mfa.as_deref().unwrap_or("NOT_EVALUATED"), "{}", line.annotation);
        if let Some(cause) = &expected.cause {
            assert_cause(&input.id, &line.annotation, &[cause]);
        }
    });
}

#[test]
fn each_gives_administrators_their_verdict_or_none() {
    check_all(Kind::CredentialReport, |input, expected: &Expected| {
        // Without an expected verdict, the user of the reference report must not pass.
        let without = BTreeMap::from([("alice".to_owned(), "NOT_EVALUATED".to_owned())]);
        let users = if expected.as_admin.is_empty() { &without } else { &expected.as_admin };
        let records: Vec<Value> = users.keys().enumerate().map(|(index, path)| administrator(index, path)).collect();
        let details = json!({
            "UserDetailList": records, "GroupDetailList": [], "RoleDetailList": [], "Policies": [], "IsTruncated": false,
        });
        let files = Files::from([
            (CREDENTIAL_REPORT.to_owned(), input.bytes()),
            (AUTHORIZATION_DETAILS.to_owned(), details.to_string().into_bytes()),
        ]);
        let lines = verdicts("admin-user-mfa-enabled", &facts(ACCOUNT, &files, as_of()));
        for (index, (path, compliance)) in users.iter().enumerate() {
            let line = lines.iter().find(|line| line.resource_id == format!("AIDA{index}")).unwrap();
            assert_eq!(line.compliance, *compliance, "{path}: {}", line.annotation);
            assert!(!line.annotation.chars().any(rules_core::text::is_hidden));
        }
    });
}

fn administrator(index: usize, path: &str) -> Value {
    let policy = json!({
        "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }],
    });
    json!({
        "Path": "/", "UserName": path.rsplit('/').next(), "UserId": format!("AIDA{index}"),
        "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{path}"), "GroupList": [], "AttachedManagedPolicies": [],
        "CreateDate": "2023-01-01T00:00:00Z", "UserPolicyList": [{ "PolicyName": "p", "PolicyDocument": policy }],
    })
}
