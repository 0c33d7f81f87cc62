//! Which principals the trust policy of a role allows to assume it.

use super::chosen::{Choices, chosen, statements};
use crate::decision::{Context, Truth};
use crate::iam::Identity;
use crate::policy::{Effect, PolicyDocument, Principal, PrincipalElement, PrincipalKind, Principals, Statement};

/// A principal that a trust policy is evaluated for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller<'a> {
    /// A user or role of the account.
    Principal(&'a Identity),
    /// An AWS service, such as `lambda.amazonaws.com`.
    Service(&'a str),
}

/// How far a role trusts a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Trust {
    /// It names the caller itself, which needs no policy of the caller's in one account.
    pub(crate) by_name: Truth,
    /// It names the caller or its account, which leaves it to the caller's policies.
    pub(crate) at_all: Truth,
}

/// How a `Principal` element names a principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum TrustCoverage {
    NotAtAll,
    ByAccount,
    ByName,
}

/// How far the trust policy lets `caller` assume the role in `context`, with any values that the caller can choose.
pub(crate) fn trusts(trust: &PolicyDocument, caller: Caller<'_>, context: &Context) -> Trust {
    let choices = match caller {
        Caller::Principal(_) => chosen(context, statements(trust), choices(trust, caller)),
        // A service calls for its own purposes.
        Caller::Service(_) => Vec::new(),
    };
    if choices.is_empty() {
        return trusts_in(trust, caller, context);
    }
    choices.iter().map(|context| trusts_in(trust, caller, context)).fold(Trust::NONE, Trust::or)
}

fn trusts_in(trust: &PolicyDocument, caller: Caller<'_>, context: &Context) -> Trust {
    let mut found = Trust::NONE;
    let mut denied = Truth::Fails;
    let about = trust.statements.iter().filter(|statement| statement.action.covers("sts:AssumeRole"));
    for statement in about {
        let coverage = statement.covers(caller);
        if coverage == TrustCoverage::NotAtAll {
            continue;
        }
        let holds = statement.conditions_in(trust.version, context);
        match statement.effect {
            Effect::Deny => denied = denied.max(holds),
            Effect::Allow => {
                found.at_all = found.at_all.max(holds);
                if coverage == TrustCoverage::ByName {
                    found.by_name = found.by_name.max(holds);
                }
            }
        }
    }
    let open = denied.negated();
    Trust { by_name: found.by_name.min(open), at_all: found.at_all.min(open) }
}

/// What a caller may choose when it assumes the role, going by what else the trust policy allows it.
pub(crate) fn choices(trust: &PolicyDocument, caller: Caller<'_>) -> Choices {
    let allows = |action: &str| {
        trust.statements.iter().any(|statement| {
            let is_about = statement.effect == Effect::Allow && statement.action.covers(action);
            is_about && statement.covers(caller) != TrustCoverage::NotAtAll
        })
    };
    Choices { through_saml: false, tags: allows("sts:TagSession"), source_identity: allows("sts:SetSourceIdentity") }
}

impl Trust {
    const NONE: Self = Self { by_name: Truth::Fails, at_all: Truth::Fails };

    fn or(self, other: Self) -> Self {
        Self { by_name: self.by_name.max(other.by_name), at_all: self.at_all.max(other.at_all) }
    }
}

impl Statement {
    fn covers(&self, caller: Caller<'_>) -> TrustCoverage {
        match &self.principal {
            None => TrustCoverage::NotAtAll,
            Some(PrincipalElement::Principal(principals)) => coverage(principals, caller),
            Some(PrincipalElement::NotPrincipal(principals)) => match coverage(principals, caller) {
                TrustCoverage::NotAtAll => TrustCoverage::ByName,
                TrustCoverage::ByAccount | TrustCoverage::ByName => TrustCoverage::NotAtAll,
            },
        }
    }
}

fn coverage(principals: &Principals, caller: Caller<'_>) -> TrustCoverage {
    let Principals::Listed(listed) = principals else {
        return match caller {
            Caller::Principal(_) => TrustCoverage::ByName,
            Caller::Service(_) => TrustCoverage::NotAtAll,
        };
    };
    let of = |principal: &Principal| match (principal.kind, caller) {
        (PrincipalKind::Aws, Caller::Principal(identity)) => names(&principal.value, identity),
        (PrincipalKind::Service, Caller::Service(service)) if principal.value.eq_ignore_ascii_case(service) => {
            TrustCoverage::ByName
        }
        _ => TrustCoverage::NotAtAll,
    };
    listed.iter().map(of).max().unwrap_or(TrustCoverage::NotAtAll)
}

/// Whether an `AWS` principal is this user or role, one of its sessions, or its account.
fn names(value: &str, identity: &Identity) -> TrustCoverage {
    if value == "*" || value == identity.arn.as_str() {
        return TrustCoverage::ByName;
    }
    let account = identity.arn.account();
    if is_account(value, account) {
        return TrustCoverage::ByAccount;
    }
    let (service, owner, resource) = parts_of(value);
    match (service, owner == Some(account)) {
        // The caller chooses the session name.
        (Some("sts"), true) => match resource.strip_prefix("assumed-role/").and_then(|rest| rest.split_once('/')) {
            Some((role, _)) if identity.arn.resource().starts_with("role/") && role == identity.name => {
                TrustCoverage::ByName
            }
            _ => TrustCoverage::NotAtAll,
        },
        _ => TrustCoverage::NotAtAll,
    }
}

/// Whether an `AWS` principal is the account itself, which leaves it to the policies of its principals.
pub(crate) fn is_account(value: &str, account: &str) -> bool {
    value == account || matches!(parts_of(value), (Some("iam"), Some(owner), "root") if owner == account)
}

/// The service, the account and the resource of an ARN.
fn parts_of(arn: &str) -> (Option<&str>, Option<&str>, &str) {
    let mut segments = arn.splitn(6, ':').skip(2);
    let service = segments.next();
    (service, segments.nth(1), segments.next().unwrap_or_default())
}

/// Whether the caller can set session tags.
pub(super) fn takes_session_tags(trust: &PolicyDocument) -> bool {
    trust
        .statements
        .iter()
        .any(|statement| statement.effect == Effect::Allow && statement.action.covers("sts:TagSession"))
}

/// The SAML providers that a trust policy names, and whether their users can assume the role. It says
/// what it likes under the keys of SAML; of others nothing is known.
#[cfg(test)]
pub(crate) fn saml_providers(trust: &PolicyDocument) -> Vec<(&str, Truth)> {
    let about = || trust.statements.iter().filter(|statement| statement.action.covers("sts:AssumeRoleWithSAML"));
    let is_denied = about().any(|statement| statement.effect == Effect::Deny);
    let is_chosen = |condition: &crate::policy::Condition| condition.key.lower().starts_with("saml:");
    let mut providers = Vec::new();
    for statement in about().filter(|statement| statement.effect == Effect::Allow) {
        let Some(PrincipalElement::Principal(Principals::Listed(listed))) = &statement.principal else { continue };
        let holds = !is_denied && statement.conditions.iter().all(is_chosen);
        let truth = if holds { Truth::Holds } else { Truth::Undecided };
        let federated = listed.iter().filter(|principal| principal.kind == PrincipalKind::Federated);
        providers.extend(federated.map(|principal| (principal.value.as_str(), truth)));
    }
    providers
}

/// The services that some Allow of a trust policy names.
pub(crate) fn trusted_services(trust: &PolicyDocument) -> Vec<&str> {
    let allows = trust.statements.iter().filter(|statement| statement.effect == Effect::Allow);
    let listed = allows.filter_map(|statement| match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Listed(listed))) => Some(listed),
        _ => None,
    });
    let services = listed.flatten().filter(|principal| principal.kind == PrincipalKind::Service);
    services.map(|principal| principal.value.as_str()).collect()
}
