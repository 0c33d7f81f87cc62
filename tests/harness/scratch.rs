//! Files that a test writes for the programs to read. Runs of the tests that share one target folder do not disturb each
//! other.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::Path;

use tempfile::{NamedTempFile, TempDir};

/// Writes a file below `root`, the `CARGO_TARGET_TMPDIR` of the tests, and tells its path.
///
/// Its folder is named by the text, and the file appears there as a whole: no reader sees half of it, or another text.
///
/// # Panics
/// When it cannot be written.
#[must_use]
pub fn file(root: &str, folder: &str, name: &str, text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let folder = Path::new(root).join(folder).join(format!("{:016x}", hasher.finish()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut file = NamedTempFile::new_in(&folder).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = folder.join(name);
    file.persist(&path).unwrap();
    path.to_str().expect("the path is UTF-8").to_owned()
}

/// An empty folder below `root`, the `CARGO_TARGET_TMPDIR` of the tests, that goes when it is dropped.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn folder(root: &str) -> TempDir {
    std::fs::create_dir_all(root).unwrap();
    TempDir::new_in(root).unwrap()
}
