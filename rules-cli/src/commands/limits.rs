//! The policies that limit: `--boundary` and `--scp`.

use std::fs::File;
use std::path::{Path, PathBuf};

use rules_core::decision::PolicyLayers;
use rules_core::policy::{PolicyDocument, PolicyType};
use serde_json::value::RawValue;

use super::policy_file::{parse, read_bytes};
use crate::args::LimitArgs;
use crate::error::CliError;
use crate::output::UnscoredPolicy;

/// What limits the identity policies, read.
#[derive(Debug, Default)]
pub(super) struct Limits {
    boundary: Option<PolicyDocument>,
    /// Level by level, from the root of the organization to the account.
    service_control: Vec<Vec<PolicyDocument>>,
}

impl Limits {
    pub(super) fn read(args: &LimitArgs) -> Result<Self, CliError> {
        Ok(Self {
            boundary: args.boundary.as_deref().map(read_policy).transpose()?,
            service_control: read_levels(&args.service_control.levels)?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.boundary.is_none() && self.service_control.is_empty()
    }

    /// Identity policies under these limits.
    pub(super) fn over<'a>(&'a self, identity: Vec<&'a PolicyDocument>) -> PolicyLayers<'a> {
        PolicyLayers {
            identity,
            boundary: self.boundary.as_ref(),
            service_control: self.service_control.iter().map(|level| level.iter().collect()).collect(),
        }
    }
}

/// Service control policies, a file for each level.
pub(super) fn read_levels(paths: &[PathBuf]) -> Result<Vec<Vec<PolicyDocument>>, CliError> {
    paths.iter().map(|path| read_file(path, parse_level)).collect()
}

/// The identity policy in a file.
pub(super) fn read_policy(path: &Path) -> Result<PolicyDocument, CliError> {
    read_file(path, |bytes| parse(bytes, PolicyType::Identity))
}

fn read_file<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, UnscoredPolicy>) -> Result<T, CliError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    read_bytes(file, &mut bytes)
        .and_then(|()| parse(&bytes))
        .map_err(|source| CliError::Policy { path: path.to_owned(), source })
}

/// One document, or a list of documents.
fn parse_level(bytes: &[u8]) -> Result<Vec<PolicyDocument>, UnscoredPolicy> {
    match serde_json::from_slice::<Vec<&RawValue>>(bytes) {
        Ok(documents) => {
            documents.iter().map(|document| parse(document.get().as_bytes(), PolicyType::Identity)).collect()
        }
        Err(_) => Ok(vec![parse(bytes, PolicyType::Identity)?]),
    }
}
