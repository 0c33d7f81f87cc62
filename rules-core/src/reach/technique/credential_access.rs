//! Creating or changing credentials of a user: access keys and passwords.

use super::Becoming;
use crate::paths::PathId;
use crate::reach::action::{Action, Mask};
use crate::reach::principal::{Factor, Principal};
use crate::reach::request::{Request, Requester};
use crate::reach::way::{Permit, Way, best};

const CREATE_KEY: Action = Action::named("iam:CreateAccessKey");
const DELETE_KEY: Action = Action::named("iam:DeleteAccessKey");
const CREATE_PASSWORD: Action = Action::named("iam:CreateLoginProfile");
const UPDATE_PASSWORD: Action = Action::named("iam:UpdateLoginProfile");
const DEACTIVATE_DEVICE: Action = Action::named("iam:DeactivateMFADevice");
const ENABLE_DEVICE: Action = Action::named("iam:EnableMFADevice");

/// Bringing a device of one's own.
pub(in crate::reach) const DEVICES: Mask = Mask::of(&[ENABLE_DEVICE]);

const NEW_KEY: PathId = PathId::named("iam-002");
const KEY_IN_PLACE_OF_ANOTHER: PathId = PathId::named("iam-003");
const NEW_PASSWORD: PathId = PathId::named("iam-004");
const CHANGED_PASSWORD: PathId = PathId::named("iam-006");

/// The actions that begin a way, by which a way is found.
pub(in crate::reach) const FIRST: Mask = Mask::of(&[CREATE_KEY, CREATE_PASSWORD, UPDATE_PASSWORD]);

/// A user has no more access keys than this.
const MAX_KEYS: usize = 2;

/// The ways to sign in or sign requests as a user.
pub(in crate::reach) fn ways<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Becoming> {
    if !by.actions.meets(FIRST) {
        return Vec::new();
    }
    let key = access_key(by, target).map(|way| Becoming { way, factor: Factor::Absent });
    key.into_iter().chain(password(by, target)).collect()
}

fn permit<'a>(by: &Requester<'_, 'a>, action: Action, target: &Principal<'a>) -> Option<Permit> {
    by.permit(&Request { action, resource: target.arn(), target: Some(target), target_state: None, keys: &[] })
}

fn access_key<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Option<Way> {
    let create = permit(by, CREATE_KEY, target)?;
    let row = by.account.credentials(&target.identity);
    let keys = row.map(|row| row.access_keys.iter().filter(|key| key.exists()).count());
    if keys.is_some_and(|keys| keys < MAX_KEYS) || target.is_new {
        return Some(create.way(NEW_KEY));
    }
    // With the right to delete one there is always room.
    match (permit(by, DELETE_KEY, target), keys) {
        (Some(delete), _) => Some(create.way(KEY_IN_PLACE_OF_ANOTHER).with(delete)),
        (None, Some(_)) => None,
        (None, None) => Some(create.way(NEW_KEY).unless_known(|| format!("the access keys of {}", target.in_words()))),
    }
}

fn password<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Becoming> {
    let row = by.account.credentials(&target.identity);
    let exists = if target.is_new { Some(false) } else { row.and_then(|row| row.password_enabled) };
    let create = permit(by, CREATE_PASSWORD, target).filter(|_| exists != Some(true)).map(|it| it.way(NEW_PASSWORD));
    let update =
        permit(by, UPDATE_PASSWORD, target).filter(|_| exists != Some(false)).map(|it| it.way(CHANGED_PASSWORD));
    let way = match (create, update, exists) {
        // Whether there is a password or not, one of the two works.
        (Some(create), Some(update), None) => Some(update.permits.into_iter().fold(create, Way::with)),
        (create, update, None) => best(create.into_iter().chain(update))
            .map(|way| way.unless_known(|| format!("whether {} has a password", target.in_words()))),
        (create, update, Some(_)) => create.or(update),
    };
    let Some(way) = way else { return Vec::new() };
    let device = if target.is_new { Some(false) } else { row.and_then(|row| row.mfa_active) };
    match device {
        Some(false) => vec![Becoming { way, factor: Factor::Refused }],
        None => vec![Becoming { way, factor: Factor::Unknown }],
        // The device stands between the password and the console, unless it can be taken away, or another put beside it.
        Some(true) => {
            let beside = permit(by, ENABLE_DEVICE, target).map(|permit| (permit, Factor::Given));
            let away = permit(by, DEACTIVATE_DEVICE, target).map(|permit| (permit, Factor::Refused));
            let mut past: Vec<Becoming> = beside
                .into_iter()
                .chain(away)
                .map(|(permit, factor)| Becoming { way: way.clone().with(permit), factor })
                .collect();
            if !past.iter().any(|becoming| becoming.factor == Factor::Given) {
                let doubt = || format!("who has the MFA device of {}", target.in_words());
                past.push(Becoming { way: way.unless_known(doubt), factor: Factor::Given });
            }
            past
        }
    }
}

/// The way to give a user a device of one's own, which brings what a policy asks for.
pub(in crate::reach) fn device<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Option<Way> {
    Some(permit(by, ENABLE_DEVICE, target)?.way(PathId::named("enrol-device")))
}
