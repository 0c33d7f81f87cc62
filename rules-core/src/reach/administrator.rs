//! Which principals are administrators, with all changes that are possible.

use super::account::GroupIndex;
use super::action::{Action, Mask};
use super::clause::{Clause, Keys};
use super::document::DocumentId;
use super::involved::Involved;
use super::request::{Answer, Reliance, Requester};
use super::state::{Held, State};
use super::tagging;
use crate::decision::{Context, ContextValue, Truth};
use crate::permissions::PrincipalType;

/// What an administrator can undo every carve-out with.
pub(super) const SELF_GRANTS: Mask = Mask::of(&[
    Action::named("iam:AttachGroupPolicy"),
    Action::named("iam:AttachRolePolicy"),
    Action::named("iam:AttachUserPolicy"),
    Action::named("iam:PutGroupPolicy"),
    Action::named("iam:PutRolePolicy"),
    Action::named("iam:PutUserPolicy"),
]);

/// That a principal is an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Administrator {
    /// Never [`Truth::Fails`].
    pub(super) truth: Truth,
    /// The policy that grants everything, among those that it holds.
    pub(super) by: usize,
    /// The statement's zero-based place.
    pub(super) statement: usize,
    /// What of it has to be changed for that.
    pub(super) relies: Reliance,
    /// Tags that are set for that.
    pub(super) set: Vec<(String, ContextValue)>,
}

impl<'a> Requester<'_, 'a> {
    /// Why the principal is an administrator: an Allow spans everything in each layer, and a policy can be put on itself, or
    /// on a group that it is in, while those Allows stay.
    pub(super) fn administrator(&self) -> Option<Administrator> {
        let documents = &self.account.documents;
        let spans = |place: &usize| self.state.held.get(*place).is_some_and(|held| documents.get(held.document).spans);
        let spanning: Vec<usize> = (0..self.state.held.len()).filter(spans).collect();
        if spanning.is_empty() || !self.actions.meets(SELF_GRANTS) {
            return None;
        }
        let free = self.free_for_administrator();
        if free.is_empty() {
            return self.administrator_in(self.context(), &spanning);
        }
        let best = tagging::best(&free, self.context().clone(), |context, set| {
            let found = self.administrator_in(context, &spanning);
            let truth = found.as_ref().map_or(Truth::Fails, |found| found.truth);
            Answer { set, ..Answer::of(truth, found.map(|found| (found.by, found.statement))) }
        });
        let mut context = self.context().clone();
        for (key, value) in &best.set {
            context.set(key, value.clone());
        }
        let found = self.administrator_in(&context, &spanning)?;
        Some(Administrator { truth: best.truth, set: best.set, ..found })
    }

    /// The condition keys that cannot be decided of what makes an administrator.
    pub(super) fn open_for_administrator(&self) -> Vec<String> {
        let documents = &self.account.documents;
        let held = self.state.held.iter().flat_map(|held| &documents.get(held.document).clauses);
        let bounds = self.state.bounds.iter().flatten().flat_map(|bound| &documents.get(bound.document).clauses);
        let bears =
            |clause: &&Clause<'_>| clause.spans || (!clause.is_allow() && clause.actions.all.meets(SELF_GRANTS));
        let keys = held.chain(bounds).filter(bears).flat_map(|clause| clause.undecided(self.context()));
        let mut keys: Vec<String> = keys.map(str::to_owned).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// The tags of its own that what makes an administrator asks for, where they can be changed.
    fn free_for_administrator(&self) -> Vec<tagging::Free> {
        if self.tags_nothing() {
            return Vec::new();
        }
        let documents = &self.account.documents;
        let held = self.state.held.iter().flat_map(|held| &documents.get(held.document).clauses);
        let bounds = self.state.bounds.iter().flatten().flat_map(|bound| &documents.get(bound.document).clauses);
        let bears = |clause: &&Clause<'_>| {
            clause.keys.meets(Keys::CALLER_TAG) && (clause.spans || clause.actions.all.meets(SELF_GRANTS))
        };
        let clauses: Vec<&Clause<'_>> = held.chain(bounds).filter(bears).collect();
        if clauses.is_empty() {
            return Vec::new();
        }
        tagging::free_tags(self, &clauses)
    }

    fn administrator_in(&self, context: &Context, spanning: &[usize]) -> Option<Administrator> {
        let levels = self.spanning_levels(context);
        if levels == Truth::Fails {
            return None;
        }
        let mut best: Option<Administrator> = None;
        let mut improve = |found: Administrator| {
            if found.truth > best.as_ref().map_or(Truth::Fails, |best| best.truth) {
                best = Some(found);
            }
        };
        for (number, bound) in self.state.bounds.iter().enumerate() {
            let bounded = match bound {
                None => Truth::Holds,
                Some(bound) => self.spanning_of(bound.document, context).map_or(Truth::Fails, |(truth, _)| truth),
            };
            if bounded == Truth::Fails {
                continue;
            }
            let state = State { bounds: vec![bound.clone()], ..self.state.clone() };
            let within = self.within(&state);
            for by in spanning {
                let document = self.state.held.get(*by).map(|held| held.document);
                let Some((truth, statement)) = document.and_then(|it| self.spanning_of(it, context)) else { continue };
                let Some((grants, relies)) = within.grants_itself_keeping(*by, context) else { continue };
                let truth = truth.min(bounded).min(levels).min(grants);
                let relies = Reliance { bound: number, ..relies };
                improve(Administrator { truth, by: *by, statement, relies, set: Vec::new() });
            }
        }
        best
    }

    /// Whether each level of service control policies has an Allow that spans everything.
    fn spanning_levels(&self, context: &Context) -> Truth {
        if self.principal.is_service_linked() {
            return Truth::Holds;
        }
        let of_level = |level: &Vec<_>| {
            let spanning = level.iter().filter_map(|document| self.spanning_of(*document, context));
            spanning.map(|(truth, _)| truth).max().unwrap_or(Truth::Fails)
        };
        self.account.levels.iter().map(of_level).min().unwrap_or(Truth::Holds)
    }

    /// The Allow of a document that spans everything, with whether its conditions hold.
    fn spanning_of(&self, document: DocumentId, context: &Context) -> Option<(Truth, usize)> {
        let clauses = self.account.documents.get(document).clauses.iter().filter(|clause| clause.spans);
        let mut best = None;
        for clause in clauses {
            let truth = clause.conditions_hold(context);
            if truth > best.map_or(Truth::Fails, |(truth, _)| truth) {
                best = Some((truth, clause.place));
            }
        }
        best
    }

    /// Whether the principal may put or attach a policy on itself or on a group it is in, while a policy of it stays, and
    /// what of it has to be changed for that.
    fn grants_itself_keeping(&self, kept: usize, context: &Context) -> Option<(Truth, Reliance)> {
        const OF_GROUP: [Action; 2] = [Action::named("iam:PutGroupPolicy"), Action::named("iam:AttachGroupPolicy")];
        let own = match self.principal.kind {
            PrincipalType::User => [Action::named("iam:PutUserPolicy"), Action::named("iam:AttachUserPolicy")],
            PrincipalType::Role => [Action::named("iam:PutRolePolicy"), Action::named("iam:AttachRolePolicy")],
        };
        let on_itself = own.into_iter().map(|action| (action, self.principal.arn(), None));
        let groups = self.groups();
        let on_groups = groups.iter().flat_map(|group| {
            let arn = self.account.group(*group).map(|known| known.group.identity.arn.as_str());
            let members = self.memberships(*group);
            let each = move |action| members.clone().into_iter().map(move |member| (action, member));
            OF_GROUP.into_iter().flat_map(each).filter_map(move |(action, member)| Some((action, arn?, member)))
        });
        let mut best: Option<(Truth, Reliance)> = None;
        for (action, resource, member) in on_itself.chain(on_groups).filter(|(action, ..)| self.has(*action)) {
            let involved = self.involved(action);
            let kept: Vec<usize> = std::iter::once(kept).chain(member).collect();
            let (truth, by) = self.allowed_keeping(&involved, resource, &kept, context);
            if truth > best.as_ref().map_or(Truth::Fails, |(truth, _)| *truth) {
                let kept = kept.into_iter().chain(by).collect();
                best = Some((truth, self.reliance(&involved, resource, context, kept)));
            }
            if truth == Truth::Holds {
                break;
            }
        }
        best
    }

    /// The policies of a group one of which has to be there, so that the principal is a member: by their places. None where
    /// it is one anyway.
    fn memberships(&self, group: GroupIndex) -> Vec<Option<usize>> {
        let of_group = |held: &Held| held.group == Some(group);
        let is_joined = self.state.held.iter().any(|held| of_group(held) && held.is_joined);
        if !is_joined && !self.state.left.contains(&group) {
            return vec![None];
        }
        let there = self.state.held.iter().enumerate().filter(|(_, held)| of_group(held));
        there.map(|(place, _)| Some(place)).collect()
    }

    /// The groups that the principal is in, and those that it can join.
    fn groups(&self) -> Vec<GroupIndex> {
        let member_of = self.principal.permissions.as_ref().map(|permissions| permissions.groups()).unwrap_or_default();
        let member_of = member_of.iter().filter_map(|group| self.account.group_by_name(&group.identity.name));
        let joined = self.state.held.iter().filter(|held| held.is_joined).filter_map(|held| held.group);
        let mut groups: Vec<GroupIndex> = member_of.chain(joined).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn allowed_keeping(
        &self,
        involved: &Involved<'_, '_>,
        resource: &str,
        kept: &[usize],
        context: &Context,
    ) -> (Truth, Option<usize>) {
        let limits = self.limits(involved, resource, context, true);
        let (allowed, denied) = self.truths(involved, resource, context);
        let kept_held: Vec<&Held> = kept.iter().filter_map(|place| self.state.held.get(*place)).collect();
        let goes = |place: usize| {
            let held = self.state.held.get(place);
            held.is_some_and(|held| kept_held.iter().all(|kept| State::go_together(held, kept)))
        };
        let mut best = (Truth::Fails, None);
        for (place, (truth, _)) in allowed.into_iter().enumerate() {
            if truth > best.0 && goes(place) {
                let all: Vec<usize> = kept.iter().copied().chain([place]).collect();
                let truth = truth.min(self.open_with(&all, &denied)).min(limits);
                if truth > best.0 {
                    best = (truth, Some(place));
                }
            }
        }
        best
    }
}
