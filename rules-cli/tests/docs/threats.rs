//! What the threat model says holds a promise is there.

use std::path::Path;

use super::{read, repository};

#[test]
fn what_holds_a_promise_is_there() {
    let mut sources = String::new();
    for folder in ["rules-core", "rules-aws", "rules-lambda", "rules-cli", "tests"] {
        collect(&repository().join(folder), &mut sources);
    }
    let mut named = 0;
    for row in rows(&read("docs/threat-model.md")) {
        assert!(!row.is_empty(), "nothing holds a promise");
        for name in row {
            named += 1;
            let is_test = sources.contains(&format!("fn {name}("));
            assert!(is_test || repository().join(&name).exists(), "there is no {name}");
        }
    }
    assert!(named > 30, "{named}");
}

/// The names in the last cell of every row of the tables of threats.
fn rows(page: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        inside = line.starts_with('|') && (inside || line.ends_with("| test |"));
        let row = inside && !line.ends_with("| test |") && !line.starts_with("| ---");
        if let Some(held) = line.trim_end_matches([' ', '|']).rsplit('|').next().filter(|_| row) {
            rows.push(held.split('`').skip(1).step_by(2).map(str::to_owned).collect());
        }
    }
    rows
}

/// The text of every Rust file below a folder.
fn collect(folder: &Path, sources: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}
