//! What each principal can do and whom it can become. For principals as they are, it is worked out once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::account::{Account, Principal, TargetsOfKind};
use super::becoming::{self, Becoming};
use super::creating::{self, New};
use super::granting::{self, Brings, Gain, Target};
use super::lifting;
use super::requester::Requester;
use super::services::{self, OpenPath};
use super::way::{Way, best};
use crate::decision::Truth;
use crate::permissions::{AdminDefinition, PrincipalPermissions, SecondFactor, Witness};

/// A principal as it is, with what is known of its second factor.
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

/// What comes of a gain.
pub(super) struct StepOutcome<'a> {
    pub(super) way: Way,
    /// What the step is done to, in words.
    pub(super) object: String,
    /// The way to an administrator, where the principal is one then, or may be.
    pub(super) end: Option<Way>,
    /// The principal as it is then, where that is known.
    pub(super) becomes: Option<Becomes<'a>>,
}

/// What becomes of a principal.
pub(super) enum Becomes<'a> {
    /// It has a second factor.
    SecondFactor,
    /// It has other permissions; the text tells the change from others.
    Changed(Rc<Principal<'a>>, String),
}

/// The steps of an account's principals.
pub(super) struct Steps<'a> {
    pub(super) account: Account<'a>,
    reached: Remembered<(Actor, Among), Vec<Reached>>,
    own: Remembered<Actor, Vec<StepOutcome<'a>>>,
    new: Remembered<Actor, Vec<New<'a>>>,
}

/// What was worked out, by what it is about.
type Remembered<K, V> = RefCell<BTreeMap<K, Rc<V>>>;

/// What was worked out about `key`, or is now.
fn remember<K: Copy + Ord, V>(known: &Remembered<K, V>, key: K, work_out: impl FnOnce() -> V) -> Rc<V> {
    if let Some(known) = known.borrow().get(&key) {
        return Rc::clone(known);
    }
    let found = Rc::new(work_out());
    known.borrow_mut().insert(key, Rc::clone(&found));
    found
}

impl<'a> Steps<'a> {
    pub(super) fn new(account: Account<'a>) -> Self {
        Self { account, reached: RefCell::default(), own: RefCell::default(), new: RefCell::default() }
    }

    pub(super) fn principal(&self, actor: Actor) -> Option<&Rc<Principal<'a>>> {
        self.account.principals.get(actor.place)
    }

    pub(super) fn requester(&self, actor: Actor) -> Option<Requester<'a>> {
        Requester::new(self.principal(actor)?, actor.second_factor).ok()
    }

    /// Whom `actor` can become.
    pub(super) fn reached(&self, actor: Actor, among: Among) -> Rc<Vec<Reached>> {
        let look = || self.requester(actor).map(|by| self.reached_by(&by, among)).unwrap_or_default();
        remember(&self.reached, (actor, among), look)
    }

    /// The same of anybody.
    pub(super) fn reached_by(&self, by: &Requester<'a>, among: Among) -> Vec<Reached> {
        let services = services_of(by);
        let mut found = Vec::new();
        for place in self.within_reach(&by.principal, among) {
            let target = self.account.principals.get(place);
            let Some(target) = target.filter(|target| target.identity.arn != by.identity().arn) else { continue };
            found.extend(self.ways(by, &services, target).into_iter().map(|becoming| {
                let actor = Actor { place, second_factor: becoming.second_factor };
                let is_administrator = match (self.witness(actor), among) {
                    (Ok(None), _) | (_, Among::Leading | Among::Idle) => Truth::Fails,
                    (Ok(Some(witness)), _) if witness.proven => Truth::Holds,
                    (Ok(Some(_)) | Err(_), _) => Truth::Undecided,
                };
                Reached { actor, truth: becoming.way.truth, is_administrator }
            }));
        }
        found
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
            let named = self.account.roles_that_name(&principal.identity);
            roles.retain(|place| named.contains(place));
        }
        users.into_iter().chain(roles)
    }

    fn ways(&self, by: &Requester<'_>, services: &[OpenPath], target: &Principal<'_>) -> Vec<Becoming> {
        match target.role {
            None => becoming::user(&self.account, by, target),
            Some(_) => becoming::role(&self.account, by, target, services)
                .map(|way| Becoming { way, second_factor: SecondFactor::Unknown })
                .into_iter()
                .collect(),
        }
    }

    /// The way from somebody to an actor.
    pub(super) fn way_to(&self, by: &Requester<'_>, to: Actor) -> Option<Way> {
        let ways = self.ways(by, &services_of(by), self.principal(to)?);
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

    /// What an actor can make of itself.
    pub(super) fn own(&self, actor: Actor) -> Rc<Vec<StepOutcome<'a>>> {
        remember(&self.own, actor, || {
            let by = self.requester(actor);
            by.map(|by| self.outcomes(&by, &Target { requester: &by, through: None })).unwrap_or_default()
        })
    }

    /// What `by` can make of the target: everything up to a certain end, if there is one.
    pub(super) fn outcomes(&self, by: &Requester<'a>, target: &Target<'_, 'a>) -> Vec<StepOutcome<'a>> {
        let mut outcomes = Vec::new();
        if target.requester.principal.is_protected() {
            return outcomes;
        }
        let powers = by.principal.powers;
        let given = if powers.grant { granting::gains(&self.account, by, target) } else { Vec::new() };
        let lifted = if powers.lift { lifting::gains(&self.account, by, target) } else { Vec::new() };
        for gain in given.into_iter().chain(lifted) {
            outcomes.push(self.outcome(target.requester, gain));
            let end = outcomes.last().and_then(|outcome| outcome.end.as_ref());
            if end.is_some_and(|way| way.truth == Truth::Holds) {
                break;
            }
        }
        outcomes
    }

    fn outcome(&self, target: &Requester<'a>, gain: Gain<'a>) -> StepOutcome<'a> {
        let Gain { way, object, brings, key } = gain;
        let (changes, second_factor) = match brings {
            Brings::Unknown => return StepOutcome { end: Some(way.clone()), way, object, becomes: None },
            Brings::SecondFactor => (Vec::new(), SecondFactor::Given),
            Brings::Changes(changes) => (changes, target.second_factor),
        };
        let permissions = PrincipalPermissions::clone(&target.permissions);
        let permissions = changes.iter().fold(permissions, |permissions, change| permissions.after(change));
        let end = permissions.administrator(AdminDefinition::Effective, second_factor).map(|witness| {
            let truth = if witness.proven { Truth::Holds } else { Truth::Undecided };
            way.clone().depends_on(truth, || witness.conditional_on.join(", "))
        });
        let becomes = match changes.is_empty() {
            true => Becomes::SecondFactor,
            false => Becomes::Changed(Rc::new(self.account.changed(&target.principal, permissions)), key),
        };
        StepOutcome { way, object, end, becomes: Some(becomes) }
    }

    /// The users and roles that an actor can make.
    pub(super) fn new_ones(&self, actor: Actor) -> Rc<Vec<New<'a>>> {
        remember(&self.new, actor, || self.requester(actor).map(|by| self.new_ones_of(&by)).unwrap_or_default())
    }

    /// The same of anybody.
    pub(super) fn new_ones_of(&self, by: &Requester<'a>) -> Vec<New<'a>> {
        if !by.principal.powers.create {
            return Vec::new();
        }
        creating::roles(&self.account, by).into_iter().chain(creating::users(&self.account, by)).collect()
    }
}

fn services_of(by: &Requester<'_>) -> Vec<OpenPath> {
    if by.principal.powers.run { services::open_paths(by) } else { Vec::new() }
}
