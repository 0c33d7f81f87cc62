//! Fields that an input has twice, blank, null or not at all: no verdict becomes better by it.
//!
//! A field that is there twice says two things. Which of them counts depends on the reader, so that whatever it is about
//! is not judged.

use std::collections::BTreeMap;

use rules_core::assessment::{ConfiguredRule, assess_item};
use rules_core::config::{ConfigEvent, InvokingEvent, RuleParameters};
use rules_core::exceptions::AccountExceptions;
use rules_core::rules::{RULES, rule};
use rules_tests::account::{ACCOUNT, ACCOUNT_SUMMARY, Account, CREDENTIAL_REPORT, Files, VIRTUAL_MFA_DEVICES, facts};
use rules_tests::canary::TOKEN;
use rules_tests::check::{as_of, verdicts};
use rules_tests::event::{Change, Envelope, item};
use rules_tests::line::Line;
use serde_json::{Value, json};

/// An account in which every kind of input holds something right and something wrong.
fn account() -> Account {
    let account = json!({
        "summary": {
            "AccountMFAEnabled": 1, "AccountAccessKeysPresent": 1, "AccountSigningCertificatesPresent": 0,
            "AccountPasswordPresent": 1, "Users": 3
        },
        "report": {
            "root": ["password", "mfa", "key"],
            "cells": { "<root_account>": { "password_last_used": "2025-12-31T00:00:00Z" } }
        },
        "virtual_mfa_devices": ["arn:aws:iam::111122223333:root"],
        "users": {
            "ada": { "inline": { "all": ["Allow * on *"] }, "credentials": ["password"], "tags": { "team": "ops" } },
            "bob": { "groups": ["admins"], "credentials": ["key", "mfa"] },
            "cyd": { "attached": ["read"], "boundary": "fence", "credentials": ["password"] }
        },
        "groups": { "admins": { "attached": ["everything"], "inline": { "read": ["Allow s3:GetObject on *"] } } },
        "roles": {
            "work": {
                "inline": { "all": ["Allow * on *", "Deny iam:* on *"] }, "instance_profiles": ["work"],
                "trust": [{ "Effect": "Allow", "Principal": { "AWS": ACCOUNT }, "Action": "sts:AssumeRole" }]
            }
        },
        "policies": {
            "everything": ["Allow * on *"],
            "fence": ["Allow s3:* on *"],
            "read": ["Allow s3:GetObject on arn:aws:s3:::reports/*"]
        },
        "regions": { "us-east-1": { "sound": true, "configuration_recorder_status": { "default": { "recording": false } } } }
    });
    serde_json::from_value(account).unwrap()
}

/// Compliance by rule and resource.
type Verdicts = BTreeMap<(String, String, String), String>;

fn judged(files: &Files) -> Verdicts {
    let facts = facts(ACCOUNT, files, as_of());
    let lines = RULES.iter().flat_map(|definition| verdicts(definition.id, &facts));
    lines.map(|line| ((line.rule, line.resource_type, line.resource_id), line.compliance)).collect()
}

/// Says which verdicts became others than `allowed` lets them. A resource that is missing is accounted for by a verdict on
/// the account that was not reached.
fn wrong(before: &Verdicts, after: &Verdicts, allowed: fn(&str, &str) -> bool) -> Vec<String> {
    let unlisted = |rule: &str| {
        let of_account = (rule.to_owned(), "AWS::::Account".to_owned(), ACCOUNT.to_owned());
        after.get(&of_account).is_some_and(|compliance| compliance == "NOT_EVALUATED")
    };
    let mut wrong = Vec::new();
    for (key, was) in before {
        match after.get(key) {
            Some(is) if is == was || allowed(was, is) => {}
            None if unlisted(&key.0) => {}
            other => wrong.push(format!("{key:?}: {was} became {other:?}")),
        }
    }
    wrong
}

fn not_reached(_: &str, is: &str) -> bool {
    is == "NOT_EVALUATED"
}

fn no_better(was: &str, is: &str) -> bool {
    match is {
        "NOT_EVALUATED" | "NON_COMPLIANT" => true,
        _ => was == "COMPLIANT" || was == "NOT_APPLICABLE",
    }
}

/// The places of all objects in a document, as JSON pointers.
fn objects(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.push(place.to_owned());
            fields.iter().for_each(|(key, value)| objects(value, &format!("{place}/{}", escaped(key)), found));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| objects(value, &format!("{place}/{index}"), found));
        }
        _ => {}
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Every field of a document, as the place of its object and its key.
fn fields(document: &Value) -> Vec<(String, String)> {
    let mut places = Vec::new();
    objects(document, "", &mut places);
    let keys = |place: &String| -> Vec<String> {
        document.pointer(place).unwrap().as_object().unwrap().keys().cloned().collect()
    };
    places.iter().flat_map(|place| keys(place).into_iter().map(|key| (place.clone(), key))).collect()
}

/// The text of a document in which one field is there twice, with another value before or after its own.
fn twice(document: &Value, (place, key): &(String, String), other: &Value, is_first: bool) -> String {
    // Keys are written in order.
    let stand_in = if is_first { "\u{1}twice" } else { "\u{10ffff}twice" };
    let mut document = document.clone();
    let object = document.pointer_mut(place).unwrap().as_object_mut().unwrap();
    object.insert(stand_in.to_owned(), other.clone());
    let text = document.to_string();
    let written = json!(stand_in).to_string();
    assert!(text.contains(&written), "{text}");
    text.replace(&written, &json!(key).to_string())
}

/// What a field could say instead of `value`.
fn others(value: &Value) -> Vec<Value> {
    let other = match value {
        Value::Bool(flag) => json!(!flag),
        Value::Number(_) => json!(0),
        Value::String(text) => json!(format!("{text}x")),
        Value::Array(_) => json!([]),
        Value::Object(_) | Value::Null => json!({}),
    };
    vec![value.clone(), Value::Null, other]
}

#[test]
fn what_a_field_that_is_there_twice_is_about_is_not_judged() {
    let files = account().files();
    let before = judged(&files);
    let mut refused = 0;
    for (name, content) in files.iter().filter(|(name, _)| name.ends_with(".json")) {
        let document: Value = serde_json::from_slice(content).unwrap();
        for field in fields(&document) {
            let value = &document.pointer(&field.0).unwrap()[&field.1];
            for (other, is_first) in others(value).iter().flat_map(|other| [(other, true), (other, false)]) {
                let mut damaged = files.clone();
                let text = twice(&document, &field, other, is_first);
                damaged.insert(name.clone(), text.clone().into_bytes());
                let after = judged(&damaged);
                let wrong = wrong(&before, &after, not_reached);
                assert!(wrong.is_empty(), "{name} {field:?}: {wrong:#?}\n{text}");
                refused += usize::from(after != before);
            }
        }
    }
    assert!(refused > 500, "only {refused} were noticed");
}

#[test]
fn what_is_null_or_left_out_makes_no_verdict_better() {
    let files = account().files();
    let before = judged(&files);
    for name in [ACCOUNT_SUMMARY, VIRTUAL_MFA_DEVICES] {
        let document: Value = serde_json::from_slice(&files[name]).unwrap();
        for (place, key) in fields(&document) {
            for is_null in [true, false] {
                let mut damaged = document.clone();
                let object = damaged.pointer_mut(&place).unwrap().as_object_mut().unwrap();
                let value = object.remove(&key).unwrap();
                if is_null {
                    object.insert(key.clone(), Value::Null);
                }
                // A device without a user is not assigned.
                if name == VIRTUAL_MFA_DEVICES && key == "User" && value.is_object() {
                    continue;
                }
                let mut changed = files.clone();
                changed.insert(name.to_owned(), damaged.to_string().into_bytes());
                let wrong = wrong(&before, &judged(&changed), no_better);
                assert!(wrong.is_empty(), "{name} {place}/{key}, null: {is_null}: {wrong:#?}");
            }
        }
    }
}

#[test]
fn columns_that_are_there_twice_or_not_and_blank_cells_make_no_verdict_better() {
    let files = account().files();
    let before = judged(&files);
    let text = String::from_utf8(files[CREDENTIAL_REPORT].clone()).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let check = |what: &str, rows: Vec<Vec<&str>>| {
        let lines: Vec<String> = rows.into_iter().map(|cells| cells.join(",")).collect();
        let mut changed = files.clone();
        changed.insert(CREDENTIAL_REPORT.to_owned(), lines.join("\n").into_bytes());
        let wrong = wrong(&before, &judged(&changed), no_better);
        assert!(wrong.is_empty(), "{what}: {wrong:#?}\n{}", lines.join("\n"));
    };
    for column in 0..rows[0].len() {
        let name = rows[0][column];
        let without = |cells: &Vec<&'_ str>| -> Vec<String> {
            let others = cells.iter().enumerate().filter(|(index, _)| *index != column);
            others.map(|(_, cell)| (*cell).to_owned()).collect()
        };
        let fewer: Vec<Vec<String>> = rows.iter().map(without).collect();
        check(&format!("no {name}"), fewer.iter().map(|cells| cells.iter().map(String::as_str).collect()).collect());
        for blank in ["", "true", "N/A"] {
            let twice = rows.iter().enumerate().map(|(row, cells)| {
                let further = if row == 0 { name } else { blank };
                cells.iter().copied().chain([further]).collect()
            });
            check(&format!("{name} twice, `{blank}`"), twice.collect());
        }
        for row in 1..rows.len() {
            let mut blank = rows.clone();
            blank[row][column] = "";
            check(&format!("{name} of row {row} is blank"), blank);
        }
    }
}

/// An event about a user who has a bad policy, with its document.
fn event() -> Value {
    let change: Change = serde_json::from_value(json!({ "resource_type": "AWS::IAM::User", "name": "ada" })).unwrap();
    let (rule, parameters) = ("policy-least-privilege", BTreeMap::from([("minimumScore".to_owned(), "60".to_owned())]));
    Envelope { account: ACCOUNT, rule, parameters: &parameters, token: TOKEN }.change(&item(&account(), &change), false)
}

/// The verdict on an event; none when it is refused.
fn judged_event(text: &str) -> Option<String> {
    let mut event = ConfigEvent::parse(text.as_bytes()).ok()?;
    let InvokingEvent::Change(item) = &event.invoking_event else { return None };
    let definition = rule(&event.rule_parameters.remove("rule")?)?;
    let rule = ConfiguredRule::new(definition, &event.rule_parameters).ok()?;
    let assessment = assess_item(&rule, &item.summary, event.event_left_scope, Ok(item), &AccountExceptions::default());
    assessment.verdicts().next().map(|verdict| Line::new(definition.id, verdict).compliance)
}

#[test]
fn an_event_with_a_field_twice_is_judged_as_without_it_or_refused() {
    let event = event();
    assert_eq!(judged_event(&event.to_string()).as_deref(), Some("NON_COMPLIANT"));
    let mut refused = 0;
    let mut check = |what: &str, text: &str| {
        let verdict = judged_event(text);
        let stays = verdict.as_deref().is_none_or(|verdict| matches!(verdict, "NON_COMPLIANT" | "NOT_EVALUATED"));
        assert!(stays, "{what}: {verdict:?}\n{text}");
        refused += usize::from(verdict.as_deref() != Some("NON_COMPLIANT"));
    };
    for outer in [None, Some("invokingEvent"), Some("ruleParameters")] {
        let document = match outer {
            None => event.clone(),
            Some(key) => serde_json::from_str(event[key].as_str().unwrap()).unwrap(),
        };
        for field in fields(&document) {
            let value = &document.pointer(&field.0).unwrap()[&field.1];
            for (other, is_first) in others(value).iter().flat_map(|other| [(other, true), (other, false)]) {
                let text = twice(&document, &field, other, is_first);
                let text = match outer {
                    None => text,
                    Some(key) => {
                        let mut event = event.clone();
                        event[key] = Value::String(text);
                        event.to_string()
                    }
                };
                check(&format!("{outer:?} {field:?}"), &text);
            }
        }
    }
    assert!(refused > 60, "only {refused} were noticed");
}

#[test]
fn a_parameter_that_is_there_twice_is_refused() {
    for text in [r#"{"a":"1","a":"1"}"#, r#"{"a":null,"a":"1"}"#, r#"{"a":"1","b":"2","a":null}"#, r#"{"a":1,"a":"1"}"#]
    {
        let error = RuleParameters::parse(text).unwrap_err().to_string();
        assert!(error.contains("duplicate parameter `a`"), "{text}: {error}");
    }
}
