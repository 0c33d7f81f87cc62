//! Facts from files: snapshots, and files that the AWS CLI wrote.

mod contents;
mod folder;
mod moments;
mod part;
mod regional;
mod source;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use rules_core::Region;
use rules_core::audit::RegionalFactKind;
use rules_core::facts::FactKind;
use rules_core::{AccountId, MissingFact, Timestamp, json};

use self::contents::Contents;
use self::folder::Folder;
use self::part::{Part, PartFile};
use self::regional::RegionFiles;
use crate::facts::captured::{Captured, Reason};
use crate::facts::fact_source::other_account;
use crate::facts::snapshot::{MAX_BYTES, Snapshot};

/// Facts from files: snapshots and files that the AWS CLI writes, from one or more paths.
///
/// Facts without a file are unavailable, and so are facts in files that cannot be read; only the latter are problems.
#[derive(Clone, Debug, Default)]
pub struct FileFacts {
    parts: BTreeMap<FactKind, Result<Part, MissingFact>>,
    given: BTreeMap<FactKind, String>,
    regions: BTreeMap<Region, RegionFiles>,
    given_account: Option<AccountId>,
    /// The accounts that the files are of, each with the file that says so.
    accounts: BTreeMap<AccountId, String>,
    collected_at: Option<Timestamp>,
    latest: Option<Timestamp>,
    problems: Vec<(Option<FactKind>, MissingFact)>,
    passed_over: Vec<String>,
}

/// An invalid input.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// An error of the file system.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A folder without a known file.
    #[error("{path}: the folder contains none of the files that the program reads ({known}); it contains {held}")]
    NothingKnown {
        /// The folder.
        path: String,
        /// The files that would be.
        known: String,
        /// What is there.
        held: String,
    },
}

impl FileFacts {
    /// Reads `inputs`: snapshots, files that the AWS CLI wrote, and folders with such files. The kind of a file is
    /// recognized by its content or, if that is not enough, by its name.
    ///
    /// `account` is the account of files that do not contain the account id.
    ///
    /// # Errors
    /// If an input does not exist or is a folder without a known file. An invalid file is one of
    /// [`Self::problems`] instead, and the other files are evaluated.
    pub fn open(inputs: &[PathBuf], account: Option<AccountId>) -> Result<Self, InputError> {
        let mut facts = Self { given_account: account, ..Self::default() };
        for input in inputs {
            if std::fs::metadata(input).map_err(io_error(input))?.is_dir() {
                facts.read_folder(input)?;
            } else {
                facts.read_file(input)?;
            }
        }
        facts.check_accounts();
        Ok(facts)
    }

    /// As [`Self::open`], with files in memory, each with its name.
    #[must_use]
    pub fn from_memory<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>, account: Option<AccountId>) -> Self {
        let mut facts = Self { given_account: account, ..Self::default() };
        for (name, bytes) in files {
            facts.add_file(Path::new(name), Ok(bytes));
        }
        facts.check_accounts();
        facts
    }

    /// The facts of a snapshot that is in memory.
    #[must_use]
    pub fn from_snapshot(snapshot: Snapshot, name: &str) -> Self {
        let mut facts = Self::default();
        facts.add_snapshot(snapshot, name);
        facts.check_accounts();
        facts
    }

    /// The kinds of facts with a file, readable or not.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<FactKind> {
        let regional = self.regions.values().flat_map(RegionFiles::kinds).map(FactKind::Regional);
        let unread = self.problems.iter().filter_map(|(kind, _)| *kind);
        self.given.keys().copied().chain(regional).chain(unread).collect()
    }

    /// The files that could not be read. The facts list single rows and documents that could not be read.
    pub fn problems(&self) -> impl Iterator<Item = &MissingFact> {
        self.problems.iter().map(|(_, problem)| problem)
    }

    /// The files in the input folders that are not read: files without facts of an account, and files with the content
    /// of another file that has the expected name. None if all files are read.
    #[must_use]
    pub fn passed_over(&self) -> Option<String> {
        (!self.passed_over.is_empty()).then(|| in_short(&self.passed_over))
    }

    fn read_folder(&mut self, path: &Path) -> Result<(), InputError> {
        let folder = Folder::look_through(path).map_err(io_error(path))?;
        if folder.is_empty() {
            let regional = RegionalFactKind::ALL.map(|kind| format!("REGION/{}", regional::file_name(kind)));
            return Err(InputError::NothingKnown {
                path: path.display().to_string(),
                known: format!("{}, {}", PartFile::ALL.map(PartFile::name).join(", "), regional.join(", ")),
                held: in_short(&folder.passed_over),
            });
        }
        for (file, contents) in folder.files {
            let bytes = read_limited(&file).unwrap_or_else(|error| Err(error.to_string()));
            self.add_contents(&file, Some(contents), bytes.as_deref().map_err(Clone::clone));
        }
        self.problems.extend(folder.problems.into_iter().map(|(kind, missing)| (Some(kind), missing)));
        self.passed_over.extend(folder.passed_over);
        Ok(())
    }

    fn read_file(&mut self, path: &Path) -> Result<(), InputError> {
        let bytes = read_limited(path).map_err(io_error(path))?;
        self.add_file(path, bytes.as_deref().map_err(Clone::clone));
        Ok(())
    }

    fn add_file(&mut self, path: &Path, bytes: Result<&[u8], String>) {
        let contents = bytes.as_ref().map_or_else(|_| contents::named(path), |bytes| contents::of(path, bytes));
        self.add_contents(path, contents, bytes);
    }

    fn add_contents(&mut self, path: &Path, contents: Option<Contents>, bytes: Result<&[u8], String>) {
        let name = shown(path);
        match contents {
            Some(Contents::Facts(FactKind::Regional(kind))) => self.add_regional_file(path, kind, &name, bytes),
            Some(Contents::Facts(kind)) => {
                let part = bytes.clone().and_then(|bytes| Part::read(kind, bytes));
                if let Ok(bytes) = bytes {
                    let account = part.as_ref().map_or_else(|_| part::account_in(bytes), |_| None);
                    self.name_account(account, &name);
                    self.latest = self.latest.max(part.as_ref().ok().and_then(|part| part.latest_moment(bytes)));
                }
                self.add(kind, &name, part.map_err(|reason| MissingFact::new(&name, reason)));
            }
            Some(Contents::Snapshot) | None => match bytes.and_then(read_snapshot) {
                Ok(snapshot) => self.add_snapshot(snapshot, &name),
                Err(reason) if contents.is_none() => {
                    self.add_unreadable(&name, format!("it is not a file that the program reads: {reason}"));
                }
                Err(reason) => self.add_unreadable(&name, reason),
            },
        }
    }

    fn add_regional_file(&mut self, path: &Path, kind: RegionalFactKind, name: &str, bytes: Result<&[u8], String>) {
        let Some(region) = regional::region_of(path) else {
            let reason = "it belongs in a folder with the name of its Region, such as eu-west-1";
            self.problems.push((Some(FactKind::Regional(kind)), MissingFact::new(name, reason)));
            return;
        };
        if let Ok(text) = bytes.clone().and_then(|bytes| json::text(bytes).map_err(|error| error.to_string())) {
            self.latest = self.latest.max(moments::latest_in(&text));
        }
        self.add_regional(&region, kind, name, |files| files.add_file(&region, kind, name, bytes));
    }

    fn name_account(&mut self, account: Option<AccountId>, name: &str) {
        if let Some(account) = account {
            self.accounts.entry(account).or_insert_with(|| name.to_owned());
        }
    }

    fn add_regional(
        &mut self,
        region: &Region,
        kind: RegionalFactKind,
        name: &str,
        add: impl FnOnce(&mut RegionFiles) -> Result<Option<AccountId>, MissingFact>,
    ) {
        let files = self.regions.entry(region.clone()).or_insert_with(|| RegionFiles::new(region));
        match add(files) {
            Ok(account) => self.name_account(account, name),
            Err(missing) => self.problems.push((Some(FactKind::Regional(kind)), missing)),
        }
    }

    /// It can be a file of any kind, so no rule may treat it as absent.
    fn add_unreadable(&mut self, name: &str, reason: String) {
        let missing = MissingFact::new(name, reason);
        self.problems.push((None, missing.clone()));
        for kind in FactKind::ALL {
            // It is unknown of which Regions it contained facts.
            self.given.entry(kind).or_insert_with(|| name.to_owned());
            self.parts.entry(kind).or_insert_with(|| Err(missing.clone()));
        }
    }

    fn add_snapshot(&mut self, snapshot: Snapshot, name: &str) {
        self.accounts.entry(snapshot.account().clone()).or_insert_with(|| name.to_owned());
        self.collected_at = self.collected_at.max(Some(snapshot.collected_at()));
        let (facts, regions) = snapshot.into_facts();
        for (kind, captured) in facts {
            let part = match captured {
                // It was collected page by page, to the last one.
                Captured::Output(output) => Part::read(kind, output.get().as_bytes())
                    .map(Part::read_whole)
                    .map_err(|reason| MissingFact::new(format!("{kind} in {name}"), reason)),
                // One answer is not put together from several, of which some could be missing.
                Captured::Partial { missing, .. } => Err(missing.into_iter().next().map_or_else(
                    || MissingFact::new(format!("{kind} in {name}"), "it is a part"),
                    Reason::into_missing,
                )),
                Captured::Unavailable(reason) => Err(reason.into_missing()),
            };
            self.add(kind, name, part);
        }
        for (region, parts) in regions {
            for (kind, captured) in parts {
                self.add_regional(&region, kind, name, |files| files.add_captured(&region, kind, name, &captured));
            }
        }
    }

    fn add(&mut self, kind: FactKind, name: &str, part: Result<Part, MissingFact>) {
        let part = match self.given.insert(kind, name.to_owned()) {
            // It is unknown which of the two is right.
            Some(earlier) => Err(MissingFact::new(kind.as_str(), format!("it is given twice: {earlier} and {name}"))),
            None => part,
        };
        match &part {
            Ok(part) => self.name_account(part.account(), name),
            Err(missing) => self.problems.push((Some(kind), missing.clone())),
        }
        self.parts.insert(kind, part);
    }

    /// Files of two accounts make all kinds of facts unavailable, because it is unknown which account is the right one.
    fn check_accounts(&mut self) {
        match (&self.given_account, self.own_account()) {
            (Some(given), _) => {
                let others = self.accounts.iter().filter(|(account, _)| *account != given);
                let strange = others.map(|(other, name)| (None, MissingFact::new(name, other_account(given, other))));
                self.problems.extend(strange.collect::<Vec<_>>());
            }
            (None, Err(missing)) if self.accounts.len() > 1 => self.problems.push((None, missing)),
            (None, _) => {}
        }
    }

    fn own_account(&self) -> Result<AccountId, MissingFact> {
        if let Some(account) = &self.given_account {
            return Ok(account.clone());
        }
        let mut accounts = self.accounts.iter();
        match (accounts.next(), accounts.next()) {
            (Some((account, _)), None) => Ok(account.clone()),
            (Some((one, first)), Some((other, second))) => Err(MissingFact::new(
                "account",
                format!("the files are of two accounts: {first} of {one}, {second} of {other}"),
            )),
            (None, _) => {
                // What kept a file from saying it comes first.
                let problems: Vec<String> = self.problems.iter().map(|(_, problem)| problem.to_string()).collect();
                let reason = match problems.as_slice() {
                    [] => "no file contains the account id: set it with --account".to_owned(),
                    problems => format!(
                        "no readable file contains the account id (set it with --account): {}",
                        in_short(problems)
                    ),
                };
                Err(MissingFact::new("account", reason))
            }
        }
    }
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> InputError {
    move |error| InputError::Io { path: path.display().to_string(), error }
}

fn read_snapshot(bytes: &[u8]) -> Result<Snapshot, String> {
    let text = json::text(bytes).map_err(|error| error.to_string())?;
    Snapshot::parse(&text).map_err(|error| error.to_string())
}

/// The file's bytes, or why they are not read.
fn read_limited(path: &Path) -> std::io::Result<Result<Vec<u8>, String>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    Ok(if bytes.len() > limit { Err(format!("it is longer than {MAX_BYTES} bytes")) } else { Ok(bytes) })
}

/// The first few of several things, and how many more there are.
fn in_short(things: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = things.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match things.len().saturating_sub(SHOWN) {
        _ if things.is_empty() => "nothing".to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The path in messages: whole while it is short, else the file's name.
fn shown(path: &Path) -> String {
    let whole = path.display().to_string();
    match path.file_name() {
        Some(name) if whole.len() > 100 => name.to_string_lossy().into_owned(),
        _ => whole,
    }
}
