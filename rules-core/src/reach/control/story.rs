//! The steps that lead to a state, and the facts that they depend on.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{AllowedBy, Brings, Control, End, PrincipalRef, Step, Who};
use crate::decision::ContextValue;
use crate::escalation::{Party, PolicyPlace};
use crate::paths::PathId;
use crate::permissions::PrincipalType;
use crate::reach::principal::{Factor, Principal};
use crate::reach::request::{Reliance, Requester};
use crate::reach::state::Origin;
use crate::reach::tagging::Tagging;
use crate::reach::telling::party;
use crate::reach::way::{Permit, Way};

impl<'r, 'a> Control<'r, 'a> {
    /// The steps that have to be taken before a way is open to a member. Tags that have to be set are steps of their own,
    /// added here.
    pub(super) fn needs(&mut self, by: usize, factor: Factor, way: &Way) -> Vec<usize> {
        let mut needs: Vec<usize> = self.control_of(by, factor).into_iter().collect();
        for permit in &way.permits {
            needs.extend(self.behind(by, &permit.relies));
            for (key, value) in &permit.set {
                needs.extend(self.tagged(by, &permit.resource, key, value));
            }
        }
        needs.sort_unstable();
        needs.dedup();
        needs
    }

    /// The step by which a member came in control.
    fn control_of(&self, member: usize, factor: Factor) -> Option<usize> {
        self.members.get(member)?.factors.iter().find(|(known, _)| *known == factor)?.1
    }

    /// The steps behind what of a member has to be changed.
    fn behind(&self, member: usize, relies: &Reliance) -> Vec<usize> {
        let Some(this) = self.members.get(member) else { return Vec::new() };
        let mut steps = Vec::new();
        for place in &relies.kept {
            steps.extend(this.grounds.held.get(*place).into_iter().flatten().copied());
        }
        for place in &relies.gone {
            let gone = this.grounds.gone.get(*place).into_iter().flatten().copied();
            let before = steps.len();
            steps.extend(gone);
            if steps.len() == before {
                let group = this.state.held.get(*place).and_then(|held| held.group);
                steps.extend(group.and_then(|group| self.changes.groups.get(&group)?.leave));
            }
        }
        steps.extend(this.grounds.bounds.get(relies.bound).into_iter().flatten().copied());
        steps
    }

    /// The steps that set a member's own tags.
    pub(super) fn tags_for(&mut self, member: usize, set: &[(String, ContextValue)]) -> Vec<usize> {
        set.iter().filter_map(|(key, value)| self.tagged(member, "", key, value)).collect()
    }

    /// The step that sets a tag, where a key is one: of the member, or of what is asked about.
    fn tagged(&mut self, by: usize, resource: &str, key: &str, value: &ContextValue) -> Option<usize> {
        let (prefix, name) = key.split_once('/')?;
        let value = match value {
            ContextValue::Single(value) => Some(value.clone()),
            _ => None,
        };
        let on = match prefix {
            "aws:principaltag" => self.members.get(by)?.principal.clone(),
            "aws:resourcetag" => self.by_arn(resource)?,
            _ => return None,
        };
        let brings = Brings::Tag(on.get().arn().to_owned(), name.to_owned(), value.clone());
        if let Some(known) = self.steps.iter().position(|step| step.brings == brings) {
            return Some(known);
        }
        let (tagger, factor, permit) = self.tagger(on.get(), name, value.as_deref())?;
        let path = match (on.get().kind, value.is_some()) {
            (PrincipalType::User, true) => PathId::named("tag-user"),
            (PrincipalType::User, false) => PathId::named("untag-user"),
            (PrincipalType::Role, true) => PathId::named("tag-role"),
            (PrincipalType::Role, false) => PathId::named("untag-role"),
        };
        let way = permit.way(path);
        let needs = self.needs(tagger, factor, &way);
        let allowed_by = way.permits.iter().map(|permit| self.allowed_by(tagger, permit)).collect();
        self.steps.push(Step { by: tagger, factor, way, brings, needs, allowed_by });
        Some(self.steps.len() - 1)
    }

    /// A principal that the account has, or one that was made.
    fn by_arn(&self, arn: &str) -> Option<PrincipalRef<'r, 'a>> {
        if let Some(place) = self.world.account.principal_by_arn(arn) {
            return self.world.account.principals.get(place).map(PrincipalRef::Known);
        }
        let members = self.members.iter().map(|member| &member.principal);
        let made = self.made.iter().map(|(user, _)| PrincipalRef::Made(Arc::clone(user)));
        members.cloned().chain(made).find(|principal| principal.get().arn() == arn)
    }

    /// The member who can most certainly set a tag.
    fn tagger(&self, on: &Principal<'a>, key: &str, value: Option<&str>) -> Option<(usize, Factor, Permit)> {
        let mut best: Option<(usize, Factor, Permit)> = None;
        for tagger in &self.taggers {
            let Some(this) = self.members.get(*tagger) else { continue };
            for (factor, _) in &this.factors {
                let account = self.world.account;
                let by = Requester::new(account, this.principal.get(), &this.state, *factor, Tagging::Nobody);
                let Some(permit) = by.and_then(|by| by.permit_to_tag(on, key, value)) else { continue };
                if best.as_ref().is_none_or(|(_, _, best)| permit.truth > best.truth) {
                    best = Some((*tagger, *factor, permit));
                }
            }
        }
        best
    }

    /// The statement that allows something to a member.
    pub(super) fn allowed_by(&self, member: usize, permit: &Permit) -> Option<AllowedBy> {
        let (place, statement) = permit.by?;
        self.statement_of(member, place, statement)
    }

    /// A statement that a member has, or can have.
    pub(in crate::reach) fn statement_of(&self, member: usize, place: usize, statement: usize) -> Option<AllowedBy> {
        let this = self.members.get(member)?;
        let held = this.state.held.get(place)?;
        let account = self.world.account;
        let clauses = &account.documents.get(held.document).clauses;
        let clause = clauses.iter().find(|clause| clause.place == statement)?;
        let group = held.group.and_then(|group| account.group(group)).map(|known| &known.group.identity.name);
        let inline = || match held.origin {
            Origin::Inherent(origin) => {
                let permissions = this.principal.get().permissions.as_ref().ok()?;
                let sources = match held.group.filter(|_| held.is_joined) {
                    Some(group) => account.group(group)?.sources.as_slice(),
                    None => permissions.policies(),
                };
                Some(sources.get(usize::try_from(origin).ok()?)?.name.to_owned())
            }
            Origin::Given | Origin::Version => None,
        };
        let (policy, place) = match (held.policy.and_then(|policy| account.policy(policy)), inline()) {
            // Another version of a managed policy is not the one to edit.
            (Some(known), _) if held.origin == Origin::Version => {
                (known.policy.identity.name.clone(), PolicyPlace::New)
            }
            (Some(known), _) => (known.policy.identity.name.clone(), PolicyPlace::Managed(known.arn().clone())),
            (None, Some(name)) => (name, PolicyPlace::Inline),
            (None, None) => ("a policy that is put".to_owned(), PolicyPlace::New),
        };
        let (group, statement_label) = (group.cloned(), clause.statement.label(statement));
        Some(AllowedBy { group, policy, statement: statement_label, place, index: statement })
    }

    /// A principal as a party to a step.
    pub(in crate::reach) fn party_of(&self, who: &Who) -> Party {
        let member = self.by_who.get(who).and_then(|place| self.members.get(*place));
        member.map_or_else(|| Party { name: String::new(), arn: None }, |member| party(member.principal.get()))
    }

    /// The name of one of a member's own policies, by its place.
    pub(in crate::reach) fn name_of_policy(&self, member: usize, place: usize) -> String {
        let Some(principal) = self.members.get(member).map(|member| member.principal.get()) else {
            return String::new();
        };
        let origin = principal.state.held.get(place).map(|held| held.origin);
        let Some(Origin::Inherent(origin)) = origin else { return String::new() };
        let permissions = principal.permissions.as_ref().ok();
        let source = permissions.and_then(|it| it.policies().get(usize::try_from(origin).ok()?));
        source.map(|source| source.name.to_owned()).unwrap_or_default()
    }

    /// The condition keys that would have to be known for a member to be an administrator for certain.
    pub(in crate::reach) fn open_for_administrator(&self, end: &End) -> Vec<String> {
        let keys = self.ask(end.member, end.factor, |requester| requester.open_for_administrator());
        keys.unwrap_or_default()
    }

    /// The steps that lead to an end, in an order in which they can be taken.
    pub(in crate::reach) fn steps_to(&self, end: &End) -> Vec<&Step> {
        let mut wanted: BTreeSet<usize> = BTreeSet::new();
        let mut open: Vec<usize> = self.control_of(end.member, end.factor).into_iter().collect();
        if let Some(administrator) = &end.administrator {
            open.extend(self.behind(end.member, &administrator.relies));
        }
        open.extend(end.further.iter().copied());
        while let Some(step) = open.pop() {
            if wanted.insert(step) {
                open.extend(self.steps.get(step).into_iter().flat_map(|step| &step.needs));
            }
        }
        // A tag is set after the step that was looked at first, and before the one that needs it.
        let mut ordered: Vec<usize> = Vec::new();
        for step in wanted {
            self.order(step, &mut ordered);
        }
        ordered.into_iter().filter_map(|step| self.steps.get(step)).collect()
    }

    /// A step after all that it needs.
    fn order(&self, step: usize, ordered: &mut Vec<usize>) {
        if ordered.contains(&step) {
            return;
        }
        for needed in self.steps.get(step).into_iter().flat_map(|step| &step.needs) {
            self.order(*needed, ordered);
        }
        ordered.push(step);
    }
}
