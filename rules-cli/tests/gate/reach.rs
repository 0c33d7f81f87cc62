//! Who can become whom, and which verdicts move with other parameters.

use rules_tests::account::{Account, write as write_files};
use serde_json::json;

use crate::support::{Finished, folder, run_in, write};

/// bob can make a key of ada, who is an administrator; cy can become bob, but only from some address.
fn run(name: &str, arguments: &[&str]) -> Finished {
    let account: Account = serde_json::from_value(json!({
        "users": {
            "ada": { "inline": { "all": ["Allow * on *"] }, "credentials": ["password", "mfa"] },
            "bob": {
                "inline": { "keys": ["Allow iam:CreateAccessKey on arn:aws:iam::111122223333:user/ada"] },
                "credentials": ["password"]
            },
            "cy": { "inline": { "keys": [{
                "Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::111122223333:user/bob",
                "Condition": { "IpAddress": { "aws:SourceIp": "203.0.113.0/24" } }
            }] } },
            "dan": {}
        },
        "roles": { "bob": { "trust": [
            { "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }
        ] } },
        "report": { "root": ["password", "mfa"] }
    }))
    .unwrap();
    let folder = folder(name);
    write_files(&account.files(), &folder.join("account"));
    write(&folder, "old.toml", "[parameters.admin-user-mfa-enabled]\nadminDefinition = \"effective\"\n");
    let input = ["--input", "account", "--as-of", "2026-01-31T12:00:00Z"];
    run_in(&folder, &[arguments, &input].concat())
}

#[test]
fn paths_lead_to_administrators_step_by_step() {
    let finished = run("paths-to-administrators", &["paths", "--format", "ndjson"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let lines = finished.lines();
    let told: Vec<_> = lines.iter().map(|line| (line["from"].as_str().unwrap(), line["certainty"].as_str())).collect();
    let arn = |name: &str| format!("arn:aws:iam::111122223333:user/{name}");
    assert_eq!(told, [(arn("bob").as_str(), Some("certain")), (arn("cy").as_str(), Some("uncertain"))]);
    assert_eq!(lines[0]["steps"][0]["actions"][0]["action"], "iam:CreateAccessKey");
    assert_eq!(lines[0]["steps"][0]["actions"][0]["policy"], "keys");
    assert_eq!(lines[1]["steps"].as_array().unwrap().len(), 2);
    assert_eq!(lines[1]["missing"], "aws:SourceIp on iam:CreateAccessKey");
}

#[test]
fn paths_lead_from_one_to_another() {
    let finished = run("paths-from-to", &["paths", "--from", "cy", "--to", "user/bob", "--format", "json"]);
    let paths: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    assert_eq!(paths.as_array().unwrap().len(), 1);
    assert_eq!(paths[0]["to"], "arn:aws:iam::111122223333:user/bob");
    let none = run("paths-to-nobody", &["paths", "--from", "dan", "--format", "json"]);
    assert_eq!((none.code, none.stdout.as_str()), (0, "[]\n"));
    let several = run("paths-ambiguous", &["paths", "--from", "bob"]);
    assert_eq!(several.code, 2);
    assert!(several.stderr.contains("say user/bob or role/bob"), "{}", several.stderr);
    let unknown = run("paths-unknown", &["paths", "--from", "zoe"]);
    assert!(unknown.code == 2 && unknown.stderr.contains("no user or role `zoe`"), "{}", unknown.stderr);
}

#[test]
fn paths_are_cut_aloud() {
    let finished = run("paths-cut", &["paths", "--max", "1", "--format", "ndjson"]);
    assert_eq!(finished.lines().len(), 1);
    assert!(finished.stderr.contains("only the first 1 paths"), "{}", finished.stderr);
}

#[test]
fn paths_are_graphs() {
    let dot = run("paths-dot", &["paths", "--format", "dot"]).stdout;
    assert!(dot.starts_with("digraph paths {") && dot.ends_with("}\n"), "{dot}");
    assert!(dot.contains(r#""user/bob" -> "user/ada" [label="iam:CreateAccessKey", style=solid];"#), "{dot}");
    assert!(dot.contains(r#""user/cy" -> "user/bob" [label="iam:CreateAccessKey", style=dashed];"#), "{dot}");
    let mermaid = run("paths-mermaid", &["paths", "--format", "mermaid"]).stdout;
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains("[\"user/ada\"]"), "{mermaid}");
    assert!(mermaid.contains(" -.->|\"iam:CreateAccessKey\"| "), "{mermaid}");
}

#[test]
fn administrators_and_who_can_become_one_are_listed_by_danger() {
    let lines = run("admins", &["admins", "--format", "ndjson"]).lines();
    let told: Vec<_> = lines.iter().map(|line| (line["name"].as_str().unwrap(), line["level"].as_str())).collect();
    let expected =
        [("bob", Some("can-become-one")), ("ada", Some("administrator")), ("cy", Some("can-become-one-uncertain"))];
    assert_eq!(told, expected, "without MFA, with MFA, without a credential");
    assert_eq!((&lines[0]["mfa"], &lines[1]["mfa"]), (&json!(false), &json!(true)));
    let table = run("admins-table", &["admins"]).stdout;
    assert!(table.ends_with("administrators: 1; others that can become one: 2\n"), "{table}");
}

#[test]
fn the_last_use_of_a_role_is_listed() {
    let trust =
        json!([{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }]);
    let account: Account = serde_json::from_value(json!({ "roles": {
        "deploy": { "inline": { "all": ["Allow * on *"] }, "trust": trust, "last_used": "2026-01-05T06:07:08Z" },
        "old": { "inline": { "all": ["Allow * on *"] }, "trust": trust }
    } }))
    .unwrap();
    let folder = folder("admins-last-use");
    write_files(&account.files(), &folder.join("account"));
    let arguments = ["admins", "--input", "account", "--as-of", "2026-01-31T12:00:00Z", "--format", "ndjson"];
    let lines = run_in(&folder, &arguments).lines();
    let told: Vec<_> = lines.iter().map(|line| (line["name"].as_str().unwrap(), line["last_used"].as_str())).collect();
    assert_eq!(told, [("deploy", Some("2026-01-05T06:07:08Z")), ("old", None)]);
}

#[test]
fn verdicts_that_move_with_the_parameters_are_named() {
    let arguments = ["evaluate", "--compare-parameters", "old.toml", "--format", "ndjson"];
    let finished = run("compare-parameters", &arguments);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let lines = finished.lines();
    assert_eq!(lines.len(), 1, "{}", finished.stdout);
    assert_eq!(lines[0]["rule"], "admin-user-mfa-enabled");
    assert_eq!((&lines[0]["before"], &lines[0]["after"]), (&json!("NOT_APPLICABLE"), &json!("NON_COMPLIANT")));
}

#[test]
fn a_fix_interrupts_every_path_with_the_fewest_statements() {
    let finished = run("fix-json", &["fix", "--format", "json"]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let fix: serde_json::Value = serde_json::from_str(&finished.stdout).unwrap();
    // Both paths end with the key of ada that bob can make.
    assert_eq!((&fix["statements"], &fix["minimum"]), (&json!(1), &json!(true)));
    assert_eq!(fix["principals"].as_array().unwrap().len(), 2);
    assert_eq!(fix["edits"][0]["arn"], "arn:aws:iam::111122223333:user/bob");
    assert_eq!(fix["edits"][0]["policy"], "keys");
    assert_eq!(fix["edits"][0]["after"], serde_json::Value::Null, "the policy allows nothing else");
    let told = run("fix-diff", &["fix", "--from", "cy"]);
    assert!(told.stdout.starts_with("Can become an administrator: user/cy\n"), "{}", told.stdout);
    assert!(told.stdout.contains("--- inline policy keys of user/"), "{}", told.stdout);
    let none = run("fix-nobody", &["fix", "--from", "dan"]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (0, "No user or role that is not an administrator can become one.\n")
    );
    let unknown = run("fix-unknown", &["fix", "--from", "eve"]);
    assert_eq!(unknown.code, 2, "{}", unknown.stderr);
}
