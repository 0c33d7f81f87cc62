//! Bugs of other tools, each with the tests here that would fail if this program had it: `tests/peers.json`.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeerBug {
    /// What went wrong elsewhere.
    bug: String,
    /// `<case>.json`, `<file>.json#<id of an input>` or `<file>.rs::<test>`, from the root of the repository.
    covered_by: Vec<String>,
}

fn peers() -> Vec<PeerBug> {
    serde_json::from_str(&read("tests/peers.json").unwrap()).unwrap()
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> Result<String, String> {
    std::fs::read_to_string(repository().join(path)).map_err(|error| error.to_string())
}

/// Refuses what names no test.
fn find(test: &str) -> Result<(), String> {
    if let Some((file, name)) = test.split_once("::") {
        let has = file.ends_with(".rs") && read(file)?.contains(&format!("fn {name}("));
        return has.then_some(()).ok_or_else(|| format!("no test is called {name}"));
    }
    if let Some((file, id)) = test.split_once('#') {
        let inputs: Vec<Value> = serde_json::from_str(&read(file)?).map_err(|error| error.to_string())?;
        return inputs.iter().any(|input| input["id"] == id).then_some(()).ok_or_else(|| format!("no input is {id}"));
    }
    // A file in another folder is not run.
    let is_case = test.starts_with("tests/cases/") && test.ends_with(".json");
    if is_case { read(test).map(drop) } else { Err("it is not a case".to_owned()) }
}

#[test]
fn every_bug_has_tests_that_exist() {
    for peer in peers() {
        assert!(!peer.covered_by.is_empty(), "nothing covers: {}", peer.bug);
        for test in &peer.covered_by {
            let found = find(test);
            assert!(found.is_ok(), "{test}: {}", found.unwrap_err());
        }
        let once: BTreeSet<&String> = peer.covered_by.iter().collect();
        assert_eq!(once.len(), peer.covered_by.len(), "a test is named twice: {}", peer.bug);
    }
}

#[test]
fn every_bug_is_told_once() {
    let peers = peers();
    let mut told = BTreeSet::new();
    for peer in &peers {
        assert!(!peer.bug.trim().is_empty());
        assert!(told.insert(&peer.bug), "twice: {}", peer.bug);
    }
    assert!(!told.is_empty());
}

#[test]
fn what_names_no_test_is_refused() {
    for test in [
        "tests/tests/peers.rs::no_such_test",
        "tests/tests/no_such_file.rs::every_bug_is_told_once",
        "tests/bad_inputs.json#P000",
        "tests/cases/root-mfa-enabled/no-such-case.json",
        "tests/peers.json",
        "",
    ] {
        assert!(find(test).is_err(), "{test}");
    }
}
