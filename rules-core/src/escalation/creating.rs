//! Ways through a user or role that does not exist yet.

use std::collections::BTreeMap;

use super::account::Account;
use super::candidates;
use super::granting::{policies_of, unbounded};
use super::paths::Gain;
use super::requester::{Key, Requester, literal_arn, single, with};
use super::services::OpenPath;
use super::way::{Way, best, surest};
use crate::arn::Arn;
use crate::decision::Truth;
use crate::iam::Identity;
use crate::permissions::{
    Change, ManagedDocument, PrincipalPermissions, PrincipalType, SecondFactor, allow_everything,
};
use crate::policy::PolicyDocument;

/// A permissions boundary that a new principal may have to have.
struct Bound<'a> {
    policy: Option<ManagedDocument<'a>>,
    key: Key,
}

/// The way in which `by` makes a role that is an administrator, and gets a session of it.
pub(super) fn role(account: &Account<'_>, by: &Requester<'_, '_>, services: &[OpenPath]) -> Option<Way> {
    if !by.has("iam:CreateRole") {
        return None;
    }
    let actions = ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"];
    let bounds = bounds(account, by);
    best(new_arns(by, &actions, "role").iter().filter_map(|arn| {
        best(bounds.iter().filter_map(|bound| {
            let keys = [bound.key.clone()];
            let create = by.ask("iam:CreateRole", arn, &keys)?.way("create-role");
            let everything = [allow_everything()];
            let way = administrator(account, PrincipalType::Role, arn, bound, &everything, create)?;
            let put = by.ask("iam:PutRolePolicy", arn, &keys);
            let attach = by.ask_to_attach("iam:AttachRolePolicy", arn, &with(&by.context, &keys), account);
            let way = way.with(surest(put.into_iter().chain(attach))?);
            // Its trust policy is whoever's who makes it.
            let assumed = by.ask_to_assume_when_named(arn).map(|permit| way.clone().with(permit));
            best(assumed.into_iter().chain(passed(by, arn, services).map(|pass| way.after(pass))))
        }))
    }))
}

/// A new role passed to a service, for whoever may not assume it.
fn passed(by: &Requester<'_, '_>, role: &str, services: &[OpenPath]) -> Option<Way> {
    best(services.iter().filter_map(|open| {
        let Gain::PassedRole(trusted) = open.path.gain else { return None };
        let pass = |service: &&str| by.ask("iam:PassRole", role, &[("iam:PassedToService", single(service))]);
        Some(open.way_with(surest(trusted.iter().filter_map(pass))?))
    }))
}

/// The way in which `by` makes a user that is an administrator, and gets credentials of it.
pub(super) fn user(account: &Account<'_>, by: &Requester<'_, '_>) -> Option<Way> {
    if !by.has("iam:CreateUser") {
        return None;
    }
    let actions = ["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:CreateAccessKey"];
    let bounds = bounds(account, by);
    best(new_arns(by, &actions, "user").iter().filter_map(|arn| {
        let sign_in = ["iam:CreateAccessKey", "iam:CreateLoginProfile"];
        let sign_in = surest(sign_in.into_iter().filter_map(|action| by.ask(action, arn, &[])))?;
        best(bounds.iter().filter_map(|bound| {
            let keys = [bound.key.clone()];
            let create = by.ask("iam:CreateUser", arn, &keys)?.way("create-user").with(sign_in.clone());
            let everything = [allow_everything()];
            let put = by.ask("iam:PutUserPolicy", arn, &keys);
            let attach = by.ask_to_attach("iam:AttachUserPolicy", arn, &with(&by.context, &keys), account);
            let granted = surest(put.into_iter().chain(attach)).and_then(|permit| {
                let way = create.clone().with(permit);
                administrator(account, PrincipalType::User, arn, bound, &everything, way)
            });
            best(granted.into_iter().chain(joined(account, by, arn, bound, &create)))
        }))
    }))
}

/// The new user put in a group that makes its members administrators.
fn joined(account: &Account<'_>, by: &Requester<'_, '_>, arn: &str, bound: &Bound<'_>, create: &Way) -> Option<Way> {
    best(account.groups().iter().filter_map(|group| {
        let join = by.ask("iam:AddUserToGroup", group.identity.arn.as_str(), &[])?;
        let way = create.clone().with(join);
        administrator(account, PrincipalType::User, arn, bound, &policies_of(account, group)?, way)
    }))
}

/// The way, if a new principal with these policies and this boundary is an administrator.
fn administrator(
    account: &Account<'_>,
    kind: PrincipalType,
    arn: &str,
    bound: &Bound<'_>,
    policies: &[&PolicyDocument],
    way: Way,
) -> Option<Way> {
    let identity =
        Identity { name: candidates::FRESH.to_owned(), id: candidates::FRESH.to_owned(), arn: arn.parse().ok()? };
    let tags = BTreeMap::new();
    let new = PrincipalPermissions::of_new(kind, &identity, bound.policy, &tags, account.facts);
    let context = new.context(SecondFactor::Unknown);
    let truth = new.administrator_after(&Change { add: policies, ..Change::default() }, &context);
    (truth > Truth::Fails).then(|| way.depends_on(truth, || "conditions on what the new principal may do".to_owned()))
}

/// ARNs of new principals that the policies leave room for.
fn new_arns(by: &Requester<'_, '_>, actions: &[&str], kind: &str) -> Vec<String> {
    let own = &by.permissions.identity().arn;
    let any = format!("arn:{}:iam::{}:{kind}/{}", own.partition(), own.account(), candidates::FRESH);
    let of_patterns = candidates::of_patterns(by.permissions, actions, &by.context);
    let marker = format!(":{kind}/");
    std::iter::once(any).chain(of_patterns.into_iter().filter(|arn| arn.contains(&marker))).collect()
}

/// No boundary, and every one that some condition asks for and the account has.
fn bounds<'a>(account: &Account<'a>, by: &Requester<'_, '_>) -> Vec<Bound<'a>> {
    let asked = by.conditions_on("iam:permissionsboundary");
    let mut arns: Vec<Arn> =
        asked.flat_map(|condition| &condition.values).filter_map(|value| literal_arn(value)).collect();
    arns.sort();
    arns.dedup();
    let known = arns.iter().filter_map(|arn| {
        let policy = account.details.policy(arn).ok()?;
        let policy = ManagedDocument { arn: &policy.identity.arn, document: account.document(arn)? };
        Some(Bound { policy: Some(policy), key: ("iam:PermissionsBoundary", single(arn.as_str())) })
    });
    std::iter::once(Bound { policy: None, key: unbounded() }).chain(known).collect()
}
