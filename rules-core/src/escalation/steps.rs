//! What each principal can do by itself and whom it can become, worked out once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::account::{Account, Principal, TargetsOfKind};
use super::becoming::{self, Becoming};
use super::creating;
use super::granting::{self, Target};
use super::requester::Requester;
use super::services::{self, OpenPath};
use super::way::{Way, best};
use crate::decision::Truth;
use crate::permissions::{AdminDefinition, SecondFactor, Witness};

/// A principal with what is known of its second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Actor {
    pub(super) place: usize,
    pub(super) second_factor: SecondFactor,
}

/// Somebody whom an actor can become.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reached {
    pub(super) actor: Actor,
    /// Whether it can be become.
    pub(super) truth: Truth,
    /// Whether it is an administrator then.
    pub(super) is_administrator: Truth,
}

/// Among whom to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Among {
    /// Those that may be administrators.
    Administrators,
    /// Those from which a way may lead on.
    Leading,
    /// All others.
    Idle,
}

/// The most certain way in which an actor by itself gets to an administrator that it makes, and what it makes.
pub(super) type OwnWay = Option<(Way, String)>;

/// The steps of an account's principals.
pub(super) struct Steps<'a> {
    pub(super) account: Account<'a>,
    reached: Remembered<(Actor, Among), Vec<Reached>>,
    own: Remembered<Actor, OwnWay>,
}

/// What was worked out, by what it is about.
type Remembered<K, V> = RefCell<BTreeMap<K, Rc<V>>>;

impl<'a> Steps<'a> {
    pub(super) fn new(account: Account<'a>) -> Self {
        Self { account, reached: RefCell::default(), own: RefCell::default() }
    }

    pub(super) fn principal(&self, actor: Actor) -> Option<&Principal<'a>> {
        self.account.principals.get(actor.place)
    }

    pub(super) fn requester(&self, actor: Actor) -> Option<Requester<'_, 'a>> {
        let principal = self.principal(actor)?;
        let permissions = principal.permissions.as_ref().ok()?;
        Some(Requester::new(permissions, principal.capabilities, actor.second_factor))
    }

    /// Whom `actor` can become.
    pub(super) fn reached(&self, actor: Actor, among: Among) -> Rc<Vec<Reached>> {
        if let Some(known) = self.reached.borrow().get(&(actor, among)) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.look_among(actor, among).unwrap_or_default());
        self.reached.borrow_mut().insert((actor, among), Rc::clone(&found));
        found
    }

    fn look_among(&self, actor: Actor, among: Among) -> Option<Vec<Reached>> {
        let (principal, by) = (self.principal(actor)?, self.requester(actor)?);
        let services = services_of(principal, &by);
        let mut found = Vec::new();
        for place in self.within_reach(principal, among) {
            let Some(target) = self.account.principals.get(place).filter(|target| !std::ptr::eq(*target, principal))
            else {
                continue;
            };
            found.extend(self.ways(&by, &services, target).into_iter().map(|becoming| {
                let actor = Actor { place, second_factor: becoming.second_factor };
                let is_administrator = match (self.witness(actor), among) {
                    (Ok(None), _) | (_, Among::Leading | Among::Idle) => Truth::Fails,
                    (Ok(Some(witness)), _) if witness.proven => Truth::Holds,
                    (Ok(Some(_)) | Err(_), _) => Truth::Undecided,
                };
                Reached { actor, truth: becoming.way.truth, is_administrator }
            }));
        }
        Some(found)
    }

    /// The places of those whom a principal may be able to become, going by its actions alone.
    fn within_reach(&self, principal: &Principal<'_>, among: Among) -> impl Iterator<Item = usize> {
        let of = |kind: &'_ TargetsOfKind| match among {
            Among::Administrators => kind.administrators.clone(),
            Among::Leading => kind.leading.clone(),
            Among::Idle => kind.idle.clone(),
        };
        let powers = principal.powers;
        let users = if powers.sign_in { of(&self.account.targets.users) } else { Vec::new() };
        let mut roles = of(&self.account.targets.roles);
        // Who can neither assume roles nor run anything with one still has those that name it.
        if !powers.assume && !powers.run {
            let named = self.account.roles_that_name(principal.identity);
            roles.retain(|place| named.contains(place));
        }
        users.into_iter().chain(roles)
    }

    fn ways(&self, by: &Requester<'_, '_>, services: &[OpenPath], target: &Principal<'_>) -> Vec<Becoming> {
        match target.role {
            None => becoming::user(&self.account, by, target),
            Some(_) => becoming::role(&self.account, by, target, services)
                .map(|way| Becoming { way, second_factor: SecondFactor::Unknown })
                .into_iter()
                .collect(),
        }
    }

    /// The way from one actor to another.
    pub(super) fn way_to(&self, from: Actor, to: Actor) -> Option<Way> {
        let (principal, by, target) = (self.principal(from)?, self.requester(from)?, self.principal(to)?);
        let ways = self.ways(&by, &services_of(principal, &by), target);
        best(ways.into_iter().filter(|it| it.second_factor == to.second_factor).map(|it| it.way))
    }

    /// What makes an actor an administrator.
    ///
    /// # Errors
    /// When its policies are not all known.
    pub(super) fn witness(&self, actor: Actor) -> Result<Option<Witness>, String> {
        let Some(principal) = self.principal(actor) else { return Ok(None) };
        match &principal.permissions {
            Ok(permissions) => Ok(permissions.administrator(AdminDefinition::Effective, actor.second_factor)),
            Err(missing) => Err(missing.to_string()),
        }
    }

    /// How an actor makes itself an administrator, or makes a new one.
    pub(super) fn own(&self, actor: Actor) -> Rc<OwnWay> {
        if let Some(known) = self.own.borrow().get(&actor) {
            return Rc::clone(known);
        }
        let found = Rc::new(self.look_for_own(actor));
        self.own.borrow_mut().insert(actor, Rc::clone(&found));
        found
    }

    fn look_for_own(&self, actor: Actor) -> OwnWay {
        let (principal, by) = (self.principal(actor)?, self.requester(actor)?);
        let powers = principal.powers;
        let mut found: OwnWay = None;
        let mut consider = |way: Option<Way>, target: &str| {
            let better = way.filter(|way| found.as_ref().is_none_or(|(found, _)| way.truth > found.truth));
            if let Some(way) = better {
                found = Some((way, target.to_owned()));
            }
        };
        if powers.grant {
            let itself = Target { principal, requester: &by, through: None };
            consider(granting::way(&self.account, &by, &itself), &principal.in_words());
        }
        if powers.create {
            consider(creating::role(&self.account, &by, &services_of(principal, &by)), "a new role");
            consider(creating::user(&self.account, &by), "a new user");
        }
        if powers.identity_center {
            consider(services::identity_center(&by), "IAM Identity Center");
        }
        found
    }
}

fn services_of(principal: &Principal<'_>, by: &Requester<'_, '_>) -> Vec<OpenPath> {
    if principal.powers.run { services::open_paths(by) } else { Vec::new() }
}
