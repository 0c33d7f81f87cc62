//! The files of a folder that are read, and those that are reported because they are not read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rules_core::MissingFact;
use rules_core::facts::FactKind;

use super::contents::{self, Contents};
use super::{regional, shown};

/// A folder that was given as an input.
#[derive(Debug, Default)]
pub(super) struct Folder {
    /// The files to read, in the order of their paths, with what they hold.
    pub(super) files: Vec<(PathBuf, Contents)>,
    /// What should have been read and cannot be.
    pub(super) problems: Vec<(FactKind, MissingFact)>,
    /// What is not an account's, or stands behind a better file of its kind.
    pub(super) passed_over: Vec<String>,
}

/// What a folder is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// The account's own files, and snapshots.
    Account,
    /// The files of a Region.
    Region,
    /// Both, for a folder of a Region that was given by itself.
    Both,
}

/// A file of a folder.
struct FoundFile {
    path: PathBuf,
    contents: Option<Contents>,
    /// Why it is not read, if so.
    obstacle: Option<String>,
}

impl Folder {
    /// Looks through a folder and those in it that are named by Regions.
    pub(super) fn look_through(folder: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        let own = if regional::is_region(folder) { Scope::Both } else { Scope::Account };
        let (files, folders) = entries(folder)?;
        found.choose(files, own);
        for folder in folders {
            if regional::is_region(&folder) {
                let (files, folders) = entries(&folder)?;
                found.choose(files, Scope::Region);
                found.passed_over.extend(folders.iter().map(|folder| format!("{}/", shown(folder))));
            } else {
                found.look_into_other(&folder);
            }
        }
        found.choose_snapshot();
        found.files.sort();
        Ok(found)
    }

    /// Whether nothing in it is an account's.
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty() && self.problems.is_empty()
    }

    /// Of each kind the file with the right name is read or, where there is none, those that hold it.
    fn choose(&mut self, files: Vec<FoundFile>, scope: Scope) {
        let mut by_contents: BTreeMap<Contents, Vec<FoundFile>> = BTreeMap::new();
        for file in files {
            match file.contents.or_else(|| contents::nearly_named(&file.path)) {
                Some(contents) => by_contents.entry(contents).or_default().push(file),
                None => self.passed_over.push(shown(&file.path)),
            }
        }
        for (contents, files) in by_contents {
            match contents {
                Contents::Facts(kind @ FactKind::Regional(_)) if scope == Scope::Account => {
                    for file in files {
                        self.misplaced(kind, &file.path);
                    }
                }
                Contents::Facts(FactKind::Regional(_)) => self.choose_one(contents, files),
                // What is the account's is not looked for in Regions.
                _ if scope == Scope::Region => self.pass_over(files),
                _ => self.choose_one(contents, files),
            }
        }
    }

    fn choose_one(&mut self, contents: Contents, files: Vec<FoundFile>) {
        let is_named = |file: &FoundFile| contents::named(&file.path) == Some(contents);
        let (named, others): (Vec<_>, Vec<_>) = files.into_iter().partition(is_named);
        let (holding, nearly): (Vec<_>, Vec<_>) = others.into_iter().partition(|file| file.contents.is_some());
        let (chosen, rest) = match (named.is_empty(), holding.is_empty()) {
            (false, _) => (named, holding.into_iter().chain(nearly).collect()),
            (true, false) => (holding, nearly),
            (true, true) => (nearly, Vec::new()),
        };
        self.pass_over(rest);
        for FoundFile { path, contents: held, obstacle } in chosen {
            match (obstacle, contents) {
                (Some(obstacle), Contents::Facts(kind)) => {
                    self.problems.push((kind, MissingFact::new(shown(&path), obstacle)));
                }
                (None, Contents::Facts(kind)) if held.is_none() => {
                    let reason = format!("its name is nearly that of {kind}, but it has other content");
                    self.problems.push((kind, MissingFact::new(shown(&path), reason)));
                }
                (Some(_), Contents::Snapshot) => self.passed_over.push(shown(&path)),
                (None, _) => self.files.push((path, contents)),
            }
        }
    }

    /// A snapshot is read from a folder in which there is nothing else to read.
    fn choose_snapshot(&mut self) {
        let is_snapshot = |(_, contents): &(PathBuf, Contents)| *contents == Contents::Snapshot;
        let (snapshots, others): (Vec<_>, Vec<_>) = std::mem::take(&mut self.files).into_iter().partition(is_snapshot);
        if others.is_empty() && self.problems.is_empty() {
            self.files = snapshots;
        } else {
            self.files = others;
            self.passed_over.extend(snapshots.iter().map(|(path, _)| shown(path)));
        }
    }

    /// A folder that is not named by a Region may be meant for one: that is so if it has files of one.
    fn look_into_other(&mut self, folder: &Path) {
        let mut is_regions = false;
        // What cannot be listed is not known to be a Region's.
        let (files, _) = entries(folder).unwrap_or_default();
        for file in files {
            if let Some(Contents::Facts(kind @ FactKind::Regional(_))) = file.contents {
                self.misplaced(kind, &file.path);
                is_regions = true;
            }
        }
        if !is_regions {
            self.passed_over.push(format!("{}/", shown(folder)));
        }
    }

    fn misplaced(&mut self, kind: FactKind, path: &Path) {
        let reason = "it belongs in a folder with the name of its Region, such as eu-west-1";
        self.problems.push((kind, MissingFact::new(shown(path), reason)));
    }

    fn pass_over(&mut self, files: Vec<FoundFile>) {
        self.passed_over.extend(files.iter().map(|file| shown(&file.path)));
    }
}

/// The files and folders in a folder, in the order of their names, without hidden ones.
fn entries(folder: &Path) -> io::Result<(Vec<FoundFile>, Vec<PathBuf>)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            paths.push(entry.path());
        }
    }
    // The order in which a file system lists is not the same everywhere.
    paths.sort();
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in paths {
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => folders.push(path),
            Ok(metadata) if metadata.is_file() => files.push(candidate(path)),
            // Opening a pipe waits for the program that writes to it.
            Ok(_) => files.push(obstructed(path, "it is not a regular file, so it is not read")),
            Err(error) => files.push(obstructed(path, &error.to_string())),
        }
    }
    Ok((files, folders))
}

fn candidate(path: PathBuf) -> FoundFile {
    let mut head = Vec::new();
    let limit = u64::try_from(contents::HEAD).unwrap_or(u64::MAX);
    match File::open(&path).and_then(|file| file.take(limit).read_to_end(&mut head)) {
        Ok(_) => FoundFile { contents: contents::of(&path, &head), path, obstacle: None },
        Err(error) => obstructed(path, &error.to_string()),
    }
}

fn obstructed(path: PathBuf, obstacle: &str) -> FoundFile {
    FoundFile { contents: contents::named(&path), path, obstacle: Some(obstacle.to_owned()) }
}
