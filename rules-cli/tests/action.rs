//! The steps of the GitHub Action, run here.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

#[test]
fn the_gate_of_the_action_annotates_summarizes_and_fails() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("action");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("policies/deep er")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write(
        "policies/deep er/bad.json",
        "{\"Version\":\"2012-10-17\",\n\"Statement\":\n{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
    );
    write(
        "policies/good.json",
        r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}}"#,
    );
    let gate = |inputs: &[(&str, &str)]| {
        let output = Command::new("bash")
            .arg(repository.join("action/gate"))
            .current_dir(&folder)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("RULES_CLI", env!("CARGO_BIN_EXE_rules-cli"))
            .env("GITHUB_STEP_SUMMARY", folder.join("summary.md"))
            .envs(inputs.iter().copied())
            .output()
            .expect("bash runs");
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let paths = ("INPUT_PATHS", "\n  policies\n");
    let (code, annotations, told) = gate(&[paths, ("INPUT_MIN_SCORE", "60"), ("INPUT_SARIF", "out.sarif")]);
    assert_eq!(code, Some(1), "{told}");
    assert!(annotations.starts_with("::error file=policies/deep er/bad.json,line=3,endLine=3,"), "{annotations}");
    assert_eq!(annotations.lines().count(), 1);
    assert!(std::fs::read_to_string(folder.join("summary.md")).unwrap().contains("| 2 | 1 | 0 | 0 | 0 | 1 |"));
    assert!(std::fs::read_to_string(folder.join("out.sarif")).unwrap().contains("policies/deep%20er/bad.json"));
    assert_eq!(gate(&[paths]).0, Some(0));
    assert_eq!(gate(&[("INPUT_PATHS", " \n")]).0, Some(2));
    assert_eq!(gate(&[("INPUT_PATHS", "nowhere")]).0, Some(2));
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
