//! The score against its reference figures, and against the judgement of reviewers.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::collections::BTreeMap;

use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::{ScoreVersion, score, score_of_type};
use serde::Deserialize;
use serde_json::Value;

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
    statements: Value,
}

fn rows() -> Rows {
    serde_json::from_str(include_str!("../calibration/rows.json")).unwrap()
}

fn points(text: &str) -> f64 {
    let document = PolicyDocument::parse(text, PolicyType::Identity).unwrap();
    f64::from(score(&document).score.tenths()) / 10.0
}

/// The documents of all reference figures by name.
fn documents() -> BTreeMap<String, String> {
    let Rows { inline, managed, .. } = rows();
    let text = |row: &Row| serde_json::json!({"Version": "2012-10-17", "Statement": row.statements}).to_string();
    let inline: Vec<(String, String)> = inline.iter().map(|row| (row.name.clone(), text(row))).collect();
    let managed = managed.into_keys().map(|name| (name.clone(), rules_tests::managed_policies::document(&name)));
    inline.into_iter().chain(managed).collect()
}

#[test]
fn grants_score_what_they_should() {
    let Rows { inline, managed, .. } = rows();
    let expected: BTreeMap<String, f64> = inline.into_iter().map(|row| (row.name, row.score)).chain(managed).collect();
    for (name, text) in documents() {
        let points = points(&text);
        assert!((points - expected[&name]).abs() <= 0.051, "{name}: {points}, not {}", expected[&name]);
    }
}

/// A policy for everything of a service allows more than the one that reads it, unless that one reads something else besides.
#[test]
fn full_access_scores_no_higher_than_read_only_access() {
    let scores: BTreeMap<String, f64> =
        rules_tests::managed_policies::all().into_iter().map(|(name, text)| (name, points(&text))).collect();
    let pairs: Vec<(&String, f64, f64)> = scores
        .iter()
        .filter_map(|(name, full)| {
            let read_only = scores.get(&format!("{}ReadOnlyAccess", name.strip_suffix("FullAccess")?))?;
            Some((name, *full, *read_only))
        })
        .collect();
    assert!(pairs.len() > 150, "{} pairs", pairs.len());
    let wrong: Vec<_> = pairs.iter().filter(|(_, full, read_only)| full > read_only).collect();
    assert!(wrong.len() <= 1, "{wrong:?}");
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
    let is_figure = |text: &str| text.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    let shown: BTreeMap<String, String> = cells.filter(|(_, figure)| is_figure(figure)).collect();
    let Rows { inline, managed, distribution } = rows();
    let inline = inline.into_iter().map(|row| (row.name, row.score));
    let figures = inline.chain(managed).chain(distribution).map(|(name, score)| (name, format!("{score:.1}")));
    let expected: BTreeMap<String, String> = figures.chain(Agreement::of_judged().rows()).collect();
    assert_eq!(shown, expected);
}

/// And those of both versions.
#[test]
fn the_page_tells_what_version_1_says() {
    let page = include_str!("../../docs/score.md");
    let section = page.split("## Version 1").nth(1).unwrap();
    let rows = section.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let &[name, first, second] = cells.as_slice() else { return None };
        first.parse::<f64>().is_ok().then(|| (name.to_owned(), [first.to_owned(), second.to_owned()]))
    });
    let of = |text: &str, version| {
        let document = PolicyDocument::parse(text, PolicyType::Identity).unwrap();
        score_of_type(&document, PolicyType::Identity, version).score.to_string()
    };
    let expected: BTreeMap<String, [String; 2]> = documents()
        .into_iter()
        .map(|(name, text)| (name, ScoreVersion::ALL.map(|version| of(&text, version))))
        .collect();
    assert_eq!(rows.collect::<BTreeMap<_, _>>(), expected);
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

#[derive(Deserialize)]
struct Judged {
    policies: Vec<JudgedPolicy>,
    pairs: Vec<Pair>,
    equal: Vec<Equal>,
}

#[derive(Deserialize)]
struct JudgedPolicy {
    id: String,
    score_low: f64,
    score_high: f64,
    grade: char,
    policy: Value,
}

#[derive(Deserialize)]
struct Pair {
    safer: String,
    riskier: String,
}

#[derive(Deserialize)]
struct Equal {
    id: String,
    a: Value,
    b: Value,
}

fn judged() -> Judged {
    serde_json::from_str(include_str!("../calibration/judged.json")).unwrap()
}

/// How the score agrees with the reviewers.
struct Agreement {
    judged: usize,
    in_band: usize,
    rank_correlation: f64,
    distance: f64,
    dangerous_that_pass: usize,
    tight_that_fail: usize,
}

impl Agreement {
    fn of_judged() -> Self {
        let policies = judged().policies;
        let scores: Vec<f64> = policies.iter().map(|judged| points(&judged.policy.to_string())).collect();
        let middles: Vec<f64> = policies.iter().map(|judged| (judged.score_low + judged.score_high) / 2.0).collect();
        let with_scores = || policies.iter().zip(&scores);
        let in_band = |(judged, score): &(&JudgedPolicy, &f64)| {
            **score >= judged.score_low - 3.0 && **score <= judged.score_high + 3.0
        };
        let distances = scores.iter().zip(&middles).map(|(score, middle)| (score - middle).abs());
        Self {
            judged: policies.len(),
            in_band: with_scores().filter(in_band).count(),
            rank_correlation: correlation(&ranks(&scores), &ranks(&middles)),
            distance: distances.sum::<f64>() / policies.len() as f64,
            dangerous_that_pass: with_scores().filter(|(judged, score)| judged.grade == 'F' && **score >= 60.0).count(),
            tight_that_fail: with_scores()
                .filter(|(judged, score)| matches!(judged.grade, 'A' | 'B') && **score < 60.0)
                .count(),
        }
    }

    /// As the page shows them.
    fn rows(&self) -> [(String, String); 5] {
        let correlation = format!("{:.2}", self.rank_correlation);
        [
            ("in their band, with 3 points of tolerance", format!("{} of {}", self.in_band, self.judged)),
            ("rank correlation with the bands' middles", correlation.trim_start_matches('0').to_owned()),
            ("mean distance to the bands' middles", format!("{:.1}", self.distance)),
            ("judged F and at 60 or above", self.dangerous_that_pass.to_string()),
            ("judged A or B and below 60", self.tight_that_fail.to_string()),
        ]
        .map(|(name, figure)| (name.to_owned(), figure))
    }
}

/// The rank of each number, equal ones sharing theirs.
fn ranks(numbers: &[f64]) -> Vec<f64> {
    let rank = |number: &f64| {
        let below = numbers.iter().filter(|other| *other < number).count();
        let equal = numbers.iter().filter(|other| *other == number).count();
        below as f64 + (equal as f64 - 1.0) / 2.0
    };
    numbers.iter().map(rank).collect()
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let (one_mean, other_mean) = (mean(one), mean(other));
    let products = one.iter().zip(other).map(|(one, other)| (one - one_mean) * (other - other_mean));
    let squares = |numbers: &[f64], mean: f64| numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>();
    products.sum::<f64>() / (squares(one, one_mean) * squares(other, other_mean)).sqrt()
}

/// The bar that the definition was made for.
#[test]
fn the_score_agrees_with_the_reviewers() {
    let agreement = Agreement::of_judged();
    assert!(agreement.in_band * 100 >= agreement.judged * 94, "{} in band", agreement.in_band);
    assert!(agreement.rank_correlation >= 0.95, "{}", agreement.rank_correlation);
    assert!(agreement.distance <= 6.5, "{}", agreement.distance);
    assert_eq!((agreement.dangerous_that_pass, agreement.tight_that_fail), (0, 0));
}

#[test]
fn of_two_policies_the_safer_one_scores_higher() {
    let Judged { policies, pairs, .. } = judged();
    let scores: BTreeMap<&str, f64> =
        policies.iter().map(|judged| (judged.id.as_str(), points(&judged.policy.to_string()))).collect();
    for Pair { safer, riskier } in &pairs {
        let (safe, risky) = (scores[safer.as_str()], scores[riskier.as_str()]);
        assert!(safe > risky, "{safer}: {safe}, {riskier}: {risky}");
    }
}

#[test]
fn policies_of_equal_meaning_score_alike() {
    for Equal { id, a, b } in judged().equal {
        let of = |side: &Value| points(&side.get("policy").unwrap_or(side).to_string());
        assert_eq!(of(&a), of(&b), "{id}");
    }
}
