//! `worst`: the policies and principals with the lowest scores.

use rules_core::facts::{FactKind, Facts};
use rules_core::iam::{AuthorizationDetails, Grants, Identity};
use rules_core::permissions::{PrincipalPermissions, RequestMfa};
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
    let principals = principals(details, &facts);
    let mut found = LowestScores { scored: Vec::new(), unread: details.unread().len() };
    found.add_policies(details);
    let mut scorer = PrincipalScorer::new();
    for (kind, permissions) in &principals {
        found.add_principal(kind, permissions, &mut scorer);
    }
    // Those of equal scores stay in the order of the account.
    found.scored.sort_by_key(|scored| scored.score);
    let total = found.scored.len();
    // All losses are looked at of those alone that are listed.
    let worst = found.scored.into_iter().take(args.number);
    let ranked: Vec<Ranked> = worst.map(|scored| scored.ranked(&mut scorer)).collect();
    output::to(None, |out| match args.format {
        Format::Table => ranking::write(out, Look::of_stdout(), &ranked, total),
        Format::Json => json::write_array(out, &ranked),
        Format::Ndjson => ndjson::write_lines(out, &ranked),
    })?;
    Ok(if found.unread == 0 { Exit::Clean } else { Exit::Incomplete })
}

/// A user or role, and what kind it is.
type Principal<'a> = (&'static str, Result<PrincipalPermissions<'a>, MissingFact>);

fn principals<'a>(details: &'a AuthorizationDetails, facts: &'a Facts) -> Vec<Principal<'a>> {
    let users = details.users.iter().map(|user| ("user", PrincipalPermissions::of_user(user, details, facts)));
    let roles = details.roles.iter().filter(|role| !role.is_service_linked());
    users.chain(roles.map(|role| ("role", PrincipalPermissions::of_role(role, details, facts)))).collect()
}

/// What has a score.
struct ScoredItem<'a> {
    kind: &'static str,
    name: String,
    owner: &'a Identity,
    score: Score,
    of: Of<'a>,
}

enum Of<'a> {
    Policy(&'a PolicyDocument),
    Principal(&'a PrincipalPermissions<'a>),
}

struct LowestScores<'a> {
    scored: Vec<ScoredItem<'a>>,
    /// How much could not be read.
    unread: usize,
}

impl<'a> LowestScores<'a> {
    fn add_policies(&mut self, details: &'a AuthorizationDetails) {
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

    fn add_inline(&mut self, kind: &'static str, owner: &'a Identity, grants: Option<&'a Grants>) {
        for inline in grants.and_then(|grants| grants.inline.known()).into_iter().flatten() {
            let name = format!("{}/{}", owner.name, inline.name);
            self.add_policy(kind, owner, &name, &inline.document);
        }
    }

    /// What cannot be read is counted and named already.
    fn add_policy(&mut self, kind: &'static str, owner: &'a Identity, name: &str, document: &'a Fact<PolicyDocument>) {
        let Some(document) = document.known() else { return };
        let (name, score) = (name.to_owned(), score(document).score);
        self.scored.push(ScoredItem { kind, name, owner, score, of: Of::Policy(document) });
    }

    fn add_principal(
        &mut self,
        kind: &'static str,
        permissions: &'a Result<PrincipalPermissions<'a>, MissingFact>,
        scorer: &mut PrincipalScorer<'a>,
    ) {
        match permissions {
            Ok(permissions) => {
                let score = scorer.score(&permissions.layers(), &permissions.context(RequestMfa::Unknown)).effective;
                let owner = permissions.identity();
                let (name, of) = (owner.name.clone(), Of::Principal(permissions));
                self.scored.push(ScoredItem { kind, name, owner, score, of });
            }
            Err(missing) => {
                self.unread += 1;
                diagnostics::not_read(missing);
            }
        }
    }
}

impl<'a> ScoredItem<'a> {
    fn ranked(self, scorer: &mut PrincipalScorer<'a>) -> Ranked {
        let details = match self.of {
            Of::Policy(document) => score(document),
            Of::Principal(permissions) => {
                scorer.details(&permissions.layers(), &permissions.context(RequestMfa::Unknown))
            }
        };
        let after = |loss: &&Loss| loss.fix.as_ref().map(|fix| fix.score);
        // Best change; where none helps by itself, the largest loss.
        let helps = details.losses.iter().rev().filter(|loss| after(loss) > Some(self.score)).max_by_key(after);
        let loss = helps.or(details.losses.first());
        Ranked {
            kind: self.kind.to_owned(),
            name: self.name,
            resource_arn: self.owner.arn.to_string(),
            score: self.score,
            grade: Grade::of(self.score),
            statement: loss.and_then(|loss| loss.statement.clone()),
            loss: loss.map(|loss| format!("-{} {} on {}", loss.points, loss.actions_in_words(), loss.reach)),
            fix: loss.and_then(|loss| loss.fix.as_ref()).map(|fix| fix.text.clone()),
            score_if_fixed: helps.as_ref().and_then(after),
        }
    }
}
