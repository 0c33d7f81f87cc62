//! The pages that are made from the program.

use std::process::Command;

use super::{read, repository, writes};

#[test]
fn the_reference_is_what_the_program_says() {
    for page in ["commands", "fields", "findings", "paths"] {
        let output =
            Command::new(env!("CARGO_BIN_EXE_rules-cli")).args(["reference", page]).env_clear().output().unwrap();
        let made = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && made.contains("\n| "), "{page}: {made}");
        let path = format!("docs/reference/{page}.md");
        if writes() {
            std::fs::write(repository().join(&path), made).unwrap();
        } else {
            assert!(read(&path) == made, "{path} is not what the program says: run docs/update");
        }
    }
}

#[test]
fn the_pictures_show_what_the_program_prints() {
    let mut make = Command::new("python3");
    make.arg(repository().join("docs/pictures/make.py")).arg(env!("CARGO_BIN_EXE_rules-cli"));
    if !writes() {
        make.arg("--check");
    }
    let output = make.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
