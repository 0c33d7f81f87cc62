//! Ways to rid a principal of what holds it back: its boundary, a Deny, a condition on MFA or on its tags.

use super::account::SlowAccount;
use super::choosing::Purpose;
use super::granting::{Gain, SlowBrings, SlowTarget};
use super::requester::{SlowRequester, single};
use super::way::SlowPermit;
use crate::permissions::{Change, PolicySource, PrincipalPermissions, PrincipalType, RequestMfa};
use crate::policy::Effect;
use crate::text::visible;

/// What `by` can rid the target of.
pub(super) fn gains<'a>(
    account: &SlowAccount<'a>,
    by: &SlowRequester<'a>,
    target: &SlowTarget<'_, 'a>,
) -> Vec<Gain<'a>> {
    let mut gains = boundary(account, by, target);
    gains.extend(denials(by, target));
    gains.extend(mfa(by, target));
    gains.extend(tags(by, target));
    gains
}

/// The permissions boundary taken away, or another one put in its place.
fn boundary<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<Gain<'a>> {
    let (delete, put, path) = match target.requester.principal.kind() {
        PrincipalType::User => ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary", "iam-022"),
        PrincipalType::Role => ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam-023"),
    };
    let current = target.requester.permissions.boundary();
    // Where some grant asks for a boundary, one may be put that was not there.
    if current.is_none() && by.values_of("iam:permissionsboundary").next().is_none() {
        return Vec::new();
    }
    let gain = |permit: SlowPermit, boundary, key| Gain {
        way: permit.way(path),
        object: target.in_words(),
        brings: SlowBrings::Changes(vec![Change::Bound(boundary)]),
        key,
    };
    let delete = current.and_then(|_| by.ask_about(delete, &target.requester.principal, &[]));
    let delete = delete.map(|permit| gain(permit, None, "no boundary".to_owned()));
    let request = target.requester.principal.request(&by.context);
    let choices = by.choices(account, Purpose::Boundary, (put, target.arn(), &request)).into_iter();
    let choices =
        choices.filter(|choice| choice.boundary().map(|policy| policy.arn) != current.map(|policy| policy.arn));
    let put = choices.map(|choice| {
        let (boundary, key) = (choice.boundary(), choice.key());
        gain(choice.permit, boundary, format!("bounded by {key}"))
    });
    delete.into_iter().chain(put).collect()
}

/// Policies that deny, taken from the target or from its groups, or the group left.
fn denials<'a>(by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Vec<Gain<'a>> {
    let permissions = &target.requester.permissions;
    let denying = permissions
        .policies()
        .iter()
        .filter(|source| source.document.statements.iter().any(|statement| statement.effect == Effect::Deny));
    denying.flat_map(|source| removed(by, target, source).into_iter().chain(left(by, target, source))).collect()
}

fn removed<'a>(by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>, source: &PolicySource<'a>) -> Option<Gain<'a>> {
    let group = source.group.and_then(|name| {
        let groups = target.requester.permissions.groups();
        groups.iter().find(|group| group.identity.name == name)
    });
    let (delete, detach) = match (group, target.requester.principal.kind()) {
        (Some(_), _) => ("iam:DeleteGroupPolicy", "iam:DetachGroupPolicy"),
        (None, PrincipalType::User) => ("iam:DeleteUserPolicy", "iam:DetachUserPolicy"),
        (None, PrincipalType::Role) => ("iam:DeleteRolePolicy", "iam:DetachRolePolicy"),
    };
    let (action, keys) = match source.arn {
        None => (delete, Vec::new()),
        Some(arn) => (detach, vec![("iam:PolicyARN", single(arn.as_str()))]),
    };
    let permit = match group {
        Some(group) => by.ask(action, group.identity.arn.as_str(), &keys),
        None => by.ask_about(action, &target.requester.principal, &keys),
    }?;
    Some(Gain {
        way: permit.way("remove-deny"),
        object: format!("policy {}", visible(source.name, 40)),
        brings: SlowBrings::Changes(vec![Change::Remove(*source)]),
        key: format!("without {} of {}", source.name, source.group.unwrap_or_default()),
    })
}

fn left<'a>(by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>, source: &PolicySource<'a>) -> Option<Gain<'a>> {
    let groups = target.requester.permissions.groups();
    let group = *groups.iter().find(|group| Some(group.identity.name.as_str()) == source.group)?;
    let permit = by.ask("iam:RemoveUserFromGroup", group.identity.arn.as_str(), &[])?;
    Some(Gain {
        way: permit.way("remove-deny"),
        object: format!("group {}", visible(&group.identity.name, 40)),
        brings: SlowBrings::Changes(vec![Change::Leave(group)]),
        key: format!("no member of {}", group.identity.name),
    })
}

/// A device of one's own, which brings the MFA that a policy requires.
fn mfa<'a>(by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Option<Gain<'a>> {
    let lacks = target.requester.mfa != RequestMfa::Given
        && target.requester.principal.kind() == PrincipalType::User
        && by.has("iam:EnableMFADevice");
    let permit = lacks.then(|| by.ask_about("iam:EnableMFADevice", &target.requester.principal, &[]))??;
    Some(Gain {
        way: permit.way("enrol-device"),
        object: target.in_words(),
        brings: SlowBrings::Mfa,
        key: String::new(),
    })
}

/// Other tags, where grants ask for tags or name resources by them.
fn tags<'a>(by: &SlowRequester<'a>, target: &SlowTarget<'_, 'a>) -> Option<Gain<'a>> {
    const TAGS: &str = "aws:principaltag/";
    let of_tags = |key: &str| key.starts_with(TAGS);
    let permissions = &target.requester.permissions;
    let permit = by.ask_to_tag(&target.requester.principal)?;
    let counts = asks_for(permissions, of_tags) || names_resources_by(permissions, TAGS);
    counts.then(|| Gain {
        way: permit.way("tag-principal"),
        object: target.in_words(),
        brings: SlowBrings::Changes(vec![Change::Tags]),
        key: "tagged".to_owned(),
    })
}

/// Whether some condition of the principal's is on such a key, given in lower case.
fn asks_for(permissions: &PrincipalPermissions<'_>, is_such: impl Fn(&str) -> bool) -> bool {
    let layers = permissions.layers();
    let mut statements = layers.set_by_account().flat_map(|document| &document.statements);
    statements.any(|statement| statement.conditions.iter().any(|condition| is_such(condition.key.lower())))
}

/// Whether some text of the principal's policies has a variable that begins like this.
fn names_resources_by(permissions: &PrincipalPermissions<'_>, variable: &str) -> bool {
    let layers = permissions.layers();
    let mut statements = layers.set_by_account().flat_map(|document| &document.statements);
    statements.any(|statement| {
        let resources =
            statement.resource.iter().flat_map(|element| element.patterns()).map(|pattern| pattern.as_str());
        let values = statement.conditions.iter().flat_map(|condition| &condition.values).map(String::as_str);
        resources.chain(values).any(|text| text.contains("${") && text.to_ascii_lowercase().contains(variable))
    })
}
