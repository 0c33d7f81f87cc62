//! Compiles the paths of privilege escalation.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::{Outcome, rerun_if_changed};

const DATA: &str = "data/escalation_paths.json";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Data {
    #[serde(rename = "note")]
    _note: String,
    paths: Vec<EscalationPath>,
}

/// A path, as `src/escalation/paths.rs` describes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EscalationPath {
    id: String,
    class: Class,
    technique: Technique,
    actions: Vec<String>,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    instance_profile: bool,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default = "yes")]
    scored: bool,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Class {
    SelfEscalation,
    PrincipalAccess,
    NewPassRole,
    ExistingPassRole,
    AssumeRole,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Technique {
    CredentialAccess,
    AssumeRole,
    PassRole,
    RunningRole,
    PolicyGrant,
    ConstraintRemoval,
    PrincipalCreation,
    IdentityProvider,
}

fn yes() -> bool {
    true
}

/// Writes the table into the build's folder. `actions` are the catalogue's.
pub(super) fn compile(folder: &Path, actions: &BTreeSet<String>) -> Outcome<()> {
    rerun_if_changed(DATA);
    let data: Data = serde_json::from_str(&fs::read_to_string(DATA)?).map_err(|error| format!("{DATA}: {error}"))?;
    let mut table = format!(
        "/// Every path, in the order of the data.\npub(crate) static PATHS: [EscalationPath; {}] = [\n",
        data.paths.len()
    );
    let mut ids = BTreeSet::new();
    for (number, path) in data.paths.iter().enumerate() {
        path.check(actions).map_err(|error| format!("{DATA}: path `{}`: {error}", path.id))?;
        if !ids.insert(&path.id) {
            return Err(format!("{DATA}: two paths have the id `{}`", path.id).into());
        }
        path.write(&mut table, u8::try_from(number)?)?;
    }
    table.push_str("];\n");
    fs::write(folder.join("escalation_paths.rs"), table)?;
    Ok(())
}

impl EscalationPath {
    fn check(&self, actions: &BTreeSet<String>) -> Result<(), String> {
        if let Some(unknown) = self.actions.iter().find(|action| !actions.contains(*action)) {
            return Err(format!("action `{unknown}` is not in the catalogue"));
        }
        if self.actions.is_empty() || self.source.is_empty() {
            return Err("it has no actions or no source".to_owned());
        }
        if matches!(self.technique, Technique::RunningRole) && self.services.is_empty() {
            return Err("it does not say whose roles it leads to".to_owned());
        }
        Ok(())
    }

    fn write(&self, table: &mut String, number: u8) -> Outcome<()> {
        let Self { id, class, technique, actions, services, instance_profile, needs, scored, source } = self;
        writeln!(
            table,
            "    EscalationPath {{ id: PathId({number}), name: {id:?}, class: EscalationClass::{class:?}, \
             technique: Technique::{technique:?}, actions: &{actions:?}, services: &{services:?}, \
             instance_profile: {instance_profile}, needs: &{needs:?}, scored: {scored}, source: {source:?} }},"
        )?;
        Ok(())
    }
}
