//! SARIF 2.1.0, for code scanning: a result for each finding without an exception, and one for each resource that could
//! not be evaluated.
//!
//! Code scanning requires a file. A resource of a live account has a path made of the account, the kind and the name
//! instead.

mod scores;

use std::collections::BTreeMap;
use std::io::{self, Write};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use rules_core::config::Finding;
use rules_core::rules::{RuleDefinition, Severity};
use rules_core::score::{Grade, Score};
use serde_json::{Value, json};

use super::AccountReport;
use super::ndjson::write_lines;
use super::page::how_to_fix;
use super::row::{Row, Status, finding_text, shown};
use crate::exit::Exit;
use crate::places::FilePlace;

pub(super) use scores::write_scores;

/// What may not stand in a part of a path as it is.
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    let results: Vec<Value> = report.rows().flat_map(|row| results(&row)).collect();
    let notifications = report.unread.iter().map(|what| json!({ "level": "error", "message": text(&shown(what)) }));
    write_log(
        out,
        Log {
            rules: report.rules.iter().map(|rule| descriptor(rule.definition)).collect(),
            id: format!("rules-cli/{}/", report.account),
            successful: report.exit() != Exit::Incomplete,
            notifications: notifications.collect(),
            results,
        },
    )
}

/// A log with one run.
struct Log {
    rules: Vec<Value>,
    /// Which run it is among those of the same repository.
    id: String,
    /// Whether everything was read and judged.
    successful: bool,
    notifications: Vec<Value>,
    results: Vec<Value>,
}

fn write_log(out: &mut dyn Write, log: Log) -> io::Result<()> {
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "rules-cli",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": log.rules,
            } },
            "automationDetails": { "id": log.id },
            "columnKind": "unicodeCodePoints",
            "invocations": [{
                "executionSuccessful": log.successful,
                "toolExecutionNotifications": log.notifications,
            }],
            "results": log.results,
        }],
    });
    write_lines(out, [log])
}

/// A part of a file.
fn at(place: &FilePlace) -> Value {
    let uri: Vec<String> = place.file.split('/').map(path_part).collect();
    let file = json!({ "uri": uri.join("/") });
    match place.span {
        None => json!({ "artifactLocation": file }),
        Some(span) => json!({
            "artifactLocation": file,
            "region": {
                "startLine": span.start.line,
                "startColumn": span.start.column,
                "endLine": span.end.line,
                "endColumn": span.end.column,
            },
        }),
    }
}

fn descriptor(rule: &RuleDefinition) -> Value {
    let tags: Vec<&str> = ["security"].into_iter().chain(rule.controls.iter().copied()).collect();
    json!({
        "id": rule.id,
        "shortDescription": { "text": rule.summary },
        "fullDescription": { "text": rule.summary },
        "help": { "text": literal(how_to_fix(rule)), "markdown": rule.page },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": {
            "tags": tags,
            "security-severity": security_severity(rule.severity),
        },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// A number in the middle of what GitHub calls by the severity's name.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

fn results(row: &Row<'_>) -> Vec<Value> {
    match row.state {
        // Whether there is a problem could not be decided.
        Status::NotEvaluated => vec![result(row, ("open", "none"), (None, &row.key(), None), &row.why())],
        Status::NonCompliant => {
            let outcome = ("fail", level(row.rule.severity));
            let mut results = Vec::new();
            let mut seen: BTreeMap<String, usize> = BTreeMap::new();
            for (finding, place) in row.placed_findings() {
                let kind = fingerprint(row, finding);
                let number = seen.entry(kind.clone()).or_default();
                *number += 1;
                // Findings that differ only in the message are numbered.
                let own = if *number == 1 { kind } else { format!("{kind}/{number}") };
                results.push(result(row, outcome, (Some(finding), &own, place), &finding_text(finding)));
            }
            results
        }
        Status::Compliant | Status::NotApplicable => Vec::new(),
    }
}

fn result(
    row: &Row<'_>,
    (kind, level): (&str, &str),
    (finding, fingerprint, place): (Option<&Finding>, &str, Option<&FilePlace>),
    message: &str,
) -> Value {
    let mut result = json!({
        "ruleId": row.rule.id,
        "kind": kind,
        "level": level,
        "message": text(message),
        "locations": [location(row, place)],
        // The second name is the one that GitHub looks at.
        "partialFingerprints": { "finding/v1": fingerprint, "primaryLocationLineHash": fingerprint },
        "properties": {
            "account": row.account.as_str(),
            "compliance": row.state.as_str(),
            "finding": finding.map(|finding| finding.code.as_str()),
            "orderingTimestamp": row.ordering_timestamp,
            "resourceArn": row.resource.arn.as_ref().map(|arn| shown(arn.as_str())),
            "severity": row.rule.severity.as_str(),
            "score": row.score().map(points),
            "grade": row.score().map(|score| Grade::of(score).to_string()),
            "threshold": row.threshold().map(points),
            "pass": row.passes(),
            "certainty": row.certainty(),
        },
    });
    set_baseline_state(&mut result, row.known);
    result
}

/// Says whether the baseline holds a result, where there is one.
fn set_baseline_state(result: &mut Value, known: Option<bool>) {
    if let (Some(known), Some(result)) = (known, result.as_object_mut()) {
        result.insert("baselineState".to_owned(), json!(if known { "unchanged" } else { "new" }));
    }
}

/// A score as a number with one decimal.
fn points(score: Score) -> f64 {
    f64::from(score.tenths()) / 10.0
}

fn location(row: &Row<'_>, place: Option<&FilePlace>) -> Value {
    let resource = row.resource;
    let name = resource.name.as_deref().unwrap_or(&resource.id);
    // Two names that IAM allows mean something else in a path.
    let last = if [".", ".."].contains(&name) { &resource.id } else { name };
    let kind = resource.resource_type.split("::").filter(|part| !part.is_empty());
    let path: Vec<String> = [row.account.as_str()].into_iter().chain(kind).chain([last]).map(path_part).collect();
    let full = resource.arn.as_ref().map_or_else(|| row.resource.id.clone(), ToString::to_string);
    let stand_in = || json!({ "artifactLocation": { "uri": path.join("/") }, "region": { "startLine": 1 } });
    json!({
        "physicalLocation": place.map_or_else(stand_in, at),
        "logicalLocations": [{ "name": shown(name), "fullyQualifiedName": shown(&full), "kind": "resource" }],
    })
}

fn path_part(part: &str) -> String {
    utf8_percent_encode(part, IN_PATHS).to_string()
}

/// What makes two findings the same from run to run: everything but the sentence.
fn fingerprint(row: &Row<'_>, finding: &Finding) -> String {
    let named = finding.policy.iter().chain(&finding.statement).chain(&finding.path);
    let parts: Vec<&str> = [finding.code.as_str()].into_iter().chain(named.map(String::as_str)).collect();
    format!("{}/{}", row.key(), shown(&parts.join("/")))
}

/// A message of these words.
fn text(message: &str) -> Value {
    json!({ "text": literal(message) })
}

/// Text in which nothing is a placeholder or a link.
fn literal(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for character in message.chars() {
        match character {
            '{' | '}' => text.extend([character, character]),
            '[' | ']' | '\\' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    text
}
