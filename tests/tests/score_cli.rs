//! `rules-cli score` with policies that limit, and what it says of resources without effect.

use rules_tests::command::{Finished, rules_cli};
use serde_json::Value;

const READS: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["s3:GetObject","sqs:*"],"Resource":"*"}}"#;
const ONLY_S3: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
const NO_S3: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#;

fn file(name: &str, text: &str) -> String {
    rules_tests::scratch::file(env!("CARGO_TARGET_TMPDIR"), "score", name, text)
}

fn score(arguments: &[&str]) -> Finished {
    rules_cli([&["score", "--format", "ndjson"], arguments].concat(), &[])
}

fn scored(arguments: &[&str]) -> Value {
    let finished = score(arguments);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    serde_json::from_str(&finished.stdout).unwrap()
}

#[test]
fn limits_take_away_what_they_do_not_allow() {
    let (reads, only_s3) = (file("reads.json", READS), file("only-s3.json", ONLY_S3));
    let get_object = file("get-object.json", &READS.replace(",\"sqs:*\"", ""));
    let alone = scored(&[&get_object]);
    assert!(scored(&[&reads])["score"].as_f64() < alone["score"].as_f64());
    for option in ["--boundary", "--scp"] {
        assert_eq!(scored(&[&reads, option, &only_s3])["score"], alone["score"], "{option}");
    }
    // A level's policies allow together; levels have to allow each.
    let levels = file("levels.json", &format!("[{ONLY_S3},{READS}]"));
    let nothing = file("no-s3.json", &format!("[{READS},{NO_S3}]"));
    assert_eq!(scored(&[&reads, "--scp", &levels])["score"], scored(&[&reads])["score"]);
    let both = scored(&[&reads, "--scp", &only_s3, "--scp", &nothing]);
    assert_eq!((&both["score"], &both["grants_nothing"]), (&Value::from(100.0), &Value::from(true)));
}

#[test]
fn limits_that_cannot_be_read_stop_everything() {
    let reads = file("read.json", READS);
    let broken = file("broken.json", r#"[{"Statement":[{"Effect":"Allow"}]}]"#);
    let finished = score(&[&reads, "--scp", &broken]);
    assert_eq!((finished.code, finished.stdout.as_str()), (2, ""));
    assert!(
        finished.stderr.contains("broken.json") && finished.stderr.contains("$.Statement[0]"),
        "{}",
        finished.stderr
    );
    let missing = score(&[&reads, "--boundary", "no-such-file.json"]);
    assert_eq!(missing.code, 2);
    assert!(missing.stderr.contains("no-such-file.json"), "{}", missing.stderr);
    let trust = score(&[&reads, "--policy-type", "trust", "--boundary", &reads]);
    assert_eq!(trust.code, 2);
    assert!(trust.stderr.contains("--boundary"), "{}", trust.stderr);
}

#[test]
fn resources_without_effect_are_named() {
    let listing =
        file("listing.json", &READS.replace(r#""Resource":"*""#, r#""Resource":"arn:aws:s3:::b/*","Sid":"One""#));
    let found = scored(&[&listing]);
    let lints = found["lints"].as_array().unwrap();
    assert_eq!(lints.len(), 0, "sqs:* may be meant for anything: {lints:?}");
    let listing = file(
        "list.json",
        &NO_S3.replace("Deny", "Allow").replace("s3:*", "s3:ListBucket").replace(r#""*""#, r#""arn:aws:s3:::b/*""#),
    );
    let found = scored(&[&listing]);
    assert_eq!(found["lints"][0]["code"], "ineffective-resource");
    assert_eq!(found["lints"][0]["statement"], "0");
}
