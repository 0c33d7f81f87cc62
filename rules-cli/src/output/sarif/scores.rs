//! Scores of policy files: a result for each low score, each file that could not be read, and each statement without effect.

use std::collections::BTreeSet;
use std::io::{self, Write};

use rules_core::text::ascii;
use serde_json::{Value, json};

use super::{Log, at, descriptor, level, literal, points, set_baseline_state, text};
use crate::exit::Exit;
use crate::output::scored::{PolicyScore, ScoreReport, Standing};
use crate::places::FilePlace;

/// The rule that is about the same.
const RULE: &str = "policy-least-privilege";
/// The rule id for a file without a valid policy.
const UNREADABLE: &str = "unreadable-policy";
/// The longest fingerprint.
const FINGERPRINT_LIMIT: usize = 512;

/// Prints the scores of policies.
pub(in crate::output) fn write_scores(out: &mut dyn Write, report: &ScoreReport) -> io::Result<()> {
    let mut rules: Vec<Value> = rules_core::rules::rule(RULE).map(descriptor).into_iter().collect();
    rules.push(own_rule(UNREADABLE, "A file contains no policy document that AWS accepts.", "error"));
    let lints = report.policies.iter().filter_map(|policy| policy.score.as_ref().ok());
    let codes: BTreeSet<&str> = lints.flat_map(|scored| &scored.score.lints).map(|lint| lint.code.as_str()).collect();
    rules.extend(codes.into_iter().map(|code| own_rule(code, "A part of a statement has no effect.", "note")));
    super::write_log(
        out,
        Log {
            rules,
            id: "rules-cli/score/".to_owned(),
            successful: report.exit() != Exit::Incomplete,
            notifications: Vec::new(),
            results: report.rows().into_iter().flat_map(|policy| results(report, policy)).collect(),
        },
    )
}

fn own_rule(id: &str, summary: &str, level: &str) -> Value {
    json!({
        "id": id,
        "shortDescription": { "text": summary },
        "fullDescription": { "text": summary },
        "help": { "text": summary },
        "defaultConfiguration": { "level": level },
        "properties": { "tags": ["security"] },
    })
}

fn results(report: &ScoreReport, policy: &PolicyScore) -> Vec<Value> {
    let scored = match &policy.score {
        Ok(scored) => scored,
        Err(_) => {
            let (rule, why) = ((UNREADABLE, UNREADABLE), policy.why(report.bar));
            return vec![result(report, policy, rule, ("fail", "error"), &why, policy.place())];
        }
    };
    let mut results = Vec::new();
    let severity = report.bar.severity(scored.score.score);
    if let Some(severity) = severity.filter(|_| report.bar.standing(policy) != Standing::Accepted) {
        let (kind, why) = (("fail", level(severity)), policy.why(report.bar));
        results.push(result(report, policy, (RULE, RULE), kind, &why, policy.place()));
    }
    for (number, lint) in scored.score.lints.iter().enumerate() {
        let code = format!("{}/{}/{number}", lint.code.as_str(), lint.statement);
        let (kind, place) = (("review", "none"), policy.place_of_lint(lint));
        results.push(result(report, policy, (lint.code.as_str(), &code), kind, &lint.message, place));
    }
    results
}

fn result(
    report: &ScoreReport,
    policy: &PolicyScore,
    (rule, code): (&str, &str),
    (kind, level): (&str, &str),
    message: &str,
    place: Option<FilePlace>,
) -> Value {
    let score = policy.score.as_ref().ok().map(|scored| &scored.score);
    let severity = score.and_then(|score| report.bar.severity(score.score));
    let mut result = json!({
        "ruleId": rule,
        "kind": kind,
        // Other kinds than a failure have no level.
        "level": if kind == "fail" { level } else { "none" },
        "message": text(&format!("{}: {message}", crate::output::row::shown(&policy.policy))),
        "locations": locations(policy, place),
        "partialFingerprints": fingerprints(policy, code),
        "properties": {
            "account": report.account.as_ref().map(ToString::to_string),
            "resourceArn": null,
            "severity": severity.map(|severity| severity.as_str()),
            "score": score.map(|score| points(score.score)),
            "grade": score.map(|score| score.grade.to_string()),
            "threshold": report.bar.minimum.map(points),
            "pass": report.bar.standing(policy).passes(),
            "certainty": null,
        },
    });
    set_baseline_state(&mut result, policy.known);
    result
}

fn locations(policy: &PolicyScore, place: Option<FilePlace>) -> Value {
    let name = literal(&crate::output::row::shown(&policy.policy));
    let logical = json!([{ "name": name, "fullyQualifiedName": name, "kind": "resource" }]);
    match place {
        Some(place) => json!([{ "physicalLocation": at(&place), "logicalLocations": logical }]),
        None => json!([{ "logicalLocations": logical }]),
    }
}

fn fingerprints(policy: &PolicyScore, code: &str) -> Value {
    let fingerprint = ascii(&format!("score/{}/{code}", policy.policy), FINGERPRINT_LIMIT);
    json!({ "finding/v1": fingerprint, "primaryLocationLineHash": fingerprint })
}
