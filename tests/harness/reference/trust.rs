//! Who may assume a role, written down as plainly as possible.

use serde_json::Value;

use super::conditions::{Answer, Caller, Kind, Mfa, conditions};
use super::principals::{Definition, Reference, allowed, arn};
use super::{WildcardService, action_applies, list};
use crate::account::ACCOUNT;
use crate::credential_report::Credential;

/// A caller from outside the account.
#[derive(Clone, Copy, Debug)]
enum Outsider {
    /// A user of another account.
    User(&'static str, &'static str),
    /// A person who signs in with a SAML provider of the account.
    Saml,
}

/// One of each kind that the trust policies of the accounts tell apart. No policy names the last account.
const OUTSIDERS: [Outsider; 5] = [
    Outsider::User("444455556666", "eve"),
    Outsider::User("444455556666", "fay"),
    Outsider::User("777788889999", "eve"),
    Outsider::User("000011112222", "eve"),
    Outsider::Saml,
];

/// How a `Principal` element names a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    NotAtAll,
    ByAccount,
    Itself,
}

impl<'a> Reference<'a> {
    /// Whether a person can be an administrator: by a user with a credential, or by a role for callers from outside the account
    /// or for such a user, perhaps through other roles.
    #[must_use]
    pub fn person_can_administer(&self) -> Answer {
        let users = self.account.users.as_ref().unwrap();
        let roles = self.account.roles.as_ref().unwrap();
        // What a person can be: with what certainty each user and role.
        let mut people: Vec<(Caller<'a>, Answer)> = Vec::new();
        for (name, user) in users {
            let has = |credential: Credential| user.credentials.contains(&credential);
            let active = [Credential::Password, Credential::Key, Credential::SecondKey, Credential::Certificate];
            let mfa = if has(Credential::Mfa) { Mfa::Given } else { Mfa::Never };
            let can_call = active.into_iter().any(has);
            people.push((self.caller(Kind::User, name, mfa), super::conditions::answer(can_call)));
        }
        for name in roles.keys() {
            people.push((self.caller(Kind::Role, name, Mfa::Unknown), self.outsider_may_assume(name)));
        }
        // Repeated for the number of principals: each principal passes its rank on to the roles that it may assume.
        for _ in 0..people.len() {
            let before = people.clone();
            for (target, reached) in people.iter_mut().filter(|(target, _)| target.kind == Kind::Role) {
                for (by, answer) in &before {
                    *reached = (*reached).max((*answer).min(self.may_assume(by, target.name)));
                }
            }
        }
        let administers =
            |(by, answer): &(Caller<'_>, Answer)| (*answer).min(self.administrator(by, Definition::Effective).0);
        people.iter().map(administers).max().unwrap_or(Answer::No)
    }

    /// Whether anything about any principal is not certain: who is an administrator, and who may assume what.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        let users = self.account.users.as_ref().unwrap().keys();
        let roles = self.account.roles.as_ref().unwrap().keys();
        let of_kind = |kind, names: Vec<&'a String>| {
            let mfa = [Mfa::Given, Mfa::Never, Mfa::Unknown];
            names.into_iter().flat_map(move |name| mfa.map(|mfa| self.caller(kind, name, mfa))).collect::<Vec<_>>()
        };
        let everybody = [of_kind(Kind::User, users.collect()), of_kind(Kind::Role, roles.clone().collect())].concat();
        everybody.iter().all(|by| {
            let assumes = roles.clone().map(|role| self.may_assume(by, role));
            let administers = self.administrator(by, Definition::Effective).0;
            assumes.chain([administers]).all(|answer| answer != Answer::Perhaps)
        })
    }

    /// Whether a principal of the account may assume a role of it.
    fn may_assume(&self, by: &Caller<'_>, role: &str) -> Answer {
        let (action, resource) = ("sts:AssumeRole", arn("role", role));
        let (mut itself, mut at_all, mut denied) = (Answer::No, Answer::No, Answer::No);
        for statement in self.trust(role) {
            let named = named(statement, |principal| names_principal(principal, by));
            if !action_applies(statement, action, WildcardService::Denies) || named == Named::NotAtAll {
                continue;
            }
            let holds = conditions(statement, Some(by));
            if statement["Effect"] == "Deny" {
                denied = denied.max(holds);
            } else {
                at_all = at_all.max(holds);
                if named == Named::Itself {
                    itself = itself.max(holds);
                }
            }
        }
        // A caller that is named only by its account needs a policy of its own besides.
        let by_policy = at_all.min(self.may(by, action, &resource));
        let by_name = itself.min(self.may_when_named(by, action, &resource));
        by_policy.max(by_name).min(denied.opposite())
    }

    /// A caller that is named itself needs none. A role's boundary has to allow it all the same, a user's has not; Denies hold.
    fn may_when_named(&self, by: &Caller<'_>, action: &str, resource: &str) -> Answer {
        let everything = serde_json::json!([{ "Effect": "Allow", "Action": "*", "Resource": "*" }]);
        let own = self.policies(by);
        let mut identity: Vec<&Value> = own.iter().map(|policy| policy.statements).chain([&everything]).collect();
        let mut limits = self.limits(by);
        if by.kind == Kind::User && self.boundary(by).is_some() {
            identity.extend(limits.remove(0));
        }
        allowed(&[vec![identity], limits].concat(), by, action, resource)
    }

    /// Whether a caller from outside the account may assume a role of it. Which conditions it meets is its own affair.
    fn outsider_may_assume(&self, role: &str) -> Answer {
        let may = |outsider: Outsider| {
            let action = match outsider {
                Outsider::User(..) => "sts:AssumeRole",
                Outsider::Saml => "sts:AssumeRoleWithSAML",
            };
            let holds = |effect: &str| {
                let about = self.trust(role).into_iter().filter(|statement| {
                    statement["Effect"] == effect
                        && action_applies(statement, action, WildcardService::Denies)
                        && names_outsider(statement, outsider)
                });
                about.map(|statement| conditions(statement, None)).max().unwrap_or(Answer::No)
            };
            holds("Allow") != Answer::No && holds("Deny") != Answer::Yes
        };
        super::conditions::answer(OUTSIDERS.into_iter().any(may))
    }

    fn trust(&self, role: &str) -> Vec<&'a Value> {
        list(&self.account.roles.as_ref().unwrap()[role].trust)
    }
}

/// Whether a trust policy lets sessions bring tags.
pub(super) fn takes_session_tags(trust: &Value) -> bool {
    let allows = list(trust).into_iter().filter(|statement| statement["Effect"] == "Allow");
    allows.into_iter().any(|statement| action_applies(statement, "sts:TagSession", WildcardService::Denies))
}

/// How the statement names a caller: among its principals, or by not excepting it.
fn named(statement: &Value, names: impl Fn(&Value) -> Named) -> Named {
    match statement.get("NotPrincipal") {
        Some(excepted) if names(excepted) == Named::NotAtAll => Named::Itself,
        Some(_) => Named::NotAtAll,
        None => names(&statement["Principal"]),
    }
}

fn values<'v>(principal: &'v Value, kind: &str) -> Vec<&'v str> {
    principal.get(kind).map(list).unwrap_or_default().into_iter().filter_map(Value::as_str).collect()
}

fn names_principal(principal: &Value, by: &Caller<'_>) -> Named {
    let own = match by.kind {
        Kind::User => arn("user", by.name),
        Kind::Role => arn("role", by.name),
    };
    let account = format!("arn:aws:iam::{ACCOUNT}:root");
    if principal == "*" || values(principal, "AWS").iter().any(|value| *value == "*" || *value == own) {
        Named::Itself
    } else if values(principal, "AWS").iter().any(|value| *value == ACCOUNT || *value == account) {
        Named::ByAccount
    } else {
        Named::NotAtAll
    }
}

fn names_outsider(statement: &Value, outsider: Outsider) -> bool {
    let named_by = |principal: &Value| {
        let is_named = match outsider {
            Outsider::User(account, name) => {
                let names = ["*".to_owned(), account.to_owned(), format!("arn:aws:iam::{account}:root")];
                let own = format!("arn:aws:iam::{account}:user/{name}");
                let is_it = |value: &str| value == own || names.iter().any(|name| name == value);
                principal == "*" || values(principal, "AWS").into_iter().any(is_it)
            }
            Outsider::Saml => {
                let everybody = principal == "*" || values(principal, "AWS").contains(&"*");
                everybody || values(principal, "Federated").contains(&arn("saml-provider", "idp").as_str())
            }
        };
        if is_named { Named::Itself } else { Named::NotAtAll }
    };
    match (outsider, statement["Effect"].as_str()) {
        // An Allow lets a provider in by its name alone.
        (Outsider::Saml, Some("Allow")) => {
            statement["Principal"].is_object() && {
                values(&statement["Principal"], "Federated").contains(&arn("saml-provider", "idp").as_str())
            }
        }
        _ => named(statement, named_by) != Named::NotAtAll,
    }
}
