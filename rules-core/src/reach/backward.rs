//! The search from the administrators back to the principals that can become one.
//!
//! A principal wins if it can become an administrator. Each winner is visited once, and the principals that may be able
//! to become it are tested. An index of the patterns in statements lists them, so principals without a path are never
//! visited.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Lookup;
use super::account::{Account, Named, PrincipalIndex};
use super::action::Mask;
use super::clause::Keys;
use super::index::Patterns;
use super::kinds::{Kind, Personal};
use super::principal::{Factor, Principal};
use super::request::Requester;
use super::source::{Agent, Classes};
use super::technique::{self, assume_role, credential_access, identity_provider, pass_role};
use super::watch::Watch;
use crate::decision::Truth;
use crate::permissions::PrincipalType;

/// Who wins, and how.
#[derive(Debug, Default)]
pub(super) struct Winners {
    /// By principal, the bits of what is known of multi-factor authentication at the beginning.
    won: Vec<u8>,
    links: HashMap<(PrincipalIndex, Factor), Link>,
}

/// The first step of a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) next: Next,
    /// The steps up to the end.
    pub(super) steps: u32,
}

/// Where a way goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It is there, by itself.
    Oneself,
    /// To another principal.
    To(PrincipalIndex),
    /// To several at once, who act on each other.
    Together,
}

/// The search in the making.
pub(super) struct Backward<'r, 'a> {
    account: &'r Account<'a>,
    lookup: &'r Lookup<'a>,
    classes: &'r Classes<'a>,
    level: Truth,
    winners: Winners,
    /// Principals that have won and are not yet told, by their distance.
    waiting: BTreeMap<u32, Vec<(PrincipalIndex, u8)>>,
    listening: Patterns<usize>,
    /// Classes that may run something for a service.
    running: HashMap<&'static str, Vec<usize>>,
    /// Classes that may change identity providers.
    providing: Vec<usize>,
    /// By class, the bits for which all of its members have won.
    done: Vec<u8>,
    /// By class, the last event that it heard of.
    heard: Vec<usize>,
    events: usize,
    /// By class, the patterns of the variables in its policies.
    personal: Vec<Personal>,
    /// Classes that tried whether they can become a principal of a kind, by the bits for which that one wins.
    tried: HashSet<(usize, Kind, u8)>,
    watch: &'r Watch<'r>,
}

/// The actions by whose patterns those are found who may become a principal.
const BY_PATTERN: Mask = credential_access::FIRST.union(assume_role::FIRST).union(pass_role::FIRST);

impl Winners {
    pub(super) fn wins(&self, principal: PrincipalIndex, factor: Factor) -> bool {
        self.won.get(principal).is_some_and(|won| won & factor.bit() != 0)
    }

    pub(super) fn link(&self, principal: PrincipalIndex, factor: Factor) -> Option<Link> {
        self.links.get(&(principal, factor)).copied()
    }

    fn bits(&self, principal: PrincipalIndex) -> u8 {
        self.won.get(principal).copied().unwrap_or_default()
    }
}

impl<'r, 'a> Backward<'r, 'a> {
    pub(super) fn new(
        account: &'r Account<'a>,
        lookup: &'r Lookup<'a>,
        classes: &'r Classes<'a>,
        level: Truth,
        watch: &'r Watch<'r>,
    ) -> Self {
        let many = classes.classes.len();
        let mut search = Self {
            account,
            lookup,
            classes,
            level,
            winners: Winners { won: vec![0; account.principals.len()], links: HashMap::new() },
            waiting: BTreeMap::new(),
            listening: Patterns::new(),
            running: HashMap::new(),
            providing: Vec::new(),
            done: vec![0; many],
            heard: vec![0; many],
            events: 0,
            personal: (0..many).map(|_| Personal::default()).collect(),
            tried: HashSet::new(),
            watch,
        };
        for class in (0..many).take_while(|_| !watch.is_over()) {
            search.listen(class);
        }
        search
    }

    /// Registers a class with everything by which one of its members can become a principal.
    fn listen(&mut self, class: usize) {
        let Some(this) = self.classes.classes.get(class) else { return };
        let Some(member) = this.members.first() else { return };
        for agent in &this.agents {
            let Some(by) = agent.requester(self.account, *member, Factor::Unknown) else { continue };
            if let Some(personal) = self.personal.get_mut(class) {
                personal.add(&by, &self.lookup.targets);
            }
            if by.actions.meets(BY_PATTERN) {
                for held in &by.state.held {
                    let document = self.account.documents.get(held.document);
                    let clauses = document.clauses.iter().filter(|_| document.allows.meets(BY_PATTERN));
                    for clause in clauses.filter(|it| it.is_allow() && it.actions.all.meets(BY_PATTERN)) {
                        for pattern in
                            by.patterns(clause).iter().filter(|pattern| self.lookup.targets.is_within(pattern))
                        {
                            if let Some(last) = pattern.last() {
                                self.listening.add(last, class);
                            }
                        }
                    }
                }
            }
            for service in pass_role::services_that_run(by.actions) {
                let classes = self.running.entry(service).or_default();
                if classes.last() != Some(&class) {
                    classes.push(class);
                }
            }
            if by.actions.meets(identity_provider::FIRST) && self.providing.last() != Some(&class) {
                self.providing.push(class);
            }
        }
    }

    /// Adds those of whom it is known already that they win.
    pub(super) fn go_on_from(&mut self, known: &Winners) {
        for principal in 0..self.account.principals.len() {
            for factor in Factor::ALL {
                if let Some(link) = known.link(principal, factor) {
                    self.win(principal, factor.bit(), link.next, link.steps);
                }
            }
        }
    }

    /// Starts from those who are administrators, or make themselves one, or may be one as far as anybody knows.
    pub(super) fn begin(&mut self) {
        for (place, principal) in self.account.principals.iter().enumerate() {
            if principal.permissions.is_err() {
                if self.level < Truth::Holds {
                    self.win(place, Factor::EVERY, Next::Oneself, 0);
                }
                continue;
            }
            let Some(class) = self.classes.class_of(place).and_then(|class| self.classes.classes.get(class)) else {
                continue;
            };
            for (factor, steps) in &class.ends {
                let bits = if class.asks_for_mfa { factor.bit() } else { Factor::EVERY };
                self.win(place, bits, Next::Oneself, *steps);
            }
        }
    }

    /// Adds one who wins by other means.
    pub(super) fn add(&mut self, principal: PrincipalIndex, bits: u8, steps: u32) {
        self.win(principal, bits, Next::Together, steps);
    }

    fn win(&mut self, principal: PrincipalIndex, bits: u8, next: Next, steps: u32) {
        let Some(won) = self.winners.won.get_mut(principal) else { return };
        let new = bits & !*won;
        if new == 0 {
            return;
        }
        *won |= new;
        for factor in Factor::ALL.into_iter().filter(|factor| factor.bit() & new != 0) {
            self.winners.links.insert((principal, factor), Link { next, steps });
        }
        self.waiting.entry(steps).or_default().push((principal, new));
    }

    /// Goes on until nobody new wins.
    pub(super) fn run(&mut self) {
        while let Some((steps, told)) = self.waiting.pop_first() {
            for (principal, _) in told {
                if self.watch.is_over() {
                    return;
                }
                self.tell(principal, steps);
            }
        }
    }

    pub(super) fn winners(&self) -> &Winners {
        &self.winners
    }

    pub(super) fn into_winners(self) -> Winners {
        self.winners
    }

    /// Tells those who may be able to become a principal that it wins.
    fn tell(&mut self, target: PrincipalIndex, steps: u32) {
        let Some(principal) = self.account.principals.get(target) else { return };
        self.events += 1;
        let mut classes = Vec::new();
        let (done, heard, events) = (&self.done, &mut self.heard, self.events);
        let mut hear = |class: usize| {
            let is_done = done.get(class).is_some_and(|done| *done == Factor::EVERY);
            if let Some(last) = heard.get_mut(class).filter(|last| **last != events && !is_done) {
                *last = events;
                classes.push(class);
            }
            !is_done
        };
        self.listening.visit(principal.identity.arn.resource(), &mut hear);
        let mut named = Named::default();
        if principal.kind == PrincipalType::Role {
            let services: Vec<&str> = match principal.trust() {
                Some(Ok(_)) => principal.trusted_services.iter().map(|(service, _)| *service).collect(),
                _ => self.running.keys().copied().collect(),
            };
            for service in services {
                self.running.get(service).into_iter().flatten().for_each(|class| {
                    hear(*class);
                });
            }
            if technique::is_of_providers(principal) {
                self.providing.iter().for_each(|class| {
                    hear(*class);
                });
            }
            named = self.account.named_by(principal);
            if named.everybody {
                (0..self.classes.classes.len()).for_each(|class| {
                    hear(class);
                });
            }
        }
        classes.sort_unstable();
        for class in classes {
            self.try_class(class, target, principal, steps, &named);
        }
        for individual in named.principals {
            self.try_member(individual, target, principal, steps);
        }
    }

    /// Tries all members of a class at once, where they are the same to the target. Individuals are tried by themselves.
    fn try_class(
        &mut self,
        class: usize,
        target: PrincipalIndex,
        principal: &Principal<'a>,
        steps: u32,
        named: &Named,
    ) {
        let individuals = &named.principals;
        let Some(this) = self.classes.classes.get(class) else { return };
        let is_alike = |member: &&PrincipalIndex| **member != target && !individuals.contains(member);
        if principal.trust_keys.meets(Keys::CALLERS) {
            for member in this.members.iter().filter(is_alike) {
                self.try_member(*member, target, principal, steps);
            }
            return;
        }
        let Some(member) = this.members.iter().find(is_alike) else { return };
        // One of a kind that is as near is enough, unless it is one of the class, or a variable makes a difference.
        let is_personal = self.personal.get(class).is_none_or(|personal| personal.may_name(principal));
        let is_one_of_many = !is_personal && self.classes.class_of(target) != Some(class);
        let kind = self.lookup.kinds.of(target).filter(|_| is_one_of_many);
        if kind.is_some_and(|kind| !self.tried.insert((class, kind, self.wins_within(target, steps)))) {
            return;
        }
        let is_whole = this.members.iter().all(|member| !individuals.contains(member));
        for (from, own) in self.won_by(class, *member, (target, steps), principal, named.everybody) {
            for member in this.members.iter().filter(is_alike) {
                self.win(*member, from, Next::To(target), steps + own + 1);
            }
            if let Some(done) = self.done.get_mut(class).filter(|_| is_whole) {
                *done |= from;
            }
        }
    }

    fn try_member(&mut self, member: PrincipalIndex, target: PrincipalIndex, principal: &Principal<'a>, steps: u32) {
        let won = self.winners.bits(member);
        if member == target || won == Factor::EVERY {
            return;
        }
        let Some(class) = self.classes.class_of(member) else { return };
        for (from, own) in self.won_by(class, member, (target, steps), principal, true) {
            self.win(member, from, Next::To(target), steps + own + 1);
        }
    }

    /// For which beginnings a member of a class becomes a principal that wins in so many steps, and how many steps it takes
    /// before.
    fn won_by(
        &self,
        class: usize,
        member: PrincipalIndex,
        (target, steps): (PrincipalIndex, u32),
        principal: &Principal<'a>,
        is_named: bool,
    ) -> Vec<(u8, u32)> {
        let Some(this) = self.classes.classes.get(class) else { return Vec::new() };
        let wins = self.wins_within(target, steps);
        let mut found = Vec::new();
        // Who is named by a trust policy needs no action for it.
        let may = |agent: &&Agent<'a>| is_named || technique::may_become(agent.actions, principal.kind);
        for agent in this.agents.iter().filter(may) {
            let asks_for_mfa = this.asks_for_mfa || principal.trust_keys.meets(Keys::MFA) || wins != Factor::EVERY;
            let beginnings: &[Factor] = if asks_for_mfa { &Factor::ALL } else { &[Factor::Unknown] };
            for beginning in beginnings.iter().filter(|factor| factor.bit() & agent.from != 0) {
                let bits = if asks_for_mfa { beginning.bit() } else { agent.from };
                let Some(by) = agent.requester(self.account, member, *beginning) else { continue };
                if self.reached(&by, principal).iter().any(|factor| wins & factor.bit() != 0) {
                    found.push((bits, agent.steps));
                }
            }
        }
        found
    }

    /// The bits for which a principal wins in so many steps. With another factor it may be further away, and is announced
    /// again then.
    fn wins_within(&self, principal: PrincipalIndex, steps: u32) -> u8 {
        let is_near = |factor: &Factor| self.winners.link(principal, *factor).is_some_and(|link| link.steps <= steps);
        Factor::ALL.into_iter().filter(is_near).fold(0, |wins, factor| wins | factor.bit())
    }

    /// What is known of multi-factor authentication once one has become a principal, way by way.
    fn reached(&self, by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Factor> {
        let ways = technique::ways(by, target).into_iter().filter(|becoming| becoming.way.truth >= self.level);
        ways.map(|becoming| becoming.factor).collect()
    }
}
