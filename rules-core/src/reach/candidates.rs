//! The principals that one can possibly become, by what makes them so.

use std::collections::HashMap;

use super::account::{Account, PrincipalIndex};
use super::index::{Target, Targets};
use super::request::Requester;
use super::technique::{assume_role, credential_access, identity_provider, matching, pass_role};

/// Users and roles, by the techniques with which somebody becomes one of them. A policy that allows a technique on every
/// resource then leads only to those that it can work on.
#[derive(Debug)]
pub(super) struct Candidates<'a> {
    users: Targets,
    roles: Targets,
    /// Roles that leave it to the policies of the account's principals who assumes them.
    assumable: Targets,
    /// Roles by the services that use them.
    by_service: HashMap<&'a str, Targets>,
    /// Roles whose trust policies are not known.
    of_unknown_trust: Targets,
}

impl<'a> Candidates<'a> {
    /// Those principals of the account that are wanted.
    pub(super) fn new(account: &Account<'a>, is_wanted: impl Fn(PrincipalIndex) -> bool) -> Self {
        let empty = || Targets::new(account.partition(), account.facts.account.as_str());
        let mut found = Self {
            users: empty(),
            roles: empty(),
            assumable: empty(),
            by_service: HashMap::new(),
            of_unknown_trust: empty(),
        };
        for (place, principal) in account.principals.iter().enumerate().filter(|(place, _)| is_wanted(*place)) {
            let (arn, target) = (&principal.identity.arn, Target::Principal(place));
            match principal.trust() {
                None => found.users.add(arn, target),
                Some(Ok(_)) => {
                    found.roles.add(arn, target);
                    if account.named_by(principal).account {
                        found.assumable.add(arn, target);
                    }
                    for service in pass_role::services_of(principal) {
                        found.by_service.entry(service).or_insert_with(empty).add(arn, target);
                    }
                }
                Some(Err(_)) => {
                    found.roles.add(arn, target);
                    found.of_unknown_trust.add(arn, target);
                }
            }
        }
        found
    }

    /// Those that a principal can possibly become, judged by names only.
    pub(super) fn of(&self, by: &Requester<'_, '_>) -> Vec<PrincipalIndex> {
        let account = by.account;
        let mut found: Vec<PrincipalIndex> = Vec::new();
        let mut add = |targets: &Targets, actions| {
            if by.actions.meets(actions) {
                found.extend(matching(by, targets, "", actions).into_iter().filter_map(Target::principal));
            }
        };
        add(&self.users, credential_access::FIRST);
        add(&self.roles, assume_role::TRUST);
        add(&self.assumable, assume_role::BY_POLICY);
        add(&self.of_unknown_trust, assume_role::BY_POLICY.union(pass_role::FIRST));
        for service in pass_role::services_passed_to(by.actions) {
            if let Some(roles) = self.by_service.get(service) {
                add(roles, pass_role::FIRST);
            }
        }
        found.extend(account.roles_that_name(&by.principal.identity));
        for service in pass_role::services_that_run(by.actions) {
            found.extend(account.roles_of_service(service));
        }
        if by.actions.meets(identity_provider::FIRST) {
            found.extend(account.roles_of_providers());
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
