//! Principals in classes: those on whom the same bears in the same way are looked at once.

use std::collections::HashMap;
use std::sync::Arc;

use super::account::{Account, PrincipalIndex};
use super::action::Mask;
use super::clause::Keys;
use super::control::{CHANGES, Control, Scope, World};
use super::document::DocumentId;
use super::principal::{Factor, Principal};
use super::request::{Requester, actions_of};
use super::state::{Held, State};
use super::tagging::Tagging;
use super::technique::identity_provider::anything;
use crate::decision::{ContextValue, Truth};

/// Principals that can do the same.
#[derive(Debug)]
pub(super) struct Class<'a> {
    pub(super) members: Vec<PrincipalIndex>,
    /// Who acts for it, by what is known of multi-factor authentication at the beginning.
    pub(super) agents: Vec<Agent<'a>>,
    /// Whether multi-factor authentication makes a difference.
    pub(super) asks_for_mfa: bool,
    /// The steps with which it makes itself an administrator, none where it is one; by what is known at the beginning.
    pub(super) ends: Vec<(Factor, u32)>,
}

/// A principal in control from the beginning, with all that it can make of itself, or one that it creates.
#[derive(Clone, Debug)]
pub(super) struct Agent<'a> {
    /// None for each member of the class itself.
    made: Option<Arc<Principal<'a>>>,
    state: Arc<State>,
    /// What is known of multi-factor authentication then; none where nothing was changed.
    factor: Option<Factor>,
    /// For what is known at the beginning.
    pub(super) from: u8,
    /// The steps that it took.
    pub(super) steps: u32,
    pub(super) actions: Mask,
}

/// Every class of an account.
#[derive(Debug)]
pub(super) struct Classes<'a> {
    pub(super) classes: Vec<Class<'a>>,
    /// None for those whose policies are not known.
    pub(super) of: Vec<Option<usize>>,
}

/// What distinguishes classes: what applies to the principals, and what of it depends on who they are.
type Signature = (State, Vec<Option<ContextValue>>);

impl<'a> Classes<'a> {
    pub(super) fn new(world: World<'_, 'a>, level: Truth) -> Self {
        let account = world.account;
        let mut found = Self { classes: Vec::new(), of: vec![None; account.principals.len()] };
        let mut known: HashMap<Signature, usize> = HashMap::new();
        for (place, principal) in account.principals.iter().enumerate() {
            if principal.permissions.is_err() {
                continue;
            }
            let actions = actions_of(account, principal, &principal.state);
            let alone = if actions.meets(CHANGES) { Class::of_one(world, level, place, principal) } else { None };
            let class = match alone {
                Some(class) => found.add(class),
                None => {
                    let class = known.entry(signature(account, place, principal));
                    *class.or_insert_with(|| found.add(Class::of_many(account, level, principal, actions)))
                }
            };
            if let Some(class) = found.classes.get_mut(class) {
                class.members.push(place);
            }
            if let Some(slot) = found.of.get_mut(place) {
                *slot = Some(class);
            }
        }
        found
    }

    fn add(&mut self, class: Class<'a>) -> usize {
        self.classes.push(class);
        self.classes.len() - 1
    }

    pub(super) fn class_of(&self, principal: PrincipalIndex) -> Option<usize> {
        self.of.get(principal).copied().flatten()
    }
}

/// Whether a policy that applies to a principal has conditions on some keys.
fn asks_for(account: &Account<'_>, principal: &Principal<'_>, keys: Keys) -> bool {
    documents_of(account, principal).any(|document| account.documents.get(document).keys.meets(keys))
}

fn documents_of<'s>(account: &'s Account<'_>, principal: &'s Principal<'_>) -> impl Iterator<Item = DocumentId> + 's {
    let held = principal.state.held.iter().map(|held| held.document);
    let bounds = principal.state.bounds.iter().flatten().map(|bound| bound.document);
    let levels = account.levels.iter().flatten().copied();
    held.chain(bounds).chain(levels)
}

fn signature(account: &Account<'_>, place: PrincipalIndex, principal: &Principal<'_>) -> Signature {
    let mut values = vec![Some(ContextValue::Single(principal.is_service_linked().to_string()))];
    if asks_for(account, principal, Keys::CALLER) {
        values.push(Some(ContextValue::Single(place.to_string())));
    }
    let tags = documents_of(account, principal).flat_map(|document| &account.documents.get(document).caller_tags);
    let mut tags: Vec<&String> = tags.collect();
    tags.sort_unstable();
    tags.dedup();
    if !tags.is_empty() {
        let context = principal.context(Factor::Unknown);
        values.extend(tags.into_iter().map(|key| context.as_ref().map(|context| context.get(key).clone())));
    }
    let kind = match principal.role {
        None => ContextValue::Absent,
        Some(_) => ContextValue::Unknown,
    };
    values.push(Some(kind));
    // Where a policy comes from makes no difference to what can be done with it.
    let mut state = principal.state.clone();
    state.held.retain(|held| held.document != DocumentId::SILENT);
    for held in &mut state.held {
        *held = Held::inherent(held.document, 0, None, None);
    }
    state.held.sort_unstable_by_key(|held| held.document);
    state.held.dedup();
    (state, values)
}

impl<'a> Class<'a> {
    /// A class of principals that can change nothing that matters.
    fn of_many(account: &Account<'a>, level: Truth, principal: &Principal<'a>, actions: Mask) -> Self {
        let asks_for_mfa = asks_for(account, principal, Keys::MFA);
        let state = Arc::new(principal.state.clone());
        let agent = Agent { made: None, state, factor: None, from: Factor::EVERY, steps: 0, actions };
        let mut class = Self { members: Vec::new(), agents: vec![agent], asks_for_mfa, ends: Vec::new() };
        for factor in class.factors() {
            let by = Requester::new(account, principal, &principal.state, *factor, Tagging::Nobody);
            let Some(by) = by else { continue };
            if by.administrator().is_some_and(|found| found.truth >= level) {
                class.ends.push((*factor, 0));
            } else if anything(&by).is_some_and(|way| way.truth >= level) {
                class.ends.push((*factor, 1));
            }
        }
        class
    }

    /// A principal by itself, with all that it can make of itself; none when that is nothing.
    fn of_one(world: World<'_, 'a>, level: Truth, place: PrincipalIndex, principal: &Principal<'a>) -> Option<Self> {
        let asks_for_mfa = asks_for(world.account, principal, Keys::MFA);
        let mut class = Self { members: Vec::new(), agents: Vec::new(), asks_for_mfa, ends: Vec::new() };
        let mut is_changed = false;
        for factor in class.factors() {
            let mut control = Control::new(world, level, Scope::Alone);
            control.begin_with(place, *factor);
            if let Some(end) = control.run() {
                let steps = control.steps_to(&end).len();
                class.ends.push((*factor, u32::try_from(steps).unwrap_or(u32::MAX)));
            }
            is_changed |= control.is_changed() || control.changes_tags();
            class.agents.extend(control.agents(asks_for_mfa.then_some(*factor)));
        }
        is_changed.then_some(class)
    }

    /// What is known at the beginning, as far as it makes a difference.
    pub(super) fn factors(&self) -> &'static [Factor] {
        if self.asks_for_mfa { &Factor::ALL } else { &[Factor::Unknown] }
    }
}

impl<'a> Agent<'a> {
    pub(super) fn new(
        made: Option<Arc<Principal<'a>>>,
        state: Arc<State>,
        factor: Option<Factor>,
        from: u8,
        steps: u32,
        actions: Mask,
    ) -> Self {
        Self { made, state, factor, from, steps, actions }
    }

    /// As one who acts, for a member of its class; none when its policies are not known.
    pub(super) fn requester<'r>(
        &'r self,
        account: &'r Account<'a>,
        member: PrincipalIndex,
        factor: Factor,
    ) -> Option<Requester<'r, 'a>> {
        let principal = match &self.made {
            Some(made) => made,
            None => account.principals.get(member)?,
        };
        Requester::new(account, principal, &self.state, self.factor.unwrap_or(factor), Tagging::Oneself)
    }
}
