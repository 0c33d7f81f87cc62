//! The steps of the GitHub Action, run here.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::gates::{bad, check_annotation, good, path, repository};
use super::support::{folder, run_in, write};

/// Runs the action's step in a folder: exit code, annotations, and the other output.
fn step(folder: &Path, inputs: &[(&str, &str)]) -> (Option<i32>, Vec<String>, String) {
    let output = Command::new("bash")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../action/gate"))
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("RULES_CLI", env!("CARGO_BIN_EXE_rules-cli"))
        .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
        .envs(inputs.iter().copied())
        .output()
        .expect("bash runs");
    let stdout = String::from_utf8(output.stdout).unwrap();
    (output.status.code(), stdout.lines().map(str::to_owned).collect(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn the_gate_of_the_action_annotates_summarizes_and_fails() {
    let folder = folder("action");
    write(
        &folder,
        "policies/deep er/bad.json",
        "{\"Version\":\"2012-10-17\",\n\"Statement\":\n{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
    );
    write(&folder, "policies/good.json", &good(1).to_string());
    let paths = ("INPUT_PATHS", "\n  policies\n");
    let (code, annotations, told) = step(&folder, &[paths, ("INPUT_MIN_SCORE", "60"), ("INPUT_SARIF", "out.sarif")]);
    assert_eq!(code, Some(1), "{told}");
    assert_eq!(annotations.len(), 1);
    assert!(annotations[0].starts_with("::error file=policies/deep er/bad.json,line=3,endLine=3,"), "{annotations:?}");
    assert!(std::fs::read_to_string(folder.join("summary.md")).unwrap().contains("| 2 | 1 | 0 | 0 | 0 | 1 |"));
    assert!(std::fs::read_to_string(folder.join("out.sarif")).unwrap().contains("policies/deep%20er/bad.json"));
    assert_eq!(step(&folder, &[paths]).0, Some(0));
    assert_eq!(step(&folder, &[("INPUT_PATHS", " \n")]).0, Some(2));
    assert_eq!(step(&folder, &[("INPUT_PATHS", "nowhere")]).0, Some(2));
}

#[test]
fn a_repository_of_300_policies_is_gated_from_its_baseline_on() {
    let root = repository("action-300");
    let gate = |inputs: &[(&str, &str)]| {
        step(&root, &[&[("INPUT_PATHS", "policies"), ("INPUT_MIN_SCORE", "60")], inputs].concat())
    };
    let (code, annotations, told) = gate(&[]);
    assert_eq!((code, annotations.len()), (Some(1), 5), "{told}");
    annotations.iter().for_each(|annotation| check_annotation(&root, annotation));

    run_in(&root, &["score", "policies", "--min-score", "60", "--write-baseline", "baseline.json"]);
    let known = [("INPUT_BASELINE", "baseline.json")];
    let quiet = (Some(0), Vec::new(), String::new());
    assert_eq!(gate(&known), quiet);

    // Every bad file moves, in another layout.
    for number in (0..300).filter(|number| number % 60 == 7) {
        let policy: Value = serde_json::from_str(&std::fs::read_to_string(root.join(path(number))).unwrap()).unwrap();
        std::fs::remove_file(root.join(path(number))).unwrap();
        write(&root, &format!("policies/moved/{number}/policy.json"), &policy.to_string());
    }
    assert_eq!(gate(&known), quiet);

    let mut worse = good(20);
    let wide = json!({"Sid": "Wide", "Effect": "Allow", "Action": "organizations:*", "Resource": "*"});
    worse["Statement"].as_array_mut().unwrap().push(wide);
    write(&root, &path(20), &serde_json::to_string_pretty(&worse).unwrap());
    let (code, annotations, told) = gate(&known);
    assert_eq!((code, annotations.len()), (Some(1), 1), "{told}");
    check_annotation(&root, &annotations[0]);
    write(&root, &path(20), &bad(20).to_string());
    assert_eq!(gate(&known).0, Some(1));
}

#[test]
fn the_action_hands_on_all_of_its_inputs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let (action, gate) = (read("action.yml"), read("action/gate"));
    for line in action.lines().filter(|line| line.trim_start().starts_with("INPUT_")) {
        let name = line.trim().split(':').next().unwrap();
        assert!(gate.contains(&format!("{name}:-")), "{name}");
    }
    let hooks = read(".pre-commit-hooks.yaml");
    for entry in hooks.lines().filter_map(|line| line.trim().strip_prefix("entry: rules-cli ")) {
        let output =
            Command::new(env!("CARGO_BIN_EXE_rules-cli")).args(entry.split(' ')).arg("--help").output().unwrap();
        assert!(output.status.success(), "{entry}");
    }
}
