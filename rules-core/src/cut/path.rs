//! A path, as the statements that can interrupt it.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Changes, Denial};
use super::place::{Place, is_held};
use crate::arn::Arn;
use crate::escalation::{Escalation, EscalationStep, PolicyPlace, StatementReference};
use crate::iam::AuthorizationDetails;

/// A statement that can be changed, or the Deny statement that can be added to a policy that has none to change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct StatementKey {
    pub(super) place: Place,
    /// The statement's zero-based index.
    pub(super) index: Option<usize>,
}

/// What interrupts a path, by the statement that it changes, each with how much it takes beyond the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    cuts: BTreeMap<StatementKey, (u32, Denial)>,
    /// The requests that a Deny statement interrupts whatever statement allows them. None on a path that first takes away
    /// the policy with the Deny statement.
    requests: Vec<Request>,
}

/// A request on the path.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    /// None for a principal that does not exist yet.
    by: Option<Arn>,
    action: &'static str,
    resource: String,
}

/// The action on the one resource of the path.
const ONE_RESOURCE: u32 = 0;
/// The action on every resource, since another resource would do as well.
const EVERY_RESOURCE: u32 = 1;
/// A new policy, since AWS's own cannot be changed.
const NEW_POLICY: u32 = 2;
/// A trust policy, which is not where the permission was granted.
const TRUST_POLICY: u32 = 3;

impl Path {
    pub(super) fn new(escalation: &Escalation, details: &AuthorizationDetails) -> Self {
        let mut path = Self { cuts: BTreeMap::new(), requests: Vec::new() };
        for step in &escalation.steps {
            path.add_step(step, details);
        }
        path
    }

    fn add_step(&mut self, step: &EscalationStep, details: &AuthorizationDetails) {
        for request in &step.actions {
            let (by, resource) = (step.by.arn.clone(), request.resource.clone());
            self.requests.push(Request { by, action: request.action, resource });
            let resource = is_in_account(&request.resource, details).then(|| request.resource.clone());
            let cost = if resource.is_some() { ONE_RESOURCE } else { EVERY_RESOURCE };
            let denial = Denial { action: request.action, resource, principal: None };
            if let Some(reference) = &request.allowed_by {
                match key_of(reference, step.by.arn.as_ref(), details) {
                    Some(key) if key.index.is_none() => self.add(key, cost + NEW_POLICY, denial),
                    Some(key) => self.add(key, cost, denial),
                    None => {}
                }
            }
            if let (ASSUME_ROLE, Some(role), Some(by)) = (request.action, &step.target_arn, &step.by.arn) {
                let denial = Denial { action: ASSUME_ROLE, resource: None, principal: Some(by.clone()) };
                self.add(StatementKey { place: Place::Trust(role.clone()), index: None }, TRUST_POLICY, denial);
            }
        }
    }

    /// Keeps the change that takes the least from each statement.
    fn add(&mut self, key: StatementKey, cost: u32, denial: Denial) {
        let known = self.cuts.entry(key).or_insert_with(|| (cost, denial.clone()));
        if cost < known.0 {
            *known = (cost, denial);
        }
    }

    /// Every statement that can interrupt it, with what has to be denied there.
    pub(super) fn denials(&self) -> impl Iterator<Item = (&StatementKey, &Denial)> {
        self.cuts.iter().map(|(key, (_, denial))| (key, denial))
    }

    /// Notes that Deny statements elsewhere do not interrupt it. Returns whether that was not known.
    pub(super) fn forget_others(&mut self) -> bool {
        !std::mem::take(&mut self.requests).is_empty()
    }

    /// Whether both are interrupted by the same changes.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.cuts == other.cuts
    }

    /// Whether no change of a policy interrupts it.
    pub(super) fn is_empty(&self) -> bool {
        self.cuts.is_empty()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &StatementKey> {
        self.cuts.keys()
    }

    pub(super) fn costs(&self) -> impl Iterator<Item = (&StatementKey, u32)> {
        self.cuts.iter().map(|(key, (cost, _))| (key, *cost))
    }

    /// What has to be denied in a statement to interrupt the path there.
    pub(super) fn denial(&self, key: &StatementKey) -> Option<&Denial> {
        self.cuts.get(key).map(|(_, denial)| denial)
    }

    pub(super) fn is_interrupted_by(&self, changes: &Changes) -> bool {
        self.cuts.iter().any(|(key, (_, denial))| changes.contains(key, denial))
    }

    /// Whether what is denied in a policy for the sake of other paths interrupts this one too: a Deny statement counts
    /// whatever statement allows the request.
    pub(super) fn meets(&self, place: &Place, denials: &BTreeSet<&Denial>, details: &AuthorizationDetails) -> bool {
        let covers = |request: &&Request| {
            denials.iter().any(|denial| {
                let is_same = denial.action == request.action && denial.principal.is_none();
                is_same && denial.resource.as_ref().is_none_or(|resource| *resource == request.resource)
            })
        };
        let mut requests = self.requests.iter().filter(covers);
        requests.any(|request| request.by.as_ref().is_some_and(|by| is_held(place, by, details)))
    }
}

const ASSUME_ROLE: &str = "sts:AssumeRole";

/// Whether a resource is a user, group, role or managed policy of the account, and not one that could have another name.
fn is_in_account(resource: &str, details: &AuthorizationDetails) -> bool {
    details.arns().any(|arn| arn.as_str() == resource)
}

/// The statement that a reference means; none for a statement of a policy that does not exist yet.
fn key_of(reference: &StatementReference, by: Option<&Arn>, details: &AuthorizationDetails) -> Option<StatementKey> {
    let holder = || match &reference.group {
        Some(name) => details.group(name).ok().map(|group| &group.identity.arn),
        None => by,
    };
    let index = Some(reference.index);
    match &reference.place {
        PolicyPlace::Inline => {
            let place = Place::Inline { of: holder()?.clone(), policy: reference.policy.clone() };
            Some(StatementKey { place, index })
        }
        PolicyPlace::Managed(arn) if arn.account() == "aws" => {
            Some(StatementKey { place: Place::Added { to: holder()?.clone() }, index: None })
        }
        PolicyPlace::Managed(arn) => Some(StatementKey { place: Place::Managed(arn.clone()), index }),
        PolicyPlace::New => None,
    }
}
