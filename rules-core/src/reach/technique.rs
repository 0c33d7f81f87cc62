//! The steps from one principal to the next, one file for each technique.

pub(super) mod assume_role;
pub(super) mod constraint_removal;
pub(super) mod credential_access;
pub(super) mod identity_provider;
pub(super) mod pass_role;
pub(super) mod policy_choice;
pub(super) mod policy_grant;
pub(super) mod principal_creation;

use super::action::Mask;
use super::index::{Target, Targets};
use super::principal::{Factor, Principal};
use super::request::Requester;
use super::way::Way;
use crate::permissions::PrincipalType;
use crate::policy::PolicyDocument;

/// A way to another principal, and what is known of multi-factor authentication once it is gone.
#[derive(Clone, Debug)]
pub(super) struct Becoming {
    pub(super) way: Way,
    pub(super) factor: Factor,
}

/// Every way by which a principal becomes another one that exists.
pub(super) fn ways<'a>(by: &Requester<'_, 'a>, target: &Principal<'a>) -> Vec<Becoming> {
    match target.kind {
        PrincipalType::User => credential_access::ways(by, target),
        PrincipalType::Role => {
            let mut ways = assume_role::ways(by, target);
            ways.extend(identity_provider::ways(by, target));
            ways.extend(pass_role::ways(by, target));
            ways
        }
    }
}

/// Whether somebody may have the actions to become a user or a role that does not name it.
pub(super) fn may_become(actions: Mask, kind: PrincipalType) -> bool {
    const TO_ROLES: Mask = assume_role::FIRST.union(identity_provider::FIRST);
    match kind {
        PrincipalType::User => actions.meets(credential_access::FIRST),
        PrincipalType::Role => actions.meets(TO_ROLES) || pass_role::may_run(actions),
    }
}

/// Whether a role is one that identity providers lead to.
pub(super) fn is_of_providers(role: &Principal<'_>) -> bool {
    let names_provider = |trust: &PolicyDocument| {
        let any = |action| !identity_provider::federated(trust, action, |_, _| false).is_empty();
        any("sts:AssumeRoleWithSAML") || any("sts:AssumeRoleWithWebIdentity")
    };
    identity_provider::is_of_identity_center(role) || matches!(role.trust(), Some(Ok(trust)) if names_provider(trust))
}

/// What matches the patterns of the Allows that cover some of these actions, of those whose ARNs end in something that begins
/// with `begin`, such as `group/`.
pub(super) fn matching(by: &Requester<'_, '_>, targets: &Targets, begin: &str, actions: Mask) -> Vec<Target> {
    let mut found = Vec::new();
    for held in &by.state.held {
        let document = by.account.documents.get(held.document);
        let about = document.clauses.iter().filter(|clause| clause.is_allow() && clause.actions.all.meets(actions));
        for clause in about.filter(|_| document.allows.meets(actions)) {
            for pattern in by.patterns(clause) {
                found.extend(targets.matching_within(begin, &pattern));
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
