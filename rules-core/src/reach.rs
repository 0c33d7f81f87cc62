//! Reach: which principals of an account can become which others, or an administrator.
//!
//! A path counts if its actions lead somewhere in this account: a group with an administrator policy, a role that trusts the
//! service, a policy version that exists, a user with fewer than two access keys. Paths are chained: a principal that can
//! become a second principal can take the steps of the second principal, and a principal with more permissions, or without
//! a policy that denied some, can take more steps.
//!
//! A step is certain if the principal can take it. A condition that the principal can meet, such as its own MFA or a
//! session name, is named, and the step is still certain. A step is uncertain if it depends on an unread fact, which is
//! named.

mod account;
mod action;
mod administrator;
mod alike;
mod backward;
mod callers;
mod candidates;
mod choice;
mod clause;
mod control;
mod document;
mod index;
mod involved;
mod kinds;
mod principal;
mod reached;
mod request;
mod solve;
mod somewhere;
mod source;
mod state;
mod tagging;
mod technique;
mod telling;
#[cfg(test)]
pub(crate) mod tests;
mod watch;
mod way;

pub use crate::escalation::{
    Escalation, EscalationStep, Party, PolicyPlace, StatementReference, StepAction, StepEffect,
};
pub use callers::Callers;
pub use reached::Reached;

use account::{Account, PrincipalIndex};
use candidates::Candidates;
use index::{Target, Targets};
use kinds::Kinds;
use request::Requester;
use solve::Solved;
use tagging::Tagging;
use telling::Telling;
use watch::Watch;

use crate::arn::Arn;
use crate::decision::Truth;
use crate::fact::{MissingFact, Stop};
use crate::facts::Facts;
use crate::permissions::{PrincipalPermissions, RequestMfa};

/// The principals of an account, and the paths between them.
#[derive(Debug)]
pub struct Reach<'a> {
    account: Account<'a>,
    lookup: Lookup<'a>,
    /// The certain results, then the uncertain ones.
    levels: [Solved; 2],
}

impl<'a> Reach<'a> {
    /// Analyzes every principal of the account.
    ///
    /// # Errors
    /// If the principals of the account are unknown.
    pub fn new(facts: &'a Facts) -> Result<Self, MissingFact> {
        Self::until(facts, &|| None)
    }

    /// The same with an end: the search stops when `stop` returns a reason.
    ///
    /// # Errors
    /// If the account's principals are not known, or the search was stopped.
    pub fn until(facts: &'a Facts, stop: &Stop<'_>) -> Result<Self, MissingFact> {
        let watch = Watch::new(stop);
        let account = Account::new(facts, facts.authorization_details.get()?, &watch);
        watch.passed()?;
        let lookup = Lookup::new(&account);
        let certain = Solved::certain(&account, &lookup, &watch);
        let uncertain = Solved::uncertain(&account, &lookup, &certain, &watch);
        watch.passed()?;
        Ok(Self { account, lookup, levels: [certain, uncertain] })
    }

    /// The permissions of the user or role with this ARN.
    ///
    /// # Errors
    /// If the principal does not exist, or a policy of it is unknown.
    pub fn permissions(&self, arn: &Arn) -> Result<&PrincipalPermissions<'a>, MissingFact> {
        let place = self.place(arn)?;
        let principal = self.account.principals.get(place).ok_or_else(|| not_there(arn))?;
        principal.permissions.as_ref().map_err(Clone::clone)
    }

    /// How the user or role with this ARN can become an administrator; none if it cannot. A certain path is preferred,
    /// then a short one.
    ///
    /// # Errors
    /// If the principal does not exist, or a policy of it is unknown.
    pub fn of(&self, arn: &Arn, mfa: RequestMfa) -> Result<Option<Escalation>, MissingFact> {
        let place = self.place(arn)?;
        self.permissions(arn)?;
        let telling = self.telling();
        match telling.of(place, mfa.into()) {
            Some(escalation) => Ok(Some(escalation)),
            // Not to find the steps again is no proof that there are none.
            None if telling.wins(place, mfa.into()) => {
                let what = format!("path of principal {arn} to an administrator");
                Err(MissingFact::new(what, "the search did not find its steps again, which is a defect"))
            }
            None => Ok(None),
        }
    }

    fn telling(&self) -> Telling<'_, 'a> {
        Telling { account: &self.account, lookup: &self.lookup, levels: &self.levels }
    }

    /// Whether a user or role may assume a role.
    #[must_use]
    pub fn may_assume(&self, arn: &Arn, mfa: RequestMfa, role: &Arn) -> Truth {
        let principal = |arn| self.place(arn).ok().and_then(|place| self.account.principals.get(place));
        let (Some(by), Some(role)) = (principal(arn), principal(role)) else { return Truth::Undecided };
        let by = Requester::new(&self.account, by, &by.state, mfa.into(), Tagging::Nobody);
        let Some(by) = by else { return Truth::Undecided };
        technique::assume_role::assume(&by, role).map_or(Truth::Fails, |way| way.truth)
    }

    fn place(&self, arn: &Arn) -> Result<PrincipalIndex, MissingFact> {
        self.account.place(arn).ok_or_else(|| not_there(arn))
    }
}

fn not_there(arn: &Arn) -> MissingFact {
    MissingFact::new(format!("principal {arn}"), "it is not among the account's")
}

/// What of an account is looked up in a search.
#[derive(Debug)]
struct Lookup<'a> {
    /// The principals, groups and policies that a pattern can match.
    targets: Targets,
    candidates: Candidates<'a>,
    kinds: Kinds,
}

impl<'a> Lookup<'a> {
    fn new(account: &Account<'a>) -> Self {
        let targets = targets_of(account);
        let kinds = Kinds::new(account, &targets);
        Self { targets, candidates: Candidates::new(account, |_| true), kinds }
    }
}

/// The principals, groups and policies that a pattern can match.
fn targets_of(account: &Account<'_>) -> Targets {
    let mut targets = Targets::new(account.partition(), account.facts.account.as_str());
    for (place, principal) in account.principals.iter().enumerate() {
        targets.add(&principal.identity.arn, Target::Principal(place));
    }
    for (index, group) in account.indexed_groups() {
        targets.add(&group.group.identity.arn, Target::Group(index));
    }
    for (index, policy) in account.indexed_policies().filter(|(_, policy)| !policy.policy.is_aws_managed()) {
        targets.add(policy.arn(), Target::Policy(index));
    }
    targets
}
