//! What a member can do.

use std::sync::Arc;

use super::change::GroupChange;
use super::{Brings, Control, GroupRef, PrincipalRef, Scope, Step, Who};
use crate::permissions::PrincipalType;
use crate::reach::account::{GroupIndex, PolicyIndex};
use crate::reach::action::Mask;
use crate::reach::clause::Keys;
use crate::reach::document::DocumentId;
use crate::reach::index::Target;
use crate::reach::principal::{Factor, Principal};
use crate::reach::request::Requester;
use crate::reach::state::{Held, State};
use crate::reach::technique::policy_grant::{self, Given, Relation};
use crate::reach::technique::{
    self, Becoming, assume_role, constraint_removal, credential_access, identity_provider, principal_creation,
};
use crate::reach::way::Way;

/// Something that a member can do.
struct Possible<'r, 'a> {
    factor: Factor,
    way: Way,
    brings: Brings,
    principal: Option<PrincipalRef<'r, 'a>>,
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
        let held = this.state.held.iter().map(|held| held.document);
        let bounds = this.state.bounds.iter().flatten().map(|bound| bound.document);
        let mut documents = held.chain(bounds).chain(account.levels.iter().flatten().copied());
        let asks = documents.any(|it| account.documents.get(it).keys.meets(Keys::CALLERS | Keys::VARIABLE));
        if asks || !account.is_anybody_to_trusts(&principal.identity) {
            return false;
        }
        let factors = this.factors.iter().map(|(factor, _)| *factor).collect();
        let mut state = State::clone(&this.state);
        state.held.retain(|held| held.document != DocumentId::SILENT);
        for held in &mut state.held {
            // Where a policy comes from makes a difference only if it can be replaced or taken away.
            let is_fixed = held.is_inherent() && !held.is_lifted && held.group.is_none();
            let is_changed = held.policy.is_some_and(|policy| self.changes.policies.contains_key(&policy));
            if is_fixed && !is_changed {
                *held = Held::inherent(held.document, 0, None, None);
            }
        }
        state.held.sort_unstable_by_key(|held| held.document);
        state.held.dedup();
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
            let matching = technique::matching(by, self.world.targets, UPON).into_iter();
            found.extend(matching.filter_map(|target| match target {
                Target::Principal(principal) => self.by_who.get(&Who::Known(principal)).copied(),
                Target::Group(_) | Target::Policy(_) => None,
            }));
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
            Scope::Together | Scope::Everybody => technique::reachable(by, self.world.wanted),
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

    fn who(&self, principal: &PrincipalRef<'_, '_>) -> Who {
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
        for gift in policy_grant::to_principal(by, principal, &to.state, self.relation(member, target)) {
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
            for gift in policy_grant::to_group(by, arn) {
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
            for gift in policy_grant::to_group(by, arn) {
                add(Some(gift.way), Brings::GroupPolicy(GroupRef::Made(arn.clone()), gift.policy));
            }
        }
        found
    }

    fn groups_of_interest(&self, by: &Requester<'_, 'a>) -> Vec<GroupIndex> {
        let mask = policy_grant::TO_GROUPS.union(constraint_removal::FROM_GROUPS);
        let matching = technique::matching(by, self.world.targets, mask).into_iter();
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
        let policies: Vec<PolicyIndex> = technique::matching(by, self.world.targets, policy_grant::TO_POLICIES)
            .into_iter()
            .filter_map(|target| match target {
                Target::Policy(policy) => Some(policy),
                Target::Principal(_) | Target::Group(_) => None,
            })
            .collect();
        for policy in policies {
            let policy_name =
                self.world.account.policy(policy).map(|known| known.arn().to_string()).unwrap_or_default();
            let mut add = |way: Way, brings: Brings| {
                found.push(Possible { factor: by.factor, way, brings, principal: None });
            };
            if let Some(way) = policy_grant::rewrite(by, policy) {
                add(way, Brings::Rewriting(policy));
            }
            if let Some(way) = policy_grant::restore(by, policy) {
                let versions =
                    self.world.account.policy(policy).map(|known| known.other_versions.len()).unwrap_or_default();
                for place in 0..versions {
                    let known = self.world.account.policy(policy).and_then(|known| known.other_versions.get(place));
                    let way = match known {
                        Some((id, None)) => {
                            way.clone().unless_known(|| format!("version {id} of policy {policy_name}"))
                        }
                        _ => way.clone(),
                    };
                    add(way, Brings::Version(policy, place));
                }
            }
        }
        found
    }

    fn creations(&self, member: usize, by: &Requester<'_, 'a>) -> Vec<Possible<'r, 'a>> {
        let mut found = Vec::new();
        if !by.actions.meets(principal_creation::FIRST.union(principal_creation::GROUPS)) {
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
            .filter(|helper| helper.actions.meets(principal_creation::HELP))
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

    /// Takes steps, unless what they bring is there already.
    fn take(&mut self, by: usize, possible: Vec<Possible<'r, 'a>>) {
        for Possible { factor, way, brings, principal } in possible {
            if way.truth < self.level || !self.is_new(&brings) {
                continue;
            }
            let step = self.steps.len();
            let mut needs = self.needs(by, factor, &way);
            needs.extend(self.creation_of(&brings));
            let allowed_by = way.permits.iter().map(|permit| self.allowed_by(by, permit)).collect();
            self.steps.push(Step { by, factor, way, brings: brings.clone(), needs, allowed_by });
            self.bring(brings, principal.as_ref(), step);
        }
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
                self.rebuild_all();
            }
            Brings::Version(policy, place) => {
                let document = self.version(policy, place);
                self.changes.policies.entry(policy).or_default().versions.push((document, step));
                self.rebuild_all();
            }
            Brings::Anything => self.anything = Some(step),
            Brings::Tag(..) => {}
        }
    }

    fn change_member(&mut self, member: usize, change: impl FnOnce(&mut super::Member<'r, 'a>)) {
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
        self.rebuild_all();
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
