//! Classes of principals with the same policies and limits, which are searched once.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use super::account::{Account, PrincipalIndex};
use super::action::Mask;
use super::alike::{Alike, ChangerSignature};
use super::clause::Keys;
use super::control::{CHANGES, Control, Scope, World};
use super::principal::{Factor, Principal};
use super::request::{Requester, SharedPaths, actions_of};
use super::state::State;
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
    /// Whether its members can change the same, and are named by the same patterns.
    pub(super) is_alike: bool,
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
    /// Whether a policy asks who the member is.
    asks_for_member: bool,
    /// What the last member can run for services, by what is known of multi-factor authentication.
    open_paths: RefCell<(PrincipalIndex, BTreeMap<Factor, SharedPaths>)>,
}

/// Every class of an account.
#[derive(Debug)]
pub(super) struct Classes<'a> {
    pub(super) classes: Vec<Class<'a>>,
    /// None for those whose policies are not known, and those that are not wanted.
    pub(super) of: Vec<Option<usize>>,
}

/// What distinguishes classes: what applies to the principals, and what of it depends on who they are.
type Signature = (State, Vec<Option<ContextValue>>);

impl<'a> Classes<'a> {
    /// Those of the principals that are wanted.
    pub(super) fn new(world: World<'_, 'a>, level: Truth, is_wanted: impl Fn(PrincipalIndex) -> bool) -> Self {
        let account = world.account;
        let mut found = Self { classes: Vec::new(), of: vec![None; account.principals.len()] };
        let mut known: HashMap<Signature, usize> = HashMap::new();
        let alike = Alike::new(account, world.targets);
        let mut changers: HashMap<ChangerSignature<'a>, Option<usize>> = HashMap::new();
        for (place, principal) in account.principals.iter().enumerate() {
            if principal.permissions.is_err() || !is_wanted(place) || world.watch.is_over() {
                continue;
            }
            let actions = actions_of(account, principal, &principal.state);
            let alone = actions.meets(CHANGES).then(|| {
                let signature = alike.signature(account, place, principal);
                // What they can be given may ask who they are.
                let is_same = |class: &Option<usize>| class.is_none_or(|class| !found.asks_for_member(class));
                if let Some(class) = changers.get(&signature).filter(|class| is_same(class)) {
                    return *class;
                }
                let class = Class::of_one(world, level, place, principal).map(|class| found.add(class));
                changers.insert(signature, class);
                class
            });
            let class = match alone.flatten() {
                Some(class) => class,
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

    fn asks_for_member(&self, class: usize) -> bool {
        self.classes.get(class).is_some_and(|class| class.agents.iter().any(|agent| agent.asks_for_member))
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
    account.documents_of(&principal.state).any(|document| document.keys.meets(keys))
}

fn signature(account: &Account<'_>, place: PrincipalIndex, principal: &Principal<'_>) -> Signature {
    let mut values = vec![Some(ContextValue::Single(principal.is_service_linked().to_string()))];
    if asks_for(account, principal, Keys::CALLER) {
        values.push(Some(ContextValue::Single(place.to_string())));
    }
    let tags = account.documents_of(&principal.state).flat_map(|document| &document.caller_tags);
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
    (principal.state.without_origins(|_| true), values)
}

impl<'a> Class<'a> {
    /// A class of principals that can change nothing that matters.
    fn of_many(account: &Account<'a>, level: Truth, principal: &Principal<'a>, actions: Mask) -> Self {
        let asks_for_mfa = asks_for(account, principal, Keys::MFA);
        let state = Arc::new(principal.state.clone());
        let agent = Agent::new(account, None, state, (None, Factor::EVERY), 0, actions);
        let mut class =
            Self { members: Vec::new(), agents: vec![agent], asks_for_mfa, is_alike: false, ends: Vec::new() };
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

    /// A principal by itself, with all that it can make of itself; none when that is nothing, and it is no administrator:
    /// whether it is one may depend on whom its policies name.
    fn of_one(world: World<'_, 'a>, level: Truth, place: PrincipalIndex, principal: &Principal<'a>) -> Option<Self> {
        let run = |factor| {
            let mut control = Control::new(world, level, Scope::Alone);
            control.begin_with(place, factor);
            let end = control.run();
            (factor, control, end)
        };
        let unknown = run(Factor::Unknown);
        // What it can be given may ask for more than what it has.
        let asks_for_mfa = asks_for(world.account, principal, Keys::MFA) || unknown.1.asks_for_mfa();
        let mut class =
            Self { members: Vec::new(), agents: Vec::new(), asks_for_mfa, is_alike: true, ends: Vec::new() };
        let mut is_changed = false;
        let others = class.factors().iter().filter(|factor| **factor != Factor::Unknown);
        for (factor, control, end) in std::iter::once(unknown).chain(others.map(|factor| run(*factor))) {
            if let Some(end) = end {
                let steps = control.steps_to(&end).len();
                class.ends.push((factor, u32::try_from(steps).unwrap_or(u32::MAX)));
            }
            is_changed |= control.is_changed() || control.changes_tags();
            class.agents.extend(control.agents(asks_for_mfa.then_some(factor)));
        }
        (is_changed || !class.ends.is_empty()).then_some(class)
    }

    /// What is known at the beginning, as far as it makes a difference.
    pub(super) fn factors(&self) -> &'static [Factor] {
        if self.asks_for_mfa { &Factor::ALL } else { &[Factor::Unknown] }
    }
}

impl<'a> Agent<'a> {
    pub(super) fn new(
        account: &Account<'a>,
        made: Option<Arc<Principal<'a>>>,
        state: Arc<State>,
        (factor, from): (Option<Factor>, u8),
        steps: u32,
        actions: Mask,
    ) -> Self {
        let asks_for_member = account.documents_of(&state).any(|document| document.keys.meets(Keys::CALLERS));
        Self { made, state, factor, from, steps, actions, asks_for_member, open_paths: RefCell::default() }
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
        let factor = self.factor.unwrap_or(factor);
        let requester = Requester::new(account, principal, &self.state, factor, Tagging::Oneself)?;
        let mut open_paths = self.open_paths.borrow_mut();
        if self.asks_for_member && open_paths.0 != member {
            *open_paths = (member, BTreeMap::new());
        }
        Some(requester.with_open_paths(Rc::clone(open_paths.1.entry(factor).or_default())))
    }
}
