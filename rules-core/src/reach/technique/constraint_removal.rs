//! Removing the limits of a principal: its permissions boundary, policies that deny, membership of groups that deny.

use crate::paths::PathId;
use crate::permissions::PrincipalType;
use crate::reach::account::PolicyIndex;
use crate::reach::action::{Action, Mask};
use crate::reach::choice::without_repeats;
use crate::reach::principal::{Principal, single};
use crate::reach::request::{Request, Requester};
use crate::reach::state::{Bound, Held, State};
use crate::reach::way::Way;

const DELETE_FROM_GROUP: Action = Action::named("iam:DeleteGroupPolicy");
const DELETE_FROM_ROLE: Action = Action::named("iam:DeleteRolePolicy");
const DELETE_FROM_USER: Action = Action::named("iam:DeleteUserPolicy");
const DETACH_FROM_GROUP: Action = Action::named("iam:DetachGroupPolicy");
const DETACH_FROM_ROLE: Action = Action::named("iam:DetachRolePolicy");
const DETACH_FROM_USER: Action = Action::named("iam:DetachUserPolicy");
const REMOVE_FROM_GROUP: Action = Action::named("iam:RemoveUserFromGroup");
const UNBOUND_ROLE: Action = Action::named("iam:DeleteRolePermissionsBoundary");
const UNBOUND_USER: Action = Action::named("iam:DeleteUserPermissionsBoundary");
const BOUND_ROLE: Action = Action::named("iam:PutRolePermissionsBoundary");
const BOUND_USER: Action = Action::named("iam:PutUserPermissionsBoundary");

/// The actions that take something away from a user or role itself.
pub(in crate::reach) const FROM_PRINCIPALS: Mask = Mask::of(&[
    BOUND_ROLE,
    BOUND_USER,
    DELETE_FROM_ROLE,
    DELETE_FROM_USER,
    DETACH_FROM_ROLE,
    DETACH_FROM_USER,
    UNBOUND_ROLE,
    UNBOUND_USER,
]);
/// The actions that take something away from the members of a group.
pub(in crate::reach) const FROM_GROUPS: Mask = Mask::of(&[DELETE_FROM_GROUP, DETACH_FROM_GROUP, REMOVE_FROM_GROUP]);

/// A permissions boundary in place of the one there is.
#[derive(Clone, Debug)]
pub(in crate::reach) struct Bounding {
    pub(in crate::reach) way: Way,
    /// None for no boundary.
    pub(in crate::reach) bound: Option<Bound>,
}

/// The permissions boundary taken away, or another one put in its place.
pub(in crate::reach) fn boundaries<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>, state: &State) -> Vec<Bounding> {
    if target.is_protected() || !by.actions.meets(Mask::of(&[UNBOUND_ROLE, UNBOUND_USER, BOUND_ROLE, BOUND_USER])) {
        return Vec::new();
    }
    let (delete, removed, put, replaced) = match target.kind {
        PrincipalType::User => {
            (UNBOUND_USER, PathId::named("iam-022"), BOUND_USER, PathId::named("replace-user-boundary"))
        }
        PrincipalType::Role => {
            (UNBOUND_ROLE, PathId::named("iam-023"), BOUND_ROLE, PathId::named("replace-role-boundary"))
        }
    };
    let request =
        |action| Request { action, resource: target.arn(), target: Some(target), target_state: Some(state), keys: &[] };
    let is_bounded = state.bounds.iter().any(Option::is_some);
    let delete = by.permit(&request(delete)).filter(|_| is_bounded);
    let delete = delete.map(|permit| Bounding { way: permit.way(removed), bound: None });
    let put = by.boundaries_to_set(&request(put)).into_iter().map(|choice| {
        let bound = Some(choice.bound(by.account.everything));
        Bounding { way: choice.permits.into_iter().fold(Way::empty(replaced), Way::with), bound }
    });
    delete.into_iter().chain(put).collect()
}

/// The way to take one of its own policies away from a user or role: a managed one, or an inline one.
pub(in crate::reach) fn remove<'a>(
    by: &Requester<'_, 'a>,
    target: &Principal<'a>,
    state: &State,
    policy: Option<PolicyIndex>,
) -> Option<Way> {
    let (delete, deleted, detach, detached) = match target.kind {
        PrincipalType::User => (
            DELETE_FROM_USER,
            PathId::named("delete-user-policy"),
            DETACH_FROM_USER,
            PathId::named("detach-user-policy"),
        ),
        PrincipalType::Role => (
            DELETE_FROM_ROLE,
            PathId::named("delete-role-policy"),
            DETACH_FROM_ROLE,
            PathId::named("detach-role-policy"),
        ),
    };
    let request =
        |action| Request { action, resource: target.arn(), target: Some(target), target_state: Some(state), keys: &[] };
    match policy {
        _ if target.is_protected() => None,
        None => Some(by.permit(&request(delete))?.way(deleted)),
        Some(policy) => {
            let keys = [("iam:PolicyARN", single(by.account.policy(policy)?.arn().as_str()))];
            Some(by.permit(&Request { keys: &keys, ..request(detach) })?.way(detached))
        }
    }
}

/// The way to take a policy away from a group.
pub(in crate::reach) fn remove_from_group(
    by: &Requester<'_, '_>,
    group: &str,
    policy: Option<PolicyIndex>,
) -> Option<Way> {
    match policy {
        None => {
            let permit = by.permit(&Request::on(DELETE_FROM_GROUP, group, &[]))?;
            Some(permit.way(PathId::named("delete-group-policy")))
        }
        Some(policy) => {
            let keys = [("iam:PolicyARN", single(by.account.policy(policy)?.arn().as_str()))];
            let permit = by.permit(&Request::on(DETACH_FROM_GROUP, group, &keys))?;
            Some(permit.way(PathId::named("detach-group-policy")))
        }
    }
}

/// The way to take users out of a group.
pub(in crate::reach) fn leave(by: &Requester<'_, '_>, group: &str) -> Option<Way> {
    Some(by.permit(&Request::on(REMOVE_FROM_GROUP, group, &[]))?.way(PathId::named("leave-group")))
}

/// The policies that deny and are there, each once.
pub(in crate::reach) fn denying(by: &Requester<'_, '_>, held: &[Held]) -> Vec<(usize, Held)> {
    let denies = |held: &Held| held.is_inherent() && by.account.documents.get(held.document).has_denials();
    without_repeats(held.iter().copied().enumerate().filter(|(_, held)| denies(held)).collect())
}
