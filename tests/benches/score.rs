//! How long scoring takes: `cargo bench -p rules-tests --bench score`, after tests/aws/setup.sh.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use divan::{Bencher, black_box};
use rules_core::catalogue::{ActionSet, expand};
use rules_core::decision::{Context, OtherKeys, PolicyLayers, Reading, Request};
use rules_core::policy::{PolicyDocument, PolicyLimits, PolicyType, ResourcePattern};
use rules_core::score::score;

fn main() {
    divan::main();
}

fn parse(text: &str) -> PolicyDocument {
    PolicyDocument::parse_within(text, PolicyType::Identity, PolicyLimits::UNLIMITED).unwrap()
}

fn managed() -> Vec<String> {
    rules_tests::managed_policies::all().into_values().collect()
}

/// Reading the managed policies of AWS, from text to documents.
#[divan::bench]
fn parse_all_managed_policies(bencher: Bencher<'_, '_>) {
    let texts = managed();
    bencher.bench(|| texts.iter().map(|text| parse(black_box(text)).statements.len()).sum::<usize>());
}

/// Scoring them all, read already.
#[divan::bench]
fn score_all_managed_policies(bencher: Bencher<'_, '_>) {
    let documents: Vec<PolicyDocument> = managed().iter().map(|text| parse(text)).collect();
    bencher
        .bench(|| documents.iter().map(|document| u64::from(score(black_box(document)).score.tenths())).sum::<u64>());
}

/// One policy each, by name.
#[divan::bench(args = ["AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "AmazonS3FullAccess", "AWSLambdaBasicExecutionRole"])]
fn score_one(bencher: Bencher<'_, '_>, name: &str) {
    let document = parse(&rules_tests::managed_policies::document(name));
    bencher.bench(|| score(black_box(&document)));
}

/// 8 KiB of `a*a*a*…` against 8 KiB of `a`. The `b` that is missing stands where no beginning or end gives it away.
#[divan::bench]
fn hostile_pattern(bencher: Bencher<'_, '_>) {
    let pattern = ResourcePattern::new(format!("arn:aws:s3:::{}b*a", "a*".repeat(4_095)));
    let resource = format!("arn:aws:s3:::{}", "a".repeat(8_192));
    bencher.bench(|| black_box(&pattern).matches(black_box(&resource)));
}

/// The same pattern as an action, over the whole catalogue.
#[divan::bench]
fn hostile_action(bencher: Bencher<'_, '_>) {
    let pattern = format!("s3:{}", "*a".repeat(500));
    bencher.bench(|| expand(black_box(&pattern), &mut ActionSet::empty()));
}

/// A policy of this many characters, all of them patterns that each match actions of many services, read and scored.
#[divan::bench(args = [10_000, 130_000])]
fn policy_of_hostile_actions(bencher: Bencher<'_, '_>, length: usize) {
    let mut text =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":["*:*e*t*""#.to_owned();
    for number in 0_u32.. {
        // No two patterns are the same, and their letters are in the names of actions.
        let letters: String =
            number.to_string().bytes().map(|digit| char::from(b"aeinorstlc"[usize::from(digit - b'0')])).collect();
        let pattern = format!(r#","*:*e*{letters}*t*""#);
        if text.len() + pattern.len() > length {
            break;
        }
        text.push_str(&pattern);
    }
    text.push_str("]}]}");
    bencher.bench(|| score(&parse(black_box(&text))));
}

/// A policy of 2,000 statements and some 131,000 characters.
#[divan::bench]
fn policy_at_the_limits(bencher: Bencher<'_, '_>) {
    let statements: Vec<String> = (0..2_000)
        .map(|index| format!(r#"{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b{index}"}}"#))
        .collect();
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    bencher.bench(|| score(&parse(black_box(&text))));
}

/// 2,000 statements of 1,000 actions each, with the limits lifted.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn policy_beyond_the_limits(bencher: Bencher<'_, '_>) {
    let names: Vec<String> = rules_core::catalogue::actions().map(|action| format!("\"{action}\"")).collect();
    let statements: Vec<String> = (0..2_000)
        .map(|index| {
            let actions: Vec<&str> = names.iter().cycle().skip(index * 10).take(1_000).map(String::as_str).collect();
            format!(r#"{{"Effect":"Allow","Action":[{}],"Resource":"*"}}"#, actions.join(","))
        })
        .collect();
    let document = parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(",")));
    bencher.bench(|| score(black_box(&document)));
}

/// A decision with the policies read already.
#[divan::bench]
fn decide(bencher: Bencher<'_, '_>) {
    let document = parse(&rules_tests::managed_policies::document("AmazonS3ReadOnlyAccess"));
    let layers = PolicyLayers::of_identity([&document]);
    let context = Context::new(OtherKeys::Absent);
    let request = Request { action: "s3:GetObject", resource: "arn:aws:s3:::bucket/key", context: &context };
    bencher.bench(|| layers.decide(black_box(&request), Reading::Possible));
}
