use rules_tests::account::Account;
use rules_tests::bad_input::{Expect, Kind};
use rules_tests::check::check_all;
use rules_tests::command::rules_cli;
use serde_json::{Value, json};

use super::setting::{assert_printable, folder};

#[test]
fn each_is_judged_or_an_error() {
    let account: Account = serde_json::from_value(json!({
        "users": { "ada": { "inline": { "p": ["Allow s3:GetObject on arn:aws:s3:::reports/2026.csv"] } } },
    }))
    .unwrap();
    check_all(Kind::ConfigEvent, |input, expected: &Value| {
        let folder = folder(&account.files());
        let event = folder.path().join("event");
        std::fs::write(&event, input.event_for_rule("policy-least-privilege")).unwrap();
        let (event, files) = (event.to_str().unwrap(), folder.path().to_str().unwrap());
        let finished = rules_cli(["invoke", event, "--input", files, "--format", "ndjson"], &[]);
        assert_printable(&finished);
        let said = format!("{}{}", finished.stdout, finished.stderr);
        let cause = if expected["no_parameters"] == true {
            Some("`rule` is missing")
        } else if !expected["oversized"].is_null() {
            Some("the files cannot")
        } else {
            expected["cause"].as_str()
        };
        if let Some(cause) = cause {
            assert_eq!(finished.code, 2, "{said}");
            assert!(said.contains(cause), "`{cause}` is not in {said}");
            assert!(finished.lines().iter().all(|line| line.compliance == "NOT_EVALUATED"), "{said}");
            return;
        }
        assert_eq!(input.expect, Expect::Ok);
        assert_eq!(finished.code, 0, "{said}");
        let lines = finished.lines();
        let [line] = lines.as_slice() else { panic!("{said}") };
        let verdict = &expected["verdict"];
        let compliance = verdict["compliance"].as_str().unwrap_or("COMPLIANT");
        assert_eq!(line.compliance, compliance, "{said}");
        assert_eq!(line.resource_id, verdict["resource_id"].as_str().unwrap_or("AIDAADA"));
        assert_eq!(Some(line.ordering_timestamp.as_str()), expected["ordering_timestamp"].as_str());
    });
}
