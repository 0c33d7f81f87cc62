//! Facts from files: snapshots, and what the AWS CLI wrote.

mod part;
mod regional;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use rules_core::audit::{Region, RegionalFactKind};
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};
use rules_core::facts::{FactKind, Facts};
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport};
use rules_core::{AccountId, Fact, MissingFact, Timestamp, json};

use serde_json::value::RawValue;

use self::part::{Part, PartFile};
use self::regional::RegionFiles;
use crate::facts::captured::Captured;
use crate::facts::fact_source::{AccountError, FactSource, only_of, only_regions_of, other_account, owner_of_devices};
use crate::facts::snapshot::{MAX_BYTES, Snapshot};

/// Facts that are in files: a snapshot, or any of the files that the AWS CLI writes, from one or more places.
///
/// What was not given is unavailable, and so is what cannot be read; only the latter is a problem.
#[derive(Clone, Debug, Default)]
pub struct FileFacts {
    parts: BTreeMap<FactKind, Result<Part, MissingFact>>,
    given: BTreeMap<FactKind, String>,
    regions: BTreeMap<Region, RegionFiles>,
    given_account: Option<AccountId>,
    /// The accounts that the files are of, each with the file that says so.
    accounts: BTreeMap<AccountId, String>,
    collected_at: Option<Timestamp>,
    problems: Vec<(Option<FactKind>, MissingFact)>,
}

/// An input that is not one.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file or folder.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A folder in which nothing is known.
    #[error("{path}: none of the files that can be read is in it ({known})")]
    NothingKnown {
        /// The folder.
        path: String,
        /// The files that would be.
        known: String,
    },
}

impl FileFacts {
    /// Reads what is at `inputs`: snapshot files, single files with the AWS CLI's names, and folders with such files.
    ///
    /// `account` is for files that do not say which account they are of.
    ///
    /// # Errors
    /// When an input does not exist or is a folder without any known file. What exists and makes no sense is among
    /// [`Self::problems`] instead, and the rest can be judged.
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

    /// Takes files that are in memory, each with the name it would have. As [`Self::open`] otherwise.
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

    /// The kinds of which there is a file, readable or not.
    #[must_use]
    pub fn kinds(&self) -> BTreeSet<FactKind> {
        let regional = self.regions.values().flat_map(RegionFiles::kinds).map(FactKind::Regional);
        self.given.keys().copied().chain(regional).collect()
    }

    /// Everything that is there but could not be read, by file. Single rows and documents are known to the facts.
    pub fn problems(&self) -> impl Iterator<Item = &MissingFact> {
        self.problems.iter().map(|(_, problem)| problem)
    }

    fn read_folder(&mut self, folder: &Path) -> Result<(), InputError> {
        let mut files: Vec<PathBuf> = PartFile::ALL.map(|file| folder.join(file.name())).into();
        let mut regional = vec![folder.to_owned()];
        for entry in std::fs::read_dir(folder).map_err(io_error(folder))? {
            let path = entry.map_err(io_error(folder))?.path();
            regional.extend(Some(path).filter(|path| regional::is_region(path)));
        }
        // The order in which a file system lists is anybody's guess.
        regional.sort();
        for folder in regional {
            files.extend(RegionalFactKind::ALL.map(|kind| folder.join(regional::file_name(kind))));
        }
        // A link to nowhere exists as far as its owner is concerned.
        files.retain(|file| file.symlink_metadata().is_ok());
        if files.is_empty() {
            let regional = RegionalFactKind::ALL.map(|kind| format!("REGION/{}", regional::file_name(kind)));
            return Err(InputError::NothingKnown {
                path: folder.display().to_string(),
                known: format!("{}, {}", PartFile::ALL.map(PartFile::name).join(", "), regional.join(", ")),
            });
        }
        files.iter().try_for_each(|file| self.read_file(file))
    }

    fn read_file(&mut self, path: &Path) -> Result<(), InputError> {
        let bytes = read_limited(path)?;
        self.add_file(path, bytes.as_deref().map_err(Clone::clone));
        Ok(())
    }

    fn add_file(&mut self, path: &Path, bytes: Result<&[u8], String>) {
        let name = shown(path);
        match PartFile::with_name_of(path) {
            Some(file) => {
                let part = bytes.and_then(|bytes| Part::read(file, bytes));
                self.add(file.kind(), &name, part.map_err(|reason| MissingFact::new(&name, reason)));
            }
            None => match (regional::kind_of(path), regional::region_of(path)) {
                (Some(kind), Some(region)) => {
                    self.add_regional(&region, kind, &name, |files| files.add_file(&region, kind, &name, bytes));
                }
                (Some(kind), None) => {
                    let reason = "it belongs in a folder that is named by its Region, such as eu-west-1";
                    self.problems.push((Some(FactKind::Regional(kind)), MissingFact::new(&name, reason)));
                }
                (None, _) => match bytes.and_then(read_snapshot) {
                    Ok(snapshot) => self.add_snapshot(snapshot, &name),
                    Err(reason) => self.add_unreadable_snapshot(&name, reason),
                },
            },
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
            Ok(account) => {
                if let Some(account) = account {
                    self.accounts.entry(account).or_insert_with(|| name.to_owned());
                }
            }
            Err(missing) => self.problems.push((Some(FactKind::Regional(kind)), missing)),
        }
    }

    /// It may have held anything, so that no rule can do as if it had not been given.
    fn add_unreadable_snapshot(&mut self, name: &str, reason: String) {
        let missing = MissingFact::new(name, reason);
        self.problems.push((None, missing.clone()));
        for kind in FactKind::ALL {
            // Of which Regions it may have held something nobody knows.
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
                Captured::Output(output) | Captured::Partial { output, .. } => {
                    read_output(kind, &output).map_err(|reason| MissingFact::new(format!("{kind} in {name}"), reason))
                }
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
            // Which of two is right cannot be told.
            Some(earlier) => Err(MissingFact::new(kind.as_str(), format!("it is given twice: {earlier} and {name}"))),
            None => part,
        };
        match &part {
            Ok(part) => {
                if let Some(account) = part.account() {
                    self.accounts.entry(account).or_insert_with(|| name.to_owned());
                }
            }
            Err(missing) => self.problems.push((Some(kind), missing.clone())),
        }
        self.parts.insert(kind, part);
    }

    /// Files of another account than the rest are a problem of all kinds: which are right cannot be told.
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
            (None, _) => Err(MissingFact::new("account", "no file says which account it is of")),
        }
    }

    /// The part of one kind, when it is the account's.
    fn part<T>(
        &self,
        account: &AccountId,
        kind: FactKind,
        take: impl FnOnce(&Part) -> Option<Result<T, MissingFact>>,
        owner: impl FnOnce(&T) -> Option<AccountId>,
    ) -> Fact<T> {
        let not_given = || {
            let name = PartFile::of_kind(kind).map_or(kind.as_str(), PartFile::name);
            MissingFact::not_given(kind.as_str(), format!("{name} was not given"))
        };
        let part = match self.parts.get(&kind) {
            Some(Ok(part)) => take(part).unwrap_or_else(|| Err(not_given())),
            Some(Err(missing)) => Err(missing.clone()),
            None => Err(not_given()),
        };
        only_of(account, kind, owner, part)
    }
}

#[async_trait]
impl FactSource for FileFacts {
    async fn account(&self) -> Result<AccountId, MissingFact> {
        self.own_account()
    }

    /// Files that name no account are taken for whatever account is asked about.
    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError> {
        let accounts: BTreeSet<&AccountId> = self.given_account.iter().chain(self.accounts.keys()).collect();
        match accounts.into_iter().find(|own| *own != account) {
            Some(other) => Err(AccountError::Other(other_account(account, other))),
            None => Ok(()),
        }
    }

    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts {
        let mut facts = Facts::unread(account.clone(), as_of);
        for kind in kinds {
            match kind {
                FactKind::AccountSummary => {
                    facts.account_summary = self.part(account, *kind, Part::summary, |_: &AccountSummary| None);
                }
                FactKind::CredentialReport => {
                    let owner = |report: &CredentialReport| Some(report.account().clone());
                    facts.credential_report = self.part(account, *kind, |part| part.report(as_of), owner);
                }
                FactKind::AuthorizationDetails => {
                    facts.authorization_details =
                        self.part(account, *kind, Part::details, AuthorizationDetails::account);
                }
                FactKind::VirtualMfaDevices => {
                    facts.virtual_mfa_devices = self.part(account, *kind, Part::devices, owner_of_devices);
                }
                // All of them together, below.
                FactKind::Regional(_) => {}
            }
        }
        let regions = self.regions.iter().map(|(region, files)| (region.clone(), files.facts.clone()));
        facts.regions = only_regions_of(account, kinds, regions.collect());
        facts.problems.clone_from(&self.problems);
        facts
    }

    async fn configuration_item(&self, summary: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact> {
        let what = format!("configuration item of {} {}", summary.resource_type, summary.resource_id);
        Err(MissingFact::new(what, "the event leaves it out and files do not hold it"))
    }

    fn collected_at(&self) -> Option<Timestamp> {
        let report = || self.parts.get(&FactKind::CredentialReport)?.as_ref().ok()?.generated_at();
        self.collected_at.or_else(report)
    }
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> InputError {
    move |error| InputError::Io { path: path.display().to_string(), error }
}

/// A part of a snapshot, in the shape of the file with the same part.
fn read_output(kind: FactKind, output: &RawValue) -> Result<Part, String> {
    let file = PartFile::of_kind(kind).ok_or_else(|| "it is of one Region".to_owned())?;
    Part::read(file, output.get().as_bytes())
}

fn read_snapshot(bytes: &[u8]) -> Result<Snapshot, String> {
    let text = json::text(bytes).map_err(|error| error.to_string())?;
    Snapshot::parse(text).map_err(|error| error.to_string())
}

/// The file's bytes, or why they are not read.
fn read_limited(path: &Path) -> Result<Result<Vec<u8>, String>, InputError> {
    let file = std::fs::File::open(path).map_err(io_error(path))?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(io_error(path))?;
    let limit = usize::try_from(MAX_BYTES).unwrap_or(usize::MAX);
    Ok(if bytes.len() > limit { Err(format!("it is longer than {MAX_BYTES} bytes")) } else { Ok(bytes) })
}

/// The path in messages: whole while it is short, else the file's name.
fn shown(path: &Path) -> String {
    let whole = path.display().to_string();
    match path.file_name() {
        Some(name) if whole.len() > 100 => name.to_string_lossy().into_owned(),
        _ => whole,
    }
}
