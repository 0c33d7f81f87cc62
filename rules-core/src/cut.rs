//! Policy changes after which no user or role that is not an administrator can become one.
//!
//! Each path from a principal to an administrator is a chain of requests, and each request is allowed by a statement. A cut
//! is a set of statements that contains at least one statement of each path. It is found in rounds: the known paths
//! give a smallest set, the account is evaluated with these statements changed, and the remaining paths are added to
//! the known paths. Each cut must interrupt every known path, so the last set is a smallest one. Up to 12 statements
//! that share paths are searched in full; with more, the statement on most paths is taken first, and then the next.
//!
//! A change takes as little as possible from a statement: the action of the path on the resource of the path. Where the
//! statement lists both, they are removed from it, otherwise a Deny statement for them is added to the policy. A managed
//! policy of AWS cannot be edited: the Deny statement is then in a new inline policy of its holder.
//!
//! ```
//! use rules_core::cut::Cut;
//! use rules_core::facts::Facts;
//!
//! fn print(facts: &Facts) -> Result<(), rules_core::MissingFact> {
//!     let cut = Cut::of(facts, &[], &|| None)?;
//!     for edit in &cut.edits {
//!         println!("{}: {:?}", edit.place, edit.after);
//!     }
//!     Ok(())
//! }
//! ```

mod change;
mod hitting_set;
mod path;
mod place;
#[cfg(test)]
mod tests;

pub use place::{Edit, Place};

use std::collections::{BTreeMap, BTreeSet};

use change::{Changes, Denial};
use path::{Path, StatementKey};

use crate::arn::Arn;
use crate::escalation::Escalation;
use crate::fact::{Fact, MissingFact, Stop};
use crate::facts::Facts;
use crate::iam::{AuthorizationDetails, Identity};
use crate::permissions::{AdminDefinition, RequestMfa};
use crate::reach::Reach;

/// Policy changes that close all paths to an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// The users and roles that could become an administrator.
    pub principals: Vec<Arn>,
    /// The changes, one for each policy.
    pub edits: Vec<Edit>,
    /// The number of statements that change, or whose permissions are denied.
    pub statements: usize,
    /// Whether the number of statements is the smallest possible.
    pub is_minimum: bool,
    /// The paths that no policy change closes, each with the ARN of its principal.
    pub left: Vec<(Arn, Escalation)>,
    /// The reasons why the paths of some principals are unknown.
    pub unread: Vec<MissingFact>,
}

impl Cut {
    /// The changes that close every path of these principals, or of all users and roles if the list is empty. Uncertain
    /// paths count too.
    ///
    /// # Errors
    /// If the account's principals are not known, or the search was stopped.
    pub fn of(facts: &Facts, principals: &[Arn], stop: &Stop<'_>) -> Result<Self, MissingFact> {
        let details = facts.authorization_details.get()?;
        let mut search = Search { facts, details, stop, paths: Vec::new(), left: Vec::new(), unread: Vec::new() };
        let reach = Reach::until(facts, stop)?;
        let candidates = search.candidates(&reach, principals);
        let mut found = search.paths_in(&reach, &candidates)?;
        let mut escalating: BTreeSet<Arn> = BTreeSet::new();
        let mut changes = Changes::default();
        let mut is_minimum = true;
        loop {
            escalating.extend(found.iter().map(|(arn, _)| arn.clone()));
            if !search.add(found, &changes) {
                break;
            }
            (changes, is_minimum) = search.smallest();
            found = search.paths_after(&changes.denying(details), &candidates)?;
        }
        is_minimum &= !search.drop_superfluous(&mut changes, &candidates)?;
        let edits = search.edits(&changes, &candidates)?;
        let statements = changes.len();
        let principals = escalating.into_iter().collect();
        Ok(Self { principals, edits, statements, is_minimum, left: search.left, unread: search.unread })
    }
}

struct Search<'s> {
    facts: &'s Facts,
    details: &'s AuthorizationDetails,
    stop: &'s Stop<'s>,
    /// The paths that are known.
    paths: Vec<Path>,
    left: Vec<(Arn, Escalation)>,
    unread: Vec<MissingFact>,
}

impl Search<'_> {
    /// The users and roles that are not administrators, of those that are asked for.
    fn candidates(&mut self, reach: &Reach<'_>, asked: &[Arn]) -> Vec<Arn> {
        let users = self.details.users.iter().map(|user| &user.identity);
        let roles = self.details.roles.iter().filter(|role| !role.is_service_linked()).map(|role| &role.identity);
        let all: Vec<&Identity> = users.chain(roles).collect();
        let mut found = Vec::new();
        for identity in all.into_iter().filter(|identity| asked.is_empty() || asked.contains(&identity.arn)) {
            match reach.permissions(&identity.arn) {
                Err(missing) => self.unread.push(missing),
                Ok(permissions) => {
                    if permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown).is_none() {
                        found.push(identity.arn.clone());
                    }
                }
            }
        }
        found
    }

    /// One path of each principal that has any once the policies are changed.
    fn paths_after(&self, edits: &[Edit], principals: &[Arn]) -> Result<Vec<(Arn, Escalation)>, MissingFact> {
        self.paths_in(&Reach::until(&self.with(edits), self.stop)?, principals)
    }

    /// One path of each principal that has any.
    fn paths_in(&self, reach: &Reach<'_>, principals: &[Arn]) -> Result<Vec<(Arn, Escalation)>, MissingFact> {
        let is_left = |arn: &Arn| self.left.iter().any(|(known, _)| known == arn);
        let mut found = Vec::new();
        for arn in principals.iter().filter(|arn| !is_left(arn)) {
            if let Some(escalation) = reach.of(arn, reach.own_mfa(arn))? {
                found.push((arn.clone(), escalation));
            }
        }
        Ok(found)
    }

    /// Adds paths that the changes so far do not interrupt. Returns whether there are any that a change can interrupt.
    fn add(&mut self, found: Vec<(Arn, Escalation)>, changes: &Changes) -> bool {
        let mut is_new = false;
        for (arn, escalation) in found {
            let path = Path::new(&escalation, self.details);
            if path.is_empty() || path.is_interrupted_by(changes) {
                self.left.push((arn, escalation));
                continue;
            }
            match self.paths.iter_mut().find(|known| known.is_same(&path)) {
                None => self.paths.push(path),
                Some(known) => {
                    if !known.forget_others() {
                        self.left.push((arn, escalation));
                        continue;
                    }
                }
            }
            is_new = true;
        }
        is_new
    }

    /// A smallest set of statements that has one of each path, and whether it certainly is.
    fn smallest(&self) -> (Changes, bool) {
        let mut places: BTreeMap<&StatementKey, usize> = BTreeMap::new();
        for key in self.paths.iter().flat_map(Path::keys) {
            let next = places.len();
            places.entry(key).or_insert(next);
        }
        let mut denials: BTreeMap<&StatementKey, BTreeSet<&Denial>> = BTreeMap::new();
        for (key, denial) in self.paths.iter().flat_map(Path::denials) {
            denials.entry(key).or_default().insert(denial);
        }
        let numbered = self.paths.iter().map(|path| {
            let own = path.costs().filter_map(|(key, cost)| Some((*places.get(key)?, cost)));
            let mut set: Vec<(usize, u32)> = own.collect();
            for (key, denials) in denials.iter().filter(|(key, _)| path.denial(key).is_none()) {
                if path.meets(&key.place, denials, self.details) {
                    set.extend(places.get(key).map(|place| (*place, 0)));
                }
            }
            set
        });
        let numbered: Vec<Vec<(usize, u32)>> = numbered.collect();
        let (chosen, is_minimum) = hitting_set::smallest(&numbered, places.len());
        let mut changes = Changes::default();
        for (key, _) in places.into_iter().filter(|(_, place)| chosen.contains(place)) {
            for denial in self.paths.iter().filter_map(|path| path.denial(key)) {
                changes.add(key, denial);
            }
        }
        (changes, is_minimum)
    }

    /// Leaves out the changes without which no path is left either. Returns whether there were any.
    fn drop_superfluous(&self, changes: &mut Changes, candidates: &[Arn]) -> Result<bool, MissingFact> {
        let keys: Vec<StatementKey> = changes.keys().cloned().collect();
        let mut is_changed = false;
        for key in keys.iter().filter(|_| keys.len() > 1) {
            let without = changes.without(key);
            if self.paths_after(&without.denying(self.details), candidates)?.is_empty() {
                *changes = without;
                is_changed = true;
            }
        }
        Ok(is_changed)
    }

    /// The facts with the policies changed.
    fn with(&self, edits: &[Edit]) -> Facts {
        let mut details = self.details.clone();
        for edit in edits {
            place::apply(edit, &mut details);
        }
        Facts { authorization_details: Fact::Known(details), ..self.facts.clone() }
    }

    /// The changes as edits of policies: narrowed statements, if no path is left with them, otherwise Deny statements.
    fn edits(&self, changes: &Changes, candidates: &[Arn]) -> Result<Vec<Edit>, MissingFact> {
        let narrowed = changes.narrowing(self.details);
        if self.paths_after(&narrowed, candidates)?.is_empty() {
            return Ok(narrowed);
        }
        Ok(changes.denying(self.details))
    }
}
