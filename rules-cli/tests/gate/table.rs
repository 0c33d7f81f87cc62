//! Tables for people: short where there is much, and names that can be copied.

use serde_json::{Value, json};

use super::support::{folder, run_in, write};

fn role(number: usize, name: &str) -> Value {
    let trust = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let action = if number.is_multiple_of(2) { "*" } else { "s3:ListAllMyBuckets" };
    json!({
        "Path": "/", "RoleName": name, "RoleId": format!("AROA{number}"), "Arn": format!("arn:aws:iam::111122223333:role/{name}"),
        "CreateDate": "2026-01-01T00:00:00Z", "AssumeRolePolicyDocument": trust, "InstanceProfileList": [], "Tags": [],
        "AttachedManagedPolicies": [],
        "RolePolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": action, "Resource": "*"}}}],
    })
}

fn account(roles: Vec<Value>) -> String {
    let details = json!({"UserDetailList": [], "GroupDetailList": [], "RoleDetailList": roles, "Policies": [], "IsTruncated": false});
    details.to_string()
}

#[test]
fn many_principals_are_two_screens() {
    let root = folder("many");
    let roles = (0..1_000).map(|number| role(number, &format!("service-{number}"))).collect();
    write(&root, "account-authorization-details.json", &account(roles));
    let rules = ["--rule", "policy-least-privilege", "--rule", "principal-least-privilege"];
    let table = |arguments: &[&str]| run_in(&root, &[&["evaluate", "--input", "."], &rules[..], arguments].concat());
    let short = table(&[]);
    assert_eq!((short.code, short.stderr.lines().count()), (1, 1));
    assert!(short.stderr.starts_with("note: evaluated as of 2026-01-01T00:00:00Z"), "{}", short.stderr);
    assert!(short.stdout.lines().count() <= 60, "{}", short.stdout);
    assert!(short.stdout.contains("497 more") && short.stdout.contains("--all lists everything"), "{}", short.stdout);
    let all = table(&["--all"]).stdout;
    assert!((0..1_000).all(|number| all.contains(&format!("role service-{number} "))), "every role is listed");
}

#[test]
fn of_many_policies_the_lowest_scores_are_listed() {
    let root = folder("many-policies");
    for number in 0..100 {
        let action = if number % 10 == 0 { "*" } else { "s3:ListAllMyBuckets" };
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
        write(&root, &format!("p/{number}.json"), &json!({"Statement": statement}).to_string());
    }
    write(&root, "p/broken.json", r#"{"Statement": [{}]}"#);
    let short = run_in(&root, &["score", "p", "--min-score", "60"]).stdout;
    let listed = |table: &str, grade: &str| table.lines().filter(|line| line.contains(grade)).count();
    assert_eq!((listed(&short, "  F  "), listed(&short, "  A  ")), (10, 10), "{short}");
    assert!(short.contains("broken"), "{short}");
    let end = "100 policies scored, 10 failing, 1 not readable\nThis list is shortened: --all lists everything.\n";
    assert!(short.ends_with(end), "{short}");
    let all = run_in(&root, &["score", "p", "--min-score", "60", "--all"]).stdout;
    assert_eq!((listed(&all, "  F  "), listed(&all, "  A  ")), (10, 90));
    assert!(all.ends_with("1 not readable\n"), "{all}");
}

#[test]
fn names_are_not_broken() {
    let root = folder("names-whole");
    let long = "x".repeat(64) + "-" + &"y".repeat(60);
    let path = "very/deep/folders/with-long-names/".repeat(3) + &long;
    write(&root, "account-authorization-details.json", &account(vec![role(0, &long), role(2, "short")]));
    let table = run_in(&root, &["evaluate", "--input", ".", "--rule", "policy-least-privilege"]).stdout;
    assert!(table.contains(&format!("NON_COMPLIANT   role {long}\n")) && table.contains("role short "), "{table}");
    write(
        &root,
        &format!("p/{path}.json"),
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
    );
    let table = run_in(&root, &["score", "p"]).stdout;
    assert!(table.contains(&format!("  F  {path}\n")), "{table}");
}

#[test]
fn colours_are_used_when_asked_for() {
    let root = folder("colours");
    let table = |color: &str| run_in(&root, &["evaluate", "--sample", "--color", color]).stdout;
    assert!(table("always").contains("\u{1b}["));
    assert!(!table("auto").contains('\u{1b}') && !table("never").contains('\u{1b}'));
    assert_eq!(run_in(&root, &["evaluate", "--sample", "--color", "allways"]).code, 2);
}
