//! What each principal can do and whom it can become. For principals as they are, it is worked out once.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::account::{SlowAccount, SlowPrincipal, TargetsOfKind};
use super::becoming::{self, SlowBecoming};
use super::creating::{self, New};
use super::granting::{self, Gain, SlowBrings, SlowTarget};
use super::lifting;
use super::requester::SlowRequester;
use super::services::{self, OpenPath};
use super::way::{SlowWay, best};
use crate::decision::Truth;
use crate::permissions::{AdminDefinition, PrincipalPermissions, RequestMfa, Witness};

/// A principal as it is, with what is known of its MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SlowActor {
    pub(super) place: usize,
    pub(super) mfa: RequestMfa,
}

/// Somebody whom an actor can become.
#[derive(Clone, Copy, Debug)]
pub(super) struct SlowReached {
    pub(super) actor: SlowActor,
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
    pub(super) way: SlowWay,
    /// What the step is done to, in words.
    pub(super) object: String,
    /// The way to an administrator, where the principal is one then, or may be.
    pub(super) end: Option<SlowWay>,
    /// The principal as it is then, where that is known.
    pub(super) becomes: Option<Becomes<'a>>,
}

/// What becomes of a principal.
pub(super) enum Becomes<'a> {
    /// It has MFA.
    Mfa,
    /// It has other permissions; the text tells the change from others.
    Changed(Rc<SlowPrincipal<'a>>, String),
}

/// The steps of an account's principals.
pub(super) struct Steps<'a> {
    pub(super) account: SlowAccount<'a>,
    reached: Remembered<(SlowActor, Among), Vec<SlowReached>>,
    own: Remembered<SlowActor, Vec<StepOutcome<'a>>>,
    new: Remembered<SlowActor, Vec<New<'a>>>,
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
    pub(super) fn new(account: SlowAccount<'a>) -> Self {
        Self { account, reached: RefCell::default(), own: RefCell::default(), new: RefCell::default() }
    }

    pub(super) fn principal(&self, actor: SlowActor) -> Option<&Rc<SlowPrincipal<'a>>> {
        self.account.principals.get(actor.place)
    }

    pub(super) fn requester(&self, actor: SlowActor) -> Option<SlowRequester<'a>> {
        SlowRequester::new(self.principal(actor)?, actor.mfa).ok()
    }

    /// Whom `actor` can become.
    pub(super) fn reached(&self, actor: SlowActor, among: Among) -> Rc<Vec<SlowReached>> {
        let look = || self.requester(actor).map(|by| self.reached_by(&by, among)).unwrap_or_default();
        remember(&self.reached, (actor, among), look)
    }

    /// The same of anybody.
    pub(super) fn reached_by(&self, by: &SlowRequester<'a>, among: Among) -> Vec<SlowReached> {
        let services = services_of(by);
        let mut found = Vec::new();
        for place in self.within_reach(&by.principal, among) {
            let target = self.account.principals.get(place);
            let Some(target) = target.filter(|target| target.identity.arn != by.identity().arn) else { continue };
            found.extend(self.ways(by, &services, target).into_iter().map(|becoming| {
                let actor = SlowActor { place, mfa: becoming.mfa };
                let is_administrator = match (self.witness(actor), among) {
                    (Ok(None), _) | (_, Among::Leading | Among::Idle) => Truth::Fails,
                    (Ok(Some(witness)), _) if witness.proven => Truth::Holds,
                    (Ok(Some(_)) | Err(_), _) => Truth::Undecided,
                };
                SlowReached { actor, truth: becoming.way.truth, is_administrator }
            }));
        }
        found
    }

    /// The places of those whom a principal may be able to become, going by its actions alone.
    fn within_reach(&self, principal: &SlowPrincipal<'_>, among: Among) -> impl Iterator<Item = usize> {
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

    fn ways(&self, by: &SlowRequester<'_>, services: &[OpenPath], target: &SlowPrincipal<'_>) -> Vec<SlowBecoming> {
        match target.role {
            None => becoming::user(&self.account, by, target),
            Some(_) => becoming::role(&self.account, by, target, services),
        }
    }

    /// The way from somebody to an actor.
    pub(super) fn way_to(&self, by: &SlowRequester<'_>, to: SlowActor) -> Option<SlowWay> {
        let ways = self.ways(by, &services_of(by), self.principal(to)?);
        best(ways.into_iter().filter(|it| it.mfa == to.mfa).map(|it| it.way))
    }

    /// What makes an actor an administrator.
    ///
    /// # Errors
    /// When its policies are not all known.
    pub(super) fn witness(&self, actor: SlowActor) -> Result<Option<Witness>, String> {
        let Some(principal) = self.principal(actor) else { return Ok(None) };
        match &principal.permissions {
            Ok(permissions) => Ok(permissions.administrator(AdminDefinition::Effective, actor.mfa)),
            Err(missing) => Err(missing.to_string()),
        }
    }

    /// What an actor can make of itself.
    pub(super) fn own(&self, actor: SlowActor) -> Rc<Vec<StepOutcome<'a>>> {
        remember(&self.own, actor, || {
            let by = self.requester(actor);
            by.map(|by| self.outcomes(&by, &SlowTarget { requester: &by, through: None })).unwrap_or_default()
        })
    }

    /// What `by` can make of the target: everything up to a certain end, if there is one.
    pub(super) fn outcomes(&self, by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<StepOutcome<'a>> {
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

    fn outcome(&self, target: &SlowRequester<'a>, gain: Gain<'a>) -> StepOutcome<'a> {
        let Gain { way, object, brings, key } = gain;
        let (changes, mfa) = match brings {
            SlowBrings::Unknown => return StepOutcome { end: Some(way.clone()), way, object, becomes: None },
            SlowBrings::Mfa => (Vec::new(), RequestMfa::Given),
            SlowBrings::Changes(changes) => (changes, target.mfa),
        };
        let permissions = PrincipalPermissions::clone(&target.permissions);
        let permissions = changes.iter().fold(permissions, |permissions, change| permissions.after(change));
        let end = permissions.administrator(AdminDefinition::Effective, mfa).map(|witness| {
            let truth = if witness.proven { Truth::Holds } else { Truth::Undecided };
            way.clone().depends_on(truth, || witness.conditional_on.join(", "))
        });
        let becomes = match changes.is_empty() {
            true => Becomes::Mfa,
            false => Becomes::Changed(Rc::new(self.account.changed(&target.principal, permissions)), key),
        };
        StepOutcome { way, object, end, becomes: Some(becomes) }
    }

    /// The roles that an actor can make.
    pub(super) fn new_roles(&self, actor: SlowActor) -> Rc<Vec<New<'a>>> {
        remember(&self.new, actor, || self.requester(actor).map(|by| self.new_roles_of(&by)).unwrap_or_default())
    }

    /// The same of anybody.
    pub(super) fn new_roles_of(&self, by: &SlowRequester<'a>) -> Vec<New<'a>> {
        if !by.principal.powers.create {
            return Vec::new();
        }
        creating::roles(&self.account, by)
    }
}

fn services_of(by: &SlowRequester<'_>) -> Vec<OpenPath> {
    if by.principal.powers.run { services::open_paths(by) } else { Vec::new() }
}
