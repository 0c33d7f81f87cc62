//! Who outside an account may assume a role of it.

use crate::decision::{Context, Truth};
use crate::policy::{Effect, PolicyDocument, Principal, PrincipalElement, PrincipalKind, Principals, Statement};

/// Everybody.
const EVERYBODY: &str = "*";

/// The actions with which somebody assumes a role, and the kind of principals that a trust policy names for each.
const WAYS: [(&str, PrincipalKind); 3] = [
    ("sts:AssumeRole", PrincipalKind::Aws),
    ("sts:AssumeRoleWithSAML", PrincipalKind::Federated),
    ("sts:AssumeRoleWithWebIdentity", PrincipalKind::Federated),
];

/// Identity providers and principals of other accounts that may assume the role, as named by the trust policy. The
/// conditions for them are their own affair; one that can never hold in `context` rules them out, and so does a Deny that
/// always holds.
pub(crate) fn outsiders<'t>(trust: &'t PolicyDocument, account: &str, context: &Context) -> Vec<&'t str> {
    let statements = |effect: Effect, holds: fn(Truth) -> bool| {
        let of_effect = trust.statements.iter().filter(move |statement| statement.effect == effect);
        of_effect.filter(move |statement| holds(statement.conditions_in(trust.version, context)))
    };
    let mut outsiders = Vec::new();
    for statement in statements(Effect::Allow, |truth| truth != Truth::Fails) {
        for (action, kind) in WAYS.into_iter().filter(|(action, _)| statement.action.covers(action)) {
            let named = named_outside(statement, kind, account);
            let is_denied = |outsider: &&str| {
                statements(Effect::Deny, |truth| truth == Truth::Holds)
                    .any(|deny| deny.action.covers(action) && denies(deny, kind, outsider))
            };
            outsiders.extend(named.into_iter().filter(|outsider| !is_denied(outsider)));
        }
    }
    outsiders
}

/// Whom of a kind an Allow names that is not of the account.
fn named_outside<'t>(statement: &'t Statement, kind: PrincipalKind, account: &str) -> Vec<&'t str> {
    match &statement.principal {
        None => Vec::new(),
        Some(PrincipalElement::Principal(Principals::Listed(principals))) => {
            let is_outside = |principal: &&Principal| {
                principal.kind == kind && (kind == PrincipalKind::Federated || is_elsewhere(&principal.value, account))
            };
            principals.iter().filter(is_outside).map(|principal| principal.value.as_str()).collect()
        }
        Some(PrincipalElement::NotPrincipal(excepted)) if names_everybody(excepted) => Vec::new(),
        // And nobody is named whose identity provider could be said to be everybody's.
        Some(PrincipalElement::Principal(Principals::Everyone) | PrincipalElement::NotPrincipal(_)) => match kind {
            PrincipalKind::Aws => vec![EVERYBODY],
            _ => Vec::new(),
        },
    }
}

fn names_everybody(principals: &Principals) -> bool {
    match principals {
        Principals::Everyone => true,
        Principals::Listed(principals) => {
            principals.iter().any(|principal| principal.kind == PrincipalKind::Aws && principal.value == EVERYBODY)
        }
    }
}

/// Whether a Deny is about all that an outsider stands for.
fn denies(deny: &Statement, kind: PrincipalKind, outsider: &str) -> bool {
    let includes = |principal: &Principal| {
        let is_everybody = principal.kind == PrincipalKind::Aws && principal.value == EVERYBODY;
        is_everybody || (principal.kind == kind && takes_in(&principal.value, outsider))
    };
    match &deny.principal {
        None | Some(PrincipalElement::NotPrincipal(Principals::Everyone)) => false,
        Some(PrincipalElement::Principal(Principals::Everyone)) => true,
        Some(PrincipalElement::Principal(Principals::Listed(principals))) => principals.iter().any(includes),
        // Everybody but those that are listed: of everybody, these are left, and of an account, those of it.
        Some(PrincipalElement::NotPrincipal(Principals::Listed(principals))) => {
            let spares = |principal: &Principal| {
                includes(principal)
                    || (principal.kind == kind && (outsider == EVERYBODY || takes_in(outsider, &principal.value)))
            };
            !principals.iter().any(spares)
        }
    }
}

/// Whether one principal is the other or its account.
fn takes_in(one: &str, other: &str) -> bool {
    one == other || (is_account(one) && account_of(one).is_some() && account_of(one) == account_of(other))
}

/// Whether a principal is a whole account, by its number or its root.
fn is_account(value: &str) -> bool {
    is_number(value) || value.splitn(6, ':').nth(5) == Some("root")
}

fn account_of(value: &str) -> Option<&str> {
    if is_number(value) { Some(value) } else { value.split(':').nth(4) }
}

fn is_number(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether an `AWS` principal is, or may be, of another account. A unique id stands for one that is gone.
fn is_elsewhere(value: &str, account: &str) -> bool {
    match account_of(value) {
        Some(owner) => owner != account,
        None => value == EVERYBODY,
    }
}
