//! `admins`: the administrators, and the principals that can become one.

use rules_core::MissingFact;
use rules_core::facts::FactKind;
use rules_core::iam::Identity;
use rules_core::permissions::{AdminDefinition, RequestMfa};
use rules_core::reach::Reach;

use super::{account, paths};
use crate::args::{AdminsArgs, Format};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::table::Look;
use crate::output::{self, admins, diagnostics, json, ndjson};
use admins::{Exposure, Level, Listed};

pub(super) fn run(args: &AdminsArgs) -> Result<Exit, CliError> {
    let facts = account::facts(&args.account, &[FactKind::AuthorizationDetails, FactKind::CredentialReport].into())?;
    let reach = Reach::new(&facts)?;
    let mut unread = 0;
    let mut listed = Vec::new();
    for identity in paths::principals(&facts)? {
        match look_at(&reach, identity) {
            Ok(found) => listed.extend(found),
            Err(missing) => {
                unread += 1;
                diagnostics::not_read(&missing);
            }
        }
    }
    // The most dangerous first; equals stay in the order of the account.
    listed.sort_by_key(|listed| (listed.exposure, listed.level));
    output::to(None, |out| match args.format {
        Format::Table => admins::write(out, Look::of_stdout(), &listed),
        Format::Json => json::write_array(out, &listed),
        Format::Ndjson => ndjson::write_lines(out, &listed),
    })?;
    Ok(if unread == 0 { Exit::Clean } else { Exit::Incomplete })
}

fn look_at(reach: &Reach<'_>, identity: &Identity) -> Result<Option<Listed>, MissingFact> {
    let permissions = reach.permissions(&identity.arn)?;
    let (level, how) = match permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown) {
        Some(witness) => {
            let level = if witness.proven { Level::Administrator } else { Level::UnderConditions };
            (level, witness.in_words())
        }
        None => match reach.of(&identity.arn, reach.own_mfa(&identity.arn))? {
            Some(way) if way.proven => (Level::CanBecomeOne, way.in_full()),
            Some(way) => (Level::CanBecomeOneUncertain, way.in_full()),
            None => return Ok(None),
        },
    };
    let is_role = identity.arn.resource().starts_with("role/");
    let row = reach.credentials(&identity.arn);
    let callers = reach.callers(&identity.arn);
    let exposure = match (is_role, row) {
        (true, _) if callers.is_unknown || !callers.outsiders.is_empty() => Exposure::Outside,
        (true, _) if !callers.principals.is_empty() => Exposure::Inside,
        (true, _) if !callers.services.is_empty() => Exposure::Services,
        (true, _) => Exposure::Nobody,
        (false, None) => Exposure::WithoutMfa,
        (false, Some(row)) => match (row.has_active_credential(), row.mfa_active) {
            (Some(false), _) => Exposure::Nobody,
            (_, Some(true)) => Exposure::WithMfa,
            _ => Exposure::WithoutMfa,
        },
    };
    let principals = callers.principals.iter().map(|arn| arn.resource().to_owned());
    Ok(Some(Listed {
        kind: if is_role { "role" } else { "user" },
        name: identity.name.clone(),
        resource_arn: identity.arn.to_string(),
        level,
        how,
        exposure,
        assumed_by: callers
            .outsiders
            .iter()
            .cloned()
            .chain(principals)
            .chain(callers.services.iter().cloned())
            .collect(),
        mfa: row.and_then(|row| row.mfa_active),
        last_used: reach.last_used(&identity.arn).map(|moment| moment.to_string()),
    }))
}
