//! `docs/embedding.md`, followed word by word: a new package outside the workspace gets the manifest, the input files and the
//! programs of the page, and each program prints what the page shows.
//!
//! With `RULES_DOCS=write` the output on the page is written instead of compared.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]
#![expect(clippy::disallowed_methods, reason = "only the core itself is without files and processes")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A block of code of the page.
struct Block {
    /// What follows the opening fence, such as `rust`.
    info: String,
    text: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn blocks(page: &str) -> Vec<Block> {
    let inside = page.split("\n```").skip(1).step_by(2);
    let blocks = inside.map(|block| block.split_once('\n').unwrap());
    blocks.map(|(info, text)| Block { info: info.to_owned(), text: format!("{text}\n") }).collect()
}

/// A new folder below the target folder, which the workspace excludes.
fn new_folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedding");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(folder.join("src/bin")).unwrap();
    folder
}

#[test]
fn the_page_is_followed() {
    let path = repository().join("docs/embedding.md");
    let page = fs::read_to_string(&path).unwrap();
    let blocks = blocks(&page);
    let folder = new_folder();
    // The versions that the workspace uses, so that nothing is downloaded.
    fs::copy(repository().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut programs = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        match block.info.split_once(' ') {
            None if block.info == "toml" => {
                let core = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
                let manifest = block.text.replace("\"../rules-core\"", &format!("\"{core}\""));
                assert_ne!(manifest, block.text, "the manifest of the page names ../rules-core");
                fs::write(folder.join("Cargo.toml"), manifest).unwrap();
            }
            None if block.info == "rust" => {
                let shown = blocks.get(index + 1).filter(|next| next.info == "text");
                programs.push((format!("program_{index}"), shown.expect("each program is followed by its output")));
                fs::write(folder.join(format!("src/bin/program_{index}.rs")), &block.text).unwrap();
            }
            Some(("json", file)) => fs::write(folder.join(file), &block.text).unwrap(),
            _ => assert_eq!(block.info, "text", "the test does not know what to do with this block"),
        }
    }
    assert!(programs.len() >= 5, "{}", programs.len());

    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedding-target");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--quiet", "--target-dir"]).arg(&target).current_dir(&folder);
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    assert!(built.stderr.is_empty(), "a program of the page has warnings: {}", String::from_utf8_lossy(&built.stderr));

    let mut written = page.clone();
    for (name, shown) in programs {
        let program = target.join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let ran = Command::new(program).current_dir(&folder).env_clear().output().unwrap();
        assert!(ran.status.success(), "{name}: {}", String::from_utf8_lossy(&ran.stderr));
        let printed = String::from_utf8(ran.stdout).unwrap();
        if std::env::var_os("RULES_DOCS").is_some_and(|value| value == "write") {
            written = written.replacen(&format!("```text\n{}```", shown.text), &format!("```text\n{printed}```"), 1);
        } else {
            assert_eq!(printed, shown.text, "the output of {name}, and the page: docs/update writes it");
        }
    }
    if written != page {
        fs::write(&path, written).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
