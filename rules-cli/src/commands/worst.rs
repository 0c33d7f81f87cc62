//! `worst`: the policies and principals with the lowest scores.

use rules_core::facts::{FactKind, Facts};
use rules_core::iam::{AuthorizationDetails, Grants, Identity};
use rules_core::permissions::{PrincipalPermissions, SecondFactor};
use rules_core::policy::PolicyDocument;
use rules_core::score::{Grade, Loss, PrincipalScorer, Score, score};
use rules_core::{Fact, MissingFact};

use super::account;
use crate::args::{Format, WorstArgs};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::table::Look;
use crate::output::{self, diagnostics, json, ndjson, ranking};
use ranking::Ranked;

pub(super) fn run(args: &WorstArgs) -> Result<Exit, CliError> {
    let facts = account::facts(&args.account, &[FactKind::AuthorizationDetails].into())?;
    let details = facts.authorization_details.get()?;
    let mut found = Found { ranked: Vec::new(), unread: details.unread().len() };
    found.add_policies(details);
    found.add_principals(details, &facts);
    // Those of equal scores stay in the order of the account.
    found.ranked.sort_by_key(|ranked| ranked.score);
    let total = found.ranked.len();
    found.ranked.truncate(args.number);
    output::to(None, |out| match args.format {
        Format::Table => ranking::write(out, Look::of_stdout(), &found.ranked, total),
        Format::Json => json::write_array(out, &found.ranked),
        Format::Ndjson => ndjson::write_lines(out, &found.ranked),
    })?;
    Ok(if found.unread == 0 { Exit::Clean } else { Exit::Incomplete })
}

struct Found {
    ranked: Vec<Ranked>,
    /// How much could not be read.
    unread: usize,
}

impl Found {
    fn add_policies(&mut self, details: &AuthorizationDetails) {
        for policy in details.policies.iter().filter(|policy| !policy.is_aws_managed()) {
            if let Some(document) = policy.details.known().map(|known| &known.document) {
                self.add_policy("policy", &policy.identity, &policy.identity.name, document);
            }
        }
        for user in &details.users {
            self.add_inline("inline policy of user", &user.identity, user.details.known().map(|known| &known.grants));
        }
        for group in &details.groups {
            self.add_inline("inline policy of group", &group.identity, group.grants.known());
        }
        for role in details.roles.iter().filter(|role| !role.is_service_linked()) {
            self.add_inline("inline policy of role", &role.identity, role.details.known().map(|known| &known.grants));
        }
    }

    fn add_inline(&mut self, kind: &'static str, owner: &Identity, grants: Option<&Grants>) {
        for inline in grants.into_iter().flat_map(|grants| &grants.inline) {
            let name = format!("{}/{}", owner.name, inline.name);
            self.add_policy(kind, owner, &name, &inline.document);
        }
    }

    /// What cannot be read is counted and named already.
    fn add_policy(&mut self, kind: &'static str, owner: &Identity, name: &str, document: &Fact<PolicyDocument>) {
        let Some(document) = document.known() else { return };
        let score = score(document);
        self.add(kind, owner, name, score.score, score.losses.first());
    }

    fn add_principals(&mut self, details: &AuthorizationDetails, facts: &Facts) {
        let mut scorer = PrincipalScorer::new();
        let users = details.users.iter().map(|user| ("user", PrincipalPermissions::of_user(user, details, facts)));
        let roles = details.roles.iter().filter(|role| !role.is_service_linked());
        let roles = roles.map(|role| ("role", PrincipalPermissions::of_role(role, details, facts)));
        let principals: Vec<(&str, Result<PrincipalPermissions<'_>, MissingFact>)> = users.chain(roles).collect();
        for (kind, permissions) in &principals {
            match permissions {
                Ok(permissions) => {
                    let layers = permissions.layers();
                    let score = scorer.score(&layers, &permissions.context(SecondFactor::Unknown));
                    let identity = permissions.identity();
                    self.add(kind, identity, &identity.name, score.effective, score.largest_loss.as_ref());
                }
                Err(missing) => {
                    self.unread += 1;
                    diagnostics::not_read(missing);
                }
            }
        }
    }

    fn add(&mut self, kind: &str, owner: &Identity, name: &str, score: Score, loss: Option<&Loss>) {
        let fix = loss.and_then(|loss| loss.fix.as_ref()).filter(|fix| fix.score > score);
        self.ranked.push(Ranked {
            kind: kind.to_owned(),
            name: name.to_owned(),
            resource_arn: owner.arn.to_string(),
            score,
            grade: Grade::of(score),
            statement: loss.and_then(|loss| loss.statement.clone()),
            loss: loss.map(|loss| format!("-{} {} on {}", loss.points, loss.actions_in_words(), loss.reach)),
            fix: loss.and_then(|loss| loss.fix.as_ref()).map(|fix| fix.text.clone()),
            score_if_fixed: fix.map(|fix| fix.score),
        });
    }
}
