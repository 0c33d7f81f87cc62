//! The managed policies of AWS, as the setup of the tests extracts them from the pinned moto.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where the setup puts them, one file each.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/managed-policies")
}

/// The document of one policy.
///
/// # Panics
/// When the setup has not run.
#[must_use]
pub fn document(name: &str) -> String {
    let path = folder().join(format!("{name}.json"));
    std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{} (run tests/aws/setup.sh): {error}", path.display()))
}

/// Every policy's document by name.
///
/// # Panics
/// When the setup has not run.
#[must_use]
pub fn all() -> BTreeMap<String, String> {
    let folder = folder();
    let entries = std::fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{} (run tests/aws/setup.sh): {error}", folder.display()));
    let names = entries.filter_map(|entry| {
        let name = entry.ok()?.file_name().into_string().ok()?;
        name.strip_suffix(".json").map(str::to_owned)
    });
    names.map(|name| (document(&name), name)).map(|(text, name)| (name, text)).collect()
}
