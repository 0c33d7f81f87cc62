//! The permissions boundaries that conditions ask for, and those of them that matter to somebody.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::account::{Account, KnownPolicy, PolicyIndex};
use super::clause::Clause;
use super::document::DocumentId;
use super::state::State;
use crate::glob;

const KEY: &str = "iam:permissionsboundary";

/// The permissions boundaries that the conditions of an account ask for.
#[derive(Debug, Default)]
pub(super) struct AskedBoundaries {
    /// The values of the conditions, each once.
    values: Vec<String>,
    /// The managed policies that are asked for, with the places of the values.
    policies: Vec<(PolicyIndex, Vec<usize>)>,
    /// The documents with such conditions, with the places of their values.
    by_document: HashMap<DocumentId, Vec<usize>>,
}

/// The permissions boundaries that the policies of some principals ask for.
#[derive(Debug, Default)]
pub(super) struct BoundariesOfInterest {
    documents: BTreeSet<DocumentId>,
    places: BTreeSet<usize>,
    /// The values of the conditions.
    pub(super) values: Vec<String>,
    /// The managed policies that are asked for.
    pub(super) policies: Vec<PolicyIndex>,
}

impl AskedBoundaries {
    pub(super) fn new(account: &Account<'_>) -> Self {
        let mut by_document: HashMap<DocumentId, Vec<&str>> = HashMap::new();
        for (id, document) in account.documents.indexed() {
            let asking = document.clauses.iter().filter(|clause| asks(clause)).collect::<Vec<_>>();
            if !asking.is_empty() {
                by_document.insert(id, asking.into_iter().flat_map(values_of).collect());
            }
        }
        let mut values: Vec<&str> = by_document.values().flatten().copied().collect();
        values.sort_unstable();
        values.dedup();
        let place = |value: &&str| values.binary_search(value).ok();
        let by_document = by_document.iter().map(|(id, of)| (*id, of.iter().filter_map(place).collect())).collect();
        let policies = policies_asked_for(account, &values);
        Self { values: values.into_iter().map(str::to_owned).collect(), policies, by_document }
    }
}

impl BoundariesOfInterest {
    /// Adds what the policies that apply in a state ask for. Whether that is anything new.
    pub(super) fn add(&mut self, account: &Account<'_>, state: &State) -> bool {
        let asked = &account.boundaries;
        let asking = account.document_ids_of(state).filter_map(|id| Some((id, asked.by_document.get(&id)?)));
        let new: Vec<(DocumentId, &Vec<usize>)> = asking.filter(|(id, _)| !self.documents.contains(id)).collect();
        if new.is_empty() {
            return false;
        }
        for (id, places) in new {
            self.documents.insert(id);
            self.places.extend(places);
        }
        self.values = self.places.iter().filter_map(|place| asked.values.get(*place).cloned()).collect();
        let is_asked_for = |asking: &[usize]| asking.iter().any(|place| self.places.contains(place));
        let policies = asked.policies.iter().filter(|(_, asking)| is_asked_for(asking));
        self.policies = policies.map(|(policy, _)| *policy).collect();
        true
    }

    /// Whether no policy asks for any.
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }
}

fn asks(clause: &Clause<'_>) -> bool {
    clause.keys.meets(super::clause::Keys::BOUNDARY)
}

fn values_of<'s>(clause: &'s Clause<'_>) -> impl Iterator<Item = &'s str> {
    let conditions = clause.statement.conditions.iter().filter(|condition| condition.key.lower() == KEY);
    conditions.flat_map(|condition| &condition.values).map(String::as_str)
}

/// The managed policies that match one of the values, with the places of these.
fn policies_asked_for(account: &Account<'_>, values: &[&str]) -> Vec<(PolicyIndex, Vec<usize>)> {
    let asking = |arn: &str| -> Vec<usize> {
        let matching = values.iter().enumerate().filter(|(_, value)| glob::matches(value, arn));
        matching.map(|(place, _)| place).collect()
    };
    let asked_for = account.indexed_policies().map(|(index, known)| (index, known, asking(known.arn().as_str())));
    let mut asked_for: Vec<_> = asked_for.filter(|(_, _, asking)| !asking.is_empty()).collect();
    // Nobody can change a policy of AWS's own, so that one stands for all that the same values ask for and that say the same,
    // or less.
    let document = |known: &KnownPolicy<'_>| {
        let document = known.document.filter(|_| known.policy.is_aws_managed())?;
        Some((document, account.documents.get(document)))
    };
    let open = asked_for.iter().filter(|(_, known, _)| document(known).is_some_and(|(_, says)| says.is_unlimited()));
    let unlimited: HashSet<Vec<usize>> = open.map(|(_, _, asking)| asking.clone()).collect();
    let mut seen: HashSet<(Vec<usize>, DocumentId)> = HashSet::new();
    asked_for.retain(|(_, known, asking)| match document(known) {
        None => true,
        Some((_, says)) if says.allows.is_empty() => false,
        Some((id, says)) => (says.is_unlimited() || !unlimited.contains(asking)) && seen.insert((asking.clone(), id)),
    });
    asked_for.into_iter().map(|(index, _, asking)| (index, asking)).collect()
}
