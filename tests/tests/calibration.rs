//! The score against its reference figures.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::collections::BTreeMap;

use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::score;
use serde::Deserialize;

#[derive(Deserialize)]
struct Rows {
    inline: Vec<Row>,
    managed: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Row {
    name: String,
    score: f64,
    statements: serde_json::Value,
}

fn rows() -> Rows {
    serde_json::from_str(include_str!("../calibration/rows.json")).unwrap()
}

fn points(text: &str) -> f64 {
    let document = PolicyDocument::parse(text, PolicyType::Identity).unwrap();
    f64::from(score(&document).score.tenths()) / 10.0
}

#[test]
fn grants_score_what_they_should() {
    for row in rows().inline {
        let text = serde_json::json!({"Version": "2012-10-17", "Statement": row.statements}).to_string();
        let points = points(&text);
        assert!((points - row.score).abs() <= 0.11, "{}: {points}, not {}", row.name, row.score);
    }
}

#[test]
fn managed_policies_score_what_they_should() {
    for (name, expected) in rows().managed {
        let text = rules_tests::managed_policies::document(&name);
        let points = points(&text);
        assert!((points - expected).abs() <= 0.11, "{name}: {points}, not {expected}");
    }
}

/// Whoever may do everything with a service may do more than whoever only reads it.
#[test]
fn full_access_scores_below_read_only_access() {
    let scores: BTreeMap<String, f64> =
        rules_tests::managed_policies::all().into_iter().map(|(name, text)| (name, points(&text))).collect();
    let mut pairs = 0;
    for (name, full) in &scores {
        let Some(read_only) =
            name.strip_suffix("FullAccess").and_then(|service| scores.get(&format!("{service}ReadOnlyAccess")))
        else {
            continue;
        };
        pairs += 1;
        assert!(full < read_only, "{name}: {full} against {read_only}");
    }
    assert!(pairs > 150, "{pairs} pairs");
}
