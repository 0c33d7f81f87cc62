//! Users and roles that do not exist yet: one's own as soon as they do.

use std::rc::Rc;

use super::account::{Account, Principal};
use super::candidates;
use super::choosing::Purpose;
use super::requester::Requester;
use super::way::{Permit, Way};
use crate::arn::Arn;
use crate::decision::{ContextValue, Truth};
use crate::iam::Identity;
use crate::permissions::{ManagedDocument, PrincipalPermissions, PrincipalType, SecondFactor};

/// A principal that may be made.
pub(super) struct New<'a> {
    pub(super) principal: Rc<Principal<'a>>,
    pub(super) second_factor: SecondFactor,
    pub(super) way: Way,
}

/// The roles that `by` can make. Their trust policies are whoever's who makes them, so a session is had for nothing.
pub(super) fn roles<'a>(account: &Account<'a>, by: &Requester<'a>) -> Vec<New<'a>> {
    const ACTIONS: [&str; 4] =
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary"];
    made(account, by, PrincipalType::Role, &ACTIONS, |create, _| {
        vec![(create.way("create-role"), SecondFactor::Unknown)]
    })
}

/// The users that `by` can make and get credentials of.
pub(super) fn users<'a>(account: &Account<'a>, by: &Requester<'a>) -> Vec<New<'a>> {
    const ACTIONS: [&str; 6] = [
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
        "iam:DeleteUserPermissionsBoundary",
    ];
    let sign_in = [("iam:CreateAccessKey", SecondFactor::Never), ("iam:CreateLoginProfile", SecondFactor::Unknown)];
    made(account, by, PrincipalType::User, &ACTIONS, |create, arn| {
        let credentials = sign_in.into_iter().filter_map(|(action, factor)| Some((by.ask(action, arn, &[])?, factor)));
        credentials.map(|(permit, factor)| (create.clone().way("create-user").with(permit), factor)).collect()
    })
}

fn made<'a>(
    account: &Account<'a>,
    by: &Requester<'a>,
    kind: PrincipalType,
    actions: &[&'static str],
    sign_in: impl Fn(Permit, &str) -> Vec<(Way, SecondFactor)>,
) -> Vec<New<'a>> {
    let Some(create) = actions.first().copied().filter(|create| by.has(create)) else { return Vec::new() };
    let mut found = Vec::new();
    for arn in new_arns(account, by, actions, kind) {
        let name = arn.resource().rsplit('/').next().unwrap_or_default().to_owned();
        let identity = Identity { name, id: candidates::FRESH.to_owned(), arn };
        for (permit, boundary) in bounds(account, by, create, &identity.arn) {
            for (way, second_factor) in sign_in(permit, identity.arn.as_str()) {
                let permissions = PrincipalPermissions::of_new(kind, identity.clone(), boundary, account.facts);
                found.push(New { principal: Rc::new(Principal::new(permissions)), second_factor, way });
            }
        }
    }
    found
}

/// Under which permissions boundaries a principal may be made: under none, or under those that a condition leaves.
fn bounds<'a>(
    account: &Account<'a>,
    by: &Requester<'a>,
    create: &'static str,
    arn: &Arn,
) -> Vec<(Permit, Option<ManagedDocument<'a>>)> {
    let unbounded = by.ask(create, arn.as_str(), &[("iam:PermissionsBoundary", ContextValue::Absent)]);
    let is_certain = unbounded.as_ref().is_some_and(|permit| permit.truth == Truth::Holds);
    let mut bounds: Vec<_> = unbounded.map(|permit| (permit, None)).into_iter().collect();
    if !is_certain && by.values_of("iam:permissionsboundary").next().is_some() {
        let choices = by.choices(account, Purpose::Boundary, (create, arn.as_str(), &by.context));
        bounds.extend(choices.into_iter().map(|choice| {
            let boundary = choice.boundary();
            (choice.permit, boundary)
        }));
    }
    bounds
}

/// ARNs of new principals that the policies leave room for.
fn new_arns(
    account: &Account<'_>,
    by: &Requester<'_>,
    actions: &[&str],
    kind: PrincipalType,
) -> impl Iterator<Item = Arn> {
    let own = &by.identity().arn;
    let kind = match kind {
        PrincipalType::User => "user",
        PrincipalType::Role => "role",
    };
    let any = format!("arn:{}:iam::{}:{kind}/{}", own.partition(), own.account(), candidates::FRESH);
    let of_patterns = candidates::of_patterns(&by.permissions, actions, &by.context);
    let marker = format!("{kind}/");
    let arns = std::iter::once(any).chain(of_patterns).filter_map(|arn| arn.parse::<Arn>().ok());
    arns.filter(move |arn| arn.resource().starts_with(&marker)).filter(|arn| account.place(arn).is_none())
}
