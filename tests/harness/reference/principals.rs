//! Who is an administrator, written down as plainly as possible.
//!
//! As the evaluator of requests, this shares no code with the engine and has no regard to speed. It works on the short
//! descriptions of accounts that tests are made of, whose policies are lists of statements.

use serde_json::{Map, Value, json};

use super::conditions::{Answer, Caller, Kind, Mfa, answer, conditions};
use super::trust::takes_session_tags;
use super::{WildcardService, action_applies, list, resource_applies, text};
use crate::account::{ACCOUNT, Account};

/// An account under service control policies, level by level.
pub struct Reference<'a> {
    /// The account.
    pub account: &'a Account,
    /// The policies of each level.
    pub service_control: &'a [Vec<Value>],
}

/// Which policies make an administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// All of them, within their limits.
    Effective,
    /// Attached ones, whatever limits them.
    AttachedPolicy,
}

/// A policy, and the group that brings it.
pub(super) struct Policy<'a> {
    group: Option<&'a str>,
    name: &'a str,
    is_attached: bool,
    pub(super) statements: &'a Value,
}

/// The policies of the same weight: of the identity, of the boundary, of one level of service control.
pub(super) type Layer<'a> = Vec<&'a Value>;

/// Where the grant of an administrator is: group, policy, zero-based statement.
pub type Grant = (Option<String>, String, usize);

impl<'a> Reference<'a> {
    /// The user or role of this name as a caller.
    #[must_use]
    pub fn caller(&self, kind: Kind, name: &'a str, mfa: Mfa) -> Caller<'a> {
        let (users, roles) = (self.account.users.as_ref().unwrap(), self.account.roles.as_ref().unwrap());
        let (tags, takes_session_tags) = match kind {
            Kind::User => (&users[name].tags, false),
            Kind::Role => (&roles[name].tags, takes_session_tags(&roles[name].trust)),
        };
        Caller { kind, name, tags, takes_session_tags, mfa }
    }

    /// Whether a principal is an administrator, and where the grant is.
    #[must_use]
    pub fn administrator(&self, by: &Caller<'_>, definition: Definition) -> (Answer, Option<Grant>) {
        let mut policies = self.policies(by);
        let mut limits = self.limits(by);
        if definition == Definition::AttachedPolicy {
            policies.retain(|policy| policy.is_attached);
            limits.clear();
        }
        let identity: Layer<'_> = policies.iter().map(|policy| policy.statements).collect();
        let layers: Vec<Layer<'_>> = [vec![identity], limits].concat();
        for enough in [Answer::Yes, Answer::Perhaps] {
            // An Allow of all services on all resources in every layer, whatever is carved out of it,
            let spans = layers.iter().all(|layer| {
                let mut statements = layer.iter().flat_map(|policy| list(policy));
                statements.any(|statement| spans_everything(statement) && conditions(statement, Some(by)) >= enough)
            });
            // and a way to undo every carve-out.
            let grants = self.self_grants(by).iter().any(|(action, arn)| allowed(&layers, by, action, arn) >= enough);
            if spans && grants {
                return (enough, first_grant(&policies, by, enough));
            }
        }
        (Answer::No, None)
    }

    /// Whether a principal may do something in the account.
    pub(super) fn may(&self, by: &Caller<'_>, action: &str, resource: &str) -> Answer {
        let identity = self.policies(by).iter().map(|policy| policy.statements).collect();
        allowed(&[vec![identity], self.limits(by)].concat(), by, action, resource)
    }

    /// The policies of a principal in the order in which they count: own before those of groups, inline before attached.
    pub(super) fn policies(&self, by: &Caller<'_>) -> Vec<Policy<'a>> {
        let mut policies = Vec::new();
        match by.kind {
            Kind::Role => {
                let role = &self.account.roles.as_ref().unwrap()[by.name];
                self.add(&mut policies, None, &role.inline, &role.attached);
            }
            Kind::User => {
                let user = &self.account.users.as_ref().unwrap()[by.name];
                self.add(&mut policies, None, &user.inline, &user.attached);
                let groups = self.account.groups.as_ref().unwrap();
                for (name, group) in groups.iter().filter(|(name, _)| user.groups.contains(name)) {
                    self.add(&mut policies, Some(name), &group.inline, &group.attached);
                }
            }
        }
        policies
    }

    fn add(
        &self,
        policies: &mut Vec<Policy<'a>>,
        group: Option<&'a str>,
        inline: &'a std::collections::BTreeMap<String, Value>,
        attached: &'a [String],
    ) {
        for (name, statements) in inline {
            policies.push(Policy { group, name, is_attached: false, statements });
        }
        let mut attached: Vec<&String> = attached.iter().collect();
        attached.sort();
        for name in attached {
            policies.push(Policy { group, name, is_attached: true, statements: self.managed(name) });
        }
    }

    fn managed(&self, name: &str) -> &'a Value {
        &self.account.policies.as_ref().unwrap()[name]
    }

    /// The boundary and the levels of service control, each of which has to allow too.
    pub(super) fn limits(&self, by: &Caller<'_>) -> Vec<Layer<'a>> {
        let levels = self.service_control.iter().map(|level| level.iter().collect());
        self.boundary(by).map(|boundary| vec![boundary]).into_iter().chain(levels).collect()
    }

    pub(super) fn boundary(&self, by: &Caller<'_>) -> Option<&'a Value> {
        let name = match by.kind {
            Kind::User => &self.account.users.as_ref().unwrap()[by.name].boundary,
            Kind::Role => &self.account.roles.as_ref().unwrap()[by.name].boundary,
        };
        name.as_deref().map(|name| self.managed(name))
    }

    /// The actions with which a principal grants itself more, each with its resource.
    fn self_grants(&self, by: &Caller<'_>) -> Vec<(&'static str, String)> {
        if by.kind == Kind::Role {
            return vec![("iam:PutRolePolicy", arn("role", by.name)), ("iam:AttachRolePolicy", arn("role", by.name))];
        }
        let mut grants =
            vec![("iam:PutUserPolicy", arn("user", by.name)), ("iam:AttachUserPolicy", arn("user", by.name))];
        for group in &self.account.users.as_ref().unwrap()[by.name].groups {
            grants.push(("iam:PutGroupPolicy", arn("group", group)));
            grants.push(("iam:AttachGroupPolicy", arn("group", group)));
        }
        grants
    }
}

/// The ARN of something of the account.
#[must_use]
pub fn arn(kind: &str, name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{kind}/{name}")
}

/// Every layer has to allow, and no statement of any may deny.
pub(super) fn allowed(layers: &[Layer<'_>], by: &Caller<'_>, action: &str, resource: &str) -> Answer {
    let denied = applying(layers.iter().flatten().copied(), "Deny", by, action, resource);
    let allowed = layers.iter().map(|layer| applying(layer.iter().copied(), "Allow", by, action, resource));
    allowed.min().expect("there is an identity").min(denied.opposite())
}

/// Whether some statement with an effect applies.
fn applying<'a>(
    policies: impl Iterator<Item = &'a Value>,
    effect: &str,
    by: &Caller<'_>,
    action: &str,
    resource: &str,
) -> Answer {
    let mut context = Map::new();
    if by.kind == Kind::User {
        context.insert("aws:username".to_owned(), json!(by.name));
    }
    if let Some(Some(team)) = by.team() {
        context.insert("aws:PrincipalTag/team".to_owned(), json!(team));
    }
    let request = super::Request { action: action.to_owned(), resource: resource.to_owned(), context };
    let answer = |statement: &Value| {
        if statement["Effect"] != effect {
            return Answer::No;
        }
        let holds = conditions(statement, Some(by)).min(about_resource(statement, by, &request));
        if action_applies(statement, action, WildcardService::IsNoProtection) {
            holds
        } else if action_applies(statement, action, WildcardService::Denies) {
            // IAM does not document what a Deny of `*:PutUserPolicy` denies.
            holds.min(Answer::Perhaps)
        } else {
            Answer::No
        }
    };
    policies.flat_map(|policy| list(policy)).map(answer).max().unwrap_or(Answer::No)
}

/// Whether a statement is about the resource. Where it names a tag that is not known, any name may be meant.
fn about_resource(statement: &Value, by: &Caller<'_>, request: &super::Request) -> Answer {
    const TAG: &str = "${aws:PrincipalTag/team}";
    if by.team().is_some() || !statement.to_string().contains(TAG) {
        return answer(resource_applies(statement, request, true));
    }
    // Any name at all, or none: what is so either way is so.
    let with = |name: &str| -> Value { serde_json::from_str(&statement.to_string().replace(TAG, name)).unwrap() };
    let [any, none] = ["*", "a-name-of-nothing"].map(|name| resource_applies(&with(name), request, true));
    if any == none { answer(any) } else { Answer::Perhaps }
}

/// Whether an Allow is about all services and all resources, by a wildcard or as a complement.
fn spans_everything(statement: &Value) -> bool {
    let is_everything = |patterns: &Value, everything: &[&str]| {
        list(patterns).into_iter().any(|pattern| everything.contains(&text(pattern).as_str()))
    };
    let actions = ["*", "**", "*:*"];
    let resources = ["*", "**", "arn:*", "arn:aws:*"];
    statement["Effect"] == "Allow"
        && match statement.get("NotAction") {
            Some(excepted) => !is_everything(excepted, &actions),
            None => is_everything(&statement["Action"], &actions),
        }
        && match statement.get("NotResource") {
            Some(excepted) => !is_everything(excepted, &resources),
            None => is_everything(&statement["Resource"], &resources),
        }
}

fn first_grant(policies: &[Policy<'_>], by: &Caller<'_>, enough: Answer) -> Option<Grant> {
    for policy in policies {
        for (number, statement) in list(policy.statements).into_iter().enumerate() {
            if spans_everything(statement) && conditions(statement, Some(by)) >= enough {
                return Some((policy.group.map(str::to_owned), policy.name.to_owned(), number));
            }
        }
    }
    None
}
