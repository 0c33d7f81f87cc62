//! Kinds of principals: whoever can become one of a kind can become every other one of it in the same way, and whoever
//! cannot, cannot.

use std::collections::{BTreeMap, HashMap};

use super::account::{Account, PrincipalIndex};
use super::clause::Keys;
use super::index::{Target, Targets};
use super::principal::Principal;
use super::request::Requester;
use super::somewhere::{Segments, with_stars};
use super::technique::identity_provider::is_of_identity_center;
use crate::glob;
use crate::policy::ResourceElement;

/// A kind, by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kind(usize);

/// The kinds of an account's principals.
#[derive(Debug)]
pub(super) struct Kinds {
    of: Vec<Kind>,
}

/// What of a principal the steps that lead to it depend on.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Signature<'a> {
    /// The patterns that name it, where others are not named.
    named_by: Vec<usize>,
    /// The trust policy of a role; none where it is not known.
    trust: Option<String>,
    is_role: bool,
    is_known: bool,
    is_protected: bool,
    is_of_identity_center: bool,
    /// The credentials of a user: access keys, a password, a device.
    credentials: Option<(usize, Option<bool>, Option<bool>)>,
    has_instance_profile: Option<bool>,
    /// Its tags and its permissions boundary, where some statement asks for them.
    tags: Option<Option<&'a BTreeMap<String, String>>>,
    boundary: Option<Option<&'a str>>,
}

impl Kinds {
    pub(super) fn new(account: &Account<'_>, targets: &Targets) -> Self {
        let clauses = || account.documents.iter().flat_map(|document| &document.clauses);
        let trusts_ask_for = |keys| account.principals.iter().any(|principal| principal.trust_keys.meets(keys));
        let asks_for = |keys| clauses().any(|clause| clause.keys.meets(keys)) || trusts_ask_for(keys);
        let (asks_for_tags, asks_for_boundary) = (asks_for(Keys::RESOURCE_TAG), asks_for(Keys::BOUNDARY));
        let resources = clauses().filter_map(|clause| clause.statement.resource.as_ref());
        let mut patterns: Vec<Segments> = resources
            .flat_map(ResourceElement::patterns)
            .filter(|pattern| !pattern.is_everything())
            .map(|pattern| pattern.segments().map(str::to_owned))
            .filter(|pattern| targets.is_within(pattern))
            .collect();
        patterns.sort_unstable();
        patterns.dedup();
        let mut named_by: HashMap<PrincipalIndex, Vec<usize>> = HashMap::new();
        for (place, pattern) in patterns.iter().enumerate() {
            for principal in targets.matching(pattern).into_iter().filter_map(Target::principal) {
                named_by.entry(principal).or_default().push(place);
            }
        }
        let mut known: HashMap<Signature<'_>, Kind> = HashMap::new();
        let mut of = Vec::with_capacity(account.principals.len());
        for (place, principal) in account.principals.iter().enumerate() {
            let signature = Signature {
                tags: asks_for_tags.then(|| principal.tags()),
                boundary: asks_for_boundary.then(|| principal.boundary_arn()),
                ..Signature::of(account, principal, named_by.remove(&place).unwrap_or_default())
            };
            let next = Kind(known.len());
            of.push(*known.entry(signature).or_insert(next));
        }
        Self { of }
    }

    /// The kind of a principal of the account.
    pub(super) fn of(&self, principal: PrincipalIndex) -> Option<Kind> {
        self.of.get(principal).copied()
    }
}

/// Patterns of the variables in somebody's policies. Those of a kind that one of them matches are not the same to it.
#[derive(Debug, Default)]
pub(super) struct Personal(Vec<String>);

impl Personal {
    /// Adds those of one who acts.
    pub(super) fn add(&mut self, by: &Requester<'_, '_>, targets: &Targets) {
        let clauses = by.account.documents_of(by.state).flat_map(|document| &document.clauses);
        for clause in clauses.filter(|clause| clause.keys.meets(Keys::VARIABLE)) {
            // What a tag can be made to say is not looked at by name.
            let segments = if by.tags_nothing() { clause.segments(by.context()) } else { by.patterns(clause) };
            // A star for each variable that stands for nothing that is known.
            let own = segments.into_iter().map(|pattern| pattern.map(|part| with_stars(&part)));
            self.0.extend(own.filter(|pattern| targets.is_within(pattern)).map(|[.., last]| last));
        }
        self.0.sort_unstable();
        self.0.dedup();
    }

    /// Whether a variable can make a difference for a principal.
    pub(super) fn may_name(&self, principal: &Principal<'_>) -> bool {
        self.0.iter().any(|pattern| glob::matches(pattern, principal.identity.arn.resource()))
    }
}

impl<'a> Signature<'a> {
    fn of(account: &Account<'_>, principal: &Principal<'a>, named_by: Vec<usize>) -> Self {
        let credentials = account.credentials(&principal.identity).map(|row| {
            let keys = row.access_keys.iter().filter(|key| key.exists()).count();
            (keys, row.password_enabled, row.mfa_active)
        });
        let details = principal.role.and_then(|role| role.details.known());
        Self {
            named_by,
            trust: principal.trust().and_then(Result::ok).map(|trust| format!("{trust:?}")),
            is_role: principal.role.is_some(),
            is_known: principal.permissions.is_ok(),
            is_protected: principal.is_protected(),
            is_of_identity_center: is_of_identity_center(principal),
            credentials,
            has_instance_profile: details.and_then(|details| details.has_instance_profile.known().copied()),
            tags: None,
            boundary: None,
        }
    }
}
