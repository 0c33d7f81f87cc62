//! The principals that can become an administrator, for one level of certainty.
//!
//! The search goes backwards from the administrators, one principal after another. It then tests principals that
//! control several principals which act on each other, but only if all remaining principals together could reach an
//! administrator. The uncertain level starts with the results of the certain one.

use std::collections::{BTreeMap, HashSet};

use super::Lookup;
use super::account::{Account, PrincipalIndex};
use super::backward::{Backward, Winners};
use super::candidates::Candidates;
use super::clause::Keys;
use super::control::{CHANGES, Control, Scope, World};
use super::kinds::Personal;
use super::principal::{Factor, Principal};
use super::request::Requester;
use super::source::Classes;
use super::tagging::{TAGS, Tagging};
use super::technique::{self, principal_creation};
use super::telling::Legs;
use super::watch::Watch;
use crate::decision::Truth;

/// Who wins at one level.
#[derive(Debug)]
pub(super) struct Solved {
    pub(super) level: Truth,
    pub(super) winners: Winners,
    pub(super) legs: Legs,
}

impl Solved {
    /// Who wins for certain; incomplete when the watch is over.
    pub(super) fn certain<'a>(account: &Account<'a>, lookup: &Lookup<'a>, watch: &Watch<'_>) -> Self {
        Self::new(account, lookup, (Truth::Holds, &Winners::default()), watch)
    }

    /// Who else may win, and those who win for certain; incomplete when the watch is over.
    pub(super) fn uncertain<'a>(account: &Account<'a>, lookup: &Lookup<'a>, certain: &Self, watch: &Watch<'_>) -> Self {
        Self::new(account, lookup, (Truth::Undecided, &certain.winners), watch)
    }

    fn new<'a>(
        account: &Account<'a>,
        lookup: &Lookup<'a>,
        (level, known): (Truth, &Winners),
        watch: &Watch<'_>,
    ) -> Self {
        let (targets, wanted) = (&lookup.targets, &lookup.candidates);
        let world = World { account, targets, wanted, goal: &|_, _| false, watch };
        // How those win who win for certain is known.
        let classes = Classes::new(world, level, |principal| !has_won(known, principal));
        let asks_for_mfa = account.trusts_ask_for_mfa || classes.classes.iter().any(|class| class.asks_for_mfa);
        let search = Together { account, lookup, level, classes: &classes, asks_for_mfa, watch };
        let winners = search.run(known);
        Self { level, winners, legs: Legs::default() }
    }
}

struct Together<'r, 'a> {
    account: &'r Account<'a>,
    lookup: &'r Lookup<'a>,
    level: Truth,
    classes: &'r Classes<'a>,
    /// Whether multi-factor authentication makes a difference to any principal, or to whom a role trusts.
    asks_for_mfa: bool,
    watch: &'r Watch<'r>,
}

impl<'r, 'a> Together<'r, 'a> {
    fn run(&self, known: &Winners) -> Winners {
        let mut backward = Backward::new(self.account, self.lookup, self.classes, self.level, self.watch);
        backward.go_on_from(known);
        backward.begin();
        backward.run();
        let changers = self.changers(&backward);
        if !changers.is_empty() && self.leads_anywhere(&backward, &changers) {
            for alike in self.alike(&changers) {
                self.try_together(&mut backward, &alike);
            }
            for principal in self.who_reach(&changers, &backward) {
                self.try_together(&mut backward, &[principal]);
            }
        }
        backward.into_winners()
    }

    /// Those who have not won and can change others.
    fn changers(&self, backward: &Backward<'_, '_>) -> Vec<PrincipalIndex> {
        let changes = |principal: &PrincipalIndex| {
            let class = self.classes.class_of(*principal).and_then(|class| self.classes.classes.get(class));
            class.is_some_and(|class| class.agents.iter().any(|agent| agent.actions.meets(CHANGES)))
        };
        let all = 0..self.account.principals.len();
        all.filter(|principal| !has_won(backward.winners(), *principal)).filter(changes).collect()
    }

    /// Whether everybody who has not won could bring about anything together.
    fn leads_anywhere(&self, backward: &Backward<'_, '_>, changers: &[PrincipalIndex]) -> bool {
        let who_may = |mask| -> Vec<PrincipalIndex> {
            let may = |principal: &&PrincipalIndex| {
                let class = self.classes.class_of(**principal).and_then(|class| self.classes.classes.get(class));
                class.is_some_and(|class| class.agents.iter().any(|agent| agent.actions.meets(mask)))
            };
            changers.iter().filter(may).take(2).copied().collect()
        };
        // Whom one makes and others change, and what tags open, is looked at for each.
        let makes = is_by_two(
            &who_may(principal_creation::FIRST.union(principal_creation::GROUPS)),
            &who_may(principal_creation::HELP),
        );
        let tags = !who_may(TAGS).is_empty() && self.asks_for_tags(backward);
        if makes || tags {
            return true;
        }
        let winners = backward.winners();
        let goal = |principal, factor| winners.wins(principal, factor);
        // Whom somebody could become who has not won is in control already.
        let wanted = Candidates::new(self.account, |principal| has_won_somehow(winners, principal));
        let world = World {
            account: self.account,
            targets: &self.lookup.targets,
            wanted: &wanted,
            goal: &goal,
            watch: self.watch,
        };
        let mut control = Control::new(world, self.level, Scope::Everybody);
        for principal in (0..self.account.principals.len()).filter(|principal| !has_won(winners, *principal)) {
            for factor in self.beginnings(principal) {
                control.begin_with(principal, factor);
            }
        }
        if control.run().is_some() {
            return true;
        }
        // Whom some make and others change, and what tags open, was not looked at with what everybody has been given.
        let makers = control.who_may(principal_creation::FIRST.union(principal_creation::GROUPS));
        let makes = is_by_two(&makers, &control.who_may(principal_creation::HELP));
        makes || (control.changes_tags() && self.asks_for_tags(backward))
    }

    /// Whether tags can open a step that leads to a principal that wins, or make an administrator.
    fn asks_for_tags(&self, backward: &Backward<'_, '_>) -> bool {
        let account = self.account;
        let anybody_wins = (0..account.principals.len()).any(|principal| has_won(backward.winners(), principal));
        let spans = |principal: &Principal<'_>| {
            let documents = principal.state.held.iter().map(|held| account.documents.get(held.document));
            documents.flat_map(|document| &document.clauses).any(|it| it.spans && it.keys.meets(Keys::CALLER_TAG))
        };
        anybody_wins || account.principals.iter().any(spans)
    }

    /// Those who can change others, together with those who can change the same: what one of them brings about with others,
    /// each of them does. A trust policy that names one makes it different.
    fn alike(&self, changers: &[PrincipalIndex]) -> Vec<Vec<PrincipalIndex>> {
        let mut by_class: BTreeMap<(Option<usize>, Option<PrincipalIndex>), Vec<PrincipalIndex>> = BTreeMap::new();
        for principal in changers {
            let class = self.classes.class_of(*principal);
            let is_one_of_many = class.and_then(|class| self.classes.classes.get(class)).is_some_and(|it| it.is_alike);
            let known = self.account.principals.get(*principal);
            let is_anybody = known.is_some_and(|known| self.account.is_anybody_to_trusts(&known.identity));
            let itself = (!is_one_of_many || !is_anybody).then_some(*principal);
            by_class.entry((class, itself)).or_default().push(*principal);
        }
        by_class.into_values().collect()
    }

    /// Looks whether one of some who are alike wins together with those whom it can become.
    fn try_together(&self, backward: &mut Backward<'r, 'a>, alike: &[PrincipalIndex]) {
        let Some(principal) = alike.first().copied() else { return };
        for factor in self.beginnings(principal) {
            if self.watch.is_over() || backward.winners().wins(principal, factor) || !self.becomes_anybody(principal) {
                continue;
            }
            let found = {
                let winners = backward.winners();
                let goal = |principal, factor| winners.wins(principal, factor);
                let world = World {
                    account: self.account,
                    targets: &self.lookup.targets,
                    wanted: &self.lookup.candidates,
                    goal: &goal,
                    watch: self.watch,
                };
                let mut control = Control::new(world, self.level, Scope::Together);
                control.begin_with(principal, factor);
                control.run().map(|end| {
                    let rest = control.known(end.member).and_then(|reached| winners.link(reached, end.factor));
                    let rest = rest.filter(|_| end.administrator.is_none()).map_or(0, |link| link.steps);
                    rest.saturating_add(u32::try_from(control.steps_to(&end).len()).unwrap_or(u32::MAX))
                })
            };
            if let Some(steps) = found {
                let bits = if self.beginnings(principal).len() == 1 { Factor::EVERY } else { factor.bit() };
                for principal in alike {
                    backward.add(*principal, bits, steps);
                }
                backward.run();
            }
        }
    }

    /// Whether a principal can become another one, with all that it can make of itself. Where it cannot, there is nobody to
    /// do anything together with.
    fn becomes_anybody(&self, principal: PrincipalIndex) -> bool {
        let Some(class) = self.classes.class_of(principal).and_then(|class| self.classes.classes.get(class)) else {
            return false;
        };
        let factors = self.beginnings(principal);
        let beginnings = class.agents.iter().flat_map(|agent| factors.iter().map(move |factor| (agent, *factor)));
        let all: Vec<Requester<'_, 'a>> =
            beginnings.filter_map(|(agent, factor)| agent.requester(self.account, principal, factor)).collect();
        let taggers: Vec<&Requester<'_, 'a>> = all.iter().filter(|by| by.actions.meets(TAGS)).collect();
        let may_tag = |on: &Principal<'a>, key: &str, value: Option<&str>| {
            let truths = taggers.iter().map(|by| by.may_tag(on, key, value).truth);
            truths.max().filter(|truth| *truth >= self.level).unwrap_or(Truth::Fails)
        };
        let tagging = if taggers.is_empty() { Tagging::Nobody } else { Tagging::Others(&may_tag) };
        all.iter().any(|by| {
            let by = by.with_tagging(tagging);
            let mut personal = Personal::default();
            personal.add(&by, &self.lookup.targets);
            let mut tried = HashSet::new();
            // One of a kind is enough.
            let mut leads = |place: &PrincipalIndex| {
                let Some(target) = self.account.principals.get(*place).filter(|_| *place != principal) else {
                    return false;
                };
                let is_first = personal.may_name(target) || tried.insert(self.lookup.kinds.of(*place));
                is_first && technique::ways(&by, target).iter().any(|becoming| becoming.way.truth >= self.level)
            };
            self.lookup.candidates.of(&by).iter().any(&mut leads)
        })
    }

    /// What is known of multi-factor authentication at the beginning, as far as it makes a difference.
    fn beginnings(&self, principal: PrincipalIndex) -> Vec<Factor> {
        match self.classes.class_of(principal) {
            None => Vec::new(),
            Some(_) if self.asks_for_mfa => Factor::ALL.to_vec(),
            Some(_) => vec![Factor::Unknown],
        }
    }

    /// Those who have not won and can become one of these.
    fn who_reach(&self, these: &[PrincipalIndex], backward: &Backward<'_, '_>) -> Vec<PrincipalIndex> {
        let mut towards = Backward::new(self.account, self.lookup, self.classes, self.level, self.watch);
        for principal in these {
            towards.add(*principal, Factor::EVERY, 0);
        }
        towards.run();
        let reach = towards.into_winners();
        let all = 0..self.account.principals.len();
        let others = all.filter(|principal| !these.contains(principal) && has_won_somehow(&reach, *principal));
        others.filter(|principal| !has_won(backward.winners(), *principal)).collect()
    }
}

/// Whether some principal of the first can be helped by another one of the second; two of each are enough to tell.
fn is_by_two(makers: &[PrincipalIndex], helpers: &[PrincipalIndex]) -> bool {
    makers.iter().any(|maker| helpers.iter().any(|helper| helper != maker))
}

/// Whether a principal wins, if what is known of multi-factor authentication is right for it.
fn has_won_somehow(winners: &Winners, principal: PrincipalIndex) -> bool {
    Factor::ALL.into_iter().any(|factor| winners.wins(principal, factor))
}

/// Whether a principal wins, whatever is known of multi-factor authentication.
fn has_won(winners: &Winners, principal: PrincipalIndex) -> bool {
    Factor::ALL.into_iter().all(|factor| winners.wins(principal, factor))
}
