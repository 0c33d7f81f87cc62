//! The documents of the arguments of `score`.

use std::borrow::Cow;
use std::fs::{self, FileType};
use std::io;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::accepted::SUFFIX;
use crate::output::diagnostics;
use crate::places::shown_path;

/// Where a document comes from.
pub(super) struct Source {
    /// What the policy is called.
    pub(super) policy: String,
    pub(super) place: Place,
}

pub(super) enum Place {
    StandardInput,
    /// A file that was named.
    File(PathBuf),
    /// A file of a folder, which may hold something other than a policy.
    InFolder(PathBuf),
    /// A folder that cannot be listed.
    UnreadableFolder(PathBuf, io::Error),
}

/// A file in a folder that is not a policy, and the reason.
pub(super) struct Skipped {
    pub(super) path: PathBuf,
    pub(super) why: &'static str,
}

/// The maximum depth of folders, which also ends loops that the system does not detect.
const MAX_DEPTH: usize = 64;

/// The documents that an argument means: `-` is standard input, a file stands for itself, a folder for every `*.json` in
/// it and below it, in the order of their names. Files are named by what they are called below the argument.
pub(super) fn add(argument: &Path, ignore: &[Pattern], sources: &mut Vec<Source>, skipped: &mut Vec<Skipped>) {
    if argument.as_os_str() == "-" {
        sources.push(Source { policy: "-".to_owned(), place: Place::StandardInput });
    } else if argument.is_dir() {
        Folder { ignore, sources, skipped }.add(argument, "", 0);
    } else {
        let policy = policy_name(&name_of(argument)).to_owned();
        sources.push(Source { policy, place: Place::File(argument.to_owned()) });
    }
}

struct Folder<'a> {
    ignore: &'a [Pattern],
    sources: &'a mut Vec<Source>,
    skipped: &'a mut Vec<Skipped>,
}

impl Folder<'_> {
    /// Adds what is in a folder, whose files are named with `prefix`.
    fn add(&mut self, path: &Path, prefix: &str, depth: usize) {
        let entries = match entries(path) {
            Ok(entries) => entries,
            Err(error) => {
                let policy =
                    prefix.strip_suffix('/').map_or_else(|| path.to_string_lossy().into_owned(), str::to_owned);
                self.sources.push(Source { policy, place: Place::UnreadableFolder(path.to_owned(), error) });
                return;
            }
        };
        for (path, kind) in entries {
            let name = name_of(&path).into_owned();
            let is_json = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
            let is_link_to_folder = kind.is_symlink() && path.is_dir();
            if self.ignores(&path, &format!("{prefix}{name}")) {
                diagnostics::detail(&format!("ignored {}", path.display()));
            } else if kind.is_dir() && name.starts_with('.') {
                self.skip(path, "a hidden folder");
            } else if kind.is_dir() && depth >= MAX_DEPTH {
                self.skip(path, "too many folders within folders");
            } else if kind.is_dir() {
                self.add(&path, &format!("{prefix}{name}/"), depth + 1);
            } else if is_link_to_folder {
                self.skip(path, "a link to a folder");
            } else if !(kind.is_file() || kind.is_symlink() && path.is_file()) {
                self.skip(path, "not a file");
            } else if is_json {
                let policy = format!("{prefix}{}", policy_name(&name));
                self.sources.push(Source { policy, place: Place::InFolder(path) });
            } else if !name.ends_with(SUFFIX) {
                self.skip(path, "its name does not end in .json");
            }
        }
    }

    /// Patterns are of paths below the argument, or as they are shown.
    fn ignores(&self, path: &Path, below: &str) -> bool {
        let options = MatchOptions { require_literal_separator: true, ..MatchOptions::new() };
        let matches = |pattern: &Pattern| {
            pattern.matches_with(below, options) || pattern.matches_with(&shown_path(path), options)
        };
        self.ignore.iter().any(matches)
    }

    fn skip(&mut self, path: PathBuf, why: &'static str) {
        self.skipped.push(Skipped { path, why });
    }
}

/// What is in a folder, in the order of the names.
fn entries(folder: &Path) -> io::Result<Vec<(PathBuf, FileType)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        entries.push((entry.path(), entry.file_type()?));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

/// What a file or folder is called.
pub(super) fn name_of(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy()
}

/// A file's name without `.json`, in any case.
fn policy_name(name: &str) -> &str {
    let split = name.len().saturating_sub(".json".len());
    match name.split_at_checked(split) {
        Some((stem, suffix)) if suffix.eq_ignore_ascii_case(".json") => stem,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::policy_name;

    #[test]
    fn a_policy_is_named_by_its_file() {
        assert_eq!(policy_name("read.only.json"), "read.only");
        assert_eq!(policy_name("WIDE.JSON"), "WIDE");
        assert_eq!(policy_name("policy"), "policy");
        assert_eq!(policy_name("é.json"), "é");
        assert_eq!(policy_name("json"), "json");
    }
}
