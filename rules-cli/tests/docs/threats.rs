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
    for line in read("docs/threat-model.md").lines() {
        // Three cells: threat, answer, held by.
        let cells: Vec<&str> = line.split('|').collect();
        let [_, threat, _, held, _] = cells.as_slice() else { continue };
        if held.contains("held by") || held.contains("---") {
            continue;
        }
        let names: Vec<&str> = held.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing holds:{threat}");
        for name in names {
            named += 1;
            let is_test = sources.contains(&format!("fn {name}("));
            assert!(is_test || repository().join(name).exists(), "there is no {name}");
        }
    }
    assert!(named > 30, "{named}");
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
