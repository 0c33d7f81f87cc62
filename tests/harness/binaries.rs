//! The programs under test.

use std::path::PathBuf;

/// Where a program of the workspace has been built: beside the tests.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/debug/deps/<test>
    let path = test.parent().and_then(|deps| deps.parent()).unwrap().join(name);
    assert!(
        path.exists(),
        "{} is missing: build it first with `cargo build --workspace`, or use tests/run",
        path.display()
    );
    path
}
