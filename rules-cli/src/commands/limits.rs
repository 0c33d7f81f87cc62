//! The policies that limit: `--boundary`, `--scp` and `--rcp`.

use std::fs::File;
use std::path::{Path, PathBuf};

use rules_core::decision::{Layer, PolicyLayers};
use rules_core::policy::{Effect, PolicyDocument, PolicyType};
use serde_json::value::RawValue;

use super::policy_file::{parse, read_bytes};
use crate::args::{LimitArgs, OrganizationArgs};
use crate::error::CliError;
use crate::output::diagnostics;
use crate::output::scored::UnscoredPolicy;

/// What limits the identity policies, read.
#[derive(Debug, Default)]
pub(super) struct LimitingPolicies(Vec<Layer<PolicyDocument>>);

impl LimitingPolicies {
    pub(super) fn read(args: &LimitArgs) -> Result<Self, CliError> {
        let boundary = args.boundary.as_deref().map(read_boundary).transpose()?;
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

/// What the organization sets for the account: a layer for each option.
pub(super) fn read_organization(args: &OrganizationArgs) -> Result<Vec<Layer<PolicyDocument>>, CliError> {
    let levels = args.service_control.iter().map(|files| read_level(files));
    let resource_control = args.resource_control.iter().map(|files| read_layer(files, PolicyType::ResourceControl));
    levels.chain(resource_control).collect()
}

/// The policy in a file.
pub(super) fn read_policy(path: &Path, policy_type: PolicyType) -> Result<PolicyDocument, CliError> {
    read_file(path, |bytes| parse(bytes, policy_type))
}

/// A boundary without an Allow is valid, but probably a mistake.
fn read_boundary(path: &Path) -> Result<Layer<PolicyDocument>, CliError> {
    let layer = Layer::new(PolicyType::PermissionsBoundary, vec![read_policy(path, PolicyType::PermissionsBoundary)?]);
    if !allows(&layer) {
        let name = path.display();
        diagnostics::note(&format!("{name}: the permissions boundary has no Allow, so it allows nothing"));
    }
    Ok(layer)
}

/// The service control policies of one level. AWS attaches at least one that allows to each, so that a level without any
/// is a part of one.
fn read_level(files: &Path) -> Result<Layer<PolicyDocument>, CliError> {
    let layer = read_layer(files, PolicyType::ServiceControl)?;
    if allows(&layer) { Ok(layer) } else { Err(CliError::LevelAllowsNothing(files.to_owned())) }
}

fn allows(layer: &Layer<PolicyDocument>) -> bool {
    let mut statements = layer.documents.iter().flat_map(|document| &document.statements);
    statements.any(|statement| statement.effect == Effect::Allow)
}

/// The policies of one layer, in files joined by commas: each holds a document or a list of documents.
fn read_layer(files: &Path, policy_type: PolicyType) -> Result<Layer<PolicyDocument>, CliError> {
    let mut documents = Vec::new();
    for path in split(files) {
        documents.extend(read_file(&path, |bytes| parse_list(bytes, policy_type))?);
    }
    Ok(Layer::new(policy_type, documents))
}

/// A name with commas is that of a file if there is one, and of several files otherwise.
fn split(files: &Path) -> Vec<PathBuf> {
    match files.to_str() {
        Some(text) if text.contains(',') && !files.exists() => text.split(',').map(PathBuf::from).collect(),
        _ => vec![files.to_owned()],
    }
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
