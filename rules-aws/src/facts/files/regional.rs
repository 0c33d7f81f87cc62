//! Files of one Region, in a folder that is named by it.

use std::collections::BTreeMap;
use std::path::Path;

use rules_core::Region;
use rules_core::audit::{RegionFacts, RegionalFactKind};
use rules_core::{AccountId, MissingFact, json};

use crate::facts::captured::{Captured, read_into};

/// What is given of one Region.
#[derive(Clone, Debug)]
pub(super) struct RegionFiles {
    pub(super) facts: RegionFacts,
    given: BTreeMap<RegionalFactKind, String>,
}

/// The name of a regional file.
pub(super) fn file_name(kind: RegionalFactKind) -> String {
    format!("{kind}.json")
}

/// The kind of regional file that has this name, wherever it is.
pub(super) fn kind_of(path: &Path) -> Option<RegionalFactKind> {
    let name = path.file_name()?;
    RegionalFactKind::ALL.into_iter().find(|kind| name == file_name(*kind).as_str())
}

/// Whether a folder is named by a Region.
pub(super) fn is_region(folder: &Path) -> bool {
    named(folder).is_some()
}

/// The Region of the folder that the file is in.
pub(super) fn region_of(file: &Path) -> Option<Region> {
    named(file.parent()?)
}

fn named(folder: &Path) -> Option<Region> {
    folder.file_name()?.to_str()?.parse().ok()
}

impl RegionFiles {
    pub(super) fn new(region: &Region) -> Self {
        let mut facts = RegionFacts::default();
        for kind in RegionalFactKind::ALL {
            let reason = format!("{region}/{} was not given", file_name(kind));
            facts.withhold(kind, MissingFact::not_given(kind.as_str(), reason));
        }
        Self { facts, given: BTreeMap::new() }
    }

    /// The kinds of which there is a file, readable or not.
    pub(super) fn kinds(&self) -> impl Iterator<Item = RegionalFactKind> {
        self.given.keys().copied()
    }

    /// Takes a file's bytes, or why there are none, and gives the account that the file names.
    ///
    /// # Errors
    /// When the file makes no sense, or the part was given before.
    pub(super) fn add_file(
        &mut self,
        region: &Region,
        kind: RegionalFactKind,
        name: &str,
        bytes: Result<&[u8], String>,
    ) -> Result<Option<AccountId>, MissingFact> {
        self.add(region, kind, name, |facts| {
            let text = bytes.and_then(|bytes| json::text(bytes).map_err(|error| error.to_string()));
            match text {
                Ok(text) => read_into(facts, kind, &text, region, name),
                Err(reason) => {
                    let missing = MissingFact::new(name, reason);
                    facts.withhold(kind, missing.clone());
                    Err(missing)
                }
            }
        })
    }

    /// Takes a part of a snapshot.
    ///
    /// # Errors
    /// When there was none, when it makes no sense, or when the part was given before.
    pub(super) fn add_captured(
        &mut self,
        region: &Region,
        kind: RegionalFactKind,
        name: &str,
        captured: &Captured,
    ) -> Result<Option<AccountId>, MissingFact> {
        self.add(region, kind, name, |facts| {
            captured.tell(facts, kind, region, &format!("{kind} of {region} in {name}"))
        })
    }

    fn add(
        &mut self,
        region: &Region,
        kind: RegionalFactKind,
        name: &str,
        read: impl FnOnce(&mut RegionFacts) -> Result<(), MissingFact>,
    ) -> Result<Option<AccountId>, MissingFact> {
        if let Some(earlier) = self.given.insert(kind, name.to_owned()) {
            // It is unknown which of the two is right.
            let reason = format!("it is given twice: {earlier} and {name}");
            let missing = MissingFact::new(format!("{kind} of {region}"), reason);
            self.facts.withhold(kind, missing.clone());
            return Err(missing);
        }
        read(&mut self.facts)?;
        Ok(self.facts.account(kind))
    }
}
