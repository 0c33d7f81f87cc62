//! `paths`: the paths from users and roles to administrators and other principals.

use rules_core::facts::{FactKind, Facts};
use rules_core::iam::Identity;
use rules_core::permissions::{AdminDefinition, RequestMfa};
use rules_core::reach::Reach;
use rules_core::text::visible;
use rules_core::{Arn, MissingFact};

use super::account;
use crate::args::{PathsArgs, PathsFormat};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::paths::FoundPath;
use crate::output::table::Look;
use crate::output::{self, diagnostics, graph, json, ndjson, paths};

/// Where paths end.
enum End {
    Administrator,
    Everybody,
    Principal(Arn),
}

pub(super) fn run(args: &PathsArgs) -> Result<Exit, CliError> {
    let facts = account::facts(&args.account, &[FactKind::AuthorizationDetails, FactKind::CredentialReport].into())?;
    let reach = Reach::new(&facts)?;
    let principals = principals(&facts)?;
    let from = args.from.as_deref().map(|name| find(&principals, name)).transpose()?;
    let end = match (args.to.as_deref(), from) {
        (Some("admin"), _) | (None, None) => End::Administrator,
        (Some(name), _) => End::Principal(find(&principals, name)?.clone()),
        (None, Some(_)) => End::Everybody,
    };
    let mut search = PathSearch { reach: &reach, end, max: args.max, found: Vec::new(), is_cut: false, unread: 0 };
    match from {
        Some(from) => search.from(from, true),
        None => principals.iter().for_each(|principal| search.from(&principal.arn, false)),
    }
    let PathSearch { found, is_cut, unread, .. } = search;
    if is_cut {
        diagnostics::note(&format!("only the first {} paths are printed: --max prints more", args.max));
    }
    output::to(None, |out| match args.format {
        PathsFormat::Table => paths::write(out, Look::of_stdout(), &found),
        PathsFormat::Json => json::write_array(out, found.iter().map(paths::PathRecord::new)),
        PathsFormat::Ndjson => ndjson::write_lines(out, found.iter().map(paths::PathRecord::new)),
        PathsFormat::Dot => graph::write_dot(out, &found),
        PathsFormat::Mermaid => graph::write_mermaid(out, &found),
    })?;
    Ok(if unread == 0 { Exit::Clean } else { Exit::Incomplete })
}

/// The account's users, then its roles.
pub(super) fn principals(facts: &Facts) -> Result<Vec<&Identity>, MissingFact> {
    let details = facts.authorization_details.get()?;
    let users = details.users.iter().map(|user| &user.identity);
    Ok(users.chain(details.roles.iter().map(|role| &role.identity)).collect())
}

/// The user or role that a name means.
pub(super) fn find<'a>(principals: &[&'a Identity], name: &str) -> Result<&'a Arn, CliError> {
    let (kind, bare) = match name.split_once('/') {
        Some((kind @ ("user" | "role"), bare)) => (Some(kind), bare),
        _ => (None, name),
    };
    let is_it = |principal: &&&Identity| {
        let of_kind = kind.is_none_or(|kind| principal.arn.resource().starts_with(&format!("{kind}/")));
        principal.arn.as_str() == name || (of_kind && principal.name == bare)
    };
    let mut found = principals.iter().filter(is_it);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(&only.arn),
        (Some(_), Some(_)) => {
            let name = visible(name, 60);
            Err(CliError::Usage(format!(
                "both a user and a role have the name `{name}`: say user/{name} or role/{name}"
            )))
        }
        (None, _) => Err(CliError::Usage(format!("the account has no user or role `{}`", visible(name, 60)))),
    }
}

struct PathSearch<'r, 'a> {
    reach: &'r Reach<'a>,
    end: End,
    max: usize,
    found: Vec<FoundPath>,
    /// Whether there are more.
    is_cut: bool,
    unread: usize,
}

impl PathSearch<'_, '_> {
    /// Looks at the paths from a principal. An administrator can become every principal: it is looked at only when it
    /// was asked for by name.
    fn from(&mut self, from: &Arn, is_named: bool) {
        if self.is_cut {
            return;
        }
        let paths = self.paths(from, is_named).unwrap_or_else(|missing| {
            self.unread += 1;
            diagnostics::not_read(&missing);
            Vec::new()
        });
        for path in paths {
            if self.found.len() == self.max {
                self.is_cut = true;
                return;
            }
            self.found.push(path);
        }
    }

    fn paths(&self, from: &Arn, is_named: bool) -> Result<Vec<FoundPath>, MissingFact> {
        let permissions = self.reach.permissions(from)?;
        let administrator = permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown);
        if administrator.is_some_and(|witness| witness.proven) {
            if is_named {
                diagnostics::note(&format!("{from} is an administrator and can become every principal"));
            }
            return Ok(Vec::new());
        }
        let factor = self.reach.own_mfa(from);
        let mut paths = Vec::new();
        if !matches!(self.end, End::Principal(_)) {
            paths.extend(self.reach.of(from, factor)?.map(|way| FoundPath {
                from: from.clone(),
                to: None,
                is_certain: way.proven,
                missing: way.missing,
                steps: way.steps,
            }));
        }
        if !matches!(self.end, End::Administrator) {
            let reached = self.reach.reached_from(from, factor)?.into_iter();
            let is_wanted = |arn: &Arn| !matches!(&self.end, End::Principal(wanted) if wanted != arn);
            paths.extend(reached.filter(|reached| is_wanted(&reached.principal)).map(|reached| FoundPath {
                from: from.clone(),
                is_certain: reached.proven,
                missing: reached.missing().map(str::to_owned),
                to: Some(reached.principal),
                steps: reached.steps,
            }));
        }
        Ok(paths)
    }
}
