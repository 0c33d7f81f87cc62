//! What is taken from statements, and the policies without it.

use std::collections::{BTreeMap, BTreeSet};

use super::path::StatementKey;
use super::place::{self, Edit, Place};
use crate::arn::Arn;
use crate::iam::AuthorizationDetails;
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PolicyVersion, Principal, PrincipalElement, PrincipalKind, Principals,
    ResourceElement, ResourcePattern, Statement,
};

/// A request that is no longer allowed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Denial {
    pub(super) action: &'static str,
    /// None for every resource.
    pub(super) resource: Option<String>,
    /// Who makes the request, in a trust policy.
    pub(super) principal: Option<Arn>,
}

/// What is taken from each statement.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    denials: BTreeMap<StatementKey, BTreeSet<Denial>>,
}

/// What is taken from a statement of a policy, by its index, or from the policy as a whole.
type Change<'a> = (Option<usize>, &'a BTreeSet<Denial>);

/// What Deny statements name: resources, and in a trust policy principals.
type Named<'a> = (BTreeSet<&'a str>, BTreeSet<&'a Arn>);

impl Changes {
    pub(super) fn add(&mut self, key: &StatementKey, denial: &Denial) {
        self.denials.entry(key.clone()).or_default().insert(denial.clone());
    }

    pub(super) fn contains(&self, key: &StatementKey, denial: &Denial) -> bool {
        self.denials.get(key).is_some_and(|denials| denials.contains(denial))
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &StatementKey> {
        self.denials.keys()
    }

    pub(super) fn without(&self, key: &StatementKey) -> Self {
        let mut without = self.clone();
        without.denials.remove(key);
        without
    }

    /// How many statements are changed.
    pub(super) fn len(&self) -> usize {
        self.denials.len()
    }

    /// The changes as Deny statements, which leave the other statements as they are.
    pub(super) fn denying(&self, details: &AuthorizationDetails) -> Vec<Edit> {
        self.edits(details, |_, _| None)
    }

    /// The changes as statements without what is denied, where a statement can be written so.
    pub(super) fn narrowing(&self, details: &AuthorizationDetails) -> Vec<Edit> {
        self.edits(details, without)
    }

    fn edits(
        &self,
        details: &AuthorizationDetails,
        narrow: fn(&Statement, &BTreeSet<Denial>) -> Option<Vec<Statement>>,
    ) -> Vec<Edit> {
        let mut by_place: BTreeMap<&Place, Vec<Change<'_>>> = BTreeMap::new();
        for (key, denials) in &self.denials {
            by_place.entry(&key.place).or_default().push((key.index, denials));
        }
        let edits = by_place.into_iter().map(|(at, changes)| {
            let before = place::document(at, details).cloned();
            let own = before.iter().flat_map(|document| &document.statements).enumerate();
            let mut statements = Vec::new();
            let mut denied: BTreeSet<Denial> = BTreeSet::new();
            for (index, statement) in own {
                let change = changes.iter().find(|(changed, _)| *changed == Some(index));
                match change.map(|(_, denials)| (*denials, narrow(statement, denials))) {
                    Some((_, Some(narrowed))) => statements.extend(narrowed),
                    Some((denials, None)) => {
                        denied.extend(denials.iter().cloned());
                        statements.push(statement.clone());
                    }
                    None => statements.push(statement.clone()),
                }
            }
            let added = changes.iter().filter(|(index, _)| index.is_none());
            denied.extend(added.flat_map(|(_, denials)| denials.iter().cloned()));
            deny(&denied, &mut statements);
            let (version, id) = match &before {
                Some(document) => (document.version, document.id.clone()),
                None => (PolicyVersion::V2012, None),
            };
            let after = (!statements.is_empty()).then_some(PolicyDocument { version, id, statements });
            Edit { place: at.clone(), before, after }
        });
        edits.collect()
    }
}

/// The statement without what is denied: none where the statement does not list the actions and resources one by one.
fn without(statement: &Statement, denials: &BTreeSet<Denial>) -> Option<Vec<Statement>> {
    let ActionElement::Action(actions) = &statement.action else { return None };
    let Some(ResourceElement::Resource(resources)) = &statement.resource else { return None };
    let is_denied = |action: &str| denials.iter().any(|denial| denial.action.eq_ignore_ascii_case(action));
    let listed = |denial: &Denial| actions.iter().any(|action| denial.action.eq_ignore_ascii_case(action));
    let covers = |action: &String| {
        let wild = ActionElement::Action(vec![action.clone()]);
        denials.iter().any(|denial| !denial.action.eq_ignore_ascii_case(action) && wild.covers(denial.action))
    };
    if !denials.iter().all(listed) || actions.iter().any(covers) {
        return None;
    }
    // The resources that each denied action keeps, with the actions that keep the same.
    let mut kept: BTreeMap<Vec<ResourcePattern>, Vec<String>> = BTreeMap::new();
    for action in actions.iter().filter(|action| is_denied(action)) {
        let mut left = resources.clone();
        for denial in denials.iter().filter(|denial| denial.action.eq_ignore_ascii_case(action)) {
            match &denial.resource {
                None => left.clear(),
                Some(denied) if left.iter().any(|pattern| pattern.as_str() != denied && may_match(pattern, denied)) => {
                    return None;
                }
                Some(denied) => left.retain(|pattern| pattern.as_str() != denied),
            }
        }
        kept.entry(left).or_default().push(action.clone());
    }
    let others: Vec<String> = actions.iter().filter(|action| !is_denied(action)).cloned().collect();
    let mut statements = Vec::new();
    if !others.is_empty() {
        statements.push(Statement { action: ActionElement::Action(others), ..statement.clone() });
    }
    for (left, actions) in kept.into_iter().filter(|(left, _)| !left.is_empty()) {
        // A Sid is used once.
        let sid = if statements.is_empty() { statement.sid.clone() } else { None };
        let (action, resource) = (ActionElement::Action(actions), Some(ResourceElement::Resource(left)));
        statements.push(Statement { sid, action, resource, ..statement.clone() });
    }
    Some(statements)
}

/// Whether a pattern may match a resource, whatever its policy variables stand for.
fn may_match(pattern: &ResourcePattern, resource: &str) -> bool {
    pattern.as_str().contains("${") || pattern.matches(resource)
}

/// Adds Deny statements, one for all actions that are denied on the same.
fn deny(denials: &BTreeSet<Denial>, statements: &mut Vec<Statement>) {
    let mut by_action: BTreeMap<(&'static str, bool), Named<'_>> = BTreeMap::new();
    for denial in denials {
        let (resources, principals) = by_action.entry((denial.action, denial.principal.is_some())).or_default();
        resources.insert(denial.resource.as_deref().unwrap_or("*"));
        principals.extend(&denial.principal);
    }
    let mut alike: BTreeMap<Named<'_>, Vec<String>> = BTreeMap::new();
    for ((action, _), (mut resources, principals)) in by_action {
        if resources.contains("*") {
            resources = BTreeSet::from(["*"]);
        }
        alike.entry((resources, principals)).or_default().push(action.to_owned());
    }
    for ((resources, principals), actions) in alike {
        let of_trust = !principals.is_empty();
        let listed = principals.into_iter().map(|arn| Principal { kind: PrincipalKind::Aws, value: arn.to_string() });
        let principal = of_trust.then(|| PrincipalElement::Principal(Principals::Listed(listed.collect())));
        let patterns = resources.into_iter().map(|resource| ResourcePattern::new(resource.to_owned()));
        let resource = (!of_trust).then(|| ResourceElement::Resource(patterns.collect()));
        statements.push(Statement {
            sid: Some(new_sid(statements)),
            effect: Effect::Deny,
            principal,
            action: ActionElement::Action(actions),
            resource,
            conditions: Vec::new(),
        });
    }
}

/// A `Sid` that no statement has.
fn new_sid(statements: &[Statement]) -> String {
    let is_free = |sid: &String| !statements.iter().any(|statement| statement.sid.as_ref() == Some(sid));
    let first = std::iter::once(Place::ADDED.to_owned());
    let next = (2..).map(|number: usize| format!("{}{number}", Place::ADDED));
    first.chain(next).find(is_free).unwrap_or_default()
}
