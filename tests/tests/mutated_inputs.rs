//! Inputs that are damaged at random. Each is judged, or is an error that fits where errors go; none is a panic.
//!
//! `RULES_MUTATIONS=N` makes N of each; `RULES_SEED=N` begins with another seed.

#![expect(clippy::unwrap_used, clippy::panic, reason = "every function here is part of a test")]

#[path = "mutated_inputs/damage.rs"]
mod damage;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use rules_aws::{FileFacts, Snapshot};
use rules_core::config::{ConfigEvent, InvokingEvent, RuleParameters};
use rules_core::exceptions::{Exceptions, Unaddressed};
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::rules::RULES;
use rules_core::score::score;
use rules_tests::account::{ACCOUNT, Account, Files, facts};
use rules_tests::bad_input::{Kind, all};
use rules_tests::check::as_of;
use rules_tests::command::rules_cli;
use rules_tests::fake_aws::FakeAws;
use rules_tests::judge;
use rules_tests::line::Line;
use rules_tests::random::{number, seed};
use serde_json::json;

use self::damage::damaged;

/// Damages inputs of the corpus, and says which one made `check` fail.
fn check_damaged(what: &str, corpus: &[Vec<u8>], count: u64, check: impl Fn(&[u8])) {
    let first = seed();
    for seed in first..first + number("RULES_MUTATIONS").unwrap_or(count) {
        let mut random = fastrand::Rng::with_seed(seed);
        let input = damaged(&mut random, corpus);
        if catch_unwind(AssertUnwindSafe(|| check(&input))).is_err() {
            panic!("{what}, seed {seed}: {}", String::from_utf8_lossy(&input));
        }
    }
}

fn corpus(kind: Kind) -> Vec<Vec<u8>> {
    // What is huge is slow to damage, and its size is what is wrong with it.
    all(kind).iter().map(rules_tests::bad_input::BadInput::bytes).filter(|bytes| bytes.len() < 20_000).collect()
}

/// An error is short and shows on any terminal.
fn fits(error: impl std::fmt::Display) {
    text_fits(&error.to_string(), 300);
}

fn text_fits(text: &str, most: usize) {
    let length = text.chars().count();
    assert!((1..=most).contains(&length), "{length} characters: {text}");
    assert!(!text.chars().any(rules_core::text::is_hidden), "{text:?}");
}

fn line_fits(line: &Line) {
    text_fits(&line.annotation, if line.compliance == "NOT_EVALUATED" { 1_000 } else { 256 });
}

#[test]
fn policies_are_scored_or_refused() {
    check_damaged("a policy", &corpus(Kind::Policy), 20_000, |input| {
        for policy_type in [PolicyType::Identity, PolicyType::Trust, PolicyType::Resource] {
            match PolicyDocument::parse_bytes(input, policy_type) {
                Ok(document) => drop(score(&document)),
                Err(error) => fits(error),
            }
        }
    });
}

#[test]
fn events_are_judged_or_refused() {
    check_damaged("an event", &corpus(Kind::ConfigEvent), 20_000, |input| match ConfigEvent::parse(input) {
        Err(error) => fits(error),
        Ok(event) => {
            let InvokingEvent::Change(item) = &event.invoking_event else { return };
            for definition in RULES {
                let verdicts = judge::item(definition, &event, item);
                verdicts.iter().for_each(|verdict| line_fits(&Line::new(definition.id, verdict)));
            }
        }
    });
}

#[test]
fn parameters_are_read_or_refused() {
    check_damaged("parameters", &corpus(Kind::RuleParameters), 20_000, |input| {
        let text = String::from_utf8_lossy(input);
        match RuleParameters::parse(&text) {
            Err(error) => fits(error),
            Ok(parameters) => {
                let refused = RULES.iter().filter_map(|definition| definition.with(&parameters).err());
                refused.for_each(fits);
            }
        }
    });
}

#[test]
fn exceptions_are_read_or_refused() {
    let file = "[[exception]]\nrule = \"policy-least-privilege\"\nresource = \"arn:aws:iam::111122223333:policy/a-*\"\n\
                owner = \"platform\"\nreason = \"replaced\"\nexpires = 2026-12-31\n";
    check_damaged("exceptions", &[file.into(), file.repeat(3).into()], 20_000, |input| {
        match Exceptions::parse(&String::from_utf8_lossy(input)) {
            Err(error) => fits(error),
            Ok(exceptions) => {
                let (account, at) = ("111122223333".parse().unwrap(), "2026-01-31T12:00:00Z".parse().unwrap());
                let own = exceptions.of_account(&account, Unaddressed::Refused, at);
                own.refused(&["policy-least-privilege"]).for_each(fits);
            }
        }
    });
}

/// The files of the account that the command line carries.
fn sample() -> Files {
    fn add(files: &mut Files, root: &Path, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                add(files, root, &path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../rules-cli/sample");
    let mut files = Files::new();
    add(&mut files, &root, &root);
    files
}

#[test]
fn files_of_an_account_are_judged_or_refused() {
    let sample = sample();
    for (name, content) in &sample {
        check_damaged(name, std::slice::from_ref(content), 60, |input| {
            let mut files = sample.clone();
            files.insert(name.clone(), input.to_vec());
            let facts = facts(ACCOUNT, &files, as_of());
            for definition in RULES {
                let verdicts = judge::account(definition, &RuleParameters::default(), &facts, as_of());
                verdicts.iter().for_each(|verdict| line_fits(&Line::new(definition.id, verdict)));
            }
        });
    }
}

#[test]
fn snapshots_are_read_or_refused() {
    let account = json!({
        "summary": { "AccountMFAEnabled": 1 }, "report": { "root": ["password", "mfa"] }, "virtual_mfa_devices": [],
        "users": { "ada": { "inline": { "all": ["Allow * on *"] } } }, "regions": { "eu-west-1": { "sound": true } },
    });
    let account: Account = serde_json::from_value(account).unwrap();
    let aws = FakeAws::start(&account);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("snapshot.json");
    let collect = ["collect", "--output", path.to_str().unwrap(), "--endpoint-url", &aws.url()];
    let collected = rules_cli(collect, &[("AWS_REGION", "eu-west-1")]);
    assert_eq!(collected.code, 0, "{}", collected.stderr);
    check_damaged("a snapshot", &[std::fs::read(path).unwrap()], 1_000, |input| {
        match Snapshot::parse(&String::from_utf8_lossy(input)) {
            Err(error) => fits(error),
            Ok(snapshot) => drop(FileFacts::from_snapshot(snapshot, "snapshot")),
        }
    });
}
