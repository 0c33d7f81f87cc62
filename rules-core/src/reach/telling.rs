//! The steps of reported paths, in words.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::Lookup;
use super::account::{Account, GroupIndex, PolicyIndex, PrincipalIndex};
use super::backward::{Link, Next};
use super::choice::is_fresh;
use super::control::{Brings, Control, End, GroupRef, Scope, Step, Who, World};
use super::principal::Factor;
use super::solve::Solved;
use super::watch::Watch;
use crate::arn::Arn;
use crate::decision::{ContextValue, Truth};
use crate::escalation::{Escalation, EscalationStep, Party, StatementReference, StepAction, StepEffect};
use crate::permissions::{AdminDefinition, RequestMfa, Witness};
use crate::text::visible;

/// Tells the ways at some levels.
pub(super) struct Telling<'r, 'a> {
    pub(super) account: &'r Account<'a>,
    pub(super) lookup: &'r Lookup<'a>,
    /// The more certain ones first.
    pub(super) levels: &'r [Solved],
}

/// After this many steps, the rest of a path is counted only: each principal of a chain would repeat the rest of the chain.
const MAX_STEPS: usize = 32;

/// A part of a way: from a principal to the next one on it.
#[derive(Debug, Default)]
pub(super) struct Leg {
    steps: Vec<EscalationStep>,
    witness: Option<Witness>,
    missing: Vec<String>,
    /// Where it goes on from, if it does.
    next: Option<Place>,
}

/// A principal, and what is known of multi-factor authentication then.
type Place = (PrincipalIndex, Factor);

/// The parts of ways that are known.
pub(super) type Legs = Mutex<HashMap<Place, Arc<Leg>>>;

impl<'r, 'a> Telling<'r, 'a> {
    /// The way of a principal that wins.
    pub(super) fn of(&self, principal: PrincipalIndex, factor: Factor) -> Option<Escalation> {
        let (mut steps, mut missing, mut witness): (Vec<EscalationStep>, Vec<String>, _) =
            (Vec::new(), Vec::new(), None);
        let mut at = (principal, factor);
        let proven = self.link(at)?.0.level == Truth::Holds;
        let mut further = 0;
        loop {
            let (solved, link) = self.link(at)?;
            if steps.len() >= MAX_STEPS {
                further = link.steps;
                break;
            }
            let leg = self.leg(solved, at, link)?;
            // Credentials of a user that one has already, one need not get again.
            for step in &leg.steps {
                if !steps.iter().any(|known| is_same_user(known, step)) {
                    steps.push(step.clone());
                }
            }
            missing.extend(leg.missing.iter().cloned());
            witness = leg.witness.clone();
            match leg.next {
                Some(next) => at = next,
                None => break,
            }
        }
        let missing = steps.iter().flat_map(|step| &step.missing).chain(&missing).next().cloned();
        Some(Escalation { proven, missing, steps, further, witness })
    }

    /// Whether a principal wins at any level.
    pub(super) fn wins(&self, principal: PrincipalIndex, factor: Factor) -> bool {
        self.link((principal, factor)).is_some()
    }

    /// The first step from a place, at the most certain level at which there is one.
    fn link(&self, at: Place) -> Option<(&'r Solved, Link)> {
        self.levels.iter().find_map(|solved| Some((solved, solved.winners.link(at.0, at.1)?)))
    }

    /// The part of a way that begins at a principal. It is kept: several rules tell of the same principals, and many ways
    /// share their ends.
    fn leg(&self, solved: &Solved, at: Place, link: Link) -> Option<Arc<Leg>> {
        if let Some(known) = solved.legs.lock().ok().and_then(|legs| legs.get(&at).cloned()) {
            return Some(known);
        }
        let winners = &solved.winners;
        let is_nearer =
            |principal, factor| winners.link(principal, factor).is_some_and(|other| other.steps < link.steps);
        let leg = match link.next {
            Next::Oneself => self.end(solved.level, at)?,
            Next::To(target) => {
                let goal = |principal, factor| principal == target && is_nearer(principal, factor);
                let towards = self.go(solved.level, at, Scope::Towards(target), &goal);
                towards.or_else(|| self.go(solved.level, at, Scope::Together, &is_nearer))?
            }
            Next::Together => self.go(solved.level, at, Scope::Together, &is_nearer)?,
        };
        let leg = Arc::new(leg);
        if let Ok(mut legs) = solved.legs.lock() {
            legs.insert(at, Arc::clone(&leg));
        }
        Some(leg)
    }

    /// The steps from a principal to where it goes.
    fn go(
        &self,
        level: Truth,
        (principal, factor): Place,
        scope: Scope,
        goal: &dyn Fn(PrincipalIndex, Factor) -> bool,
    ) -> Option<Leg> {
        let watch = Watch::never();
        let (targets, wanted) = (&self.lookup.targets, &self.lookup.candidates);
        let world = World { account: self.account, targets, wanted, goal, watch: &watch };
        let mut control = Control::new(world, level, scope);
        control.begin_with(principal, factor);
        let end = control.run()?;
        let mut leg = Leg { steps: self.steps(&control, &end), ..Leg::default() };
        if end.administrator.is_some() {
            self.witness(&control, &end, &mut leg);
        } else if end.further.is_empty() {
            leg.next = control.known(end.member).map(|reached| (reached, end.factor));
        }
        Some(leg)
    }

    /// The steps of a principal that makes itself an administrator, and what makes it one.
    fn end(&self, level: Truth, at: Place) -> Option<Leg> {
        let principal = self.account.principals.get(at.0)?;
        match &principal.permissions {
            // It may be an administrator, as far as anybody knows.
            Err(missing) => Some(Leg { missing: vec![missing.to_string()], ..Leg::default() }),
            Ok(_) => self.go(level, at, Scope::Alone, &|_, _| false),
        }
    }

    /// What makes an administrator, unless that was given.
    fn witness(&self, control: &Control<'_, 'a>, end: &End, leg: &mut Leg) {
        let Some((member, found)) = control.members.get(end.member).zip(end.administrator.as_ref()) else { return };
        let is_given = member.state.held.get(found.by).is_none_or(|held| !held.is_inherent());
        if is_given && found.truth == Truth::Holds {
            return;
        }
        let as_is = member.principal.get().permissions.as_ref().ok();
        let mfa = match end.factor {
            Factor::Given => RequestMfa::Given,
            Factor::Absent => RequestMfa::Never,
            Factor::Unknown | Factor::Refused => RequestMfa::Unknown,
        };
        let as_is = as_is.and_then(|it| it.administrator(AdminDefinition::Effective, mfa));
        let open = control.open_for_administrator(end);
        if found.truth < Truth::Holds && !open.is_empty() {
            leg.missing.push(open.join(", "));
        }
        let statement = control.statement_of(end.member, found.by, found.statement);
        leg.witness = as_is.or_else(|| {
            let statement = statement.filter(|_| !is_given)?;
            Some(Witness {
                group: statement.group,
                policy: statement.policy,
                statement: statement.statement,
                proven: found.truth == Truth::Holds,
                conditional_on: if found.truth == Truth::Holds { Vec::new() } else { open },
            })
        });
    }

    /// The steps that lead to an end.
    pub(super) fn steps(&self, control: &Control<'_, 'a>, end: &End) -> Vec<EscalationStep> {
        let mut told: Vec<EscalationStep> = Vec::new();
        for step in control.steps_to(end) {
            let step = self.step(control, step);
            // What is not known of a group's policies adds nothing that is done.
            match told.iter_mut().find(|known| known.by == step.by && known.actions == step.actions) {
                Some(known) if step.effect == StepEffect::Policy(None) && known.effect == StepEffect::Membership => {
                    known.proven &= step.proven;
                    known.missing.extend(step.missing);
                }
                _ => told.push(step),
            }
        }
        told
    }

    fn step(&self, control: &Control<'_, 'a>, step: &Step) -> EscalationStep {
        let (target, target_arn, effect) = self.brings(control, &step.brings);
        let actions = step.way.permits.iter().zip(&step.allowed_by).map(|(permit, allowed_by)| StepAction {
            action: permit.action.name(),
            resource: with_any_name(&permit.resource),
            keys: permit.set.iter().map(|(key, value)| (key.clone(), said(value))).collect(),
            allowed_by: allowed_by.as_ref().map(|by| StatementReference {
                group: by.group.clone(),
                policy: by.policy.clone(),
                statement: by.statement.clone(),
                place: by.place.clone(),
                index: by.index,
            }),
        });
        let mut conditions: Vec<String> =
            step.way.permits.iter().flat_map(|permit| permit.met.iter().cloned()).collect();
        conditions.sort_unstable();
        conditions.dedup();
        let by = control.members.get(step.by).map(|member| party(member.principal.get()));
        EscalationStep {
            path: step.way.path,
            by: by.unwrap_or_else(|| Party { name: String::new(), arn: None }),
            actions: actions.collect(),
            target,
            target_arn,
            effect,
            proven: step.way.truth == Truth::Holds,
            missing: step.way.missing.clone(),
            conditions,
        }
    }

    /// What a step is done to, in words and by its ARN, and what it brings.
    fn brings(&self, control: &Control<'_, 'a>, brings: &Brings) -> (String, Option<Arn>, StepEffect) {
        let member = |place: usize| {
            let party = control.members.get(place).map(|member| party(member.principal.get()));
            party.map_or_else(|| (String::new(), None), |party| (party.name, party.arn))
        };
        let with = |(name, arn): (String, Option<Arn>), effect| (name, arn, effect);
        match brings {
            Brings::Member(who, _) => {
                let party = control.party_of(who);
                (party.name.clone(), party.arn.clone(), StepEffect::Control(party))
            }
            Brings::User(Who::New(arn, _)) => ("a new user".to_owned(), None, StepEffect::Creation(with_any_name(arn))),
            Brings::User(Who::Known(_)) => (String::new(), None, StepEffect::Creation(String::new())),
            Brings::Policy(to, given) => with(member(*to), StepEffect::Policy(self.policy_arn(given.policy()))),
            Brings::Removal(to, place) => {
                let name = control.name_of_policy(*to, *place);
                (format!("policy {}", visible(&name, 40)), member(*to).1, StepEffect::PolicyRemoval)
            }
            Brings::Boundary(to, bound) => {
                with(member(*to), StepEffect::Boundary(self.policy_arn(bound.as_ref().and_then(|bound| bound.policy))))
            }
            Brings::Device(to) => with(member(*to), StepEffect::Device),
            Brings::Membership(group) => with(self.group(group), StepEffect::Membership),
            Brings::GroupPolicy(group, given) => {
                with(self.group(group), StepEffect::Policy(self.policy_arn(given.policy())))
            }
            Brings::GroupRemoval(group, place) => {
                let known = self.account.group(*group);
                let name = known.and_then(|known| known.sources.get(*place)).map(|source| source.name);
                let arn = known.map(|known| known.group.identity.arn.clone());
                (format!("policy {}", visible(name.unwrap_or_default(), 40)), arn, StepEffect::PolicyRemoval)
            }
            Brings::Leaving(group) => with(self.known_group(*group), StepEffect::MembershipEnd),
            Brings::NewGroup(arn) => ("a new group".to_owned(), None, StepEffect::Creation(with_any_name(arn))),
            Brings::Rewriting(policy) => with(self.policy(*policy), StepEffect::Version(None)),
            Brings::Version(policy, place) => {
                let known = self.account.policy(*policy).and_then(|known| known.other_versions.get(*place));
                let version = known.map(|(id, _)| (*id).to_owned());
                with(self.policy(*policy), StepEffect::Version(version))
            }
            Brings::Anything => ("anything".to_owned(), None, StepEffect::Anything),
            Brings::Tag(arn, key, value) => {
                let known = self.account.principal_by_arn(arn).and_then(|place| self.account.principals.get(place));
                let name = known.map(|known| known.in_words()).unwrap_or_default();
                let arn = known.map(|known| known.identity.arn.clone());
                (name, arn, StepEffect::Tag(key.clone(), value.as_deref().map(with_any_name)))
            }
        }
    }

    fn group(&self, group: &GroupRef) -> (String, Option<Arn>) {
        match group {
            GroupRef::Known(group) => self.known_group(*group),
            GroupRef::Made(_) => ("a new group".to_owned(), None),
        }
    }

    fn known_group(&self, group: GroupIndex) -> (String, Option<Arn>) {
        let identity = self.account.group(group).map(|known| &known.group.identity);
        let name = identity.map(|identity| format!("group {}", visible(&identity.name, 40))).unwrap_or_default();
        (name, identity.map(|identity| identity.arn.clone()))
    }

    fn policy(&self, policy: PolicyIndex) -> (String, Option<Arn>) {
        let identity = self.account.policy(policy).map(|known| &known.policy.identity);
        let name = identity.map(|identity| format!("policy {}", visible(&identity.name, 40))).unwrap_or_default();
        (name, identity.map(|identity| identity.arn.clone()))
    }

    fn policy_arn(&self, policy: Option<PolicyIndex>) -> Option<Arn> {
        Some(self.account.policy(policy?)?.arn().clone())
    }
}

/// The requests of a step: actions and resources.
fn requests(step: &EscalationStep) -> impl Iterator<Item = (&str, &str)> {
    step.actions.iter().map(|taken| (taken.action, taken.resource.as_str()))
}

/// Whether two steps get the same credentials of the same user. Who gets them makes no difference.
fn is_same_user(one: &EscalationStep, other: &EscalationStep) -> bool {
    let is_of_user = one.target_arn.as_ref().is_some_and(|arn| arn.resource().starts_with("user/"));
    let is_control = is_of_user && matches!(one.effect, StepEffect::Control(_));
    is_control && (one.path, &one.effect) == (other.path, &other.effect) && requests(one).eq(requests(other))
}

/// A principal as a party to a step.
pub(super) fn party(principal: &super::principal::Principal<'_>) -> Party {
    let arn = (!principal.is_new).then(|| principal.identity.arn.clone());
    Party { name: principal.in_words(), arn }
}

/// A text with a plain name where any would do.
fn with_any_name(text: &str) -> String {
    if is_fresh(text) { text.replace(super::choice::FRESH, "any-name") } else { text.to_owned() }
}

/// The value of a condition key, to be shown.
fn said(value: &ContextValue) -> String {
    match value {
        ContextValue::Absent => "none".to_owned(),
        ContextValue::Single(text) => with_any_name(text),
        ContextValue::Multiple(texts) => texts.iter().map(|text| with_any_name(text)).collect::<Vec<_>>().join(", "),
        ContextValue::Since(moment) => moment.to_string(),
        ContextValue::Unknown => "any".to_owned(),
    }
}
