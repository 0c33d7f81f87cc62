//! From those who are administrators back to everybody who can become one.
//!
//! Each principal that is known to win is announced once to those that can possibly become it, and those that can win too.
//! An index of the patterns in statements has the candidates, so principals without a path are never visited.

use std::collections::{BTreeMap, HashMap};

use super::account::{Account, PrincipalIndex};
use super::action::Mask;
use super::clause::Keys;
use super::index::{Patterns, Targets};
use super::principal::{Factor, Principal};
use super::request::Requester;
use super::source::Classes;
use super::technique::{self, assume_role, credential_access, identity_provider, pass_role};
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
    targets: &'r Targets,
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
    pub(super) fn new(account: &'r Account<'a>, targets: &'r Targets, classes: &'r Classes<'a>, level: Truth) -> Self {
        let many = classes.classes.len();
        let mut search = Self {
            account,
            targets,
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
        };
        for class in 0..many {
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
            if by.actions.meets(BY_PATTERN) {
                for held in &by.state.held {
                    let document = self.account.documents.get(held.document);
                    let clauses = document.clauses.iter().filter(|_| document.allows.meets(BY_PATTERN));
                    for clause in clauses.filter(|it| it.is_allow() && it.actions.all.meets(BY_PATTERN)) {
                        for pattern in by.patterns(clause).iter().filter(|pattern| self.targets.is_within(pattern)) {
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
        let mut individuals = Vec::new();
        if principal.kind == PrincipalType::Role {
            let services: Vec<&str> = match principal.trust() {
                Some(Ok(_)) => principal.trusted_services.clone(),
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
            let named = self.account.named_by(principal);
            if named.everybody {
                (0..self.classes.classes.len()).for_each(|class| {
                    hear(class);
                });
            }
            individuals = named.principals;
        }
        classes.sort_unstable();
        for class in classes {
            self.try_class(class, target, principal, steps, &individuals);
        }
        for individual in individuals {
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
        individuals: &[PrincipalIndex],
    ) {
        let Some(this) = self.classes.classes.get(class) else { return };
        let is_alike = |member: &&PrincipalIndex| **member != target && !individuals.contains(member);
        if principal.trust_keys.meets(Keys::CALLER | Keys::CALLER_TAG) {
            for member in this.members.iter().filter(is_alike) {
                self.try_member(*member, target, principal, steps);
            }
            return;
        }
        let Some(member) = this.members.iter().find(is_alike) else { return };
        let is_whole = this.members.iter().all(|member| !individuals.contains(member));
        for (from, own) in self.won_by(class, *member, target, principal) {
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
        for (from, own) in self.won_by(class, member, target, principal) {
            self.win(member, from, Next::To(target), steps + own + 1);
        }
    }

    /// For which beginnings a member of a class becomes a principal that wins, and how many steps it takes before.
    fn won_by(
        &self,
        class: usize,
        member: PrincipalIndex,
        target: PrincipalIndex,
        principal: &Principal<'a>,
    ) -> Vec<(u8, u32)> {
        let Some(this) = self.classes.classes.get(class) else { return Vec::new() };
        let wins = self.winners.bits(target);
        let mut found = Vec::new();
        for agent in &this.agents {
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

    /// What is known of multi-factor authentication once one has become a principal, way by way.
    fn reached(&self, by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Factor> {
        let ways = technique::ways(by, target).into_iter().filter(|becoming| becoming.way.truth >= self.level);
        ways.map(|becoming| becoming.factor).collect()
    }
}
