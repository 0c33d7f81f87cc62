//! What a step brings about: members, and changes of members, groups and policies.

use std::sync::Arc;

use super::acting::Possible;
use super::change::GroupChange;
use super::{Brings, Control, GroupRef, Member, PrincipalRef, Step, Who};
use crate::reach::account::{GroupIndex, PolicyIndex};
use crate::reach::document::DocumentId;
use crate::reach::principal::{Factor, Principal};
use crate::reach::state::Held;
use crate::reach::technique::policy_grant::Given;

impl<'r, 'a> Control<'r, 'a> {
    /// Takes steps, unless what they bring is there already.
    pub(super) fn take(&mut self, by: usize, possible: Vec<Possible<'r, 'a>>) {
        // What they rest on is looked up before any of them changes the principal, and with it the places of its policies.
        let mut found = Vec::new();
        for Possible { factor, way, brings, principal } in possible {
            if way.truth < self.level || !self.is_new(&brings) {
                continue;
            }
            let mut needs = self.needs(by, factor, &way);
            needs.extend(self.creation_of(&brings));
            needs.extend(self.control_before(&brings));
            let allowed_by = way.permits.iter().map(|permit| self.allowed_by(by, permit)).collect();
            found.push((Step { by, factor, way, brings, needs, allowed_by }, principal));
        }
        for (step, principal) in found {
            let brings = step.brings.clone();
            if self.is_new(&brings) {
                self.steps.push(step);
                self.bring(brings, principal.as_ref(), self.steps.len() - 1);
            }
        }
        // Once for all: a principal may be able to rewrite every policy.
        if std::mem::take(&mut self.is_stale) {
            self.rebuild_all();
        }
    }

    /// The step by which the user came in control whose device it is.
    fn control_before(&self, brings: &Brings) -> Option<usize> {
        let Brings::Device(to) = brings else { return None };
        self.members.get(*to)?.factors.first()?.1
    }

    /// The step that made the user whose credentials are had.
    fn creation_of(&self, brings: &Brings) -> Option<usize> {
        let Brings::Member(who @ Who::New(..), _) = brings else { return None };
        let is_it = |user: &Arc<Principal<'a>>| self.who(&PrincipalRef::Made(Arc::clone(user))) == *who;
        self.made.iter().find(|(user, _)| is_it(user)).map(|(_, step)| *step)
    }

    /// Whether nothing brought that yet.
    fn is_new(&self, brings: &Brings) -> bool {
        let member = |place: &usize| self.members.get(*place);
        let group = |group: &GroupRef| match group {
            GroupRef::Known(group) => self.changes.groups.get(group),
            GroupRef::Made(arn) => self.changes.new_groups.get(arn),
        };
        match brings {
            Brings::Member(who, factor) => {
                let known = self.by_who.get(who).and_then(member);
                known.is_none_or(|known| !known.factors.iter().any(|(it, _)| it == factor))
            }
            Brings::User(who) => {
                let made = self.made.iter().any(|(user, _)| self.who(&PrincipalRef::Made(Arc::clone(user))) == *who);
                !made && !self.by_who.contains_key(who)
            }
            Brings::Policy(to, given) => {
                let held = self.held(*given, None);
                member(to).is_some_and(|to| !to.gifts.iter().any(|(known, _)| *known == held))
            }
            Brings::Removal(to, place) => {
                member(to).is_some_and(|to| !to.lifted.iter().any(|(known, _)| known == place))
            }
            Brings::Boundary(to, bound) => member(to).is_some_and(|to| !to.state.bounds.contains(bound)),
            Brings::Device(to) => {
                member(to).is_some_and(|to| !to.factors.iter().any(|(factor, _)| *factor == Factor::Given))
            }
            Brings::Membership(of) => group(of).is_none_or(|change| change.join.is_none()),
            Brings::GroupPolicy(of, given) => {
                let index = match of {
                    GroupRef::Known(index) => Some(*index),
                    GroupRef::Made(_) => None,
                };
                let held = self.held(*given, index);
                group(of).is_none_or(|change| !change.gifts.iter().any(|(known, _)| *known == held))
            }
            Brings::GroupRemoval(of, place) => {
                let change = self.changes.groups.get(of);
                change.is_none_or(|change| !change.lifted.iter().any(|(known, _)| known == place))
            }
            Brings::Leaving(of) => self.changes.groups.get(of).is_none_or(|change| change.leave.is_none()),
            Brings::NewGroup(arn) => !self.changes.new_groups.contains_key(arn),
            Brings::Rewriting(policy) => self.changes.policies.get(policy).is_none_or(|it| it.rewritten.is_none()),
            Brings::Version(policy, place) => {
                let document = self.version(*policy, *place);
                let change = self.changes.policies.get(policy);
                change.is_none_or(|change| !change.versions.iter().any(|(known, _)| *known == document))
            }
            Brings::Anything => self.anything.is_none(),
            Brings::Tag(..) => true,
        }
    }

    /// A policy that is given, as it is held then.
    fn held(&self, given: Given, group: Option<GroupIndex>) -> Held {
        let account = self.world.account;
        match given {
            Given::Everything | Given::Unknown => Held::given(account.everything, None, group),
            Given::IamInFull => Held::given(account.iam_in_full, None, group),
            Given::Known(policy, document) => Held::given(document, Some(policy), group),
        }
    }

    /// What a version of a policy says; everything, perhaps, where that could not be read.
    fn version(&self, policy: PolicyIndex, place: usize) -> DocumentId {
        let known = self.world.account.policy(policy).and_then(|known| known.other_versions.get(place));
        known.and_then(|(_, document)| *document).unwrap_or(self.world.account.everything)
    }

    /// Brings about what a step brings.
    fn bring(&mut self, brings: Brings, principal: Option<&PrincipalRef<'r, 'a>>, step: usize) {
        match brings {
            Brings::Member(who, factor) => {
                if let Some(principal) = principal {
                    self.join(who, principal, factor, Some(step));
                }
            }
            Brings::User(_) => {
                if let Some(PrincipalRef::Made(user)) = principal {
                    self.made.push((Arc::clone(user), step));
                    self.everybody_again();
                }
            }
            Brings::Policy(to, given) => {
                let held = self.held(given, None);
                self.change_member(to, |member| member.gifts.push((held, step)));
            }
            Brings::Removal(to, place) => self.change_member(to, |member| member.lifted.push((place, step))),
            Brings::Boundary(to, bound) => self.change_member(to, |member| {
                member.bounds.push((bound, step));
                // Some may be given more only within such a boundary.
                member.is_fresh = true;
            }),
            Brings::Device(to) => {
                self.change_member(to, |member| member.factors.push((Factor::Given, Some(step))));
                self.look_again_at(to);
            }
            Brings::Membership(group) => self.change_group(group, |change| change.join = Some(step)),
            Brings::GroupPolicy(group, given) => {
                let index = match &group {
                    GroupRef::Known(index) => Some(*index),
                    GroupRef::Made(_) => None,
                };
                let held = self.held(given, index);
                self.change_group(group, |change| change.gifts.push((held, step)));
            }
            Brings::GroupRemoval(group, place) => {
                self.change_group(GroupRef::Known(group), |change| change.lifted.push((place, step)));
            }
            Brings::Leaving(group) => self.change_group(GroupRef::Known(group), |change| change.leave = Some(step)),
            Brings::NewGroup(arn) => {
                self.change_group(GroupRef::Made(arn), |change| change.made = Some(step));
                self.everybody_again();
            }
            Brings::Rewriting(policy) => {
                self.changes.policies.entry(policy).or_default().rewritten = Some(step);
                self.is_stale = true;
            }
            Brings::Version(policy, place) => {
                let document = self.version(policy, place);
                self.changes.policies.entry(policy).or_default().versions.push((document, step));
                self.is_stale = true;
            }
            Brings::Anything => self.anything = Some(step),
            Brings::Tag(..) => {}
        }
    }

    fn change_member(&mut self, member: usize, change: impl FnOnce(&mut Member<'r, 'a>)) {
        if let Some(this) = self.members.get_mut(member) {
            change(this);
        }
        if self.rebuild(member) {
            self.look_again_at(member);
        }
    }

    fn change_group(&mut self, group: GroupRef, change: impl FnOnce(&mut GroupChange)) {
        match group {
            GroupRef::Known(group) => change(self.changes.groups.entry(group).or_default()),
            GroupRef::Made(arn) => change(self.changes.new_groups.entry(arn).or_default()),
        }
        self.is_stale = true;
    }

    fn rebuild_all(&mut self) {
        for member in 0..self.members.len() {
            if self.rebuild(member) {
                self.look_again_at(member);
            }
        }
    }

    fn everybody_again(&mut self) {
        self.acted.clear();
        for member in 0..self.members.len() {
            self.put_on_agenda(member);
        }
    }
}
