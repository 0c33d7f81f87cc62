//! Compiles the paths of privilege escalation.

use std::collections::{BTreeMap, BTreeSet};
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
    /// Actions that help a path along in some accounts, such as one that makes room for a further access key.
    supporting_actions: Vec<String>,
}

/// A path, as `src/paths.rs` describes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EscalationPath {
    id: String,
    class: Class,
    technique: Technique,
    actions: Vec<String>,
    #[serde(default)]
    on: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    services: Vec<String>,
    #[serde(default)]
    instance_profile: bool,
    #[serde(default)]
    needs: Vec<String>,
    #[serde(default = "yes")]
    scored: bool,
    #[serde(default)]
    scored_actions: Vec<String>,
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
    if let Some(unknown) = data.supporting_actions.iter().find(|action| !actions.contains(*action)) {
        return Err(format!("{DATA}: action `{unknown}` is not in the catalogue").into());
    }
    fs::write(folder.join("escalation_actions.rs"), data.action_table()?)?;
    Ok(())
}

impl Data {
    /// Every action of any path, once, in order, and where those of each service are.
    fn action_table(&self) -> Outcome<String> {
        let of_paths = self.paths.iter().flat_map(|path| &path.actions);
        let all: BTreeSet<&String> = of_paths.chain(&self.supporting_actions).collect();
        let mut services: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (place, action) in all.iter().enumerate() {
            let (service, _) = action.split_once(':').ok_or("an action without a service")?;
            services.entry(service).or_insert((place, place)).1 = place + 1;
        }
        let mut table = format!(
            "/// Every action that some path takes, in order.\npub(super) const ACTIONS: [&str; {}] = [\n",
            all.len()
        );
        for action in &all {
            writeln!(table, "    {action:?},")?;
        }
        writeln!(
            table,
            "];\n\n/// Each service with the places of its actions.\nconst SERVICES: [(&str, usize, usize); {}] = [",
            services.len()
        )?;
        for (service, (from, to)) in services {
            writeln!(table, "    ({service:?}, {from}, {to}),")?;
        }
        table.push_str("];\n");
        Ok(table)
    }
}

impl EscalationPath {
    fn check(&self, actions: &BTreeSet<String>) -> Result<(), String> {
        let named = self.actions.iter().chain(&self.scored_actions).chain(self.on.keys());
        if let Some(unknown) = named.into_iter().find(|action| !actions.contains(*action)) {
            return Err(format!("action `{unknown}` is not in the catalogue"));
        }
        if self.actions.is_empty() || self.source.is_empty() {
            return Err("it has no actions or no source".to_owned());
        }
        if matches!(self.technique, Technique::PassRole | Technique::RunningRole) == self.services.is_empty() {
            return Err("`services` belongs to paths that lead to roles, and to all of them".to_owned());
        }
        if matches!(self.technique, Technique::RunningRole) && self.needs.is_empty() {
            return Err("it does not say what has to exist".to_owned());
        }
        Ok(())
    }

    fn write(&self, table: &mut String, number: u8) -> Outcome<()> {
        let Self {
            id,
            class,
            technique,
            actions,
            on,
            services,
            instance_profile,
            needs,
            scored,
            scored_actions,
            source,
        } = self;
        let types: Vec<String> = on.iter().map(|(action, types)| format!("({action:?}, &{types:?})")).collect();
        let types = types.join(", ");
        writeln!(
            table,
            "    EscalationPath {{ id: PathId({number}), name: {id:?}, class: EscalationClass::{class:?}, \
             technique: Technique::{technique:?}, actions: &{actions:?}, types: &[{types}], services: &{services:?}, \
             instance_profile: {instance_profile}, needs: &{needs:?}, scored: {scored}, \
             scored_actions: &{scored_actions:?}, source: {source:?} }},"
        )?;
        Ok(())
    }
}
