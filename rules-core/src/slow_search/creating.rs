//! Users and roles that do not exist yet: one's own as soon as they do.

use std::rc::Rc;

use super::account::{SlowAccount, SlowPrincipal};
use super::becoming::in_session;
use super::candidates;
use super::choosing::Purpose;
use super::requester::SlowRequester;
use super::way::{SlowPermit, SlowWay};
use crate::arn::Arn;
use crate::decision::{ContextValue, Truth};
use crate::iam::Identity;
use crate::permissions::{ManagedDocument, PrincipalPermissions, PrincipalType, RequestMfa};

/// A principal that may be made.
pub(super) struct New<'a> {
    pub(super) principal: Rc<SlowPrincipal<'a>>,
    pub(super) mfa: RequestMfa,
    pub(super) way: SlowWay,
}

/// The roles that `by` can make. Their trust policies are whoever's who makes them, so a session is had for nothing.
pub(super) fn roles<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>) -> Vec<New<'a>> {
    const ACTIONS: [&str; 4] =
        ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:DeleteRolePermissionsBoundary"];
    made(account, by, PrincipalType::Role, &ACTIONS, |create, _| vec![(create.way("create-role"), in_session(by))])
}

/// The users that `by` can make and `signer` can get credentials of.
pub(super) fn users<'a>(account: &SlowAccount<'a>, by: &SlowRequester<'a>, signer: &SlowRequester<'a>) -> Vec<New<'a>> {
    const ACTIONS: [&str; 6] = [
        "iam:CreateUser",
        "iam:CreateAccessKey",
        "iam:CreateLoginProfile",
        "iam:PutUserPolicy",
        "iam:AttachUserPolicy",
        "iam:DeleteUserPermissionsBoundary",
    ];
    let sign_in = [("iam:CreateAccessKey", RequestMfa::Never), ("iam:CreateLoginProfile", RequestMfa::NotGiven)];
    made(account, by, PrincipalType::User, &ACTIONS, |create, arn| {
        let credentials =
            sign_in.into_iter().filter_map(|(action, factor)| Some((signer.ask(action, arn, &[])?, factor)));
        credentials.map(|(permit, factor)| (create.clone().way("create-user").with(permit), factor)).collect()
    })
}

fn made<'a>(
    account: &SlowAccount<'a>,
    by: &SlowRequester<'a>,
    kind: PrincipalType,
    actions: &[&'static str],
    sign_in: impl Fn(SlowPermit, &str) -> Vec<(SlowWay, RequestMfa)>,
) -> Vec<New<'a>> {
    let Some(create) = actions.first().copied().filter(|create| by.has(create)) else { return Vec::new() };
    let mut found = Vec::new();
    for arn in new_arns(account, by, actions, kind) {
        let name = arn.resource().rsplit('/').next().unwrap_or_default().to_owned();
        let identity = Identity { name, id: candidates::FRESH.to_owned(), arn };
        for (permit, boundary) in bounds(account, by, create, &identity.arn) {
            for (way, mfa) in sign_in(permit, identity.arn.as_str()) {
                let permissions = PrincipalPermissions::of_new(kind, identity.clone(), boundary, account.facts);
                found.push(New { principal: Rc::new(SlowPrincipal::new(permissions)), mfa, way });
            }
        }
    }
    found
}

/// Under which permissions boundaries a principal may be made: under none, or under those that a condition leaves.
fn bounds<'a>(
    account: &SlowAccount<'a>,
    by: &SlowRequester<'a>,
    create: &'static str,
    arn: &Arn,
) -> Vec<(SlowPermit, Option<ManagedDocument<'a>>)> {
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
    account: &SlowAccount<'_>,
    by: &SlowRequester<'_>,
    actions: &[&str],
    kind: PrincipalType,
) -> impl Iterator<Item = Arn> {
    let own = &by.identity().arn;
    let kind = match kind {
        PrincipalType::User => "user",
        PrincipalType::Role => "role",
    };
    let any = format!("arn:{}:iam::{}:{kind}/{}", own.partition(), own.account(), candidates::FRESH);
    // Others may change what it makes, so that their patterns count too.
    let others = account.principals.iter().filter_map(|other| other.permissions.as_ref().ok());
    let permissions: Vec<_> = std::iter::once(&by.permissions).chain(others).map(Rc::as_ref).collect();
    let of_patterns = candidates::of_patterns(&permissions, actions, &by.context);
    let marker = format!("{kind}/");
    let arns = std::iter::once(any).chain(of_patterns).filter_map(|arn| arn.parse::<Arn>().ok());
    arns.filter(move |arn| arn.resource().starts_with(&marker)).filter(|arn| account.place(arn).is_none())
}
