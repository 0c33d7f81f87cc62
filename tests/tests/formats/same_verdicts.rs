use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use rules_core::text::visible;
use serde_json::Value;

use super::setting::Setting;

/// Rule, resource and verdict.
type Known = BTreeSet<(String, String, String)>;

fn known(setting: &Setting, among: &[&str]) -> Known {
    let lines = setting.evaluate("ndjson").lines();
    let all = lines.into_iter().map(|line| (line.rule, visible(&line.resource_id, 130), line.compliance));
    let known: Known = all.filter(|(_, _, compliance)| among.contains(&compliance.as_str())).collect();
    for compliance in among {
        assert!(known.iter().any(|(_, _, known)| known == compliance), "nothing is {compliance}: {known:#?}");
    }
    known
}

const ALL: [&str; 4] = ["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE", "NOT_EVALUATED"];

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

fn json(setting: &Setting, format: &str) -> Value {
    serde_json::from_str(&setting.evaluate(format).stdout).unwrap()
}

#[test]
fn csv_has_a_row_for_each() {
    let setting = Setting::new();
    let output = setting.evaluate("csv").stdout;
    let mut reader = csv::Reader::from_reader(output.as_bytes());
    let columns = reader.headers().unwrap().clone();
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    let (rule, id, compliance) = (at("rule"), at("resource_id"), at("compliance"));
    let rows = reader.records().map(|row| row.unwrap());
    let told: Known = rows.map(|row| (row[rule].to_owned(), row[id].to_owned(), row[compliance].to_owned())).collect();
    assert_eq!(told, known(&setting, &ALL));
}

#[test]
fn ocsf_has_a_finding_for_each() {
    let setting = Setting::new();
    let findings = json(&setting, "ocsf");
    let mut told = Known::new();
    for finding in findings.as_array().unwrap() {
        let compliance = text(&finding["status_code"]);
        let expected = match compliance.as_str() {
            "COMPLIANT" => (1, 1),
            "NOT_EVALUATED" => (2, 4),
            "NON_COMPLIANT" => (3, 4),
            _ => (99, 1),
        };
        let critical = finding["compliance"]["control"] == "root-mfa-enabled" && expected.1 > 1;
        let severity = if critical { 5 } else { expected.1 };
        assert_eq!(finding["compliance"]["status_id"], expected.0, "{compliance}");
        assert_eq!(finding["severity_id"], severity, "{compliance}");
        assert_eq!(finding["status_id"], if finding["unmapped"]["exception"].is_null() { 1 } else { 3 });
        told.insert((text(&finding["compliance"]["control"]), text(&finding["unmapped"]["resource_id"]), compliance));
    }
    assert_eq!(told, known(&setting, &ALL));
}

#[test]
fn asff_has_a_finding_for_each() {
    let setting = Setting::new();
    let findings = json(&setting, "asff");
    let mut told = Known::new();
    for finding in findings.as_array().unwrap() {
        let compliance = text(&finding["ProductFields"]["compliance"]);
        let (status, state) = match compliance.as_str() {
            "COMPLIANT" => ("PASSED", "ACTIVE"),
            "NON_COMPLIANT" => ("FAILED", "ACTIVE"),
            "NOT_EVALUATED" => ("NOT_AVAILABLE", "ACTIVE"),
            _ => ("NOT_AVAILABLE", "ARCHIVED"),
        };
        assert_eq!(finding["Compliance"]["Status"], status);
        assert_eq!(finding["RecordState"], state);
        told.insert((text(&finding["GeneratorId"]), text(&finding["ProductFields"]["resourceId"]), compliance));
    }
    assert_eq!(told, known(&setting, &ALL));
}

#[test]
fn sarif_has_what_asks_for_action_and_says_that_it_is_not_all() {
    let setting = Setting::new();
    let log = json(&setting, "sarif");
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    let notification = &run["invocations"][0]["toolExecutionNotifications"][0];
    assert!(text(&notification["message"]["text"]).contains("account-summary.json"), "{notification}");
    let mut told = Known::new();
    let mut fingerprints = BTreeSet::new();
    for result in run["results"].as_array().unwrap() {
        let compliance = text(&result["properties"]["compliance"]);
        let kind = if compliance == "NOT_EVALUATED" { ("open", "none") } else { ("fail", "error") };
        assert_eq!((result["kind"].as_str().unwrap(), result["level"].as_str().unwrap()), kind);
        let fingerprint = text(&result["partialFingerprints"]["primaryLocationLineHash"]);
        let id = fingerprint.split('/').nth(3).unwrap().to_owned();
        assert!(fingerprints.insert(fingerprint), "two findings are the same: {result}");
        told.insert((text(&result["ruleId"]), id, compliance));
    }
    assert_eq!(told, known(&setting, &["NON_COMPLIANT", "NOT_EVALUATED"]));
}

#[test]
fn junit_has_a_test_for_each_and_none_of_the_unread_passes() {
    let setting = Setting::new();
    let output = setting.evaluate("junit").stdout;
    let mut told = Known::new();
    let mut errors = Vec::new();
    let mut case: Option<(String, String)> = None;
    let mut reader = Reader::from_str(&output);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(element) if element.name().as_ref() == b"testcase" => {
                case = Some((attribute(&element, "classname"), attribute(&element, "name")));
                // What nothing inside contradicts.
                told.insert(verdict(case.as_ref().unwrap(), "COMPLIANT"));
            }
            Event::Empty(element) if element.name().as_ref() == b"testcase" => {
                let case = (attribute(&element, "classname"), attribute(&element, "name"));
                told.insert(verdict(&case, "COMPLIANT"));
            }
            Event::Start(element) | Event::Empty(element) => {
                let compliance = match element.name().as_ref() {
                    b"failure" => "NON_COMPLIANT",
                    b"error" => "NOT_EVALUATED",
                    b"skipped" => "NOT_APPLICABLE",
                    _ => continue,
                };
                let case = case.as_ref().unwrap();
                told.remove(&verdict(case, "COMPLIANT"));
                if case.0 == "input" {
                    errors.push(attribute(&element, "message"));
                } else {
                    told.insert(verdict(case, compliance));
                }
            }
            _ => {}
        }
    }
    assert!(errors.iter().any(|error| error.contains("account-summary.json")), "{errors:?}");
    assert_eq!(told, known(&setting, &ALL));
}

fn attribute(element: &BytesStart<'_>, name: &str) -> String {
    element.try_get_attribute(name).unwrap().unwrap().unescape_value().unwrap().into_owned()
}

/// The names of tests are `user ada (AIDAADA)` and `account 111122223333`.
fn verdict((rule, name): &(String, String), compliance: &str) -> (String, String, String) {
    let id = name.rsplit([' ', '(']).next().unwrap().trim_end_matches(')');
    (rule.clone(), id.to_owned(), compliance.to_owned())
}
