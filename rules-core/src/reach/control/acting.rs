//! The steps that a controlled principal can take.

use std::sync::Arc;

use super::{Brings, Control, GroupRef, PrincipalRef, Scope, Who};
use crate::permissions::PrincipalType;
use crate::reach::account::{GroupIndex, PolicyIndex};
use crate::reach::action::Mask;
use crate::reach::clause::Keys;
use crate::reach::index::Target;
use crate::reach::principal::Factor;
use crate::reach::request::Requester;
use crate::reach::state::Held;
use crate::reach::technique::policy_grant::{self, Given, Relation};
use crate::reach::technique::{
    self, Becoming, assume_role, constraint_removal, credential_access, identity_provider, principal_creation,
};
use crate::reach::way::Way;

/// Something that a member can do.
pub(super) struct Possible<'r, 'a> {
    pub(super) factor: Factor,
    pub(super) way: Way,
    pub(super) brings: Brings,
    pub(super) principal: Option<PrincipalRef<'r, 'a>>,
}

/// Everything by which something can be changed of oneself or others.
pub(in crate::reach) const CHANGES: Mask = policy_grant::TO_PRINCIPALS
    .union(policy_grant::TO_GROUPS)
    .union(policy_grant::TO_POLICIES)
    .union(constraint_removal::FROM_PRINCIPALS)
    .union(constraint_removal::FROM_GROUPS)
    .union(credential_access::DEVICES)
    .union(principal_creation::FIRST)
    .union(principal_creation::GROUPS)
    .union(crate::reach::tagging::TAGS);

impl<'r, 'a> Control<'r, 'a> {
    /// Does what a member can do to itself, which is often enough. Whether that is anything.
    pub(super) fn act_upon_itself(&mut self, member: usize) -> bool {
        let Some(factors) = self.members.get(member).map(|this| this.factors.clone()) else { return false };
        if self.scope == Scope::Everybody {
            return false;
        }
        let before = self.steps.len();
        for (factor, _) in factors {
            let possible = self.ask(member, factor, |by| {
                let mut found = self.to_member(member, member, by);
                found.extend(self.of_own_policies(by));
                found
            });
            self.take(member, possible.unwrap_or_default());
        }
        self.steps.len() > before
    }

    /// Does everything that a member can do, and what others can do to it.
    pub(super) fn act(&mut self, member: usize) {
        let Some(factors) = self.members.get(member).map(|this| this.factors.clone()) else { return };
        if !self.has_acted_alike(member) {
            let mut possible = Vec::new();
            for (factor, _) in factors {
                possible.extend(self.ask(member, factor, |by| self.possible(member, by)).unwrap_or_default());
            }
            self.take(member, possible);
        }
        // Those who acted before it came have yet to act upon it.
        let is_fresh = self.members.get_mut(member).is_some_and(|this| std::mem::take(&mut this.is_fresh));
        if is_fresh {
            for other in 0..self.members.len() {
                let Some(this) = self.members.get(other).filter(|this| other != member && this.changes_somebody) else {
                    continue;
                };
                for (factor, _) in this.factors.clone() {
                    let to_it = self.ask(other, factor, |by| self.to_member(other, member, by));
                    self.take(other, to_it.unwrap_or_default());
                }
            }
        }
    }

    /// Whether somebody has acted already who can do the same to the same. Everybody is in control then, so that nothing
    /// depends on who it was.
    fn has_acted_alike(&mut self, member: usize) -> bool {
        if self.scope != Scope::Everybody {
            return false;
        }
        let account = self.world.account;
        let Some(this) = self.members.get(member) else { return false };
        let principal = this.principal.get();
        let asks =
            account.documents_of(&this.state).any(|document| document.keys.meets(Keys::CALLERS | Keys::VARIABLE));
        if asks || !account.is_anybody_to_trusts(&principal.identity) {
            return false;
        }
        let factors = this.factors.iter().map(|(factor, _)| *factor).collect();
        // Where a policy comes from makes a difference only if it can be replaced or taken away.
        let state = this.state.without_origins(|held| {
            let is_fixed = held.is_inherent() && !held.is_lifted && held.group.is_none();
            is_fixed && !held.policy.is_some_and(|policy| self.changes.policies.contains_key(&policy))
        });
        !self.acted.insert((state, principal.kind, principal.is_service_linked(), factors))
    }

    fn possible(&self, member: usize, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let mut found = Vec::new();
        if by.actions.meets(CHANGES) {
            found.extend(self.of_groups(by));
            found.extend(self.of_policies(by));
            found.extend(self.creations(member, by));
            for target in self.within_reach(by) {
                found.extend(self.to_member(member, target, by));
            }
        }
        if let Some(way) = identity_provider::anything(by) {
            found.push(Possible { factor: by.factor, way, brings: Brings::Anything, principal: None });
        }
        for (user, _) in &self.made {
            let ways = credential_access::ways(by, user);
            found.extend(
                ways.into_iter().map(|becoming| self.becoming(by, &PrincipalRef::Made(Arc::clone(user)), becoming)),
            );
        }
        found.extend(self.others(member, by));
        found.retain(|possible| possible.way.truth >= self.level);
        found
    }

    /// The members whom the patterns of one who acts match, and those that do not exist yet.
    fn within_reach(&self, by: &Requester<'_, 'a>) -> Vec<usize> {
        const UPON: Mask =
            policy_grant::TO_PRINCIPALS.union(constraint_removal::FROM_PRINCIPALS).union(credential_access::DEVICES);
        let mut found: Vec<usize> = Vec::new();
        if by.actions.meets(UPON) {
            let matching = technique::matching(by, &self.present, "", UPON).into_iter();
            let known = matching.filter_map(Target::principal).map(Who::Known);
            found.extend(known.filter_map(|known| self.by_who.get(&known).copied()));
            let made = self.members.iter().enumerate().filter(|(_, member)| matches!(member.who, Who::New(..)));
            found.extend(made.map(|(place, _)| place));
        }
        found
    }

    /// Principals that a member can become. Where everybody is in control already, only those who win matter.
    fn others(&self, member: usize, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let account = self.world.account;
        let this = self.members.get(member).map(|this| this.who.clone());
        let mut found = Vec::new();
        let reachable = match self.scope {
            Scope::Alone => Vec::new(),
            Scope::Towards(target) => vec![target],
            Scope::Together | Scope::Everybody => self.world.wanted.of(by),
        };
        for principal in reachable {
            let Some(target) = account.principals.get(principal) else { continue };
            let is_there = self.scope == Scope::Everybody && !self.wins(principal);
            if this == Some(Who::Known(principal)) || is_there {
                continue;
            }
            for becoming in technique::ways(by, target) {
                found.push(self.becoming(by, &PrincipalRef::Known(target), becoming));
            }
        }
        found
    }

    /// Whether the goal is reached with a principal, whatever is known of multi-factor authentication.
    fn wins(&self, principal: crate::reach::account::PrincipalIndex) -> bool {
        Factor::ALL.into_iter().any(|factor| (self.world.goal)(principal, factor))
    }

    fn becoming(&self, by: &Requester<'_, 'a>, target: &PrincipalRef<'r, 'a>, becoming: Becoming) -> Possible<'r, 'a> {
        let brings = Brings::Member(self.who(target), becoming.factor);
        Possible { factor: by.factor, way: becoming.way, brings, principal: Some(target.clone()) }
    }

    pub(super) fn who(&self, principal: &PrincipalRef<'_, '_>) -> Who {
        let this = principal.get();
        match self.world.account.place(&this.identity.arn) {
            Some(place) if !this.is_new => Who::Known(place),
            _ => {
                let bound = this.state.bounds.iter().flatten().next();
                Who::New(this.arn().to_owned(), bound.map(|bound| Arc::clone(&bound.arn)))
            }
        }
    }

    /// What a member can do to another, or to itself.
    fn to_member(&self, member: usize, target: usize, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let Some(to) = self.members.get(target) else { return Vec::new() };
        let principal = to.principal.get();
        let mut found = Vec::new();
        let mut add = |way: Way, brings: Brings| {
            if way.truth >= self.level {
                found.push(Possible { factor: by.factor, way, brings, principal: None });
            }
        };
        let relation = self.relation(member, target);
        for gift in policy_grant::to_principal(by, principal, &to.state, relation, self.level) {
            add(gift.way, Brings::Policy(target, gift.policy));
        }
        if by.actions.meets(constraint_removal::FROM_PRINCIPALS) {
            for bounding in constraint_removal::boundaries(by, principal, &to.state) {
                add(bounding.way, Brings::Boundary(target, bounding.bound));
            }
            let own = |held: &Held| held.group.is_none();
            for (place, held) in
                constraint_removal::denying(by, &principal.state.held).into_iter().filter(|it| own(&it.1))
            {
                if let Some(way) = constraint_removal::remove(by, principal, &to.state, held.policy) {
                    add(way, Brings::Removal(target, place));
                }
            }
        }
        let lacks = principal.kind == PrincipalType::User && !to.factors.iter().any(|(it, _)| *it == Factor::Given);
        if let Some(way) = credential_access::device(by, principal).filter(|_| lacks) {
            add(way, Brings::Device(target));
        }
        found
    }

    /// How a grant to a member is called.
    fn relation(&self, member: usize, target: usize) -> Relation {
        if member == target {
            return Relation::Oneself;
        }
        let step = self.members.get(target).and_then(|to| to.factors.first()?.1).and_then(|step| self.steps.get(step));
        match step {
            Some(step) if step.way.path == assume_role::TRUST_REWRITTEN => Relation::Retrusted,
            _ => Relation::Other,
        }
    }

    fn of_groups(&self, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let mut found = Vec::new();
        if !by.actions.meets(policy_grant::TO_GROUPS.union(constraint_removal::FROM_GROUPS)) {
            return found;
        }
        let mut add = |way: Option<Way>, brings: Brings| {
            if let Some(way) = way.filter(|way| way.truth >= self.level) {
                found.push(Possible { factor: by.factor, way, brings, principal: None });
            }
        };
        for group in self.groups_of_interest(by) {
            let Some(known) = self.world.account.group(group) else { continue };
            let arn = known.group.identity.arn.as_str();
            let joined = policy_grant::join(by, arn);
            let name = || GroupRef::Known(group);
            if let (Err(missing), Some(way)) = (&known.held, &joined) {
                // Nobody knows what its members may do: perhaps everything.
                let way = way.clone().unless_known(|| missing.to_string());
                add(Some(way), Brings::GroupPolicy(name(), Given::Unknown));
            }
            add(joined, Brings::Membership(name()));
            for gift in policy_grant::to_group(by, arn, self.level) {
                add(Some(gift.way), Brings::GroupPolicy(name(), gift.policy));
            }
            let held = known.held.as_deref().unwrap_or_default();
            let denying = constraint_removal::denying(by, held);
            if !denying.is_empty() {
                add(constraint_removal::leave(by, arn), Brings::Leaving(group));
            }
            for (place, held) in denying {
                add(constraint_removal::remove_from_group(by, arn, held.policy), Brings::GroupRemoval(group, place));
            }
        }
        for arn in self.changes.new_groups.keys() {
            add(policy_grant::join(by, arn), Brings::Membership(GroupRef::Made(arn.clone())));
            for gift in policy_grant::to_group(by, arn, self.level) {
                add(Some(gift.way), Brings::GroupPolicy(GroupRef::Made(arn.clone()), gift.policy));
            }
        }
        found
    }

    fn groups_of_interest(&self, by: &Requester<'_, 'a>) -> Vec<GroupIndex> {
        let mask = policy_grant::TO_GROUPS.union(constraint_removal::FROM_GROUPS);
        let matching = technique::matching(by, self.world.targets, "group/", mask).into_iter();
        let groups = matching.filter_map(|target| match target {
            Target::Group(group) => Some(group),
            Target::Principal(_) | Target::Policy(_) => None,
        });
        groups.collect()
    }

    fn of_policies(&self, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let mut found = Vec::new();
        if !by.actions.meets(policy_grant::TO_POLICIES) {
            return found;
        }
        let policies: Vec<PolicyIndex> =
            technique::matching(by, self.world.targets, "policy/", policy_grant::TO_POLICIES)
                .into_iter()
                .filter_map(|target| match target {
                    Target::Policy(policy) => Some(policy),
                    Target::Principal(_) | Target::Group(_) => None,
                })
                .collect();
        for policy in policies {
            found.extend(self.of_policy(by, policy));
        }
        found
    }

    /// What can be done to the managed policies that apply to the one who does it.
    fn of_own_policies(&self, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        if !by.actions.meets(policy_grant::TO_POLICIES) {
            return Vec::new();
        }
        let held = by.state.held.iter().filter_map(|held| held.policy);
        let bounds = by.state.bounds.iter().flatten().filter_map(|bound| bound.policy);
        let mut policies: Vec<PolicyIndex> = held.chain(bounds).collect();
        policies.sort_unstable();
        policies.dedup();
        policies.into_iter().flat_map(|policy| self.of_policy(by, policy)).collect()
    }

    fn of_policy(&self, by: &Requester<'_, 'a>, policy: PolicyIndex) -> Vec<Possible<'r, 'a>> {
        let mut found = Vec::new();
        let Some(known) = self.world.account.policy(policy) else { return found };
        let mut add = |way: Way, brings: Brings| {
            found.push(Possible { factor: by.factor, way, brings, principal: None });
        };
        if let Some(way) = policy_grant::rewrite(by, policy) {
            add(way, Brings::Rewriting(policy));
        }
        if let Some(way) = policy_grant::restore(by, policy) {
            for (place, (id, document)) in known.other_versions.iter().enumerate() {
                let way = match document {
                    None => way.clone().unless_known(|| format!("version {id} of policy {}", known.arn())),
                    Some(_) => way.clone(),
                };
                add(way, Brings::Version(policy, place));
            }
        }
        found
    }

    /// Whether the names that suit a principal that was made follow from its own name, so that each one that is made calls for
    /// another one, without an end.
    fn names_others(&self, by: &Requester<'_, 'a>) -> bool {
        let mut documents = self.world.account.documents_of(by.state);
        by.principal.is_new && documents.any(|document| document.keys.meets(Keys::VARIABLE))
    }

    fn creations(&self, member: usize, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let mut found = Vec::new();
        if !by.actions.meets(principal_creation::FIRST.union(principal_creation::GROUPS)) || self.names_others(by) {
            return found;
        }
        // Who could help whom is looked at when it is known who is in control.
        let many = if self.scope == Scope::Everybody { 0 } else { self.members.len() };
        let others = self.members.iter().enumerate().take(many).filter(|(other, _)| *other != member);
        let helpers: Vec<Requester<'_, 'a>> = others
            .filter_map(|(_, other)| {
                let (factor, _) = other.factors.first()?;
                Requester::new(self.world.account, other.principal.get(), &other.state, *factor, by.tagging)
            })
            .filter(|helper| helper.actions.meets(principal_creation::HELP) && !self.names_others(helper))
            .collect();
        for made in principal_creation::principals(by, &helpers) {
            let principal = PrincipalRef::Made(Arc::new(made.principal));
            let brings = match made.session {
                Some(factor) => Brings::Member(self.who(&principal), factor),
                None => Brings::User(self.who(&principal)),
            };
            found.push(Possible { factor: by.factor, way: made.way, brings, principal: Some(principal) });
        }
        for group in principal_creation::groups(by, &helpers) {
            let brings = Brings::NewGroup(group.arn);
            found.push(Possible { factor: by.factor, way: group.way, brings, principal: None });
        }
        found
    }
}
