//! A slow search for privilege escalation, which [`crate::reach`] is compared with in tests: one principal after another,
//! every step from where it is, without limits.
//!
//! A path counts if its actions are allowed on the resources that it needs: the group that makes administrators, the
//! role that trusts the service, the policy version that exists, the user with room for an access key. Paths are
//! chained, because a principal that can become a second one has the permissions of the second one, and a principal
//! with more policies or fewer limits has more permissions. A result is certain, or uncertain with the unknown fact, or
//! none if there is no path.

mod account;
mod becoming;
mod candidates;
mod capabilities;
mod choosing;
mod creating;
mod federation;
mod granting;
mod lifting;
mod requester;
mod search;
mod services;
mod steps;
mod way;

use crate::paths;

use std::rc::Rc;

use account::{SlowAccount, SlowPrincipal};
use search::SlowSearch;
use steps::{SlowActor, Steps};

use crate::arn::Arn;
use crate::decision::Truth;
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::permissions::{RequestMfa, Witness};

/// The principals of an account and the ways between them.
pub(crate) struct SlowEscalations<'a> {
    steps: Steps<'a>,
}

/// A way for a principal to become an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlowEscalation {
    /// Whether every step works for certain. Otherwise it may work.
    pub(crate) proven: bool,
    /// What would have to be known to be certain, where that can be said.
    pub(crate) missing: Option<String>,
    /// The steps, first to last.
    pub(crate) steps: Vec<SlowEscalationStep>,
    /// What makes the administrator that is reached; none when it is made one by the last step.
    pub(crate) witness: Option<Witness>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlowEscalationStep {
    /// The id of the known path.
    pub(crate) path: &'static str,
    /// The actions that it takes.
    pub(crate) actions: Vec<&'static str>,
    /// What they are done to, such as `user ada`.
    pub(crate) target: String,
}

impl<'a> SlowEscalations<'a> {
    /// Looks at every principal of the account.
    ///
    /// # Errors
    /// When the account's principals are not known.
    pub(crate) fn new(facts: &'a Facts) -> Result<Self, MissingFact> {
        Ok(Self { steps: Steps::new(SlowAccount::new(facts, facts.authorization_details.get()?)) })
    }

    fn principal(&self, arn: &Arn) -> Result<&Rc<SlowPrincipal<'a>>, MissingFact> {
        let account = &self.steps.account;
        let place = account.place(arn).and_then(|place| account.principals.get(place));
        place.ok_or_else(|| MissingFact::new(format!("principal {arn}"), "it is not among the account's"))
    }

    /// How the user or role with this ARN becomes an administrator; none when it cannot. A certain way is preferred, then
    /// a short one.
    ///
    /// # Errors
    /// When there is no such principal, or its policies are not all known.
    pub(crate) fn of(&self, arn: &Arn, mfa: RequestMfa) -> Result<Option<SlowEscalation>, MissingFact> {
        let start = self.principal(arn)?;
        start.permissions.as_ref().map_err(Clone::clone)?;
        let place = self.steps.account.place(arn).unwrap_or_default();
        // Most principals can neither make a relevant change nor assume a role.
        if start.powers.is_none() && self.steps.account.roles_that_name(&start.identity).is_empty() {
            return Ok(None);
        }
        let start = SlowActor { place, mfa };
        let search = |least| SlowSearch::new(&self.steps, least).run(start);
        let uncertain = || Some(SlowEscalation { proven: false, ..search(Truth::Undecided)? });
        Ok(search(Truth::Holds).or_else(uncertain))
    }
}
