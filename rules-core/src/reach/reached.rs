//! The principals that a principal can become.

use super::control::{Control, Scope, Who, World};
use super::principal::Factor;
use super::watch::Watch;
use super::{Reach, Solved};
use crate::arn::Arn;
use crate::decision::Truth;
use crate::escalation::EscalationStep;
use crate::fact::MissingFact;
use crate::permissions::RequestMfa;

/// A user or role that another one can become, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The principal that can be reached.
    pub principal: Arn,
    /// Whether every step is certain. Otherwise at least one step is uncertain.
    pub proven: bool,
    /// The steps, first to last.
    pub steps: Vec<EscalationStep>,
}

impl Reached {
    /// The number of certain steps.
    #[must_use]
    pub fn certain(&self) -> usize {
        self.steps.iter().filter(|step| step.proven).count()
    }

    /// The number of uncertain steps.
    #[must_use]
    pub fn uncertain(&self) -> usize {
        self.steps.len() - self.certain()
    }

    /// The condition keys that the principal meets on the path, each once.
    #[must_use]
    pub fn conditions(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.steps.iter().flat_map(|step| &step.conditions).map(String::as_str).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The unknown fact that the path depends on.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        self.steps.iter().flat_map(|step| &step.missing).map(String::as_str).next()
    }
}

impl Reach<'_> {
    /// The users and roles that a user or role can become, in any number of steps: the certain ones first, then the
    /// uncertain ones. The list ends at administrators, who can become every principal.
    ///
    /// # Errors
    /// If the principal does not exist, or a policy of it is unknown.
    pub fn reached_from(&self, arn: &Arn, mfa: RequestMfa) -> Result<Vec<Reached>, MissingFact> {
        let place = self.place(arn)?;
        self.permissions(arn)?;
        let mut found: Vec<Reached> = Vec::new();
        for solved in &self.levels {
            for reached in self.reached_at(solved, place, mfa.into()) {
                if !found.iter().any(|known| known.principal == reached.principal) {
                    found.push(reached);
                }
            }
        }
        Ok(found)
    }

    fn reached_at(&self, solved: &Solved, from: usize, factor: Factor) -> Vec<Reached> {
        let watch = Watch::never();
        let world = World {
            account: &self.account,
            targets: &self.lookup.targets,
            wanted: &self.lookup.candidates,
            goal: &|_, _| false,
            watch: &watch,
        };
        let mut control = Control::new(world, solved.level, Scope::Together);
        control.begin_with(from, factor);
        let ends = control.explore();
        let telling = self.telling();
        let mut found: Vec<Reached> = Vec::new();
        for end in ends {
            let Some(Who::Known(principal)) = control.members.get(end.member).map(|member| &member.who) else {
                continue;
            };
            let Some(known) = self.account.principals.get(*principal).filter(|_| *principal != from) else { continue };
            let arn = &known.identity.arn;
            if found.iter().any(|reached| reached.principal == *arn) {
                continue;
            }
            let steps = telling.steps(&control, &end);
            let proven = solved.level == Truth::Holds;
            found.push(Reached { principal: arn.clone(), proven, steps });
        }
        // Nearer ones first, and among equals those that come first in the account.
        found.sort_by_key(|reached| reached.steps.len());
        found
    }
}
