//! New and deleted principals, and changes of administrators and of principals that can become one.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::Arn;
use rules_core::facts::Facts;
use rules_core::iam::AuthorizationDetails;
use rules_core::permissions::{AdminDefinition, RequestMfa};
use rules_core::reach::Reach;

use super::AccountChanges;
use crate::error::CliError;
use crate::output::changes::{Change, Direction};
use crate::output::diagnostics;

/// How close a principal is to administrator permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum AdminLevel {
    None,
    /// It can become an administrator by an uncertain path.
    May,
    /// It can become one.
    Can,
    /// It is one.
    Is,
}

impl AdminLevel {
    fn in_words(self) -> &'static str {
        match self {
            Self::None => "not an administrator",
            Self::May => "can become an administrator (uncertain)",
            Self::Can => "can become an administrator",
            Self::Is => "an administrator",
        }
    }
}

impl AccountChanges {
    pub(super) fn compare_administrators(
        &mut self,
        old: &Facts,
        new: &Facts,
        before: &AuthorizationDetails,
        after: &AuthorizationDetails,
    ) -> Result<(), CliError> {
        let (names_before, names_after) = (names(before), names(after));
        for arn in names_before.keys().chain(names_after.keys()).collect::<BTreeSet<_>>() {
            let (code, name) = match (names_before.get(arn), names_after.get(arn)) {
                (None, Some(name)) => ("added", name),
                (Some(name), None) => ("gone", name),
                _ => continue,
            };
            let message = format!("{name} is {}", if code == "added" { "new" } else { "gone" });
            self.changes.push(Change::new(code, Direction::Neutral, name, Some(arn), message));
        }
        let (levels_before, levels_after) = (self.levels(old, before)?, self.levels(new, after)?);
        let none = (AdminLevel::None, String::new());
        for arn in levels_before.keys().chain(levels_after.keys()).collect::<BTreeSet<_>>() {
            let (was, _) = levels_before.get(arn).unwrap_or(&none);
            let (is, how) = levels_after.get(arn).unwrap_or(&none);
            let direction = match is.cmp(was) {
                std::cmp::Ordering::Greater => Direction::Worse,
                std::cmp::Ordering::Less => Direction::Better,
                std::cmp::Ordering::Equal => continue,
            };
            let Some(name) = names_after.get(arn).or_else(|| names_before.get(arn)) else { continue };
            let how = if how.is_empty() { String::new() } else { format!(": {how}") };
            let message = format!("{name}: {}{how} (before: {})", is.in_words(), was.in_words());
            let change = Change::new("administrator", direction, name, Some(arn), message);
            self.changes.push(change.between(was.in_words(), is.in_words()));
        }
        Ok(())
    }

    /// How near users and roles are to everything, and how.
    fn levels(
        &mut self,
        facts: &Facts,
        details: &AuthorizationDetails,
    ) -> Result<BTreeMap<String, (AdminLevel, String)>, CliError> {
        let reach = Reach::new(facts)?;
        let roles = details.roles.iter().filter(|role| !role.is_service_linked());
        let arns = details.users.iter().map(|user| &user.identity.arn).chain(roles.map(|role| &role.identity.arn));
        let mut levels = BTreeMap::new();
        for arn in arns {
            match level(&reach, arn) {
                Ok(level) => {
                    levels.insert(arn.to_string(), level);
                }
                Err(missing) => {
                    self.unread += 1;
                    diagnostics::not_read(&missing);
                }
            }
        }
        Ok(levels)
    }
}

fn level(reach: &Reach<'_>, arn: &Arn) -> Result<(AdminLevel, String), rules_core::MissingFact> {
    let permissions = reach.permissions(arn)?;
    if let Some(witness) = permissions.administrator(AdminDefinition::Effective, RequestMfa::Given) {
        return Ok((AdminLevel::Is, witness.in_words()));
    }
    Ok(match reach.of(arn, RequestMfa::Given)? {
        None => (AdminLevel::None, String::new()),
        Some(way) if way.proven => (AdminLevel::Can, way.in_words()),
        Some(way) => (AdminLevel::May, way.in_words()),
    })
}

/// `user ada`, by ARN.
fn names(details: &AuthorizationDetails) -> BTreeMap<String, String> {
    let users = details.users.iter().map(|user| ("user", &user.identity));
    let groups = details.groups.iter().map(|group| ("group", &group.identity));
    let roles = details.roles.iter().map(|role| ("role", &role.identity));
    let policies = details.policies.iter().filter(|policy| !policy.is_aws_managed());
    let policies = policies.map(|policy| ("policy", &policy.identity));
    let all = users.chain(groups).chain(roles).chain(policies);
    all.map(|(kind, identity)| (identity.arn.to_string(), format!("{kind} {}", identity.name))).collect()
}
