use rules_tests::account::{CREDENTIAL_REPORT, Files};
use rules_tests::bad_input::{Expect, Kind};
use rules_tests::check::check_all;
use serde_json::Value;

use super::setting::{evaluate, folder, handle};

#[test]
fn each_gives_the_root_user_its_verdict_or_an_error() {
    check_all(Kind::CredentialReport, |input, expected: &Value| {
        let folder = folder(&Files::from([(CREDENTIAL_REPORT.to_owned(), input.bytes())]));
        let text = |name: &str| expected[name].as_str();
        let cause = text("report").or(text("row")).or(text("cause"));
        let verdict = text("root_mfa").unwrap_or("NOT_EVALUATED");

        let finished = evaluate(&folder, Some("root-mfa-enabled"));
        let lines = finished.lines();
        assert_eq!((lines.len(), lines[0].compliance.as_str()), (1, verdict), "{}", finished.stdout);
        let said = format!("{}{}", finished.stdout.replace("\\\\", "\\"), finished.stderr);
        match input.expect {
            Expect::Error => {
                assert_eq!(finished.code, 2, "{said}");
                assert!(said.contains(cause.unwrap()), "{said}");
            }
            Expect::Ok => assert_eq!(finished.code, 0, "{said}"),
        }

        let (delivered, error) = handle(&folder, "root-mfa-enabled");
        assert_eq!(error.is_some(), input.expect == Expect::Error, "{error:?}");
        let delivered: Vec<&str> = delivered.iter().map(|evaluation| evaluation.compliance_type.as_str()).collect();
        assert_eq!(delivered, if verdict == "NOT_EVALUATED" { vec![] } else { vec![verdict] });
        // One message for all that is missing has no room for every cause, but for what it is about.
        assert!(error.is_none_or(|error| error.contains("credential") || error.contains("root user's mfa_active")));
    });
}
