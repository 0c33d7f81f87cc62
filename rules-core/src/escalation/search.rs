//! The search for a way to an administrator.

use std::collections::BTreeSet;

use super::granting::{self, Target};
use super::steps::{Actor, Among, Reached, Steps};
use super::way::Way;
use super::{Escalation, EscalationStep};
use crate::decision::Truth;
use crate::permissions::Witness;

/// A search among the principals that one can become, step by step, nearer ones first.
pub(super) struct Search<'s, 'a> {
    steps: &'s Steps<'a>,
    /// Steps that are less certain are not taken.
    least: Truth,
    members: Vec<Member>,
    seen: BTreeSet<Actor>,
}

/// Somebody one has become.
#[derive(Clone, Copy)]
struct Member {
    actor: Actor,
    /// The member that became it; none for the one who began.
    from: Option<usize>,
}

impl<'s, 'a> Search<'s, 'a> {
    pub(super) fn new(steps: &'s Steps<'a>, least: Truth) -> Self {
        Self { steps, least, members: Vec::new(), seen: BTreeSet::new() }
    }

    pub(super) fn run(mut self, start: Actor) -> Option<Escalation> {
        self.join(start, None);
        let mut next = 0;
        while next < self.members.len() {
            if let Some(found) = self.own_way(next).or_else(|| self.grant_with(next)).or_else(|| self.expand(next)) {
                return Some(found);
            }
            next += 1;
        }
        self.grant_to_others()
    }

    fn join(&mut self, actor: Actor, from: Option<usize>) -> Option<usize> {
        if !self.seen.insert(actor) {
            return None;
        }
        self.members.push(Member { actor, from });
        Some(self.members.len() - 1)
    }

    /// A member that makes itself an administrator, or makes a new one.
    fn own_way(&self, member: usize) -> Option<Escalation> {
        let own = self.steps.own(self.members.get(member)?.actor);
        let (way, target) = own.as_ref().as_ref().filter(|(way, _)| way.truth >= self.least)?;
        self.escalation(&[member], way.clone(), target.clone(), None)
    }

    /// A member that makes another one an administrator, where `member` is either of the two.
    fn grant_with(&self, member: usize) -> Option<Escalation> {
        let grants = |member: &usize| {
            let principal = self.members.get(*member).and_then(|member| self.steps.principal(member.actor));
            principal.is_some_and(|principal| principal.powers.grant)
        };
        let to_others = (0..member).filter(|_| grants(&member)).map(|other| (member, other));
        let by_others = (0..member).filter(grants).map(|other| (other, member));
        to_others.chain(by_others).find_map(|(by, to)| self.grant(by, to))
    }

    fn grant(&self, by: usize, to: usize) -> Option<Escalation> {
        let (by_actor, to_actor) = (self.members.get(by)?.actor, self.members.get(to)?.actor);
        let (by_requester, to_requester) = (self.steps.requester(by_actor)?, self.steps.requester(to_actor)?);
        let principal = self.steps.principal(to_actor)?;
        // The ids of known paths tell how one becomes whom one grants to.
        let through = self.way_of(to).map(|way| way.path);
        let target = Target { principal, requester: &to_requester, through };
        let way = granting::way(&self.steps.account, &by_requester, &target)?;
        if way.truth < self.least {
            return None;
        }
        self.escalation(&[by, to], way, principal.in_words(), None)
    }

    /// Becomes whoever the member can become and from whom a way may lead on; ends at an administrator.
    fn expand(&mut self, member: usize) -> Option<Escalation> {
        let actor = self.members.get(member)?.actor;
        let administrators = self.steps.reached(actor, Among::Administrators);
        let certain = |reached: &&Reached| reached.truth.min(reached.is_administrator) >= self.least;
        if let Some(end) = administrators.iter().find(certain) {
            return self.end_at(member, end.actor);
        }
        let leading = self.steps.reached(actor, Among::Leading);
        for reached in administrators.iter().chain(leading.iter()) {
            if reached.truth >= self.least {
                self.join(reached.actor, Some(member));
            }
        }
        None
    }

    fn end_at(&self, member: usize, end: Actor) -> Option<Escalation> {
        let way = self.steps.way_to(self.members.get(member)?.actor, end)?;
        let target = self.steps.principal(end)?.in_words();
        match self.steps.witness(end) {
            // It may be an administrator, as far as anybody knows.
            Err(missing) => self.escalation(&[member], way.unless_known(|| missing), target, None),
            Ok(witness) => {
                let truth = if witness.as_ref()?.proven { Truth::Holds } else { Truth::Undecided };
                let conditions = || witness.as_ref().map(|it| it.conditional_on.join(", ")).unwrap_or_default();
                let way = way.depends_on(truth, conditions);
                self.escalation(&[member], way, target, witness)
            }
        }
    }

    /// Whoever leads nowhere by itself may still be made an administrator by a member, and become one.
    fn grant_to_others(mut self) -> Option<Escalation> {
        let grants = |member: &Member| self.steps.principal(member.actor).is_some_and(|it| it.powers.grant);
        if !self.members.iter().any(grants) {
            return None;
        }
        let least = self.least;
        for member in 0..self.members.len() {
            let idle = self.steps.reached(self.members.get(member)?.actor, Among::Idle);
            for reached in idle.iter().filter(|reached| reached.truth >= least) {
                let joined = self.join(reached.actor, Some(member));
                if let Some(found) = joined.and_then(|joined| self.grant_with(joined)) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// The way by which a member was become.
    fn way_of(&self, member: usize) -> Option<Way> {
        let member = self.members.get(member)?;
        self.steps.way_to(self.members.get(member.from?)?.actor, member.actor)
    }

    /// The way to all of these members, and the last step from there.
    fn escalation(&self, members: &[usize], last: Way, target: String, witness: Option<Witness>) -> Option<Escalation> {
        // Each member once, whoever came first first.
        let mut on_the_way = BTreeSet::new();
        for member in members {
            let mut at = Some(*member);
            while let Some(member) = at {
                on_the_way.insert(member);
                at = self.members.get(member).and_then(|member| member.from);
            }
        }
        let become_them = on_the_way.into_iter().filter_map(|member| {
            let principal = self.steps.principal(self.members.get(member)?.actor)?;
            Some((self.way_of(member)?, principal.in_words()))
        });
        let ways: Vec<(Way, String)> = become_them.chain([(last, target)]).collect();
        Some(Escalation {
            proven: ways.iter().all(|(way, _)| way.truth == Truth::Holds),
            missing: ways.iter().find_map(|(way, _)| way.missing.clone()),
            steps: ways
                .into_iter()
                .map(|(way, target)| EscalationStep { path: way.path, actions: way.actions, target })
                .collect(),
            witness,
        })
    }
}
