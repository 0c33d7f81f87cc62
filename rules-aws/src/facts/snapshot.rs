//! Snapshots: the facts of an account in one file, which can be evaluated later.
//!
//! The file is `{"sha256": …, "content": {…}}`, where the digest is that of the bytes of `content`. Facts have the
//! format of the AWS CLI, so that the same code parses both. A snapshot contains no credentials, but it shows the weak
//! points of the account, so only its owner can read it.

use std::collections::BTreeMap;
#[cfg(feature = "live")]
use std::collections::BTreeSet;
use std::path::Path;

use rules_core::Region;
use rules_core::audit::RegionalFactKind;
use rules_core::facts::FactKind;
use rules_core::{AccountId, MissingFact, Timestamp, json};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use sha2::{Digest, Sha256};

use crate::facts::captured::{Captured, Regions};
#[cfg(feature = "live")]
use crate::facts::live::LiveFacts;
use crate::write_file::{Readers, WriteError, write_file};

#[cfg(test)]
mod tests;

/// The version of the file's layout that is written. The one before had no Regions; what it lacks was not collected.
const SCHEMA_VERSION: u32 = 3;
const OLDEST_VERSION: u32 = 1;

/// What versions before this one collected without fields that are judged now: errors of deliveries, default values of metrics,
/// statistics and missing data of alarms, rules of further event buses. A field that is left out looks like one that is not set.
const SHORT_BEFORE: [RegionalFactKind; 4] = [
    RegionalFactKind::TrailStatus,
    RegionalFactKind::MetricFilters,
    RegionalFactKind::Alarms,
    RegionalFactKind::EventBridgeRules,
];

/// The longest file that is read.
pub(crate) const MAX_BYTES: u64 = 256 << 20;

/// The facts of an account at one time.
#[derive(Clone, Debug)]
pub struct Snapshot {
    account: AccountId,
    partition: String,
    collected_at: Timestamp,
    facts: BTreeMap<FactKind, Captured>,
    regions: Regions,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    sha256: String,
    content: Box<RawValue>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema_version: u32,
    account: String,
    partition: String,
    collected_at: Timestamp,
    facts: BTreeMap<String, Captured>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    regions: BTreeMap<String, BTreeMap<String, Captured>>,
}

/// The reason why a snapshot could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The file could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// The text is not a snapshot, or was changed since it was written.
    #[error("not a valid snapshot: {0}")]
    Invalid(String),
}

/// Reads the facts of these kinds from the account of the connection's credentials. Facts that cannot be read are
/// unavailable in the snapshot, with the reason.
///
/// # Errors
/// If the account cannot be determined.
#[cfg(feature = "live")]
pub async fn collect(live: &LiveFacts, kinds: &BTreeSet<FactKind>) -> Result<Snapshot, MissingFact> {
    let (account, partition) = live.caller().await?;
    let (outputs, _) = live.read(&account, kinds).await;
    // After the reading: then nothing in the facts is from later.
    let collected_at = crate::clock::now();
    let mut facts = BTreeMap::new();
    facts.extend(outputs.account_summary.map(|output| (FactKind::AccountSummary, Captured::new(output))));
    facts.extend(outputs.credential_report.map(|output| (FactKind::CredentialReport, Captured::new(output))));
    facts.extend(outputs.authorization_details.map(|output| (FactKind::AuthorizationDetails, Captured::new(output))));
    facts.extend(outputs.virtual_mfa_devices.map(|output| (FactKind::VirtualMfaDevices, Captured::new(output))));
    Ok(Snapshot { account, partition, collected_at, facts, regions: outputs.regions })
}

impl Snapshot {
    /// The account.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The account's partition, such as `aws`.
    #[must_use]
    pub fn partition(&self) -> &str {
        &self.partition
    }

    /// When the facts were collected.
    #[must_use]
    pub fn collected_at(&self) -> Timestamp {
        self.collected_at
    }

    /// The facts that could not be read when the snapshot was made.
    #[must_use]
    pub fn unavailable(&self) -> Vec<(FactKind, MissingFact)> {
        let of_account = self.facts.iter().map(|(kind, captured)| (*kind, captured));
        let of_regions = self.regions.values().flatten().map(|(kind, captured)| (FactKind::Regional(*kind), captured));
        let captured = of_account.chain(of_regions);
        captured
            .flat_map(|(kind, captured)| captured.missing().into_iter().map(move |missing| (kind, missing)))
            .collect()
    }

    pub(crate) fn into_facts(self) -> (BTreeMap<FactKind, Captured>, Regions) {
        (self.facts, self.regions)
    }

    /// Writes the snapshot to `path`, so that only its owner can read it. The file is complete or not written, and a
    /// symbolic link is not followed.
    ///
    /// # Errors
    /// If the file system returns an error.
    pub fn write(&self, path: &Path) -> Result<(), SnapshotError> {
        let text = self.to_text()?;
        Ok(write_file(path, text.as_bytes(), Readers::Owner)?)
    }

    /// The text of the snapshot.
    ///
    /// # Errors
    /// If it cannot be written as JSON, which does not happen for a collected snapshot.
    pub fn to_text(&self) -> Result<String, SnapshotError> {
        let invalid = |error: serde_json::Error| SnapshotError::Invalid(error.to_string());
        let facts = self.facts.iter().map(|(kind, captured)| (kind.as_str().to_owned(), captured.clone())).collect();
        let of_region = |parts: &BTreeMap<RegionalFactKind, Captured>| {
            parts.iter().map(|(kind, captured)| (kind.as_str().to_owned(), captured.clone())).collect()
        };
        let regions = self.regions.iter().map(|(region, parts)| (region.to_string(), of_region(parts))).collect();
        let content = to_raw_value(&Content {
            schema_version: SCHEMA_VERSION,
            account: self.account.to_string(),
            partition: self.partition.clone(),
            collected_at: self.collected_at,
            facts,
            regions,
        })
        .map_err(invalid)?;
        let mut text = serde_json::to_string(&File { sha256: digest(content.get()), content }).map_err(invalid)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads the text of a snapshot.
    ///
    /// # Errors
    /// If the text is not a snapshot, has another version, or was changed since it was written.
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let invalid = SnapshotError::Invalid;
        let File { sha256, content } = json::read_as(text).map_err(|error| invalid(error.to_string()))?;
        if !sha256.eq_ignore_ascii_case(&digest(content.get())) {
            return Err(invalid("$.sha256: the content has another digest: the file was changed or cut".to_owned()));
        }
        let in_content = |message: String| invalid(format!("in $.content: {message}"));
        let read: Content = json::read_as(content.get()).map_err(|error| in_content(error.to_string()))?;
        if !(OLDEST_VERSION..=SCHEMA_VERSION).contains(&read.schema_version) {
            let version = read.schema_version;
            let known = format!("{OLDEST_VERSION} to {SCHEMA_VERSION}");
            return Err(in_content(format!("$.schema_version: {version} is unknown, expected {known}")));
        }
        let account = read.account.parse().map_err(|error| in_content(format!("$.account: {error}")))?;
        let facts = read.facts.into_iter().map(|(name, captured)| match kind_of(&name) {
            Some(kind) => Ok((kind, captured)),
            None => Err(in_content(format!("$.facts: unknown fact `{}`", rules_core::text::visible(&name, 60)))),
        });
        let mut regions = Regions::new();
        for (name, parts) in read.regions {
            let region: Region = name.parse().map_err(|error| in_content(format!("$.regions: {error}")))?;
            let parts = parts.into_iter().map(|(name, captured)| match regional_kind_of(&name) {
                Some(kind) if read.schema_version < SCHEMA_VERSION && SHORT_BEFORE.contains(&kind) => {
                    let reason = "an earlier version collected only a part of it: collect the snapshot again";
                    Ok((kind, Captured::unavailable(&MissingFact::new(format!("{kind} of {region}"), reason))))
                }
                Some(kind) => Ok((kind, captured)),
                None => {
                    let name = rules_core::text::visible(&name, 60);
                    Err(in_content(format!("$.regions.{region}: unknown fact `{name}`")))
                }
            });
            regions.insert(region.clone(), parts.collect::<Result<_, _>>()?);
        }
        Ok(Self {
            account,
            partition: read.partition,
            collected_at: read.collected_at,
            facts: facts.collect::<Result<_, _>>()?,
            regions,
        })
    }
}

fn kind_of(name: &str) -> Option<FactKind> {
    FactKind::ALL.into_iter().find(|kind| kind.regional().is_none() && kind.as_str() == name)
}

fn regional_kind_of(name: &str) -> Option<RegionalFactKind> {
    RegionalFactKind::ALL.into_iter().find(|kind| kind.as_str() == name)
}

fn digest(content: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(content.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
