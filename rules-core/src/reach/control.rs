//! What a principal that controls others can do: control further principals, and change all of them.
//!
//! A fixpoint: each principal in control is looked at as one who acts and as one who is acted upon, and again when what it
//! can be has grown, until nothing changes. What can be added or removed stays a choice of each request, so
//! that nothing has to be tried in every order.

pub(super) use acting::CHANGES;

mod acting;
mod bringing;
mod change;
mod story;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use change::Changes;

use super::account::{Account, GroupIndex, PolicyIndex, PrincipalIndex};
use super::action::Mask;
use super::administrator::Administrator;
use super::candidates::Candidates;
use super::clause::Keys;
use super::index::{Target, Targets};
use super::principal::{Factor, Principal};
use super::request::Requester;
use super::source::Agent;
use super::state::{Bound, Held, State};
use super::tagging::{TAGS, Tagging};
use super::technique::policy_grant::Given;
use super::technique::principal_creation;
use super::watch::Watch;
use super::way::Way;
use crate::decision::Truth;
use crate::escalation::PolicyPlace;
use crate::permissions::PrincipalType;

/// A fixpoint in the making.
pub(super) struct Control<'r, 'a> {
    pub(super) world: World<'r, 'a>,
    /// Steps that are less certain are not taken.
    pub(super) level: Truth,
    scope: Scope,
    pub(super) members: Vec<Member<'r, 'a>>,
    by_who: HashMap<Who, usize>,
    /// The members that the account has, for patterns.
    present: Targets,
    /// Users who were made and whose credentials are still to be had.
    made: Vec<(Arc<Principal<'a>>, usize)>,
    changes: Changes,
    /// Whether something was changed that applies to several members, and they have not been looked at again.
    is_stale: bool,
    steps: Vec<Step>,
    agenda: VecDeque<usize>,
    /// Members who may change tags.
    taggers: Vec<usize>,
    /// The step that brings whatever one likes.
    anything: Option<usize>,
    /// Whether tags can be set, as long as nobody can do more.
    tags_set: RefCell<HashMap<TagQuestion, Truth>>,
    /// What members were like who have acted since everybody was to look again, where everybody is in control.
    acted: HashSet<Acting>,
}

/// A principal by its ARN and its permissions boundary, a tag's key, and the value; none to take the tag away.
type TagQuestion = (String, Option<String>, String, Option<String>);

/// What a member is like: everybody who is like that does the same to the same.
type Acting = (State, PrincipalType, bool, Vec<Factor>);

/// What a fixpoint works on.
#[derive(Clone, Copy)]
pub(super) struct World<'r, 'a> {
    pub(super) account: &'r Account<'a>,
    pub(super) targets: &'r Targets,
    /// Those of them that one may want to become.
    pub(super) wanted: &'r Candidates<'a>,
    /// Whether one is where one wants to be with a principal.
    pub(super) goal: &'r dyn Fn(PrincipalIndex, Factor) -> bool,
    pub(super) watch: &'r Watch<'r>,
}

/// Whom one looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those who were there at the beginning, and whom they make.
    Alone,
    /// Also whomever they can become.
    Together,
    /// Also this one.
    Towards(PrincipalIndex),
    /// Everybody is there from the beginning, and has been looked at alone.
    Everybody,
}

/// Which principal a member is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Known(PrincipalIndex),
    /// One that does not exist yet, by its ARN and its permissions boundary.
    New(String, Option<Arc<str>>),
}

/// A principal in control.
pub(super) struct Member<'r, 'a> {
    pub(super) who: Who,
    pub(super) principal: PrincipalRef<'r, 'a>,
    /// What is known of multi-factor authentication, each with the step that brought it; none for how it began.
    pub(super) factors: Vec<(Factor, Option<usize>)>,
    /// What it can be.
    pub(super) state: Arc<State>,
    /// The steps behind what was changed of it.
    grounds: change::Grounds,
    gifts: Vec<(Held, usize)>,
    /// Policies of its own that can be taken away, by their places.
    lifted: Vec<(usize, usize)>,
    bounds: Vec<(Option<Bound>, usize)>,
    is_on_agenda: bool,
    /// Whether others who have been looked at have not acted upon it since it came or changed.
    is_fresh: bool,
    /// Whether it can change a principal.
    changes_somebody: bool,
    /// Whether it can make a principal or a group.
    makes: bool,
}

/// A principal that the account has, or one that was made.
#[derive(Clone)]
pub(super) enum PrincipalRef<'r, 'a> {
    Known(&'r Principal<'a>),
    Made(Arc<Principal<'a>>),
}

/// A step that a member takes.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) by: usize,
    pub(super) factor: Factor,
    pub(super) way: Way,
    /// What the step brings.
    pub(super) brings: Brings,
    /// Steps that it takes to have been taken.
    pub(super) needs: Vec<usize>,
    /// The policies that allow it, permit by permit.
    pub(super) allowed_by: Vec<Option<AllowedBy>>,
}

/// A statement that allows something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AllowedBy {
    pub(super) group: Option<String>,
    pub(super) policy: String,
    pub(super) statement: String,
    pub(super) place: PolicyPlace,
    /// The statement's zero-based place in the policy.
    pub(super) index: usize,
}

/// What a step brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Brings {
    /// Control of a principal.
    Member(Who, Factor),
    /// A user who still needs credentials.
    User(Who),
    /// A policy for a member.
    Policy(usize, Given),
    /// A member without one of its policies, by its place.
    Removal(usize, usize),
    /// Another permissions boundary of a member.
    Boundary(usize, Option<Bound>),
    /// A device for a member.
    Device(usize),
    /// Membership of a group, for whom one likes.
    Membership(GroupRef),
    /// A policy for the members of a group.
    GroupPolicy(GroupRef, Given),
    /// A group without one of its policies, by its place.
    GroupRemoval(GroupIndex, usize),
    /// An end of membership.
    Leaving(GroupIndex),
    /// A group that does not exist yet.
    NewGroup(String),
    /// Whatever one likes in the place of a policy.
    Rewriting(PolicyIndex),
    /// Another version of a policy, by its place among the others.
    Version(PolicyIndex, usize),
    /// Whatever one likes.
    Anything,
    /// A tag of a principal; none to take it away.
    Tag(String, String, Option<String>),
}

/// A group that the account has, or one that was made.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupRef {
    Known(GroupIndex),
    Made(String),
}

/// The principal is the end of the search.
#[derive(Clone, Debug)]
pub(super) struct End {
    pub(super) member: usize,
    pub(super) factor: Factor,
    /// Why the member is an administrator; none where the goal is reached with it as it is.
    pub(super) administrator: Option<Administrator>,
    /// Further steps that it takes, such as those that set tags for it.
    pub(super) further: Vec<usize>,
}

impl<'a> PrincipalRef<'_, 'a> {
    pub(super) fn get(&self) -> &Principal<'a> {
        match self {
            Self::Known(principal) => principal,
            Self::Made(principal) => principal,
        }
    }
}

impl<'r, 'a> Control<'r, 'a> {
    pub(super) fn new(world: World<'r, 'a>, level: Truth, scope: Scope) -> Self {
        Self {
            world,
            level,
            scope,
            members: Vec::new(),
            by_who: HashMap::new(),
            present: Targets::new(world.account.partition(), world.account.facts.account.as_str()),
            made: Vec::new(),
            changes: Changes::default(),
            is_stale: false,
            steps: Vec::new(),
            agenda: VecDeque::new(),
            taggers: Vec::new(),
            anything: None,
            acted: HashSet::new(),
            tags_set: RefCell::default(),
        }
    }

    /// Puts a principal in control from the beginning.
    pub(super) fn begin_with(&mut self, principal: PrincipalIndex, factor: Factor) {
        if let Some(known) = self.world.account.principals.get(principal) {
            self.join(Who::Known(principal), &PrincipalRef::Known(known), factor, None);
        }
    }

    /// Goes on until the goal is reached or nothing changes.
    pub(super) fn run(&mut self) -> Option<End> {
        while let Some(member) = self.agenda.pop_front().filter(|_| !self.world.watch.is_over()) {
            if let Some(member) = self.members.get_mut(member) {
                member.is_on_agenda = false;
            }
            if let Some(end) = self.end_at(member) {
                return Some(end);
            }
            if self.act_upon_itself(member) {
                if let Some(end) = self.end_at(member) {
                    return Some(end);
                }
            }
            self.act(member);
            if let Some(step) = self.anything {
                return self.steps.get(step).map(|last| End {
                    member: last.by,
                    factor: last.factor,
                    administrator: None,
                    further: vec![step],
                });
            }
        }
        None
    }

    /// Goes on until nothing changes: everybody who comes in control, with how. What an administrator could do is not done.
    pub(super) fn explore(&mut self) -> Vec<End> {
        while let Some(member) = self.agenda.pop_front().filter(|_| !self.world.watch.is_over()) {
            if let Some(member) = self.members.get_mut(member) {
                member.is_on_agenda = false;
            }
            if self.end_at(member).is_none() {
                self.act(member);
            }
        }
        let ends = self.members.iter().enumerate().flat_map(|(place, member)| {
            let by_step = member.factors.iter().filter(|(_, step)| step.is_some());
            by_step.map(move |(factor, _)| End {
                member: place,
                factor: *factor,
                administrator: None,
                further: Vec::new(),
            })
        });
        ends.collect()
    }

    /// Whether the goal is reached with a member.
    fn end_at(&mut self, member: usize) -> Option<End> {
        let this = self.members.get(member)?;
        let (who, factors) = (this.who.clone(), this.factors.clone());
        for (factor, step) in factors {
            if let (Who::Known(principal), Some(_)) = (&who, step) {
                if (self.world.goal)(*principal, factor) {
                    return Some(End { member, factor, administrator: None, further: Vec::new() });
                }
            }
            let administrator = self.ask(member, factor, |requester| requester.administrator()).flatten();
            if let Some(found) = administrator.filter(|found| found.truth >= self.level) {
                let further = self.tags_for(member, &found.set);
                return Some(End { member, factor, administrator: Some(found), further });
            }
        }
        None
    }

    /// Asks as a member.
    fn ask<T>(&self, member: usize, factor: Factor, ask: impl FnOnce(&Requester<'_, 'a>) -> T) -> Option<T> {
        let this = self.members.get(member)?;
        let others = |on: &Principal<'a>, key: &str, value: Option<&str>| self.may_tag(on, key, value);
        let tagging = if self.taggers.is_empty() { Tagging::Nobody } else { Tagging::Others(&others) };
        let requester = Requester::new(self.world.account, this.principal.get(), &this.state, factor, tagging)?;
        Some(ask(&requester))
    }

    /// Whether some member may change a tag.
    fn may_tag(&self, on: &Principal<'a>, key: &str, value: Option<&str>) -> Truth {
        let question =
            (on.arn().to_owned(), on.boundary_arn().map(str::to_owned), key.to_owned(), value.map(str::to_owned));
        if let Some(known) = self.tags_set.borrow().get(&question) {
            return *known;
        }
        let may = |tagger: &usize| {
            let this = self.members.get(*tagger)?;
            let by_factor = this.factors.iter().filter_map(|(factor, _)| {
                let account = self.world.account;
                let by = Requester::new(account, this.principal.get(), &this.state, *factor, Tagging::Nobody)?;
                Some(by.may_tag(on, key, value).truth)
            });
            by_factor.max()
        };
        let mut best = Truth::Fails;
        for found in self.taggers.iter().filter_map(may) {
            best = best.max(found);
            if best == Truth::Holds {
                break;
            }
        }
        let best = if best >= self.level { best } else { Truth::Fails };
        self.tags_set.borrow_mut().insert(question, best);
        best
    }

    /// Adds a member, or another factor of one.
    fn join(&mut self, who: Who, principal: &PrincipalRef<'r, 'a>, factor: Factor, step: Option<usize>) -> bool {
        let place = match self.by_who.get(&who) {
            Some(place) => *place,
            None => {
                let state = Arc::new(principal.get().state.clone());
                self.by_who.insert(who.clone(), self.members.len());
                if let Who::Known(known) = who {
                    self.present.add(&principal.get().identity.arn, Target::Principal(known));
                }
                self.members.push(Member {
                    who,
                    principal: principal.clone(),
                    factors: Vec::new(),
                    grounds: change::Grounds::of(&state),
                    state,
                    gifts: Vec::new(),
                    lifted: Vec::new(),
                    bounds: Vec::new(),
                    is_on_agenda: false,
                    is_fresh: step.is_some(),
                    changes_somebody: false,
                    makes: false,
                });
                self.members.len() - 1
            }
        };
        let Some(member) = self.members.get_mut(place) else { return false };
        if member.factors.iter().any(|(known, _)| *known == factor) {
            return false;
        }
        member.factors.push((factor, step));
        self.rebuild(place);
        self.look_again_at(place);
        true
    }

    /// Notes what a member can do since it came or changed, and looks at it again.
    fn look_again_at(&mut self, member: usize) {
        let account = self.world.account;
        let Some(this) = self.members.get_mut(member) else { return };
        let actions = super::request::actions_of(account, this.principal.get(), &this.state);
        if actions.meets(TAGS) {
            // What can be set for certain stays so: nobody can do less than before.
            self.tags_set.borrow_mut().retain(|_, truth| *truth == Truth::Holds);
        }
        this.changes_somebody = actions.meets(CHANGES);
        this.makes = actions.meets(principal_creation::FIRST.union(principal_creation::GROUPS));
        // Who was there from the beginning has been looked at alone.
        let is_from_beginning = this.factors.iter().all(|(_, step)| step.is_none());
        let is_as_it_was = !this.changes_somebody && !this.state.is_changed() && is_from_beginning;
        let is_at_rest = self.scope == Scope::Everybody && is_as_it_was;
        if actions.meets(TAGS) && !self.taggers.contains(&member) {
            self.taggers.push(member);
            self.acted.clear();
            // What tags open, they may open for everybody.
            if self.scope != Scope::Everybody {
                for other in 0..self.members.len() {
                    self.put_on_agenda(other);
                }
            }
        }
        if !is_at_rest {
            self.put_on_agenda(member);
        }
        // What it can help with may call for other names.
        if self.scope != Scope::Everybody && actions.meets(principal_creation::HELP) {
            for other in 0..self.members.len() {
                if self.members.get(other).is_some_and(|other| other.makes) {
                    self.put_on_agenda(other);
                }
            }
        }
    }

    fn put_on_agenda(&mut self, member: usize) {
        if let Some(this) = self.members.get_mut(member).filter(|this| !this.is_on_agenda) {
            this.is_on_agenda = true;
            self.agenda.push_back(member);
        }
    }

    /// The principal of the account that a member is.
    pub(super) fn known(&self, member: usize) -> Option<PrincipalIndex> {
        match self.members.get(member)?.who {
            Who::Known(principal) => Some(principal),
            Who::New(..) => None,
        }
    }

    /// Whether a policy that anybody in control has, or can have, has a condition on multi-factor authentication.
    pub(super) fn asks_for_mfa(&self) -> bool {
        let account = self.world.account;
        let mut documents = self.members.iter().flat_map(|member| account.documents_of(&member.state));
        documents.any(|document| document.keys.meets(Keys::MFA))
    }

    /// Whether any step was taken.
    pub(super) fn is_changed(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The members that can possibly use one of the actions, up to two.
    pub(super) fn who_may(&self, actions: Mask) -> Vec<usize> {
        let account = self.world.account;
        let of = |member: &Member<'r, 'a>| super::request::actions_of(account, member.principal.get(), &member.state);
        let members = self.members.iter().enumerate().filter(|(_, member)| of(member).meets(actions));
        members.map(|(place, _)| place).take(2).collect()
    }

    /// Whether a principal can change tags.
    pub(super) fn changes_tags(&self) -> bool {
        !self.taggers.is_empty()
    }

    /// Everybody in control, as it acts. `factor` is what was known at the beginning, where it makes a difference.
    pub(super) fn agents(&self, factor: Option<Factor>) -> Vec<Agent<'a>> {
        let account = self.world.account;
        let mut agents = Vec::new();
        for (place, member) in self.members.iter().enumerate() {
            let made = match &member.principal {
                PrincipalRef::Known(_) => None,
                PrincipalRef::Made(principal) => Some(Arc::clone(principal)),
            };
            let actions = super::request::actions_of(account, member.principal.get(), &member.state);
            for (own, step) in &member.factors {
                let end = End { member: place, factor: *own, administrator: None, further: Vec::new() };
                let steps = u32::try_from(self.steps_to(&end).len()).unwrap_or(u32::MAX);
                let own = if step.is_none() { factor } else { Some(*own) };
                let from = factor.map_or(Factor::EVERY, Factor::bit);
                agents.push(Agent::new(account, made.clone(), Arc::clone(&member.state), (own, from), steps, actions));
            }
        }
        agents
    }
}
