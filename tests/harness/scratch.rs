//! Files that a test writes for the programs to read.

use std::path::Path;

/// Writes a file of one test's own into a folder below `root`, the `CARGO_TARGET_TMPDIR` of the tests, and tells its path.
///
/// # Panics
/// When it cannot be written.
#[must_use]
pub fn file(root: &str, folder: &str, name: &str, text: &str) -> String {
    let folder = Path::new(root).join(folder);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().expect("the path is UTF-8").to_owned()
}
