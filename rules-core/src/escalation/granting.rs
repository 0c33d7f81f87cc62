//! Ways to make a principal an administrator, oneself included.

use super::account::{Account, Principal};
use super::requester::{Key, Requester, single};
use super::way::{Way, best};
use crate::arn::Arn;
use crate::decision::{ContextValue, Truth};
use crate::iam::{Group, Identity};
use crate::permissions::{Change, PrincipalType, allow_everything};
use crate::policy::PolicyDocument;

/// A principal that is to be made an administrator.
pub(super) struct Target<'t, 'a> {
    pub(super) principal: &'t Principal<'a>,
    /// The principal as a requester of its own.
    pub(super) requester: &'t Requester<'t, 'a>,
    /// The path by which one became it; none for oneself.
    pub(super) through: Option<&'static str>,
}

/// The way in which `by` makes the target an administrator.
pub(super) fn way(account: &Account<'_>, by: &Requester<'_, '_>, target: &Target<'_, '_>) -> Option<Way> {
    if target.principal.is_protected() {
        return None;
    }
    let bounded = granted(account, by, target, false);
    if bounded.as_ref().is_some_and(|way| way.truth == Truth::Holds) {
        return bounded;
    }
    let unbounded = lifted(account, by, target).and_then(|lift| {
        // Where nothing but the boundary holds the target back, lifting it is all.
        let alone = target.after(&Change { lift_boundary: true, ..Change::default() }, lift.clone());
        let granted = granted(account, by, target, true).map(|way| way.after(lift));
        best(alone.into_iter().chain(granted))
    });
    best(bounded.into_iter().chain(unbounded))
}

impl Target<'_, '_> {
    /// The way, if the target is an administrator after the change that it brings about.
    fn after(&self, change: &Change<'_>, way: Way) -> Option<Way> {
        let truth = self.requester.administrator_after(change);
        let conditions = || format!("conditions on what {} may do", self.principal.in_words());
        (truth > Truth::Fails).then(|| way.depends_on(truth, conditions))
    }

    /// The known path that this grant is part of.
    fn path(&self, own: &'static str, assumed: &'static str, retrusted: &'static str) -> &'static str {
        match self.through {
            None => own,
            Some("iam-012") => retrusted,
            Some(_) => assumed,
        }
    }
}

/// Grants to the target or to a group it is in, or is put in.
fn granted(account: &Account<'_>, by: &Requester<'_, '_>, target: &Target<'_, '_>, lift_boundary: bool) -> Option<Way> {
    let permissions = target.principal.permissions.as_ref().ok()?;
    let everything = [allow_everything()];
    let change = Change { add: &everything, lift_boundary, ..Change::default() };
    let mut ways: Vec<Way> = Vec::new();
    // Whatever is granted, a boundary or a Deny may still stand in the way.
    if target.requester.administrator_after(&change) > Truth::Fails {
        ways.extend(on_itself(account, by, target));
        ways.extend(permissions.groups().iter().filter_map(|group| on_group(account, by, group)));
        let attached = permissions.policies().iter().filter_map(|source| source.arn);
        let path = target.path("iam-001", "iam-016", "iam-020");
        ways.extend(attached.filter_map(|arn| rewritten(account, by, arn, path)));
        ways = ways.into_iter().filter_map(|way| target.after(&change, way)).collect();
    }
    ways.extend(restored(account, by, target, lift_boundary));
    ways.extend(joined(account, by, target, lift_boundary));
    best(ways)
}

fn on_itself(account: &Account<'_>, by: &Requester<'_, '_>, target: &Target<'_, '_>) -> Option<Way> {
    let (put, attach, put_path, attach_path) = match target.principal.kind() {
        PrincipalType::User => (
            "iam:PutUserPolicy",
            "iam:AttachUserPolicy",
            target.path("iam-007", "iam-018", "iam-018"),
            target.path("iam-008", "iam-015", "iam-015"),
        ),
        PrincipalType::Role => (
            "iam:PutRolePolicy",
            "iam:AttachRolePolicy",
            target.path("iam-005", "iam-017", "iam-021"),
            target.path("iam-009", "iam-014", "iam-019"),
        ),
    };
    let put = by.ask_about(put, target.principal, &[]).map(|permit| permit.way(put_path));
    let request = target.principal.request(&by.context);
    let arn = target.principal.identity.arn.as_str();
    let attach = by.ask_to_attach(attach, arn, &request, account).map(|permit| permit.way(attach_path));
    best(put.into_iter().chain(attach))
}

/// Policies put on or attached to a group, or rewritten while they are attached to it.
fn on_group(account: &Account<'_>, by: &Requester<'_, '_>, group: &Group) -> Option<Way> {
    let arn = group.identity.arn.as_str();
    let put = by.ask("iam:PutGroupPolicy", arn, &[]).map(|permit| permit.way("iam-011"));
    let attach =
        by.ask_to_attach("iam:AttachGroupPolicy", arn, &by.context, account).map(|permit| permit.way("iam-010"));
    let attached = group.grants.known().and_then(|grants| grants.attached.known()).into_iter().flatten();
    let rewritten = attached.filter_map(|attachment| rewritten(account, by, &attachment.arn, "iam-001"));
    best(put.into_iter().chain(attach).chain(rewritten))
}

/// A new version of a policy of the account's own, which is in force at once. IAM keeps five; one has to go then.
fn rewritten(account: &Account<'_>, by: &Requester<'_, '_>, policy: &Arn, path: &'static str) -> Option<Way> {
    const MAX_VERSIONS: usize = 5;
    if policy.account() == "aws" {
        return None;
    }
    let way = by.ask("iam:CreatePolicyVersion", policy.as_str(), &[])?.way(path);
    let known = account.details.policy(policy).ok().and_then(|policy| policy.details.known());
    if known.is_none_or(|details| details.other_versions.len() + 1 < MAX_VERSIONS) {
        return Some(way);
    }
    Some(way.with(by.ask("iam:DeletePolicyVersion", policy.as_str(), &[])?))
}

/// Another version of a policy that the target has, put in force.
fn restored(
    account: &Account<'_>,
    by: &Requester<'_, '_>,
    target: &Target<'_, '_>,
    lift_boundary: bool,
) -> Option<Way> {
    let permissions = target.principal.permissions.as_ref().ok()?;
    let bearing = permissions.policies().iter().filter_map(|source| source.arn);
    let bearing = bearing.chain(permissions.boundary().map(|boundary| boundary.arn));
    best(bearing.filter_map(|arn| {
        let permit = by.ask("iam:SetDefaultPolicyVersion", arn.as_str(), &[])?;
        let versions = &account.details.policy(arn).ok()?.details.known()?.other_versions;
        best(versions.iter().filter_map(|version| {
            let way = permit.clone().way("prowler-setdefaultpolicyversion");
            let document = version.document();
            match document.known() {
                Some(document) => {
                    let change = Change { replace: Some((arn, document)), lift_boundary, ..Change::default() };
                    target.after(&change, way)
                }
                None => Some(way.unless_known(|| format!("version {} of policy {}", version.id, arn.as_str()))),
            }
        }))
    }))
}

/// The target put in a group that makes its members administrators, or is made to.
fn joined(account: &Account<'_>, by: &Requester<'_, '_>, target: &Target<'_, '_>, lift_boundary: bool) -> Option<Way> {
    if target.principal.kind() != PrincipalType::User || !by.has("iam:AddUserToGroup") {
        return None;
    }
    let member_of = target.principal.permissions.as_ref().ok()?.groups();
    let others = account.groups().iter().filter(|group| !member_of.iter().any(|own| own.identity == group.identity));
    best(others.filter_map(|group| {
        let join = by.ask("iam:AddUserToGroup", group.identity.arn.as_str(), &[])?.way("iam-013");
        let brought = match policies_of(account, group) {
            Some(documents) => {
                let change = Change { add: &documents, lift_boundary, ..Change::default() };
                target.after(&change, join.clone())
            }
            None => Some(join.clone().unless_known(|| format!("the policies of group {}", name(&group.identity)))),
        };
        let everything = [allow_everything()];
        let change = Change { add: &everything, lift_boundary, ..Change::default() };
        let granted = on_group(account, by, group).and_then(|grant| target.after(&change, join.after(grant)));
        best(brought.into_iter().chain(granted))
    }))
}

/// The documents of a group's policies; none when one of them is not known.
pub(super) fn policies_of<'a>(account: &Account<'a>, group: &'a Group) -> Option<Vec<&'a PolicyDocument>> {
    let grants = group.grants.known()?;
    let inline = grants.inline.iter().map(|policy| policy.document.known());
    let attached = grants.attached.known()?.iter().map(|attachment| account.document(&attachment.arn));
    inline.chain(attached).collect()
}

/// The target's permissions boundary taken away, replaced by one that allows everything, or rewritten.
fn lifted(account: &Account<'_>, by: &Requester<'_, '_>, target: &Target<'_, '_>) -> Option<Way> {
    let boundary = target.principal.permissions.as_ref().ok()?.boundary()?;
    let (delete, put, path) = match target.principal.kind() {
        PrincipalType::User => ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary", "iam-022"),
        PrincipalType::Role => ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary", "iam-023"),
    };
    let delete = by.ask_about(delete, target.principal, &[]);
    let wide: [Key; 1] = [("iam:PermissionsBoundary", single(&account.administrator_access()))];
    let put = by.ask_about(put, target.principal, &wide);
    let permits = delete.into_iter().chain(put).map(|permit| permit.way(path));
    best(permits.chain(rewritten(account, by, boundary.arn, path)))
}

fn name(identity: &Identity) -> String {
    crate::text::visible(&identity.name, 40)
}

/// No permissions boundary.
pub(super) fn unbounded() -> Key {
    ("iam:PermissionsBoundary", ContextValue::Absent)
}
