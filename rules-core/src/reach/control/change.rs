//! Changes of groups and managed policies, and their effect on members.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Control, Member};
use crate::permissions::PrincipalType;
use crate::reach::account::{GroupIndex, PolicyIndex};
use crate::reach::document::DocumentId;
use crate::reach::state::{Bound, Held, Origin, State};

/// Everything that was changed and applies to several members.
#[derive(Debug, Default)]
pub(in crate::reach) struct Changes {
    pub(in crate::reach) groups: BTreeMap<GroupIndex, GroupChange>,
    pub(in crate::reach) policies: BTreeMap<PolicyIndex, PolicyChange>,
    /// Groups that were made, by their ARNs.
    pub(in crate::reach) new_groups: BTreeMap<String, GroupChange>,
}

/// What can be done with a group. Each thing comes with the step that does it.
#[derive(Debug, Default)]
pub(in crate::reach) struct GroupChange {
    /// The step that makes it, where it does not exist yet.
    pub(super) made: Option<usize>,
    pub(super) join: Option<usize>,
    pub(super) leave: Option<usize>,
    pub(super) gifts: Vec<(Held, usize)>,
    /// Policies that can be taken away from it, by their places.
    pub(super) lifted: Vec<(usize, usize)>,
}

/// What can be put in the place of a managed policy. Each thing comes with the step that does it.
#[derive(Debug, Default)]
pub(in crate::reach) struct PolicyChange {
    /// Whatever one likes.
    pub(super) rewritten: Option<usize>,
    /// Other versions of it.
    pub(super) versions: Vec<(DocumentId, usize)>,
}

/// The steps behind a state.
#[derive(Debug, Default)]
pub(super) struct Grounds {
    /// Those behind each policy being there.
    pub(super) held: Vec<Vec<usize>>,
    /// Those behind each policy being gone.
    pub(super) gone: Vec<Vec<usize>>,
    pub(super) bounds: Vec<Vec<usize>>,
}

impl Grounds {
    pub(super) fn of(state: &State) -> Self {
        let none = |many: usize| vec![Vec::new(); many];
        Self { held: none(state.held.len()), gone: none(state.held.len()), bounds: none(state.bounds.len()) }
    }
}

/// A state in the making, with the steps behind it.
struct Built {
    state: State,
    grounds: Grounds,
}

impl Built {
    fn push(&mut self, held: Held, steps: Vec<usize>, gone: Vec<usize>) {
        if self.state.add(held) {
            self.grounds.held.push(steps);
            self.grounds.gone.push(gone);
        }
    }

    fn bound(&mut self, bound: Option<Bound>, steps: Vec<usize>) {
        if self.state.bound(bound) {
            self.grounds.bounds.push(steps);
        }
    }
}

impl Control<'_, '_> {
    /// Recomputes what a member can be. Returns whether that is more than before.
    pub(super) fn rebuild(&mut self, place: usize) -> bool {
        let Some(member) = self.members.get(place) else { return false };
        let built = self.built(member);
        let Some(member) = self.members.get_mut(place) else { return false };
        if *member.state == built.state {
            return false;
        }
        member.state = Arc::new(built.state);
        member.grounds = built.grounds;
        true
    }

    fn built(&self, member: &Member<'_, '_>) -> Built {
        let as_is = &member.principal.get().state;
        let mut built = Built {
            state: State { held: Vec::new(), bounds: Vec::new(), left: Vec::new() },
            grounds: Grounds::default(),
        };
        for (place, held) in as_is.held.iter().enumerate() {
            let own = member.lifted.iter().find(|(lifted, _)| *lifted == place).map(|(_, step)| *step);
            let gone = self.rewritten(held).or(own).or_else(|| self.lifted_from_group(held));
            let gone = gone.or_else(|| self.replaced(held));
            built.push(Held { is_lifted: gone.is_some(), ..*held }, Vec::new(), gone.into_iter().collect());
        }
        for (held, step) in &member.gifts {
            built.push(*held, vec![*step], Vec::new());
        }
        if member.principal.get().kind == PrincipalType::User {
            self.add_groups(member, &mut built);
        }
        self.add_versions(&mut built);
        self.add_bounds(member, &mut built);
        built
    }

    /// The step that takes a policy away from the group that brings it.
    fn lifted_from_group(&self, held: &Held) -> Option<usize> {
        let change = self.changes.groups.get(&held.group?)?;
        let of_group = self.world.account.group(held.group?)?.held.as_ref().ok()?;
        // A member counts its policies in another way than the group.
        let is_it = |own: &Held| own.document == held.document && own.policy == held.policy;
        change.lifted.iter().find(|(place, _)| of_group.get(*place).is_some_and(is_it)).map(|(_, step)| *step)
    }

    /// The step that puts whatever one likes in the place of a policy. What was taken away cannot be put back so.
    fn rewritten(&self, held: &Held) -> Option<usize> {
        self.changes.policies.get(&held.policy?)?.rewritten
    }

    /// The step that puts another version in the place of a policy.
    fn replaced(&self, held: &Held) -> Option<usize> {
        self.changes.policies.get(&held.policy?)?.versions.first().map(|(_, step)| *step)
    }

    fn add_groups(&self, member: &Member<'_, '_>, built: &mut Built) {
        let account = self.world.account;
        let permissions = member.principal.get().permissions.as_ref().ok();
        let member_of: Vec<GroupIndex> = permissions
            .into_iter()
            .flat_map(|permissions| permissions.groups())
            .filter_map(|group| account.group_by_name(&group.identity.name))
            .collect();
        for (group, change) in &self.changes.groups {
            let is_member = member_of.contains(group);
            let joins = match (is_member, change.join) {
                (true, _) => Vec::new(),
                (false, Some(join)) => vec![join],
                (false, None) => continue,
            };
            let inherent = account.group(*group).and_then(|known| known.held.as_ref().ok()).into_iter().flatten();
            for (place, held) in inherent.enumerate().filter(|_| !is_member) {
                let own = change.lifted.iter().find(|(lifted, _)| *lifted == place).map(|(_, step)| *step);
                let gone = self.rewritten(held).or(own).or_else(|| self.replaced(held));
                let held = Held { is_joined: true, is_lifted: gone.is_some(), ..*held };
                if held.matters() {
                    built.push(held, joins.clone(), gone.into_iter().collect());
                }
            }
            for (held, step) in &change.gifts {
                let steps = joins.iter().copied().chain([*step]).collect();
                built.push(Held { is_joined: !is_member, ..*held }, steps, Vec::new());
            }
            if is_member && change.leave.is_some() && !built.state.left.contains(group) {
                built.state.left.push(*group);
            }
        }
        for change in self.changes.new_groups.values() {
            let Some((made, join)) = change.made.zip(change.join) else { continue };
            for (held, step) in &change.gifts {
                built.push(*held, vec![made, join, *step], Vec::new());
            }
        }
    }

    /// Whatever can be put in the place of managed policies, given ones included.
    fn add_versions(&self, built: &mut Built) {
        let there: Vec<(Held, Vec<usize>)> =
            built.state.held.iter().copied().zip(built.grounds.held.iter().cloned()).collect();
        for (held, steps) in there {
            let Some(change) = held.policy.and_then(|policy| self.changes.policies.get(&policy)) else { continue };
            let with = |step: usize| steps.iter().copied().chain([step]).collect::<Vec<_>>();
            if let Some(step) = change.rewritten {
                let everything = Held::given(self.world.account.everything, None, held.group);
                built.push(Held { is_joined: held.is_joined, ..everything }, with(step), Vec::new());
            }
            for (document, step) in &change.versions {
                let version = Held { document: *document, origin: Origin::Version, is_lifted: false, ..held };
                built.push(version, with(*step), Vec::new());
            }
        }
    }

    fn add_bounds(&self, member: &Member<'_, '_>, built: &mut Built) {
        let as_is = member.principal.get().state.bounds.iter().map(|bound| (bound.clone(), Vec::new()));
        let put = member.bounds.iter().map(|(bound, step)| (bound.clone(), vec![*step]));
        for (bound, steps) in as_is.chain(put) {
            let policy: Option<PolicyIndex> = bound.as_ref().and_then(|bound| bound.policy);
            let arn = bound.as_ref().map(|bound| Arc::clone(&bound.arn));
            built.bound(bound, steps.clone());
            let Some((policy, change)) = policy.and_then(|it| Some((it, self.changes.policies.get(&it)?))) else {
                continue;
            };
            let with = |step: usize| steps.iter().copied().chain([step]).collect::<Vec<_>>();
            let Some(arn) = arn else { continue };
            let bound = |document| Some(Bound { document, policy: Some(policy), arn: Arc::clone(&arn) });
            if let Some(step) = change.rewritten {
                built.bound(bound(self.world.account.everything), with(step));
            }
            for (document, step) in &change.versions {
                built.bound(bound(*document), with(*step));
            }
        }
    }
}
