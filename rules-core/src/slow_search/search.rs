//! The search for a way to an administrator.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use super::account::SlowPrincipal;
use super::creating::{self, New};
use super::granting::SlowTarget;
use super::requester::SlowRequester;
use super::services;
use super::steps::{Among, Becomes, SlowActor, SlowReached, StepOutcome, Steps};
use super::way::SlowWay;
use super::{SlowEscalation, SlowEscalationStep};
use crate::decision::Truth;
use crate::permissions::{RequestMfa, Witness};

/// A search among the principals that one can become, and what can be made of them, nearer ones first.
pub(super) struct SlowSearch<'s, 'a> {
    steps: &'s Steps<'a>,
    /// Steps that are less certain are not taken.
    least: Truth,
    members: Vec<SlowMember<'a>>,
    seen: BTreeSet<SlowState>,
}

/// Somebody one has become.
struct SlowMember<'a> {
    who: SlowWho<'a>,
    state: SlowState,
    /// None for the one who began.
    from: Option<SlowOrigin>,
    /// The path by which one became the principal, once somebody asked.
    through: OnceCell<Option<&'static str>>,
}

#[derive(Clone)]
enum SlowWho<'a> {
    /// As the account has it.
    Actor(SlowActor),
    /// As it is after changes, or new.
    Changed(Rc<SlowPrincipal<'a>>, RequestMfa),
}

/// What tells members apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SlowState {
    /// The ARN, and the boundary that holds it from the beginning where it is new.
    principal: String,
    mfa: RequestMfa,
    changes: BTreeSet<String>,
}

/// How a member came to be one.
#[derive(Clone)]
enum SlowOrigin {
    /// Another member became it.
    Became(usize),
    /// A member made it, of another one unless it is new.
    Made(SlowStep),
}

/// A step that a member takes.
#[derive(Clone)]
struct SlowStep {
    by: usize,
    /// The member to whom it is done; none where that is none yet.
    to: Option<usize>,
    way: SlowWay,
    object: String,
}

impl<'s, 'a> SlowSearch<'s, 'a> {
    pub(super) fn new(steps: &'s Steps<'a>, least: Truth) -> Self {
        Self { steps, least, members: Vec::new(), seen: BTreeSet::new() }
    }

    pub(super) fn run(mut self, start: SlowActor) -> Option<SlowEscalation> {
        self.join_actor(start, None);
        let mut next = 0;
        let mut idle_joined = 0;
        loop {
            while next < self.members.len() {
                if let Some(found) = self.look_from(next) {
                    return Some(found);
                }
                next += 1;
            }
            // Whoever leads nowhere by itself may still be given more by a member.
            if !self.members.iter().any(|member| self.principal(member).is_some_and(|it| it.powers.grant)) {
                return None;
            }
            for member in idle_joined..self.members.len() {
                self.join_reached(member, Among::Idle);
            }
            idle_joined = next;
            if next == self.members.len() {
                return None;
            }
        }
    }

    fn look_from(&mut self, member: usize) -> Option<SlowEscalation> {
        self.make_of_itself(member)
            .or_else(|| self.make_of_others(member))
            .or_else(|| self.make_new_ones(member))
            .or_else(|| self.become_others(member))
    }

    /// What a member makes of itself.
    fn make_of_itself(&mut self, member: usize) -> Option<SlowEscalation> {
        match self.members.get(member)?.who.clone() {
            SlowWho::Actor(actor) => {
                let own = self.steps.own(actor);
                self.take(member, member, &own)
            }
            SlowWho::Changed(..) => {
                let by = self.requester(member)?;
                let own =
                    self.steps.outcomes(&by, &SlowTarget { requester: &by, through: self.through(member, member) });
                self.take(member, member, &own)
            }
        }
    }

    /// What members make of one another, where `member` is either of the two.
    fn make_of_others(&mut self, member: usize) -> Option<SlowEscalation> {
        let changes = |member: &usize| {
            let principal = self.members.get(*member).and_then(|member| self.principal(member));
            principal.is_some_and(|principal| principal.powers.grant || principal.powers.lift)
        };
        let to_others = (0..member).filter(|_| changes(&member)).map(|other| (member, other));
        let by_others = (0..member).filter(changes).map(|other| (other, member));
        let pairs: Vec<(usize, usize)> = to_others.chain(by_others).collect();
        for (by, to) in pairs {
            let (requester, target) = (self.requester(by)?, self.requester(to)?);
            let through = self.through(by, to);
            let outcomes = self.steps.outcomes(&requester, &SlowTarget { requester: &target, through });
            if let Some(found) = self.take(by, to, &outcomes) {
                return Some(found);
            }
        }
        None
    }

    /// Ends at an outcome that makes an administrator, or goes on with what the others make.
    fn take(&mut self, by: usize, to: usize, outcomes: &[StepOutcome<'a>]) -> Option<SlowEscalation> {
        for outcome in outcomes {
            if let Some(end) = outcome.end.clone().filter(|way| way.truth >= self.least) {
                return Some(
                    self.escalation(SlowStep { by, to: Some(to), way: end, object: outcome.object.clone() }, None),
                );
            }
        }
        let least = self.least;
        for outcome in outcomes.iter().filter(|outcome| outcome.way.truth >= least) {
            let Some(becomes) = &outcome.becomes else { continue };
            let target = self.members.get(to)?;
            let step = SlowStep { by, to: Some(to), way: outcome.way.clone(), object: outcome.object.clone() };
            let mut state = target.state.clone();
            let who = match (becomes, &target.who) {
                (Becomes::Mfa, SlowWho::Actor(actor)) => SlowWho::Actor(SlowActor { mfa: RequestMfa::Given, ..*actor }),
                (Becomes::Mfa, SlowWho::Changed(principal, _)) => {
                    SlowWho::Changed(Rc::clone(principal), RequestMfa::Given)
                }
                (Becomes::Changed(principal, key), _) => {
                    if !state.changes.insert(key.clone()) {
                        continue;
                    }
                    SlowWho::Changed(Rc::clone(principal), state.mfa)
                }
            };
            if matches!(becomes, Becomes::Mfa) {
                state.mfa = RequestMfa::Given;
            }
            self.join(SlowMember { who, state, from: Some(SlowOrigin::Made(step)), through: OnceCell::new() });
        }
        None
    }

    /// Users and roles that a member makes, and whatever it grants through Identity Center.
    fn make_new_ones(&mut self, member: usize) -> Option<SlowEscalation> {
        let powers = self.principal(self.members.get(member)?)?.powers;
        if powers.identity_center && self.steps.account.is_in_identity_center() {
            let way = services::identity_center(&self.requester(member)?);
            if let Some(way) = way.filter(|way| way.truth >= self.least) {
                let object = "IAM Identity Center".to_owned();
                return Some(self.escalation(SlowStep { by: member, to: None, way, object }, None));
            }
        }
        if powers.create {
            let roles = match &self.members.get(member)?.who {
                SlowWho::Actor(actor) => self.steps.new_roles(*actor),
                SlowWho::Changed(..) => Rc::new(self.steps.new_roles_of(&self.requester(member)?)),
            };
            self.join_new(member, &roles);
        }
        // One makes a user, and the same or another one gets its credentials.
        for other in 0..=member {
            let by_both = [(member, other), (other, member)].into_iter().take(if other == member { 1 } else { 2 });
            for (maker, signer) in by_both {
                let powers = |place: usize| Some(self.principal(self.members.get(place)?)?.powers);
                if powers(maker)?.create && powers(signer)?.sign_in {
                    let (by, signer) = (self.requester(maker)?, self.requester(signer)?);
                    self.join_new(maker, &creating::users(&self.steps.account, &by, &signer));
                }
            }
        }
        None
    }

    /// Adds the users or roles that a member makes.
    fn join_new(&mut self, member: usize, new: &[New<'a>]) {
        let least = self.least;
        for new in new.iter().filter(|new| new.way.truth >= least) {
            let boundary = new.principal.permissions.as_ref().ok().and_then(|permissions| permissions.boundary());
            let boundary = boundary.map(|boundary| boundary.arn.as_str()).unwrap_or_default();
            let state = SlowState {
                principal: format!("{} {boundary}", new.principal.identity.arn),
                mfa: new.mfa,
                changes: BTreeSet::new(),
            };
            let object = new.principal.in_words();
            let step = SlowStep { by: member, to: None, way: new.way.clone(), object };
            let who = SlowWho::Changed(Rc::clone(&new.principal), new.mfa);
            self.join(SlowMember { who, state, from: Some(SlowOrigin::Made(step)), through: OnceCell::new() });
        }
    }

    /// Becomes whoever the member can become and from whom a way may lead on; ends at an administrator.
    fn become_others(&mut self, member: usize) -> Option<SlowEscalation> {
        let administrators = self.reached(member, Among::Administrators);
        let certain = |reached: &&SlowReached| reached.truth.min(reached.is_administrator) >= self.least;
        if let Some(end) = administrators.iter().find(certain) {
            return self.end_at(member, end.actor);
        }
        self.join_reached(member, Among::Administrators);
        self.join_reached(member, Among::Leading);
        None
    }

    fn reached(&self, member: usize, among: Among) -> Rc<Vec<SlowReached>> {
        match self.members.get(member).map(|member| &member.who) {
            None => Rc::default(),
            Some(SlowWho::Actor(actor)) => self.steps.reached(*actor, among),
            Some(SlowWho::Changed(..)) => {
                let by = self.requester(member);
                Rc::new(by.map(|by| self.steps.reached_by(&by, among)).unwrap_or_default())
            }
        }
    }

    fn join_reached(&mut self, member: usize, among: Among) {
        let least = self.least;
        for reached in self.reached(member, among).iter().filter(|reached| reached.truth >= least) {
            self.join_actor(reached.actor, Some(SlowOrigin::Became(member)));
        }
    }

    fn join_actor(&mut self, actor: SlowActor, from: Option<SlowOrigin>) {
        let Some(principal) = self.steps.principal(actor).filter(|principal| principal.permissions.is_ok()) else {
            return;
        };
        let state =
            SlowState { principal: principal.identity.arn.to_string(), mfa: actor.mfa, changes: BTreeSet::new() };
        self.join(SlowMember { who: SlowWho::Actor(actor), state, from, through: OnceCell::new() });
    }

    fn join(&mut self, member: SlowMember<'a>) {
        if self.seen.insert(member.state.clone()) {
            self.members.push(member);
        }
    }

    fn end_at(&self, member: usize, end: SlowActor) -> Option<SlowEscalation> {
        let way = self.steps.way_to(&self.requester(member)?, end)?;
        let object = self.steps.principal(end)?.in_words();
        let (way, witness) = match self.steps.witness(end) {
            // It may be an administrator, as far as anybody knows.
            Err(missing) => (way.unless_known(|| missing), None),
            Ok(witness) => {
                let truth = if witness.as_ref()?.proven { Truth::Holds } else { Truth::Undecided };
                let conditions = || witness.as_ref().map(|it| it.conditional_on.join(", ")).unwrap_or_default();
                (way.depends_on(truth, conditions), witness)
            }
        };
        Some(self.escalation(SlowStep { by: member, to: None, way, object }, witness))
    }

    fn principal(&self, member: &SlowMember<'a>) -> Option<Rc<SlowPrincipal<'a>>> {
        match &member.who {
            SlowWho::Actor(actor) => self.steps.principal(*actor).map(Rc::clone),
            SlowWho::Changed(principal, _) => Some(Rc::clone(principal)),
        }
    }

    fn requester(&self, member: usize) -> Option<SlowRequester<'a>> {
        match &self.members.get(member)?.who {
            SlowWho::Actor(actor) => self.steps.requester(*actor),
            SlowWho::Changed(principal, mfa) => SlowRequester::new(principal, *mfa).ok(),
        }
    }

    /// The path by which one became the member, unless it grants to itself.
    fn through(&self, by: usize, member: usize) -> Option<&'static str> {
        let (by, of) = (self.members.get(by)?, self.members.get(member)?);
        if by.state.principal == of.state.principal {
            return None;
        }
        *of.through.get_or_init(|| self.last_step(member).map(|step| step.way.path))
    }

    /// The step by which one became a member, before anything was made of it.
    fn last_step(&self, member: usize) -> Option<SlowStep> {
        match self.members.get(member)?.from.as_ref()? {
            SlowOrigin::Made(SlowStep { to: Some(before), .. }) => self.last_step(*before),
            SlowOrigin::Made(_) | SlowOrigin::Became(_) => self.step_to(member),
        }
    }

    /// The step that made a member one.
    fn step_to(&self, member: usize) -> Option<SlowStep> {
        let this = self.members.get(member)?;
        match (this.from.as_ref()?, &this.who) {
            (SlowOrigin::Made(step), _) => Some(step.clone()),
            (SlowOrigin::Became(by), SlowWho::Actor(actor)) => {
                let way = self.steps.way_to(&self.requester(*by)?, *actor)?;
                let object = self.steps.principal(*actor)?.in_words();
                Some(SlowStep { by: *by, to: None, way, object })
            }
            (SlowOrigin::Became(_), SlowWho::Changed(..)) => None,
        }
    }

    /// The way to the last step, and that step.
    fn escalation(&self, last: SlowStep, witness: Option<Witness>) -> SlowEscalation {
        // Whatever came before, each step once, first things first.
        let mut on_the_way = BTreeSet::new();
        let mut open: Vec<usize> = last.to.into_iter().chain([last.by]).collect();
        while let Some(member) = open.pop() {
            if !on_the_way.insert(member) {
                continue;
            }
            match self.members.get(member).and_then(|member| member.from.as_ref()) {
                None => {}
                Some(SlowOrigin::Became(by)) => open.push(*by),
                Some(SlowOrigin::Made(step)) => open.extend(step.to.into_iter().chain([step.by])),
            }
        }
        let before = on_the_way.into_iter().filter_map(|member| self.step_to(member));
        let steps: Vec<SlowStep> = before.chain([last]).collect();
        SlowEscalation {
            proven: steps.iter().all(|step| step.way.truth == Truth::Holds),
            missing: steps.iter().find_map(|step| step.way.missing.clone()),
            steps: steps
                .into_iter()
                .map(|step| SlowEscalationStep { path: step.way.path, actions: step.way.actions, target: step.object })
                .collect(),
            witness,
        }
    }
}
