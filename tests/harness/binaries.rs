//! The programs under test.

use std::path::PathBuf;

/// Where a program of the workspace has been built: beside the tests, or for the function where `RULES_BOOTSTRAP` says.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn path(name: &str) -> PathBuf {
    let released = std::env::var_os("RULES_BOOTSTRAP").filter(|_| name == "bootstrap");
    if let Some(path) = released {
        return path.into();
    }
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
