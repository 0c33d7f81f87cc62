//! The policies that limit: `--boundary` and `--scp`.

use std::fs::File;
use std::path::Path;

use rules_core::decision::{Layer, PolicyLayers};
use rules_core::policy::{PolicyDocument, PolicyType};
use serde_json::value::RawValue;

use super::policy_file::{parse, read_bytes};
use crate::args::{LimitArgs, OrganizationArgs};
use crate::error::CliError;
use crate::output::UnscoredPolicy;

/// What limits the identity policies, read.
#[derive(Debug, Default)]
pub(super) struct Limits(Vec<Layer<PolicyDocument>>);

impl Limits {
    pub(super) fn read(args: &LimitArgs) -> Result<Self, CliError> {
        let boundary = args.boundary.as_deref().map(|path| read_policy(path, PolicyType::PermissionsBoundary));
        let boundary =
            boundary.transpose()?.map(|document| Layer::new(PolicyType::PermissionsBoundary, vec![document]));
        Ok(Self(boundary.into_iter().chain(read_organization(&args.organization)?).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Identity policies under these limits.
    pub(super) fn over<'a>(&'a self, identity: impl IntoIterator<Item = &'a PolicyDocument>) -> PolicyLayers<'a> {
        let mut layers = PolicyLayers::of_identity(identity);
        layers.extend(&self.0);
        layers
    }
}

/// What the organization sets for the account: a layer for each level of service control policies.
pub(super) fn read_organization(args: &OrganizationArgs) -> Result<Vec<Layer<PolicyDocument>>, CliError> {
    args.service_control.iter().map(|path| read_layer(path, PolicyType::ServiceControl)).collect()
}

/// The policy in a file.
pub(super) fn read_policy(path: &Path, policy_type: PolicyType) -> Result<PolicyDocument, CliError> {
    read_file(path, |bytes| parse(bytes, policy_type))
}

/// The policies of one layer in a file: a document, or a list of documents.
fn read_layer(path: &Path, policy_type: PolicyType) -> Result<Layer<PolicyDocument>, CliError> {
    read_file(path, |bytes| parse_list(bytes, policy_type)).map(|documents| Layer::new(policy_type, documents))
}

fn read_file<T>(path: &Path, parse: impl Fn(&[u8]) -> Result<T, UnscoredPolicy>) -> Result<T, CliError> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|source| CliError::Read { path: path.to_owned(), source })?;
    read_bytes(file, &mut bytes)
        .and_then(|()| parse(&bytes))
        .map_err(|source| CliError::Policy { path: path.to_owned(), source })
}

/// One document, or a list of documents.
fn parse_list(bytes: &[u8], policy_type: PolicyType) -> Result<Vec<PolicyDocument>, UnscoredPolicy> {
    match serde_json::from_slice::<Vec<&RawValue>>(bytes) {
        Ok(documents) => documents.iter().map(|document| parse(document.get().as_bytes(), policy_type)).collect(),
        Err(_) => Ok(vec![parse(bytes, policy_type)?]),
    }
}
