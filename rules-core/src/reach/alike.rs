//! Classes of principals that can make the same changes, so that one search serves all of them.

use std::collections::{BTreeMap, HashMap};

use super::account::{Account, GroupIndex, PrincipalIndex};
use super::clause::{Clause, Keys};
use super::control::CHANGES;
use super::index::{Target, Targets};
use super::principal::Principal;
use super::somewhere::Segments;
use super::state::State;
use crate::permissions::PrincipalType;
use crate::policy::ResourceElement;

/// What distinguishes principals that can change something.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct ChangerSignature<'a> {
    state: State,
    groups: Vec<GroupIndex>,
    kind: PrincipalType,
    is_service_linked: bool,
    is_protected: bool,
    /// The patterns that name the principal, where others are not named.
    named_by: Vec<usize>,
    /// Its tags, where some statement asks for the tags of resources.
    tags: Option<Option<&'a BTreeMap<String, String>>>,
    /// The principal itself, where some statement asks who the caller is.
    itself: Option<PrincipalIndex>,
}

/// What of an account distinguishes principals whose policies are the same.
pub(super) struct Alike {
    named_by: HashMap<PrincipalIndex, Vec<usize>>,
    asks_for_callers: bool,
    asks_for_tags: bool,
}

impl Alike {
    pub(super) fn new(account: &Account<'_>, targets: &Targets) -> Self {
        let clauses = account.documents.iter().flat_map(|document| &document.clauses);
        let changing: Vec<&Clause<'_>> = clauses.filter(|clause| clause.actions.all.meets(CHANGES)).collect();
        let asks_for = |keys| changing.iter().any(|clause| clause.keys.meets(keys));
        let resources = changing.iter().filter_map(|clause| clause.statement.resource.as_ref());
        let patterns = resources.flat_map(ResourceElement::patterns).filter(|pattern| !pattern.is_everything());
        let mut patterns: Vec<Segments> = patterns.map(|pattern| pattern.segments().map(str::to_owned)).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let mut named_by: HashMap<PrincipalIndex, Vec<usize>> = HashMap::new();
        for (place, pattern) in patterns.iter().enumerate() {
            for target in targets.matching(pattern) {
                if let Target::Principal(principal) = target {
                    named_by.entry(principal).or_default().push(place);
                }
            }
        }
        Self {
            named_by,
            asks_for_callers: asks_for(Keys::CALLERS | Keys::VARIABLE),
            asks_for_tags: asks_for(Keys::RESOURCE_TAG),
        }
    }

    /// What distinguishes a principal from others.
    pub(super) fn signature<'a>(
        &self,
        account: &Account<'a>,
        place: PrincipalIndex,
        principal: &Principal<'a>,
    ) -> ChangerSignature<'a> {
        let groups = principal.permissions.iter().flat_map(|permissions| permissions.groups());
        ChangerSignature {
            state: principal.state.clone(),
            groups: groups.filter_map(|group| account.group_by_name(&group.identity.name)).collect(),
            kind: principal.kind,
            is_service_linked: principal.is_service_linked(),
            is_protected: principal.is_protected(),
            named_by: self.named_by.get(&place).cloned().unwrap_or_default(),
            tags: self.asks_for_tags.then(|| principal.tags()),
            itself: (self.asks_for_callers || asks_for_callers(account, principal)).then_some(place),
        }
    }
}

/// Whether a policy that applies to a principal asks who it is.
fn asks_for_callers(account: &Account<'_>, principal: &Principal<'_>) -> bool {
    account.documents_of(&principal.state).any(|document| document.keys.meets(Keys::CALLERS))
}
