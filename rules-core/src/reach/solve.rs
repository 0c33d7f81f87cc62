//! Who wins, at one level of certainty.
//!
//! First backwards from the administrators, by one principal after another. Then those who control several principals that
//! act on each other, wherever that can lead anywhere at all: would it, if everybody who has not won conspired?

use std::collections::BTreeMap;

use super::account::{Account, PrincipalIndex};
use super::backward::{Backward, Winners};
use super::clause::Keys;
use super::control::{CHANGES, Control, Scope, World};
use super::index::Targets;
use super::principal::Factor;
use super::principals_of;
use super::source::Classes;
use super::tagging::TAGS;
use super::technique::principal_creation;
use super::watch::Watch;
use crate::decision::Truth;

/// Who wins at one level.
#[derive(Debug)]
pub(super) struct Solved {
    pub(super) level: Truth,
    pub(super) winners: Winners,
}

impl Solved {
    /// Incomplete when the watch is over.
    pub(super) fn new<'a>(account: &Account<'a>, targets: &Targets, level: Truth, watch: &Watch<'_>) -> Self {
        let world = World { account, targets, wanted: targets, goal: &|_, _| false, watch };
        let classes = Classes::new(world, level);
        let search = Together { account, targets, level, classes: &classes, watch };
        let winners = search.run();
        Self { level, winners }
    }
}

struct Together<'r, 'a> {
    account: &'r Account<'a>,
    targets: &'r Targets,
    level: Truth,
    classes: &'r Classes<'a>,
    watch: &'r Watch<'r>,
}

impl<'r, 'a> Together<'r, 'a> {
    fn run(&self) -> Winners {
        let mut backward = Backward::new(self.account, self.targets, self.classes, self.level, self.watch);
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
        let may = |mask| {
            let classes = changers.iter().filter_map(|principal| self.classes.class_of(*principal));
            let agents = classes.filter_map(|class| self.classes.classes.get(class)).flat_map(|class| &class.agents);
            agents.filter(|agent| agent.actions.meets(mask)).take(2).count()
        };
        // Whom one makes and others change, and what tags open, is looked at for each.
        let makes =
            may(principal_creation::FIRST.union(principal_creation::GROUPS)) > 0 && may(principal_creation::HELP) > 1;
        let tags = may(TAGS) > 0 && self.asks_for_tags(backward);
        if makes || tags {
            return true;
        }
        let winners = backward.winners();
        let goal = |principal, factor| winners.wins(principal, factor);
        // Whom somebody could become who has not won is in control already.
        let wanted = principals_of(self.account, |principal| has_won_somehow(winners, principal));
        let world =
            World { account: self.account, targets: self.targets, wanted: &wanted, goal: &goal, watch: self.watch };
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
        let makes = control.number_with(principal_creation::FIRST.union(principal_creation::GROUPS)) > 0
            && control.number_with(principal_creation::HELP) > 1;
        makes || (control.changes_tags() && self.asks_for_tags(backward))
    }

    /// Whether tags can open a step that leads to a principal that wins, or make an administrator.
    fn asks_for_tags(&self, backward: &Backward<'_, '_>) -> bool {
        let account = self.account;
        let anybody_wins = (0..account.principals.len()).any(|principal| has_won(backward.winners(), principal));
        let spans = |principal: &super::principal::Principal<'_>| {
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
            if self.watch.is_over() || backward.winners().wins(principal, factor) {
                continue;
            }
            let found = {
                let winners = backward.winners();
                let goal = |principal, factor| winners.wins(principal, factor);
                let world = World {
                    account: self.account,
                    targets: self.targets,
                    wanted: self.targets,
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

    /// What is known of multi-factor authentication at the beginning, as far as it makes a difference.
    fn beginnings(&self, principal: PrincipalIndex) -> Vec<Factor> {
        let class = self.classes.class_of(principal).and_then(|class| self.classes.classes.get(class));
        match class {
            None => Vec::new(),
            Some(class) if class.asks_for_mfa || self.account.trusts_ask_for_mfa => Factor::ALL.to_vec(),
            Some(_) => vec![Factor::Unknown],
        }
    }

    /// Those who have not won and can become one of these.
    fn who_reach(&self, these: &[PrincipalIndex], backward: &Backward<'_, '_>) -> Vec<PrincipalIndex> {
        let mut towards = Backward::new(self.account, self.targets, self.classes, self.level, self.watch);
        for principal in these {
            towards.add(*principal, Factor::EVERY, 0);
        }
        towards.run();
        let reach = towards.into_winners();
        let all = 0..self.account.principals.len();
        let others = all.filter(|principal| !these.contains(principal) && has_won(&reach, *principal));
        others.filter(|principal| !has_won(backward.winners(), *principal)).collect()
    }
}

/// Whether a principal wins, if what is known of multi-factor authentication is right for it.
fn has_won_somehow(winners: &Winners, principal: PrincipalIndex) -> bool {
    Factor::ALL.into_iter().any(|factor| winners.wins(principal, factor))
}

/// Whether a principal wins, whatever is known of multi-factor authentication.
fn has_won(winners: &Winners, principal: PrincipalIndex) -> bool {
    Factor::ALL.into_iter().all(|factor| winners.wins(principal, factor))
}
