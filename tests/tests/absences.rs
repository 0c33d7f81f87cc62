//! What AWS always sends and an input does not have, or has as null: no verdict becomes better by it, and none is cleared.
//!
//! Every field of every input is taken out, and every field and record of a list is made null. Records are taken out where
//! something else counts them.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::collections::BTreeMap;

use rules_aws::{FactSource, FileFacts};
use rules_core::assessment::{ConfiguredRule, assess, assess_item};
use rules_core::config::{ConfigEvent, InvokingEvent, RuleParameters};
use rules_core::exceptions::AccountExceptions;
use rules_core::facts::FactKind;
use rules_core::rules::{RULES, rule};
use rules_core::{AccountId, MissingFact};
use rules_tests::account::{ACCOUNT, ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, Account, CREDENTIAL_REPORT, Files};
use rules_tests::canary::TOKEN;
use rules_tests::check::as_of;
use rules_tests::event::{Change, Envelope, item};
use rules_tests::fields::{is_no_better, places, set_null, take_out};
use rules_tests::line::Line;
use serde_json::{Value, json};

/// Who there is, with something right and something wrong of each kind.
fn people() -> Value {
    let trust = |principal: Value| json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]);
    let to_a_tag = json!([{
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:PrincipalTag/team": "ops" } }
    }]);
    json!({
        "users": {
            "ada": { "attached": ["arn:aws:iam::aws:policy/AdministratorAccess"], "credentials": ["password", "mfa"] },
            "bob": { "groups": ["admins"], "credentials": ["password"], "tags": { "team": "dev" } },
            "cyd": { "attached": ["read"], "boundary": "fence", "credentials": ["key"] },
            "dan": { "inline": { "tagged": to_a_tag }, "credentials": ["password"] },
            "eve": { "inline": { "all": ["Allow * on *"] } }
        },
        "groups": {
            "admins": { "attached": ["everything"], "inline": { "wide": ["Allow iam:* on *"] } },
            "empty": {}
        },
        "roles": {
            "deploy": { "inline": { "all": ["Allow * on *"] }, "trust": trust(json!({ "AWS": "444455556666" })) },
            "work": {
                "attached": ["read"], "instance_profiles": ["work"],
                "trust": trust(json!({ "Service": "ec2.amazonaws.com" }))
            }
        },
        "policies": {
            "arn:aws:iam::aws:policy/AdministratorAccess": ["Allow * on *"],
            "everything": ["Allow * on *"],
            "fence": ["Allow s3:* on *"],
            "read": ["Allow s3:GetObject on arn:aws:s3:::reports/*"],
            "spare": ["Allow * on *"]
        }
    })
}

/// The same people, and what else is asked of the account.
fn with_people(others: Value) -> Account {
    let mut account = people();
    account.as_object_mut().unwrap().extend(others.as_object().unwrap().clone());
    serde_json::from_value(account).unwrap()
}

fn summary(mfa: u8, keys: u8, password: u8) -> Value {
    json!({
        "AccountMFAEnabled": mfa, "AccountAccessKeysPresent": keys, "AccountSigningCertificatesPresent": 0,
        "AccountPasswordPresent": password, "Users": 5, "Groups": 2, "Roles": 2, "Policies": 4
    })
}

/// Accounts in which everything is as it should be, or one thing is not.
fn accounts() -> Vec<Account> {
    let device = json!({
        "SerialNumber": "arn:aws:iam::111122223333:mfa/device", "EnableDate": "2024-01-01T00:00:00Z",
        "User": { "Path": "/", "UserName": "x", "UserId": "x", "Arn": "arn:aws:iam::111122223333:root" }
    });
    let devices = |devices: Vec<Value>| json!({ "virtual-mfa-devices.json": { "VirtualMFADevices": devices } });
    let report = json!({ "root": ["password", "mfa", "key"], "cells": { "<root_account>": { "password_last_used": "2025-12-31T00:00:00Z" } } });
    let mut of_ada = device.clone();
    of_ada["User"]["Arn"] = json!("arn:aws:iam::111122223333:user/ada");
    vec![
        with_people(json!({ "summary": summary(1, 1, 1), "report": report, "files": devices(vec![device]) })),
        with_people(json!({
            "summary": summary(0, 0, 1), "report": { "root": ["password"] }, "files": devices(vec![of_ada])
        })),
        with_people(json!({ "summary": summary(0, 0, 0), "report": { "root": [] } })),
        with_people(json!({ "report": { "root": ["password", "mfa", "key"], "generated": "2025-12-31T22:00:00Z" } })),
        with_people(json!({ "report": { "root": [], "generated": "2025-06-30T22:00:00Z" } })),
        // Nobody can administer but by the root user.
        serde_json::from_value(json!({
            "summary": { "Users": 2, "Groups": 0, "Roles": 1, "Policies": 2 },
            "users": {
                "eve": { "inline": { "all": ["Allow * on *"] } },
                "fay": { "attached": ["read"], "credentials": ["password"] }
            },
            "roles": { "work": { "attached": ["everything"] } },
            "policies": { "everything": ["Allow * on *"], "read": ["Allow s3:GetObject on arn:aws:s3:::reports/*"] },
            "report": { "root": [] }
        }))
        .unwrap(),
    ]
}

/// Regions in which everything is as it should be, or one thing is not.
fn regions() -> Vec<Account> {
    let advanced = json!([{ "Name": "all", "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Management"] }, { "Field": "readOnly", "Equals": ["true"] }
    ] }]);
    let excluded = json!({
        "allSupported": false, "includeGlobalResourceTypes": false, "resourceTypes": [],
        "exclusionByResourceTypes": { "resourceTypes": ["AWS::IAM::User"] },
        "recordingStrategy": { "useOnly": "EXCLUSION_BY_RESOURCE_TYPES" }
    });
    let differences = [
        json!({}),
        json!({ "trails": { "all": { "IsMultiRegionTrail": false } } }),
        json!({ "trails": { "all": { "LogFileValidationEnabled": false } } }),
        json!({ "trail_status": { "all": false } }),
        json!({ "event_selectors": { "all": { "EventSelectors": [{
            "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [],
            "ExcludeManagementEventSources": ["kms.amazonaws.com"]
        }] } } }),
        json!({ "event_selectors": { "all": { "EventSelectors": null, "AdvancedEventSelectors": advanced } } }),
        json!({ "configuration_recorders": { "default": { "recordingGroup": excluded } } }),
        json!({ "configuration_recorder_status": { "default": { "recording": false } } }),
        json!({ "configuration_recorder_status": { "default": { "lastStatus": "FAILURE" } } }),
        json!({ "metric_filters": { "all": { "filterPattern": "{ $.eventName = \"ConsoleLogin\" }" } } }),
        json!({ "alarms": { "all": { "ActionsEnabled": false } } }),
        json!({ "alarms": { "all": { "AlarmActions": [] } } }),
        json!({ "alarms": { "all": { "Threshold": 5.0 } } }),
        json!({ "alarms": { "all": { "Dimensions": [{ "Name": "a", "Value": "b" }] } } }),
        json!({ "subscriptions": { "a@example.com": { "SubscriptionArn": "PendingConfirmation" } } }),
        json!({ "alarms": {}, "eventbridge_rules": { "root": { "State": "DISABLED" } } }),
        json!({ "alarms": {}, "eventbridge_rules": { "root": { "Targets": [] } } }),
        json!({ "alarms": {}, "eventbridge_rules": { "root": {} } }),
    ];
    let account = |mut region: Value| {
        region["sound"] = json!(true);
        serde_json::from_value(json!({ "regions": { "us-east-1": region } })).unwrap()
    };
    differences.into_iter().map(account).collect()
}

/// Every rule, and those whose parameters make them read something else.
fn rules() -> Vec<ConfiguredRule> {
    let with = |id: &str, settings: &[(&str, &str)]| {
        let mut parameters = RuleParameters::default();
        settings.iter().for_each(|(name, value)| parameters.set(*name, *value));
        ConfiguredRule::new(rule(id).unwrap(), &parameters).unwrap()
    };
    let mut rules: Vec<ConfiguredRule> = RULES.iter().map(|definition| with(definition.id, &[])).collect();
    rules.push(with("admin-user-mfa-enabled", &[("requireHardware", "true")]));
    rules.push(with("root-hardware-mfa-enabled", &[("require", "at-least-one")]));
    rules.push(with("root-mfa-enabled", &[("scope", "console-only")]));
    rules.push(with("policy-least-privilege", &[("scope", "attached")]));
    rules.push(with("non-root-admin-exists", &[("adminDefinition", "attached-policy")]));
    rules
}

/// The rules that read what is in a file.
fn rules_that_read(name: &str) -> Vec<ConfiguredRule> {
    let stem = name.rsplit('/').next().unwrap().split('.').next().unwrap();
    let reads = |rule: &ConfiguredRule| rule.facts().any(|kind| kind.as_str() == stem);
    // The number of records is useful only to a reader of the list.
    let counts = |rule: &ConfiguredRule| {
        stem != "virtual-mfa-devices" && rule.facts().any(|kind| kind == FactKind::AuthorizationDetails)
    };
    rules().into_iter().filter(|rule| reads(rule) || counts(rule)).collect()
}

/// Compliance by rule and resource.
type Verdicts = BTreeMap<(usize, String, String), String>;

fn judged(files: &Files, rules: &[ConfiguredRule]) -> Verdicts {
    let source = FileFacts::from_memory(files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())), None);
    let account: AccountId = ACCOUNT.parse().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let facts = runtime.block_on(source.facts(&account, &FactKind::ALL.into(), as_of()));
    let assessment = assess(&facts, rules, &AccountExceptions::default(), as_of());
    let verdicts = assessment.rules.iter().enumerate().flat_map(|(index, rule)| {
        let lines = rule.verdicts.iter().map(|verdict| Line::new(rule.definition.id, verdict));
        lines.map(move |line| ((index, line.resource_type, line.resource_id), line.compliance))
    });
    verdicts.collect()
}

/// Says which verdicts are better than they were, or gone.
fn better(before: &Verdicts, after: &Verdicts, rules: &[ConfiguredRule]) -> Vec<String> {
    let is_unlisted = |index: usize| {
        let of_account = (index, "AWS::::Account".to_owned(), ACCOUNT.to_owned());
        after.get(&of_account).is_some_and(|compliance| compliance == "NOT_EVALUATED")
    };
    let mut better = Vec::new();
    for (key, was) in before {
        match after.get(key) {
            Some(is) if is_no_better(was, is) => {}
            None if is_unlisted(key.0) => {}
            is => better.push(format!("{} {} {}: {was} became {is:?}", rules[key.0].definition().id, key.1, key.2)),
        }
    }
    better
}

/// The files as JSON, by name.
fn documents(files: &Files) -> impl Iterator<Item = (&String, Value)> {
    let json = files.iter().filter(|(name, _)| name.ends_with(".json"));
    json.map(|(name, bytes)| (name, serde_json::from_slice(bytes).unwrap()))
}

fn changed(files: &Files, name: &str, document: &Value) -> Files {
    let mut changed = files.clone();
    changed.insert(name.to_owned(), document.to_string().into_bytes());
    changed
}

/// Takes out and makes null everything in the files of accounts, and counts how often that was noticed.
fn check_fields(accounts: &[Account]) -> usize {
    let (mut noticed, mut wrong) = (0, Vec::new());
    for (number, account) in accounts.iter().enumerate() {
        let files = account.files();
        for (name, document) in documents(&files) {
            let rules = rules_that_read(name);
            let before = judged(&files, &rules);
            for place in places(&document) {
                let mut check = |how: &str, damaged: &Value| {
                    let after = judged(&changed(&files, name, damaged), &rules);
                    noticed += usize::from(after != before);
                    let better = better(&before, &after, &rules);
                    wrong.extend(
                        better.into_iter().map(|what| format!("account {number}, {name} {place:?} {how}: {what}")),
                    );
                };
                let mut nulled = document.clone();
                set_null(&mut nulled, &place);
                // A token that is null is how some programs write that there is none.
                if nulled != document && place.1 != "NextToken" {
                    check("null", &nulled);
                }
                let mut shorter = document.clone();
                if take_out(&mut shorter, &place) {
                    check("taken out", &shorter);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} verdicts became better:\n{}", wrong.len(), wrong.join("\n"));
    noticed
}

#[test]
fn no_field_of_an_account_can_be_missing_to_its_advantage() {
    let noticed = check_fields(&accounts());
    assert!(noticed > 400, "only {noticed} were noticed");
}

#[test]
fn no_field_of_a_region_can_be_missing_to_its_advantage() {
    let noticed = check_fields(&regions());
    assert!(noticed > 400, "only {noticed} were noticed");
}

#[test]
fn a_cut_listing_is_not_the_whole() {
    for account in accounts().iter().filter(|account| account.summary.is_some()) {
        let files = account.files();
        let listing: Value = serde_json::from_slice(&files[AUTHORIZATION_DETAILS]).unwrap();
        let rules = rules_that_read(AUTHORIZATION_DETAILS);
        for (said, list) in ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"]
            .iter()
            .flat_map(|list| [(true, list), (false, list)])
        {
            let mut unsaid = listing.clone();
            if !said {
                unsaid.as_object_mut().unwrap().remove("IsTruncated");
            }
            let before = judged(&changed(&files, AUTHORIZATION_DETAILS, &unsaid), &rules);
            let records = listing[list].as_array().unwrap().len();
            // Where the listing says that it is the whole, only one without any record of a kind is not believed.
            let cuts: Vec<Vec<usize>> = match said {
                true if records > 1 => vec![(0..records).collect()],
                true => Vec::new(),
                false => (0..records).map(|index| vec![index]).collect(),
            };
            for cut in cuts {
                let mut shorter = unsaid.clone();
                let kept = listing[list].as_array().unwrap().iter().enumerate();
                shorter[list] =
                    kept.filter(|(index, _)| !cut.contains(index)).map(|(_, record)| record.clone()).collect();
                let after = judged(&changed(&files, AUTHORIZATION_DETAILS, &shorter), &rules);
                let better = better(&before, &after, &rules);
                assert!(better.is_empty(), "{list} without {cut:?}: {better:#?}");
            }
        }
    }
}

#[test]
fn a_page_without_the_rest_is_not_the_whole() {
    let mut noticed = 0;
    for account in accounts().iter().chain(&regions()) {
        let files = account.files();
        for (name, document) in documents(&files) {
            let rules = rules_that_read(name);
            let before = judged(&files, &rules);
            let lists =
                document.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key, value.as_array()?)));
            for (list, left_out) in lists.flat_map(|(key, records)| (0..records.len()).map(move |index| (key, index))) {
                let mut page = document.clone();
                page[list].as_array_mut().unwrap().remove(left_out);
                page["NextToken"] = json!("there is more");
                let after = judged(&changed(&files, name, &page), &rules);
                noticed += usize::from(after != before);
                let better = better(&before, &after, &rules);
                assert!(better.is_empty(), "{name} without {left_out} of {list}: {better:#?}");
            }
        }
    }
    assert!(noticed > 100, "only {noticed} were noticed");
}

#[test]
fn no_column_cell_or_row_of_a_report_can_be_missing_to_the_advantage_of_an_account() {
    for account in
        accounts().iter().filter(|account| account.report.as_ref().is_some_and(|report| report.generated.is_none()))
    {
        let files = account.files();
        let text = String::from_utf8(files[CREDENTIAL_REPORT].clone()).unwrap();
        let rows: Vec<Vec<String>> = text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let rules = rules_that_read(CREDENTIAL_REPORT);
        let before = judged(&files, &rules);
        let check = |what: &str, rows: &[Vec<String>]| {
            let mut changed = files.clone();
            let lines: Vec<String> = rows.iter().map(|cells| cells.join(",")).collect();
            changed.insert(CREDENTIAL_REPORT.to_owned(), lines.join("\n").into_bytes());
            let better = better(&before, &judged(&changed, &rules), &rules);
            assert!(better.is_empty(), "{what}: {better:#?}");
        };
        for column in 0..rows[0].len() {
            let mut fewer = rows.clone();
            fewer.iter_mut().for_each(|cells| drop(cells.remove(column)));
            check(&format!("no {}", rows[0][column]), &fewer);
            for row in 1..rows.len() {
                let mut blank = rows.clone();
                blank[row][column].clear();
                check(&format!("{} of {} is blank", rows[0][column], rows[row][0]), &blank);
                let mut ragged = rows.clone();
                ragged[row].remove(column);
                check(&format!("{} of {} is not there", rows[0][column], rows[row][0]), &ragged);
            }
        }
        for row in 0..rows.len() {
            let mut fewer = rows.clone();
            fewer.remove(row);
            check(&format!("no row of {}", rows[row][0]), &fewer);
        }
    }
}

#[test]
fn no_file_can_be_missing_to_the_advantage_of_an_account() {
    for account in accounts().iter().chain(&regions()) {
        let files = account.files();
        for name in files.keys() {
            let rules = rules_that_read(name);
            let before = judged(&files, &rules);
            let mut fewer = files.clone();
            fewer.remove(name);
            // Without a summary the report alone decides, and the other way round: it is the same account.
            if [ACCOUNT_SUMMARY, CREDENTIAL_REPORT].contains(&name.as_str()) {
                continue;
            }
            let better = better(&before, &judged(&fewer, &rules), &rules);
            assert!(better.is_empty(), "without {name}: {better:#?}");
        }
    }
}

/// The verdict on an event; none when it is refused.
fn judged_event(event: &Value) -> Option<String> {
    let mut event = ConfigEvent::parse(event.to_string().as_bytes()).ok()?;
    let rule = rule(&event.rule_parameters.remove("rule")?)?;
    let rule = ConfiguredRule::new(rule, &event.rule_parameters).ok()?;
    let (summary, item) = match &event.invoking_event {
        InvokingEvent::Change(item) => (&item.summary, Ok(item)),
        InvokingEvent::OversizedChange(summary) => (summary, Err(MissingFact::new("item", "it was not fetched"))),
        InvokingEvent::Periodic { .. } => return None,
    };
    let assessment = assess_item(&rule, summary, event.event_left_scope, item, &AccountExceptions::default());
    let verdict = assessment.verdicts().next().unwrap();
    Some(Line::new(rule.definition().id, verdict).compliance)
}

/// What of an item AWS Config sends.
#[derive(Clone, Copy)]
enum Sent {
    Whole,
    Oversized,
    OversizedDeleted,
}

#[test]
fn no_field_of_an_event_can_be_missing_to_the_advantage_of_a_resource() {
    let account = with_people(json!({}));
    let changes = [
        ("AWS::IAM::User", "eve", Sent::Whole, "NON_COMPLIANT"),
        ("AWS::IAM::Group", "admins", Sent::Whole, "NON_COMPLIANT"),
        ("AWS::IAM::Role", "deploy", Sent::Whole, "NON_COMPLIANT"),
        ("AWS::IAM::Policy", "everything", Sent::Whole, "NON_COMPLIANT"),
        ("AWS::IAM::Policy", "read", Sent::Whole, "COMPLIANT"),
        ("AWS::IAM::Role", "work", Sent::Whole, "NOT_APPLICABLE"),
        // An item that is too large is announced, and the history has it.
        ("AWS::IAM::User", "eve", Sent::Oversized, "NOT_EVALUATED"),
        ("AWS::IAM::Policy", "read", Sent::Oversized, "NOT_EVALUATED"),
        ("AWS::IAM::User", "eve", Sent::OversizedDeleted, "NOT_APPLICABLE"),
    ];
    let mut noticed = 0;
    for (resource_type, name, sent, verdict) in changes {
        let change: Change = serde_json::from_value(json!({ "resource_type": resource_type, "name": name })).unwrap();
        let envelope =
            Envelope { account: ACCOUNT, rule: "policy-least-privilege", parameters: &BTreeMap::new(), token: TOKEN };
        let mut item = item(&account, &change);
        let event = match sent {
            Sent::Whole => envelope.change(&item, false),
            Sent::Oversized => envelope.oversized(&item),
            Sent::OversizedDeleted => {
                item["configurationItemStatus"] = json!("ResourceDeleted");
                envelope.oversized(&item)
            }
        };
        assert_eq!(judged_event(&event).as_deref(), Some(verdict), "{name}");
        let invoking: Value = serde_json::from_str(event["invokingEvent"].as_str().unwrap()).unwrap();
        let mut check = |what: &str, event: &Value| {
            let after = judged_event(event);
            noticed += usize::from(after.as_deref() != Some(verdict));
            assert!(after.as_deref().is_none_or(|is| is_no_better(verdict, is)), "{name}, {what}: {after:?}");
        };
        for place in places(&event) {
            for how in ["null", "taken out"] {
                let mut damaged = event.clone();
                match how {
                    "null" => set_null(&mut damaged, &place),
                    _ => drop(damaged.as_object_mut().unwrap().remove(&place.1)),
                }
                check(&format!("{place:?} {how}"), &damaged);
            }
        }
        for place in places(&invoking) {
            let mut with = |how: &str, invoking: &Value| {
                let mut damaged = event.clone();
                damaged["invokingEvent"] = json!(invoking.to_string());
                check(&format!("{place:?} {how}"), &damaged);
            };
            let mut nulled = invoking.clone();
            set_null(&mut nulled, &place);
            with("null", &nulled);
            let mut shorter = invoking.clone();
            if let Value::Object(fields) = shorter.pointer_mut(&place.0).unwrap() {
                fields.remove(&place.1);
                with("taken out", &shorter);
            }
        }
    }
    assert!(noticed > 100, "only {noticed} were noticed");
}
