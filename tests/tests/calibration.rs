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
    distribution: BTreeMap<String, f64>,
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

/// The page shows the reference figures and no others.
#[test]
fn the_page_tells_the_figures() {
    let page = include_str!("../../docs/score.md");
    let section = page.split("## Where it stands").nth(1).unwrap().split("### A worked example").next().unwrap();
    let cells = section.lines().filter(|line| line.starts_with('|')).flat_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        cells.chunks(2).map(|pair| (pair[0].to_owned(), pair[1].to_owned())).collect::<Vec<_>>()
    });
    let shown: BTreeMap<String, f64> = cells.filter_map(|(name, score)| Some((name, score.parse().ok()?))).collect();
    let Rows { inline, managed, distribution } = rows();
    let inline = inline.into_iter().map(|row| (row.name, row.score));
    let expected: BTreeMap<String, f64> = inline.chain(managed).chain(distribution).collect();
    assert_eq!(shown, expected);
}

#[test]
fn scores_are_distributed_as_the_page_says() {
    let mut scores: Vec<f64> = rules_tests::managed_policies::all().values().map(|text| points(text)).collect();
    scores.sort_by(f64::total_cmp);
    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let variance = scores.iter().map(|score| (score - mean).powi(2)).sum::<f64>() / count;
    let percentile = |percent: usize| scores[scores.len() * percent / 100];
    let found = BTreeMap::from([
        ("mean", mean),
        ("standard deviation", variance.sqrt()),
        ("5th percentile", percentile(5)),
        ("median", percentile(50)),
        ("95th percentile", percentile(95)),
    ]);
    for (measure, expected) in rows().distribution {
        let found = found[measure.as_str()];
        assert!((found - expected).abs() < 0.051, "{measure}: {found}, not {expected}");
    }
}
