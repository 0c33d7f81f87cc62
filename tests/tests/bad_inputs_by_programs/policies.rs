use rules_tests::account::Account;
use rules_tests::bad_input::{BadInput, Expect, Kind};
use rules_tests::check::{assert_cause, check_all};
use rules_tests::command::rules_cli;
use serde_json::{Value, json};

use super::setting::{assert_printable, evaluate, folder, handle};

fn score(input: &BadInput, format: &str) -> rules_tests::command::Finished {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    std::fs::write(&file, input.bytes()).unwrap();
    let grammar = if input.is_trust_policy() { "trust" } else { "identity" };
    let finished = rules_cli(["score", file.to_str().unwrap(), "--policy-type", grammar, "--format", format], &[]);
    assert_printable(&finished);
    finished
}

#[test]
fn each_has_a_score_or_an_error() {
    check_all(Kind::Policy, |input, expected: &Value| {
        let finished = score(input, "ndjson");
        let line: Value = serde_json::from_str(&finished.stdout).unwrap();
        assert_eq!(line["policy"], "policy");
        // What can be read and what AWS would store are two things; the program wants both.
        let error = match input.expect {
            Expect::Error => Some(expected),
            Expect::Ok => expected.get("refused"),
        };
        match error {
            Some(expected) => {
                assert_eq!(finished.code, 2, "{}", finished.stdout);
                assert!(line.get("score").is_none(), "{line}");
                let causes = [expected["path"].as_str().unwrap(), expected["cause"].as_str().unwrap()];
                assert_cause(&input.id, line["error"].as_str().unwrap(), &causes);
            }
            None => {
                assert_eq!(finished.code, 0, "{}{}", finished.stdout, finished.stderr);
                assert!(line["score"].is_number() && line.get("error").is_none_or(Value::is_null), "{line}");
                let nothing = expected["grants_nothing"].as_bool().unwrap_or(false);
                assert!(input.is_trust_policy() || line["grants_nothing"] == nothing, "{line}");
            }
        }
        let table = score(input, "table");
        assert_eq!(table.code, finished.code, "{}", table.stderr);
    });
}

#[test]
fn each_judges_its_user_or_leaves_it_unjudged() {
    check_all(Kind::Policy, |input, expected: &Value| {
        let Ok(text) = String::from_utf8(input.bytes()) else { return };
        if input.is_trust_policy() {
            return;
        }
        let account: Account = serde_json::from_value(json!({
            "users": {
                "ada": { "inline": { "p": text.trim_start_matches('\u{feff}') }, "credentials": ["password"] },
                "bob": { "inline": { "all": ["Allow * on *"] }, "credentials": ["password"] },
            },
            "report": { "root": ["password", "mfa"] },
        }))
        .unwrap();
        // Without its byte order marks it is a valid document.
        let is_error = input.expect == Expect::Error && expected["cause"] != "two byte order marks";
        let folder = folder(&account.files());
        for rule in ["admin-user-mfa-enabled", "policy-least-privilege"] {
            let finished = evaluate(&folder, Some(rule));
            let lines = finished.lines();
            let line = |id| lines.iter().find(|line| line.resource_id == id).unwrap();
            assert_eq!(line("AIDABOB").compliance, "NON_COMPLIANT", "whatever becomes of ada");
            assert_eq!(line("AIDAADA").compliance == "NOT_EVALUATED", is_error, "{}", finished.stdout);
            assert_eq!(finished.code, if is_error { 2 } else { 1 }, "{}", finished.stderr);
            let (delivered, error) = handle(&folder, rule);
            assert_eq!(error.is_some(), is_error, "{error:?}");
            assert_eq!(delivered.iter().any(|evaluation| evaluation.resource.id == "AIDAADA"), !is_error);
        }
    });
}
