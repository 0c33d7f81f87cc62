use std::collections::BTreeSet;

use rules_tests::command::rules_cli;
use rules_tests::managed_policies;
use serde_json::Value;

/// How many the pinned moto carries.
const MANAGED_POLICIES: usize = 1_582;

#[test]
fn every_managed_policy_has_a_score() {
    let expected: BTreeSet<String> = managed_policies::all().into_keys().collect();
    assert_eq!(expected.len(), MANAGED_POLICIES);
    let folder = managed_policies::folder();
    let finished = rules_cli(["score", folder.to_str().unwrap(), "--format", "ndjson"], &[]);
    assert_eq!(finished.code, 0, "{}", finished.stderr);
    let lines: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let names: Vec<&str> = lines.iter().map(|line| line["policy"].as_str().unwrap()).collect();
    assert!(names.is_sorted_by_key(|name| format!("{name}.json")), "in the order of the files' names");
    assert_eq!(names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), expected);
    for line in &lines {
        let score = line["score"].as_f64().unwrap_or_else(|| panic!("no score: {line}"));
        assert!((0.0..=100.0).contains(&score), "{line}");
        assert!(line.get("error").is_none(), "{line}");
    }
}
