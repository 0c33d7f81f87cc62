//! Assuming roles, with or without a change of the trust policy.

use super::Becoming;
use crate::decision::Truth;
use crate::paths::PathId;
use crate::reach::action::{Action, Mask};
use crate::reach::principal::Principal;
use crate::reach::request::{Request, Requester};
use crate::reach::way::Way;

const ASSUME: Action = Action::named("sts:AssumeRole");
const UPDATE_TRUST: Action = Action::named("iam:UpdateAssumeRolePolicy");

const ASSUMED: PathId = PathId::named("sts-001");
pub(in crate::reach) const TRUST_REWRITTEN: PathId = PathId::named("iam-012");

/// The actions that begin a way, by which a way is found. A role that names the principal takes none.
pub(in crate::reach) const FIRST: Mask = BY_POLICY.union(TRUST);
/// Assuming a role that leaves it to policies who does.
pub(in crate::reach) const BY_POLICY: Mask = Mask::of(&[ASSUME]);
/// Changing whom a role trusts.
pub(in crate::reach) const TRUST: Mask = Mask::of(&[UPDATE_TRUST]);

/// The ways to get a session of a role by assuming it.
pub(in crate::reach) fn ways<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Becoming> {
    let factor = by.factor.of_session(by.principal.kind);
    let found = assume(by, target).into_iter().chain(trust_oneself(by, target));
    found.map(|way| Becoming { way, factor }).collect()
}

/// The way to assume a role as it stands.
pub(in crate::reach) fn assume<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Option<Way> {
    match target.trust()? {
        Ok(_) => {
            let answer = by.ask_to_assume(target);
            Some(by.permit_of(ASSUME, target.arn(), &[], answer)?.way(ASSUMED))
        }
        Err(missing) => {
            let request =
                Request { action: ASSUME, resource: target.arn(), target: Some(target), target_state: None, keys: &[] };
            Some(by.permit(&request)?.way(ASSUMED).depends_on(Truth::Undecided, || missing.to_string()))
        }
    }
}

/// Who may rewrite the trust policy can write itself into it, or an account of its own where it may assume nothing.
fn trust_oneself<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Option<Way> {
    if target.is_protected() {
        return None;
    }
    let request =
        Request { action: UPDATE_TRUST, resource: target.arn(), target: Some(target), target_state: None, keys: &[] };
    Some(by.permit(&request)?.way(TRUST_REWRITTEN))
}
