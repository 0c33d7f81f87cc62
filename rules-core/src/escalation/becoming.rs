//! Ways to become another principal: to get its credentials, or to assume it.

use super::account::{Account, Principal};
use super::paths::{Gain, Need};
use super::requester::{Requester, single};
use super::services::OpenPath;
use super::way::{Permit, Way, best};
use crate::decision::Truth;
use crate::permissions::{Caller, SecondFactor, trusts};

/// A way, and what is known of the second factor once it is gone.
pub(super) struct Becoming {
    pub(super) way: Way,
    pub(super) second_factor: SecondFactor,
}

/// The ways to sign in or sign requests as a user.
pub(super) fn user(account: &Account<'_>, by: &Requester<'_, '_>, target: &Principal<'_>) -> Vec<Becoming> {
    let key = access_key(account, by, target).map(|way| Becoming { way, second_factor: SecondFactor::Never });
    let password = password(account, by, target).map(|way| Becoming { way, second_factor: SecondFactor::Unknown });
    key.into_iter().chain(password).collect()
}

/// A user has two access keys at most.
fn access_key(account: &Account<'_>, by: &Requester<'_, '_>, target: &Principal<'_>) -> Option<Way> {
    let create = by.ask_about("iam:CreateAccessKey", target, &[])?;
    let keys =
        account.credentials(target.identity).map(|row| row.access_keys.iter().filter(|key| key.exists()).count());
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

fn password(account: &Account<'_>, by: &Requester<'_, '_>, target: &Principal<'_>) -> Option<Way> {
    let row = account.credentials(target.identity);
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
    }?;
    // A device of the user's stands between the password and the console, unless it can be taken away.
    match row.and_then(|row| row.mfa_active) {
        Some(true) => Some(match by.ask_about("iam:DeactivateMFADevice", target, &[]) {
            Some(deactivate) => way.with(deactivate),
            None => way.unless_known(|| format!("the second factor of {}", target.in_words())),
        }),
        Some(false) | None => Some(way),
    }
}

/// The ways to get a session of a role.
pub(super) fn role(
    account: &Account<'_>,
    by: &Requester<'_, '_>,
    target: &Principal<'_>,
    services: &[OpenPath],
) -> Option<Way> {
    let assumed = assume(by, target);
    if assumed.as_ref().is_some_and(|way| way.truth == Truth::Holds) {
        return assumed;
    }
    let retrusted = trust_oneself(by, target);
    let run = services.iter().filter_map(|open| through_service(account, by, target, open));
    best(assumed.into_iter().chain(retrusted).chain(run))
}

/// The way to assume a role as it stands.
pub(super) fn assume(by: &Requester<'_, '_>, target: &Principal<'_>) -> Option<Way> {
    let trust = match target.trust()?.get() {
        Ok(trust) => trust,
        Err(missing) => {
            let way = by.ask_about("sts:AssumeRole", target, &[])?.way("sts-001");
            return Some(way.unless_known(|| missing.to_string()));
        }
    };
    // Most roles trust services alone.
    let trust = trusts(trust, Caller::Principal(by.permissions.identity()), &by.context);
    let conditions = || format!("the conditions on which {} is assumed", target.in_words());
    let way = |permit: Permit, truth| permit.way("sts-001").depends_on(truth, conditions);
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

/// Whoever may rewrite the trust policy can write itself into it.
fn trust_oneself(by: &Requester<'_, '_>, target: &Principal<'_>) -> Option<Way> {
    if target.is_protected() {
        return None;
    }
    let rewrite = by.ask_about("iam:UpdateAssumeRolePolicy", target, &[])?;
    Some(rewrite.way("iam-012").with(by.ask_to_assume_when_named(target.identity.arn.as_str())?))
}

/// Something that runs with the role, or can be made to.
fn through_service(
    account: &Account<'_>,
    by: &Requester<'_, '_>,
    target: &Principal<'_>,
    open: &OpenPath,
) -> Option<Way> {
    let trust = target.trust()?;
    let trusted = |services: &[&str]| -> Vec<(String, Truth)> {
        let named = services.iter().map(|service| (*service).to_owned());
        let Some(trust) = trust.known() else {
            return named.map(|service| (service, Truth::Undecided)).collect();
        };
        let context = account.service_context();
        let with_trust = named.map(|service| {
            let truth = trusts(trust, Caller::Service(&service), &context).at_all;
            (service, truth)
        });
        with_trust.filter(|(_, truth)| *truth > Truth::Fails).collect()
    };
    let is_trusted = |services: &[&str]| services.iter().any(|service| target.trusted_services.contains(service));
    let pass = |services: Vec<(String, Truth)>| {
        best(services.into_iter().filter_map(|(service, trust)| {
            let keys = [("iam:PassedToService", single(&service))];
            let permit = by.ask_about("iam:PassRole", target, &keys)?;
            Some(open.way_with(permit).depends_on(trust, || format!("the trust policy of {}", target.in_words())))
        }))
    };
    let way = match open.path.gain {
        // Most roles trust other services.
        Gain::PassedRole(services) | Gain::RunningRole(services)
            if trust.known().is_some() && !is_trusted(services) =>
        {
            return None;
        }
        Gain::PassedRole(services) => pass(trusted(services))?,
        Gain::AnyPassedRole => {
            pass(trusted(&target.trusted_services))?.unless_known(|| format!("what {} needs", open.path.id))
        }
        Gain::RunningRole(services) => {
            let trust = trusted(services).into_iter().map(|(_, truth)| truth).max()?;
            open.way()?.depends_on(trust, || format!("the trust policy of {}", target.in_words()))
        }
        Gain::Iam | Gain::IdentityCenter => return None,
    };
    if !open.path.needs.contains(&Need::InstanceProfile) {
        return Some(way);
    }
    match target.role?.details.known()?.has_instance_profile.get() {
        Ok(true) => Some(way),
        Ok(false) => {
            let make = by.ask_somewhere("iam:CreateInstanceProfile")?;
            Some(way.with(make).with(by.ask_somewhere("iam:AddRoleToInstanceProfile")?))
        }
        Err(missing) => Some(way.unless_known(|| missing.to_string())),
    }
}
