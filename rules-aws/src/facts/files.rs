//! Facts from files: snapshots, and what the AWS CLI wrote.

mod contents;
mod folder;
mod moments;
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
use rules_core::iam::credential_report::ReportAge;
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport};
use rules_core::{AccountId, Fact, MissingFact, Timestamp, json};

use self::contents::Contents;
use self::folder::Folder;
use self::part::{Part, PartFile};
use self::regional::RegionFiles;
use crate::facts::captured::{Captured, Reason};
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
    latest: Option<Timestamp>,
    problems: Vec<(Option<FactKind>, MissingFact)>,
    passed_over: Vec<String>,
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
    #[error("{path}: none of the files that can be read is in it ({known}), but {held}")]
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
    /// Reads what is at `inputs`: snapshots, what the AWS CLI wrote, and folders with such files. What a file holds is told by
    /// what is in it and, where that does not tell, by its name.
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
        let unread = self.problems.iter().filter_map(|(kind, _)| *kind);
        self.given.keys().copied().chain(regional).chain(unread).collect()
    }

    /// Everything that is there but could not be read, by file. Single rows and documents are known to the facts.
    pub fn problems(&self) -> impl Iterator<Item = &MissingFact> {
        self.problems.iter().map(|(_, problem)| problem)
    }

    /// What is in the folders that were given and is not read: what is not an account's, and what has the contents of a file
    /// with the right name. None where everything is read.
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
                    self.add_unreadable(&name, format!("it is none of the files that can be read: {reason}"));
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

    /// It may have held anything, so that no rule can do as if it had not been given.
    fn add_unreadable(&mut self, name: &str, reason: String) {
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
            // Which of two is right cannot be told.
            Some(earlier) => Err(MissingFact::new(kind.as_str(), format!("it is given twice: {earlier} and {name}"))),
            None => part,
        };
        match &part {
            Ok(part) => self.name_account(part.account(), name),
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
            (None, _) => {
                // What kept a file from saying it comes first.
                let problems: Vec<String> = self.problems.iter().map(|(_, problem)| problem.to_string()).collect();
                let reason = match problems.as_slice() {
                    [] => "no file says which account it is of: give its id (--account)".to_owned(),
                    problems => format!(
                        "no file that can be read says which account it is of (--account gives its id): {}",
                        in_short(problems)
                    ),
                };
                Err(MissingFact::new("account", reason))
            }
        }
    }

    /// What other files count is known here whether or not anything else of them was asked for.
    fn look_for_hole(&self, facts: &mut Facts) {
        let held = |kind| self.parts.get(&kind)?.as_ref().ok();
        let summary = held(FactKind::AccountSummary).and_then(Part::summary).and_then(Result::ok);
        let report = held(FactKind::CredentialReport).and_then(|part| part.report(facts.as_of)).and_then(Result::ok);
        let report = report.filter(|report| !report.age_at(facts.as_of).is_some_and(ReportAge::is_too_old));
        let details = facts.authorization_details.known();
        if let Some(hole) = details.and_then(|details| details.hole(summary.as_ref(), report.as_ref())) {
            facts.authorization_details = Fact::Unavailable(hole);
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
                    self.look_for_hole(&mut facts);
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
        self.collected_at
    }

    fn latest_moment(&self) -> Option<Timestamp> {
        self.collected_at.or(self.latest)
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
