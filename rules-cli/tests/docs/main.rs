//! The documentation: its commands are run, its output is what the program prints, its links lead somewhere.
//!
//! With `RULES_DOCS=write` (`docs/update`) the generated pages and the output are written instead of compared.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "every function here is part of a test"
)]

mod blocks;
// The pages are followed with a shell.
#[cfg(unix)]
mod follow;
mod links;
mod marks;
mod reference;
mod samples;
mod threats;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Whether files are written instead of compared.
fn writes() -> bool {
    std::env::var_os("RULES_DOCS").is_some_and(|value| value == "write")
}

/// Every Markdown file of the repository below these folders and beside the README, by its path from the root.
fn pages() -> Vec<String> {
    let mut pages = Vec::new();
    let mut folders = vec![String::new(), "docs".into(), "rules-core".into(), "rules-core/src/rules".into()];
    folders.push("docs/reference".into());
    for folder in folders {
        for entry in std::fs::read_dir(repository().join(&folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if name.ends_with(".md") {
                pages.push(format!("{folder}/{name}").trim_start_matches('/').to_owned());
            }
        }
    }
    pages.sort();
    pages
}
