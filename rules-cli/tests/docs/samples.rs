//! Files that pages show, as the program reads them.

use std::path::Path;
use std::process::Command;

use rules_tests::scratch::folder;

use super::blocks;

#[test]
fn options_and_exceptions_in_the_documentation_are_read() {
    let mut files = 0;
    for page in ["docs/ci.md", "docs/rules.md"] {
        for block in blocks::of(page).into_iter().filter(|block| block.language == "toml") {
            files += 1;
            let place = format!("{page}: line {}", block.line);
            let folder = folder(env!("CARGO_TARGET_TMPDIR"));
            if block.text.contains("[[exception]]") {
                std::fs::write(folder.path().join("exceptions.toml"), &block.text).unwrap();
                // As of a day on which the exceptions hold.
                let arguments =
                    ["evaluate", "--sample", "--exceptions", "exceptions.toml", "--as-of", "2026-07-01T00:00:00Z"];
                let (code, errors) = run(folder.path(), &arguments);
                assert!(code < 2, "{place}: {errors}");
            } else {
                std::fs::write(folder.path().join("rules.toml"), &block.text).unwrap();
                let (code, errors) = run(folder.path(), &["config"]);
                assert_eq!((code, errors.as_str()), (0, ""), "{place}");
            }
        }
    }
    assert!(files >= 3, "{files}");
}

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rules-cli"));
    let output = command.args(arguments).current_dir(folder).env_clear().output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}
