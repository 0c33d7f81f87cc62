//! Ways to become another principal: to get its credentials, or to assume it.

use super::account::{SlowAccount, SlowPrincipal};
use super::federation;
use super::requester::{SlowRequester, single};
use super::services::{OpenPath, PathGain};
use super::way::{SlowPermit, SlowWay, best};
use crate::decision::Truth;
use crate::iam::Role;
use crate::permissions::{Caller, PrincipalType, RequestMfa, Trust, trusts};

/// A way, and what is known of the MFA after it was taken.
pub(super) struct SlowBecoming {
    pub(super) way: SlowWay,
    pub(super) mfa: RequestMfa,
}

/// The ways to sign in or sign requests as a user.
pub(super) fn user(account: &SlowAccount<'_>, by: &SlowRequester<'_>, target: &SlowPrincipal<'_>) -> Vec<SlowBecoming> {
    let key = access_key(account, by, target).map(|way| SlowBecoming { way, mfa: RequestMfa::Never });
    key.into_iter().chain(password(account, by, target)).collect()
}

/// A user has two access keys at most.
fn access_key(account: &SlowAccount<'_>, by: &SlowRequester<'_>, target: &SlowPrincipal<'_>) -> Option<SlowWay> {
    let create = by.ask_about("iam:CreateAccessKey", target, &[])?;
    let keys =
        account.credentials(&target.identity).map(|row| row.access_keys.iter().filter(|key| key.exists()).count());
    if keys.is_some_and(|keys| keys < 2) {
        return Some(create.way("iam-002"));
    }
    // With the right to delete one there is always room.
    match (by.ask_about("iam:DeleteAccessKey", target, &[]), keys) {
        (Some(delete), _) => Some(create.way("iam-003").with(delete)),
        (None, Some(_)) => None,
        (None, None) => {
            Some(create.way("iam-002").unless_known(|| format!("the access keys of {}", target.in_words())))
        }
    }
}

fn password(account: &SlowAccount<'_>, by: &SlowRequester<'_>, target: &SlowPrincipal<'_>) -> Vec<SlowBecoming> {
    let row = account.credentials(&target.identity);
    let exists = row.and_then(|row| row.password_enabled);
    let way = |action, path| Some(by.ask_about(action, target, &[])?.way(path));
    let create = way("iam:CreateLoginProfile", "iam-004").filter(|_| exists != Some(true));
    let update = way("iam:UpdateLoginProfile", "iam-006").filter(|_| exists != Some(false));
    let way = match (create, update, exists) {
        // Whether there is a password or not, one of the two works.
        (Some(create), Some(update), None) => Some(create.after(update)),
        (create, update, None) => best(create.into_iter().chain(update))
            .map(|way| way.unless_known(|| format!("whether {} has a password", target.in_words()))),
        (create, update, Some(_)) => create.or(update),
    };
    let Some(way) = way else { return Vec::new() };
    let with = |way, mfa| SlowBecoming { way, mfa };
    // A device of the user's stands between the password and the console, unless it can be taken away.
    match row.and_then(|row| row.mfa_active) {
        Some(true) => {
            // Or another device is put beside it.
            let devices =
                [("iam:DeactivateMFADevice", RequestMfa::NotGiven), ("iam:EnableMFADevice", RequestMfa::Given)];
            let past = devices
                .into_iter()
                .filter_map(|(action, mfa)| Some(with(way.clone().with(by.ask_about(action, target, &[])?), mfa)));
            let past: Vec<SlowBecoming> = past.collect();
            if !past.is_empty() {
                return past;
            }
            let way = way.unless_known(|| format!("the second factor of {}", target.in_words()));
            vec![with(way, RequestMfa::Given)]
        }
        Some(false) => vec![with(way, RequestMfa::NotGiven)],
        None => vec![with(way, RequestMfa::Unknown)],
    }
}

/// What is known of the second factor in a session that a principal begins.
pub(super) fn in_session(by: &SlowRequester<'_>) -> RequestMfa {
    match (by.mfa, by.permissions.kind()) {
        // Whether a role's session hands it on is not documented.
        (RequestMfa::Unknown, _) | (RequestMfa::Given, PrincipalType::Role) => RequestMfa::Unknown,
        (RequestMfa::Given, PrincipalType::User) => RequestMfa::Given,
        (RequestMfa::Never | RequestMfa::NotGiven, _) => RequestMfa::NotGiven,
    }
}

/// The ways to get a session of a role.
pub(super) fn role(
    account: &SlowAccount<'_>,
    by: &SlowRequester<'_>,
    target: &SlowPrincipal<'_>,
    services: &[OpenPath],
) -> Vec<SlowBecoming> {
    let assumed = best(assume(by, target).into_iter().chain(trust_oneself(by, target)));
    let assumed = assumed.map(|way| SlowBecoming { way, mfa: in_session(by) });
    let run = best(federation::role(by, target).into_iter().chain(through_services(account, by, target, services)));
    let run = run.map(|way| SlowBecoming { way, mfa: RequestMfa::NotGiven });
    assumed.into_iter().chain(run).collect()
}

/// The way to assume a role as it stands.
pub(super) fn assume(by: &SlowRequester<'_>, target: &SlowPrincipal<'_>) -> Option<SlowWay> {
    let trust = match target.trust()? {
        Ok(trust) => trust,
        Err(missing) => {
            let way = by.ask_about("sts:AssumeRole", target, &[])?.way("sts-001");
            return Some(way.unless_known(|| missing.to_string()));
        }
    };
    // Most roles trust services alone.
    let whatever_is_chosen = trusts(trust, Caller::Principal(by.identity()), &by.context);
    if whatever_is_chosen.at_all == Truth::Fails {
        return None;
    }
    let choices = by.with_choices(trust);
    if choices.is_empty() {
        return assume_as_trusted(by, target, whatever_is_chosen);
    }
    let with_choice = |by: &SlowRequester<'_>| {
        assume_as_trusted(by, target, trusts(trust, Caller::Principal(by.identity()), &by.context))
    };
    best(choices.iter().filter_map(with_choice))
}

fn assume_as_trusted(by: &SlowRequester<'_>, target: &SlowPrincipal<'_>, trust: Trust) -> Option<SlowWay> {
    let conditions = || format!("the conditions on which {} is assumed", target.in_words());
    let way = |permit: SlowPermit, truth| permit.way("sts-001").depends_on(truth, conditions);
    let named = (trust.by_name > Truth::Fails)
        .then(|| by.ask_to_assume_when_named(target.identity.arn.as_str()))
        .flatten()
        .map(|permit| way(permit, trust.by_name));
    let allowed = (trust.at_all > Truth::Fails)
        .then(|| by.ask_about("sts:AssumeRole", target, &[]))
        .flatten()
        .map(|permit| way(permit, trust.at_all));
    best(named.into_iter().chain(allowed))
}

/// Whoever may rewrite the trust policy can write itself into it, or an account of its own where it may assume nothing.
fn trust_oneself(by: &SlowRequester<'_>, target: &SlowPrincipal<'_>) -> Option<SlowWay> {
    if target.is_protected() {
        return None;
    }
    Some(by.ask_about("iam:UpdateAssumeRolePolicy", target, &[])?.way("iam-012"))
}

/// A service that may use a role.
struct Trusted<'t> {
    service: &'t str,
    truth: Truth,
    /// Whether the role can be passed to it.
    pass: Option<SlowPermit>,
}

/// Something that runs with the role, or can be made to.
fn through_services(
    account: &SlowAccount<'_>,
    by: &SlowRequester<'_>,
    target: &SlowPrincipal<'_>,
    open: &[OpenPath],
) -> Option<SlowWay> {
    let trusted = trusted(account, by, target, open)?;
    let doubt = || format!("the trust policy of {}", target.in_words());
    let pass = |open: &OpenPath, trusted: &Trusted<'_>| {
        Some(open.way_with(trusted.pass.clone()?).depends_on(trusted.truth, doubt))
    };
    best(open.iter().filter_map(|open| {
        let among = |services: &'static [&'static str]| {
            trusted.iter().filter(move |trusted| services.contains(&trusted.service))
        };
        let way = match open.path.gain() {
            PathGain::PassedRole(services) => best(among(services).filter_map(|trusted| pass(open, trusted)))?,
            PathGain::AnyPassedRole => {
                let passed = best(trusted.iter().filter_map(|trusted| pass(open, trusted)))?;
                passed.unless_known(|| format!("what {} needs", open.path.name))
            }
            PathGain::RunningRole(services) => {
                let truth = among(services).map(|trusted| trusted.truth).max()?;
                open.way()?.depends_on(truth, doubt)
            }
            PathGain::Iam | PathGain::IdentityCenter => return None,
        };
        if open.path.instance_profile { in_a_profile(account, by, target, way) } else { Some(way) }
    }))
}

/// The services that may use the role: those that it names, or every one that matters where its trust is not known.
fn trusted<'t>(
    account: &SlowAccount<'_>,
    by: &SlowRequester<'_>,
    target: &'t SlowPrincipal<'_>,
    open: &[OpenPath],
) -> Option<Vec<Trusted<'t>>> {
    let services: Vec<(&'t str, Truth)> = match target.trust()? {
        Err(_) => {
            let of_paths = open.iter().flat_map(|open| match open.path.gain() {
                PathGain::PassedRole(services) | PathGain::RunningRole(services) => services,
                PathGain::AnyPassedRole | PathGain::Iam | PathGain::IdentityCenter => &[],
            });
            of_paths.map(|service| (*service, Truth::Undecided)).collect()
        }
        Ok(trust) => {
            let context = account.service_context();
            let with_truth = |service: &&'t str| (*service, trusts(trust, Caller::Service(service), &context).at_all);
            target.trusted_services.iter().map(with_truth).filter(|(_, truth)| *truth > Truth::Fails).collect()
        }
    };
    let is_passed_to = |service: &str| {
        open.iter().any(|open| match open.path.gain() {
            PathGain::PassedRole(services) => services.contains(&service),
            PathGain::AnyPassedRole => true,
            PathGain::RunningRole(_) | PathGain::Iam | PathGain::IdentityCenter => false,
        })
    };
    let pass = |service| by.ask_about("iam:PassRole", target, &[("iam:PassedToService", single(service))]);
    let trusted = services.into_iter().map(|(service, truth)| {
        let pass = if is_passed_to(service) { pass(service) } else { None };
        Trusted { service, truth, pass }
    });
    Some(trusted.collect())
}

/// The way, where the role has an instance profile or can be given one.
fn in_a_profile(
    account: &SlowAccount<'_>,
    by: &SlowRequester<'_>,
    target: &SlowPrincipal<'_>,
    way: SlowWay,
) -> Option<SlowWay> {
    match target.role?.details.get().and_then(|details| details.has_instance_profile.get().copied()) {
        Ok(true) => Some(way),
        Ok(false) => put_in_a_profile(account, by, way),
        Err(missing) => Some(way.unless_known(|| missing.to_string())),
    }
}

/// The way, with the role put in an instance profile: a new one, or one that has another role.
fn put_in_a_profile(account: &SlowAccount<'_>, by: &SlowRequester<'_>, way: SlowWay) -> Option<SlowWay> {
    let way = way.with(by.ask_somewhere("iam:AddRoleToInstanceProfile")?);
    if let Some(create) = by.ask_somewhere("iam:CreateInstanceProfile") {
        return Some(way.with(create));
    }
    let has_one = |role: &Role| {
        let details = role.details.known();
        details.is_some_and(|details| details.has_instance_profile.known() == Some(&true))
    };
    let remove = by.ask_somewhere("iam:RemoveRoleFromInstanceProfile");
    match remove.filter(|_| account.details.roles.iter().any(has_one)) {
        Some(remove) => Some(way.with(remove)),
        None => Some(way.unless_known(|| "an instance profile without a role".to_owned())),
    }
}
