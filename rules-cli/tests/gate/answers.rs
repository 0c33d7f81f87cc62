//! Answers to questions: which are the worst, what does a name mean, what changed.

use std::path::Path;

use serde_json::{Value, json};

use super::support::{Finished, folder, run_in, write};

const DETAILS: &str = "account-authorization-details.json";

fn sample() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(DETAILS);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn diff(root: &Path, old: &Value, new: &Value, arguments: &[&str]) -> Finished {
    write(root, &format!("old/{DETAILS}"), &old.to_string());
    write(root, &format!("new/{DETAILS}"), &serde_json::to_string_pretty(new).unwrap());
    run_in(root, &[&["diff", "old", "new", "--format", "ndjson"], arguments].concat())
}

/// An account with one user, whose inline policy has these statements.
fn account(statements: &Value) -> Value {
    json!({
        "UserDetailList": [{
            "Path": "/", "UserName": "ada", "UserId": "AIDAADA", "Arn": "arn:aws:iam::111122223333:user/ada",
            "CreateDate": "2026-01-01T00:00:00Z", "GroupList": [], "AttachedManagedPolicies": [], "Tags": [],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}],
        }],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
        "IsTruncated": false,
    })
}

#[test]
fn the_worst_come_first_with_the_change_that_helps_most() {
    let root = folder("worst");
    let finished = run_in(&root, &["worst", "--sample", "--format", "ndjson"]);
    assert_eq!((finished.code, finished.stderr.as_str()), (0, ""));
    let lines = finished.lines();
    assert_eq!(lines.len(), 20);
    let scores: Vec<f64> = lines.iter().map(|line| line["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted());
    for line in lines.iter().filter(|line| !line["score_if_fixed"].is_null()) {
        assert!(line["score_if_fixed"].as_f64() > line["score"].as_f64() && !line["fix"].is_null(), "{line}");
    }
    assert_eq!(run_in(&root, &["worst", "--sample", "-n", "3", "--format", "ndjson"]).lines(), lines[..3]);
    let table = run_in(&root, &["worst", "--sample", "-n", "3"]).stdout;
    assert!(table.contains(lines[0]["name"].as_str().unwrap()) && table.contains("3 of "), "{table}");
    assert_eq!(run_in(&root, &["worst", "--input", "nowhere"]).code, 2);
}

#[test]
fn names_are_explained() {
    let root = folder("explain");
    for (name, told) in [
        ("root-mfa-enabled", "# root-mfa-enabled"),
        ("score-below-minimum", "policy-least-privilege"),
        ("iam-001", "iam:CreatePolicyVersion"),
        ("new-pass-role", "passes a role"),
    ] {
        let finished = run_in(&root, &["explain", name]);
        assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{name}");
        assert!(finished.stdout.contains(told), "{name}: {}", finished.stdout);
    }
    let list = run_in(&root, &["explain"]).stdout;
    for name in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        assert_eq!(run_in(&root, &["explain", name]).code, 0, "{name}");
    }
    let finished = run_in(&root, &["explain", "root-mfa-of"]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(finished.stderr.contains("did you mean `root-mfa-off`?"), "{}", finished.stderr);
}

#[test]
fn an_account_that_stayed_the_same_is_silent() {
    let root = folder("diff-same");
    let finished = diff(&root, &sample(), &sample(), &["--fail-on", "worse"]);
    assert_eq!((finished.code, finished.stdout.as_str(), finished.stderr.as_str()), (0, "", ""));
}

/// The statements of many policies: what they mean in one spelling, in another, wider and narrower.
fn pairs() -> Vec<(Value, Value, Value, Value)> {
    let mut pairs = Vec::new();
    for (service, action, other) in [
        ("s3", "GetObject", "PutObject"),
        ("sqs", "SendMessage", "ReceiveMessage"),
        ("dynamodb", "GetItem", "PutItem"),
        ("sns", "Publish", "Subscribe"),
        ("kms", "Decrypt", "Encrypt"),
    ] {
        for number in 0..14 {
            let name = |letter: char| format!("arn:aws:{service}:eu-west-1:111122223333:{letter}{number}");
            let name =
                |letter: char| if service == "s3" { format!("arn:aws:s3:::{letter}{number}/*") } else { name(letter) };
            let (one, two) = (name('a'), name('b'));
            let action = format!("{service}:{action}");
            let other = format!("{service}:{other}");
            let base = json!([{"Sid": "A", "Effect": "Allow", "Action": [action, other], "Resource": [one, two]}]);
            let spelled = json!([
                {"Effect": "Allow", "Resource": two, "Action": [other.to_uppercase().replace(&service.to_uppercase(), service), action]},
                {"Effect": "Allow", "Action": action, "Resource": one},
                {"Effect": "Allow", "Action": [other, action], "Resource": one},
            ]);
            let wider = json!([{"Effect": "Allow", "Action": format!("{service}:*"), "Resource": [one, two]}]);
            let narrower = match number % 3 {
                0 => json!([{"Effect": "Allow", "Action": action, "Resource": [one, two]}]),
                1 => json!([{"Effect": "Allow", "Action": [action, other], "Resource": one}]),
                _ => json!([base[0], {"Effect": "Deny", "Action": action, "Resource": one}]),
            };
            pairs.push((base, spelled, wider, narrower));
        }
    }
    pairs
}

#[test]
fn changes_of_meaning_have_the_right_sign() {
    let root = folder("diff-signs");
    for (base, spelled, wider, narrower) in pairs() {
        let directions = |new: &Value| -> Vec<String> {
            let finished = diff(&root, &account(&base), &account(new), &[]);
            assert_eq!((finished.code, finished.stderr.as_str()), (0, ""), "{new}");
            finished.lines().iter().map(|line| line["direction"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(directions(&spelled), Vec::<String>::new(), "{base} {spelled}");
        let changed = directions(&wider);
        assert!(!changed.is_empty() && changed.iter().all(|direction| direction == "worse"), "{changed:?} {wider}");
        let changed = directions(&narrower);
        assert!(!changed.is_empty() && changed.iter().all(|direction| direction == "better"), "{changed:?} {narrower}");
    }
}

#[test]
fn a_new_administrator_is_named_whatever_the_way() {
    let root = folder("diff-administrators");
    let harmless = json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}]);
    let grants = |statements: Value| account(&statements);
    let own = json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]);
    let by_escalation = json!([{"Effect": "Allow", "Action": "iam:PutUserPolicy", "Resource": "*"}]);
    for (statements, state) in [(own, "an administrator"), (by_escalation, "can become an administrator")] {
        let finished = diff(&root, &grants(harmless.clone()), &grants(statements.clone()), &["--fail-on", "worse"]);
        assert_eq!(finished.code, 1, "{statements}");
        let lines = finished.lines();
        let named = lines.iter().find(|line| line["change"] == "administrator").expect("the administrator is named");
        assert_eq!(
            (&named["resource"], &named["after"], &named["direction"]),
            (&json!("user ada"), &json!(state), &json!("worse"))
        );
        let back = diff(&root, &grants(statements), &grants(harmless.clone()), &["--fail-on", "worse"]);
        assert_eq!(back.code, 0);
        assert!(back.lines().iter().any(|line| line["change"] == "administrator" && line["direction"] == "better"));
    }
    let mut group = grants(harmless.clone());
    group["GroupDetailList"] = json!([{"Path": "/", "GroupName": "ops", "GroupId": "AGPAOPS", "Arn": "arn:aws:iam::111122223333:group/ops",
        "GroupPolicyList": [{"PolicyName": "all", "PolicyDocument": {"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": "*", "Resource": "*"}}}], "AttachedManagedPolicies": []}]);
    let mut member = group.clone();
    member["UserDetailList"][0]["GroupList"] = json!(["ops"]);
    let lines = diff(&root, &group, &member, &[]).lines();
    assert!(lines.iter().any(|line| line["change"] == "administrator" && line["resource"] == "user ada"), "{lines:?}");
}

#[test]
fn what_came_and_went_is_told_and_root_changes_too() {
    let root = folder("diff-root");
    let old = sample();
    let mut new = sample();
    let gone = new["UserDetailList"].as_array_mut().unwrap().remove(0);
    let summary = |mfa: u8| {
        json!({"SummaryMap": {"AccountMFAEnabled": mfa, "AccountAccessKeysPresent": 0,
        "AccountSigningCertificatesPresent": 0, "AccountPasswordPresent": 1}})
        .to_string()
    };
    write(&root, "old/account-summary.json", &summary(1));
    write(&root, "new/account-summary.json", &summary(0));
    let finished = diff(&root, &old, &new, &["--fail-on", "worse"]);
    assert_eq!(finished.code, 1);
    let lines = finished.lines();
    let told = |change: &str, resource: &str| {
        lines.iter().find(|line| line["change"] == change && line["resource"] == resource)
    };
    assert!(told("gone", &format!("user {}", gone["UserName"].as_str().unwrap())).is_some(), "{lines:?}");
    let verdict = lines.iter().find(|line| line["rule"] == "root-mfa-enabled").expect("the root user's MFA is told");
    assert_eq!(
        (&verdict["direction"], &verdict["before"], &verdict["after"]),
        (&json!("worse"), &json!("COMPLIANT"), &json!("NON_COMPLIANT"))
    );
    let table = run_in(&root, &["diff", "old", "new"]).stdout;
    assert!(table.contains("worse") && table.contains("root-mfa-enabled"), "{table}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let root = folder("diff-refused");
    let mut other: Value = serde_json::from_str(&sample().to_string().replace("111122223333", "444455556666")).unwrap();
    other["IsTruncated"] = false.into();
    let finished = diff(&root, &sample(), &other, &[]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(finished.stderr.contains("OLD is account 111122223333"), "{}", finished.stderr);
    assert_eq!(run_in(&root, &["diff", "old", "nowhere"]).code, 2);
    assert_eq!(run_in(&root, &["diff", "old"]).code, 2);
}

/// A policy that grants its holder everything in one call: version 1 let it pass.
#[test]
fn the_versions_of_the_score_are_compared() {
    let folder = folder("score-versions");
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:PutUserPolicy",
        "Resource": "arn:aws:iam::111122223333:user/ada"}}"#;
    write(&folder, "own.json", policy);
    let score = |version: &str| {
        let finished = run_in(&folder, &["score", "--score-version", version, "--format", "ndjson", "own.json"]);
        finished.lines()[0]["score"].as_f64().unwrap()
    };
    let (before, now) = (score("1"), score("2"));
    assert!(before > 90.0 && now < 60.0, "{before} {now}");
    let compared = run_in(&folder, &["score", "--compare-versions", "own.json"]);
    assert!(compared.stdout.contains(&format!("{before:.1}")), "{}", compared.stdout);
    assert!(compared.stdout.contains(&format!("{now:.1}")), "{}", compared.stdout);
    assert_eq!(run_in(&folder, &["score", "--score-version", "3", "own.json"]).code, 2);
}
