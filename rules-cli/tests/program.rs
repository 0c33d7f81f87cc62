//! The program as its users run it: exit codes, streams, and the shape of what it prints.
#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rules_tests::canary;
use rules_tests::scratch::folder;
use serde_json::Value;

const SCRATCH: &str = env!("CARGO_TARGET_TMPDIR");

const SCORED: &str = r#"{"Version":"2012-10-17","Id":"planted-canary-document-id","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rules-cli"));
    // Nothing of the machine's own AWS configuration may take part.
    command.args(args).env_clear().envs(canary::CREDENTIALS).stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    kept(program(args).output().expect("the program runs"))
}

/// Nothing secret is in what the program says.
fn kept(output: Output) -> Output {
    canary::assert_absent("standard output", text(&output.stdout));
    canary::assert_absent("standard error", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("output is UTF-8")
}

fn lines(output: &Output) -> Vec<Value> {
    text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample").join(name)
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_sample_has_verdicts_of_every_rule() {
    let output = run(&["evaluate", "--sample", "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stderr), "");
    let lines = lines(&output);
    for rule in rules_core::rules::RULES {
        assert!(lines.iter().any(|line| line["rule"] == rule.id), "{}", rule.id);
    }
    for compliance in ["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"] {
        assert!(lines.iter().any(|line| line["compliance"] == compliance), "{compliance}");
    }
    assert!(lines.iter().all(|line| line["compliance"] != "NOT_EVALUATED"));
    assert!(lines.iter().all(|line| line["account"] == "111122223333"));
    assert!(lines.iter().all(|line| line["ordering_timestamp"] == "2026-06-30T06:15:04Z"));
}

#[test]
fn a_pack_holds_the_rules_of_its_profile() {
    let pack = |args: &[&str]| {
        let output = run(&[&["pack"], args].concat());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""));
        text(&output.stdout).to_owned()
    };
    let rules = |pack: &str| pack.matches("Type: AWS::Config::ConfigRule").count();
    let committed =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance-pack/template.yaml"));
    assert_eq!(pack(&[]), committed.unwrap());
    assert_eq!(pack(&["--pack-profile", "full"]), pack(&[]));
    assert_eq!(rules(&pack(&[])), rules_core::rules::RULES.len());
    assert_eq!(rules(&pack(&["--pack-profile", "baseline"])), 4);
    for (profile, benchmark) in [("cis-3.0", "\n- CIS AWS 3.0: "), ("cis-7.0", "\n- CIS AWS 7.0: ")] {
        let cis = rules_core::rules::RULES.iter().filter(|rule| rule.page.contains(benchmark));
        assert_eq!(rules(&pack(&["--pack-profile", profile])), cis.count(), "{profile}");
    }
    let organization = pack(&["--organization"]);
    assert_eq!(rules(&organization), rules(&pack(&[])));
    assert_ne!(organization, pack(&[]));
    assert_eq!(run(&["pack", "--pack-profile", "cis-2.0"]).status.code(), Some(2));
}

#[test]
fn a_verdict_has_the_documented_fields() {
    let output = run(&["evaluate", "--sample", "--rule", "admin-user-mfa-enabled", "--format", "ndjson"]);
    let lines = lines(&output);
    let sorted = |mut keys: Vec<&str>| {
        keys.sort_unstable();
        keys.join(" ")
    };
    for line in &lines {
        assert_eq!(
            sorted(keys(line)),
            "account annotation certainty compliance exception findings grade known ordering_timestamp pass resource_arn \
             resource_id resource_name resource_type rule score severity threshold"
        );
    }
    let found = lines.iter().find(|line| line["resource_name"] == "operations-lead").expect("the user is judged");
    assert_eq!(found["compliance"], "NON_COMPLIANT");
    assert_eq!(found["resource_type"], "AWS::IAM::User");
    assert_eq!(found["resource_id"], "AIDAOPSLEAD00EXAMPLE9");
    assert_eq!(found["exception"], Value::Null);
    let finding = &found["findings"][0];
    assert_eq!(sorted(keys(finding)), "code column file line message missing path policy statement steps");
    assert_eq!(finding["path"], serde_json::json!(["operations-lead", "administrators", "AdministratorAccess"]));
}

#[test]
fn json_holds_what_ndjson_holds() {
    let ndjson = run(&["evaluate", "--sample", "--format", "ndjson"]);
    let json = run(&["evaluate", "--sample", "--format", "json"]);
    assert_eq!(serde_json::from_slice::<Vec<Value>>(&json.stdout).unwrap(), lines(&ndjson));
}

#[test]
fn the_table_of_the_sample() {
    let output = run(&["evaluate", "--sample", "--rule", "root-mfa-enabled", "--rule", "admin-user-mfa-enabled"]);
    insta::assert_snapshot!(text(&output.stdout));
}

#[test]
fn output_goes_to_the_file_alone() {
    let folder = folder(SCRATCH);
    let file = folder.path().join("verdicts.ndjson");
    let output = run(&["evaluate", "--sample", "--format", "ndjson", "--output", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(text(&output.stdout), "");
    let direct = run(&["evaluate", "--sample", "--format", "ndjson"]);
    assert_eq!(std::fs::read(file).unwrap(), direct.stdout);
}

#[test]
fn files_run_the_rules_that_they_have_something_for() {
    let folder = folder(SCRATCH);
    let folder = folder.path();
    std::fs::copy(sample("account-summary.json"), folder.join("account-summary.json")).unwrap();
    let path = folder.to_str().unwrap();

    let output = run(&["evaluate", "--input", path, "--account", "111122223333", "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(1));
    let rules: Vec<Value> = lines(&output).iter().map(|line| line["rule"].clone()).collect();
    assert_eq!(rules, ["root-mfa-enabled", "root-hardware-mfa-enabled", "root-no-access-keys"]);

    let arguments = ["evaluate", "--input", path, "--account", "111122223333", "--format", "ndjson", "--rule"];
    let output = run(&[&arguments[..], &["policy-least-privilege"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let lines = lines(&output);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["compliance"], "NOT_EVALUATED");
    assert_eq!(lines[0]["resource_type"], "AWS::::Account");

    let output = run(&["evaluate", "--input", path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("error: account"), "{}", text(&output.stderr));
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_judged() {
    let folder = folder(SCRATCH);
    let folder = folder.path();
    std::fs::copy(sample("account-summary.json"), folder.join("account-summary.json")).unwrap();
    std::fs::write(folder.join("credential-report.csv"), "user,arn\n").unwrap();
    let path = folder.to_str().unwrap();
    let output = run(&["evaluate", "--input", path, "--account", "111122223333", "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("credential-report.csv"), "{}", text(&output.stderr));
    let judged = lines(&output);
    assert!(judged.iter().any(|line| line["rule"] == "root-mfa-enabled" && line["compliance"] == "NON_COMPLIANT"));
    assert!(
        judged.iter().any(|line| line["rule"] == "admin-user-mfa-enabled" && line["compliance"] == "NOT_EVALUATED")
    );
}

#[test]
fn bad_usage_ends_with_2() {
    for args in [
        &["evaluate", "--sample", "--rule", "nonesuch"][..],
        &["evaluate", "--sample", "--param", "policy-least-privilege.minimumScore"],
        &["evaluate", "--sample", "--param", "policy-least-privilege.nonesuch=1"],
        &["evaluate", "--sample", "--param", "policy-least-privilege.minimumScore=101"],
        &["evaluate", "--sample", "--rule", "root-mfa-enabled", "--param", "policy-least-privilege.minimumScore=1"],
        &["evaluate", "--sample", "--as-of", "yesterday"],
        &["evaluate", "--sample", "--account", "444455556666"],
        &["evaluate", "--sample", "--input", "."],
        &["evaluate", "--input", "/nonesuch"],
        &["invoke", "/nonesuch"],
        &["score"],
        &["score", "-", "--min-score", "101"],
        &["nonesuch"],
        &[],
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
        assert_ne!(text(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn parameters_reach_their_rule() {
    let arguments = ["evaluate", "--sample", "--rule", "policy-least-privilege", "--format", "ndjson"];
    let output = run(&[&arguments[..], &["--param", "policy-least-privilege.minimumScore=0"]].concat());
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn each_format_has_a_look_of_its_own() {
    for format in ["csv", "junit", "markdown"] {
        let output = run(&["evaluate", "--sample", "--rule", "admin-user-mfa-enabled", "--format", format]);
        assert_eq!(output.status.code(), Some(1));
        insta::assert_snapshot!(format, text(&output.stdout));
    }
}

#[test]
fn scores_come_from_files_folders_and_standard_input() {
    let folder = folder(SCRATCH);
    let folder = folder.path();
    std::fs::write(folder.join("b.json"), SCORED).unwrap();
    std::fs::write(folder.join("a.json"), r#"{"Statement":[{}]}"#).unwrap();
    std::fs::write(folder.join("ignored.txt"), SCORED).unwrap();
    let file = folder.join("b.json");

    let output = run(&["score", folder.to_str().unwrap(), file.to_str().unwrap(), "--format", "ndjson"]);
    assert_eq!(output.status.code(), Some(2));
    let scored = lines(&output);
    assert_eq!(scored.iter().map(|line| line["policy"].as_str().unwrap()).collect::<Vec<_>>(), ["a", "b", "b"]);
    assert!(scored[0]["error"].as_str().unwrap().starts_with('$'), "{}", scored[0]);
    assert_eq!(scored[1]["score_version"], 2);

    let mut child = program(&["score", "-", "--min-score", "99.9", "--format", "ndjson"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(SCORED.as_bytes()).unwrap();
    let output = kept(child.wait_with_output().unwrap());
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output)[0]["score"], scored[1]["score"]);
}

#[test]
fn an_empty_folder_is_no_success() {
    let folder = folder(SCRATCH);
    let output = run(&["score", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn an_invocation_is_a_dry_run_with_the_lines_of_evaluate() {
    let folder = folder(SCRATCH);
    let folder = folder.path();
    let event = serde_json::json!({
        "version": "1.0",
        "accountId": "111122223333",
        "configRuleName": "root-mfa",
        "configRuleArn": "arn:aws:config:eu-west-1:111122223333:config-rule/config-rule-example",
        "configRuleId": "config-rule-example",
        "executionRoleArn": "arn:aws:iam::111122223333:role/config",
        "eventLeftScope": false,
        "resultToken": canary::TOKEN,
        "ruleParameters": "{\"rule\":\"root-mfa-enabled\"}",
        "invokingEvent": "{\"awsAccountId\":\"111122223333\",\"notificationCreationTime\":\"2026-07-01T00:00:00.000Z\",\"messageType\":\"ScheduledNotification\",\"recordVersion\":\"1.0\"}",
    });
    let path = folder.join("event.json");
    std::fs::write(&path, event.to_string()).unwrap();
    let input = sample("");
    let output = run(&["invoke", path.to_str().unwrap(), "--input", input.to_str().unwrap()]);
    assert_eq!(text(&output.stderr), "");
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["compliance"], "NON_COMPLIANT");
    assert_eq!(lines[0]["ordering_timestamp"], "2026-07-01T00:00:00Z");

    std::fs::write(&path, "{}").unwrap();
    let output = run(&["invoke", path.to_str().unwrap(), "--input", input.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    for args in [&["evaluate", "--sample"][..], &["rules"], &["man"], &["completions", "bash"]] {
        let mut child = program(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        assert_eq!(stderr, "", "{args:?}");
        let expected = if args[0] == "evaluate" { 1 } else { 0 };
        assert_eq!(child.wait().unwrap().code(), Some(expected), "{args:?}");
    }
}

#[test]
fn a_rule_has_a_page() {
    for rule in rules_core::rules::RULES {
        let output = run(&["rules", rule.id]);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(text(&output.stdout).trim_end(), rule.page.trim_end());
    }
}

#[test]
fn the_registry_is_listed() {
    let table = run(&["rules"]);
    let json: Vec<Value> = serde_json::from_slice(&run(&["rules", "--format", "json"]).stdout).unwrap();
    assert_eq!(json.len(), rules_core::rules::RULES.len());
    for (rule, record) in rules_core::rules::RULES.iter().zip(&json) {
        assert!(text(&table.stdout).contains(rule.id), "{}", rule.id);
        assert_eq!(record["id"], rule.id);
    }
}

#[test]
fn help() {
    let mut helps = text(&run(&["--help"]).stdout).to_owned();
    for command in [
        "evaluate",
        "score",
        "worst",
        "diff",
        "explain",
        "simulate",
        "collect",
        "invoke",
        "rules",
        "config",
        "schema",
        "completions",
        "man",
    ] {
        helps.push_str(&format!("\n--- {command}\n"));
        helps.push_str(text(&run(&[command, "--help"]).stdout));
    }
    insta::assert_snapshot!(helps);
}
