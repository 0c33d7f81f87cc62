//! The documentation names files that exist.

#![expect(clippy::unwrap_used, reason = "every function here is part of a test")]

use std::path::{Path, PathBuf};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The text without its blocks of code.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// Places in the sources that pages name; patterns and placeholders are none.
#[test]
fn every_path_of_the_architecture_exists() {
    let text = std::fs::read_to_string(repository().join("docs/architecture.md")).unwrap();
    let prose = prose(&text);
    let mut paths = 0;
    for name in prose.split('`').skip(1).step_by(2) {
        let is_path = ["rules-core/", "rules-aws/", "rules-lambda/", "rules-cli/", "tests/", "conformance-pack/"];
        let is_exact = !name.contains(['*', '<', '{', ' ']);
        if is_exact && is_path.iter().any(|start| name.starts_with(start)) {
            assert!(repository().join(name).exists() || repository().join("tests").join(name).exists(), "{name}");
            paths += 1;
        }
    }
    assert!(paths > 20, "{paths}");
}
