//! Privilege escalation: how a principal that is no administrator can become one, in this account.
//!
//! A path counts when its actions reach what they have to reach here: the group that makes administrators, the role that
//! trusts the service, the policy version that exists, the user with room for an access key. Paths are chained, since
//! whoever can become a principal can do what that one can, and a principal that was given more, or rid of what held it
//! back, can do more. An answer is certain, or possible with what would have to be known, or no answer, and then there is
//! no path.

mod account;
mod becoming;
mod candidates;
mod capabilities;
mod choosing;
mod creating;
mod federation;
mod granting;
mod lifting;
pub mod paths;
mod requester;
mod search;
mod services;
mod steps;
mod way;

use std::rc::Rc;

use account::{Account, Principal};
use requester::Requester;
use search::Search;
use steps::{Actor, Steps};

use crate::arn::Arn;
use crate::decision::Truth;
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::permissions::{PrincipalPermissions, SecondFactor, Witness, trusts_by_name};
use crate::text::visible;

/// The principals of an account and the ways between them.
pub struct Escalations<'a> {
    steps: Steps<'a>,
}

/// A way for a principal to become an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Whether every step works for certain. Otherwise it may work.
    pub proven: bool,
    /// What would have to be known to be certain, where that can be said.
    pub missing: Option<String>,
    /// The steps, first to last.
    pub steps: Vec<EscalationStep>,
    /// What makes the administrator that is reached; none when it is made one by the last step.
    pub witness: Option<Witness>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationStep {
    /// The id of the known path.
    pub path: &'static str,
    /// The actions that it takes.
    pub actions: Vec<&'static str>,
    /// What they are done to, such as `user ada`.
    pub target: String,
}

impl<'a> Escalations<'a> {
    /// Looks at every principal of the account.
    ///
    /// # Errors
    /// When the account's principals are not known.
    pub fn new(facts: &'a Facts) -> Result<Self, MissingFact> {
        Ok(Self { steps: Steps::new(Account::new(facts, facts.authorization_details.get()?)) })
    }

    /// The permissions of the user or role with this ARN.
    ///
    /// # Errors
    /// When there is no such principal, or its policies are not all known.
    pub fn permissions(&self, arn: &Arn) -> Result<&PrincipalPermissions<'a>, MissingFact> {
        self.principal(arn)?.permissions.as_deref().map_err(Clone::clone)
    }

    fn principal(&self, arn: &Arn) -> Result<&Rc<Principal<'a>>, MissingFact> {
        let account = &self.steps.account;
        let place = account.place(arn).and_then(|place| account.principals.get(place));
        place.ok_or_else(|| MissingFact::new(format!("principal {arn}"), "it is not among the account's"))
    }

    /// Whether a user or role may assume a role.
    #[must_use]
    pub fn may_assume(&self, arn: &Arn, second_factor: SecondFactor, role: &Arn) -> Truth {
        let (Ok(by), Ok(role)) = (self.principal(arn), self.principal(role)) else { return Truth::Undecided };
        let is_named = || match role.trust() {
            Some(Ok(trust)) => trusts_by_name(trust, &by.identity),
            Some(Err(_)) | None => true,
        };
        if !by.capabilities.contain("sts:AssumeRole") && !is_named() {
            return Truth::Fails;
        }
        let Ok(requester) = Requester::new(by, second_factor) else { return Truth::Undecided };
        becoming::assume(&requester, role).map_or(Truth::Fails, |way| way.truth)
    }

    /// How the user or role with this ARN becomes an administrator; none when it cannot. A certain way is preferred, then
    /// a short one.
    ///
    /// # Errors
    /// When there is no such principal, or its policies are not all known.
    pub fn of(&self, arn: &Arn, second_factor: SecondFactor) -> Result<Option<Escalation>, MissingFact> {
        let start = self.principal(arn)?;
        start.permissions.as_ref().map_err(Clone::clone)?;
        let place = self.steps.account.place(arn).unwrap_or_default();
        // Nearly everybody can neither change anything that matters nor assume a role.
        if start.powers.is_none() && self.steps.account.roles_that_name(&start.identity).is_empty() {
            return Ok(None);
        }
        let start = Actor { place, second_factor };
        let search = |least| Search::new(&self.steps, least).run(start);
        Ok(search(Truth::Holds).or_else(|| search(Truth::Undecided)))
    }
}

impl Escalation {
    /// How one gets there, as names: the principal, whatever each step is done to, and the policy at the end, if any.
    #[must_use]
    pub fn path(&self, principal: &str) -> Vec<String> {
        let targets = self.steps.iter().map(|step| step.target.as_str());
        let end = self.witness.iter().flat_map(|witness| [witness.group.as_deref(), Some(witness.policy.as_str())]);
        std::iter::once(principal).chain(targets).chain(end.flatten()).map(str::to_owned).collect()
    }

    /// The first step in words, how many more there are, where they end and what is not known, so that an annotation
    /// holds it.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = match self.steps.as_slice() {
            [] => String::new(),
            [only] => only.in_words(),
            [first, between @ .., last] => {
                let more = match between.len() {
                    0 => String::new(),
                    many => format!(", {many} more"),
                };
                format!("{}{more}, then {}", first.in_words(), last.in_words())
            }
        };
        if let Some(missing) = &self.missing {
            words.push_str(&format!("; not known: {}", visible(missing, 60)));
        }
        words
    }
}

impl EscalationStep {
    fn in_words(&self) -> String {
        let [first, more @ ..] = self.actions.as_slice() else { return self.path.to_owned() };
        let more = match more.len() {
            0 => String::new(),
            many => format!(" +{many}"),
        };
        format!("{first}{more} on {} ({})", visible(&self.target, 30), self.path)
    }
}
