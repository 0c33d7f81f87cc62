//! The persons outside an account who can assume a role of the account: those that an identity provider for people
//! authenticates, and principals of other accounts. Workloads with an OpenID Connect token and AWS services are not
//! persons.

use super::chosen::{Choices, chosen, statements};
use super::mfa::{RequestMfa, enter_direct};
use super::of_no_service;
use crate::arn::Arn;
use crate::decision::{Context, ContextValue, FilledIn, Truth, fill_in_literal};
use crate::glob;
use crate::policy::{Effect, PolicyDocument, Principal, PrincipalElement, PrincipalKind, Principals, Statement};

/// Everybody.
const EVERYBODY: &str = "*";

/// Accounts that stand for any other account: one of them is not the role's.
const OTHER_ACCOUNTS: [&str; 2] = ["999999999999", "888888888888"];

/// More identities than this are not tried for one outsider.
const MAX_IDENTITIES: usize = 24;

/// A principal outside the account that a trust policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outsider<'t> {
    /// The identity provider or principal, as the trust policy names it.
    pub(crate) name: &'t str,
    /// Whether it may assume the role.
    pub(crate) truth: Truth,
}

/// How persons assume a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TrustAction {
    /// With credentials of another account.
    AssumeRole,
    /// With an assertion of a SAML provider.
    WithSaml,
}

/// The identity of an outsider in a request.
struct CallerIdentity {
    account: String,
    arn: String,
}

/// The persons outside of the account that the trust policy names, each with whether it may assume the role.
///
/// `context` is what is known of every request. A condition on what the caller chooses excludes no caller. What it cannot
/// choose, such as its organization or its address, is unknown.
pub(crate) fn outsiders<'t>(trust: &'t PolicyDocument, role: &Arn, context: &Context) -> Vec<Outsider<'t>> {
    let mut outsiders = Vec::new();
    for allow in trust.statements.iter().filter(|statement| statement.effect == Effect::Allow) {
        for way in
            [TrustAction::AssumeRole, TrustAction::WithSaml].into_iter().filter(|way| allow.action.covers(way.action()))
        {
            for name in named_outside(allow, way, role) {
                let truth = OutsiderRequests { trust, role, way, name }.truth(allow, context);
                if truth > Truth::Fails {
                    outsiders.push(Outsider { name, truth });
                }
            }
        }
    }
    outsiders
}

impl TrustAction {
    fn action(self) -> &'static str {
        match self {
            Self::AssumeRole => "sts:AssumeRole",
            Self::WithSaml => "sts:AssumeRoleWithSAML",
        }
    }

    fn kind(self) -> PrincipalKind {
        match self {
            Self::AssumeRole => PrincipalKind::Aws,
            Self::WithSaml => PrincipalKind::Federated,
        }
    }
}

/// The requests of one outsider for a role.
struct OutsiderRequests<'t> {
    trust: &'t PolicyDocument,
    role: &'t Arn,
    way: TrustAction,
    name: &'t str,
}

impl OutsiderRequests<'_> {
    /// Whether some request is let in by the Allow, and not denied.
    fn truth(&self, allow: &Statement, context: &Context) -> Truth {
        let known = match self.way {
            // What another account calls its provider is not known to be of any use here.
            TrustAction::WithSaml if account_of(self.name) != Some(self.role.account()) => Truth::Undecided,
            TrustAction::WithSaml | TrustAction::AssumeRole => Truth::Holds,
        };
        let is_let_in = |(account, context): &(Option<String>, Context)| {
            let allowed = allow.conditions_in(self.trust.version, context);
            allowed.min(self.denied(account.as_deref(), context).negated())
        };
        self.contexts(context).iter().map(is_let_in).max().unwrap_or(Truth::Fails).min(known)
    }

    fn denied(&self, account: Option<&str>, context: &Context) -> Truth {
        let denies_it = |deny: &&Statement| {
            let names = std::iter::once(self.name).chain(account);
            deny.effect == Effect::Deny
                && deny.action.covers(self.way.action())
                && names.into_iter().any(|name| denies(deny, self.way.kind(), name))
        };
        let denies = self.trust.statements.iter().filter(denies_it);
        denies.map(|deny| deny.conditions_in(self.trust.version, context)).max().unwrap_or(Truth::Fails)
    }

    /// The contexts of its requests that the conditions of the trust policy distinguish, with the calling account.
    fn contexts(&self, context: &Context) -> Vec<(Option<String>, Context)> {
        let of_caller = match self.way {
            TrustAction::WithSaml => vec![(None, anonymous(context))],
            TrustAction::AssumeRole => {
                let identities = self.identities(context);
                // Principals of another account have MFA or not, as they like.
                let of_identity = |identity: CallerIdentity| {
                    let signed = signed(context, &identity);
                    let contexts = [RequestMfa::Given, RequestMfa::Never].map(|mfa| with(mfa, signed.clone()));
                    contexts.map(|context| (Some(identity.account.clone()), context))
                };
                identities.into_iter().flat_map(of_identity).collect()
            }
        };
        let choices = Choices {
            through_saml: self.way == TrustAction::WithSaml,
            tags: self.may("sts:TagSession"),
            source_identity: self.may("sts:SetSourceIdentity"),
        };
        let mut contexts = Vec::new();
        for (account, context) in of_caller {
            let mut choices = chosen(&context, statements(self.trust), choices);
            if choices.is_empty() {
                choices.push(context);
            }
            contexts.extend(choices.into_iter().map(|context| (account.clone(), context)));
        }
        contexts
    }

    /// Whether some Allow lets the outsider take another action along with assuming the role.
    fn may(&self, action: &str) -> bool {
        let allows = self.trust.statements.iter().filter(|statement| statement.effect == Effect::Allow);
        let mut about = allows.filter(|statement| statement.action.covers(action));
        about.any(|statement| named_outside(statement, self.way, self.role).contains(&self.name))
    }

    /// The possible identities of the outsider, as far as conditions on the principal distinguish them.
    fn identities(&self, context: &Context) -> Vec<CallerIdentity> {
        let whole_account = match account_of(self.name) {
            Some(account) if !is_account(self.name) => {
                return vec![CallerIdentity { account: account.to_owned(), arn: role_of_session(self.name) }];
            }
            account => account,
        };
        let arns = self.asked_for("aws:principalarn", context);
        let accounts = match whole_account {
            Some(account) => vec![account.to_owned()],
            None => self.other_accounts(&arns, context),
        };
        let mut identities = Vec::new();
        for account in accounts {
            let of_account = format!("arn:{}:iam::{account}:*", self.role.partition());
            let asked_for = arns.iter().filter_map(|arn| glob::common(&[arn, &of_account], "x").ok()?);
            let any_other = of_account.replace('*', "role/x-any-other");
            let of_account = asked_for.chain([any_other]).map(|arn| CallerIdentity { account: account.clone(), arn });
            identities.extend(of_account);
        }
        identities.truncate(MAX_IDENTITIES);
        identities
    }

    /// The accounts that conditions or `NotPrincipal` name, besides the role's own, and one that none names.
    fn other_accounts(&self, arns: &[String], context: &Context) -> Vec<String> {
        let own = self.role.account();
        let by_arn = arns.iter().filter_map(|arn| arn.split(':').nth(4).map(like_a_number));
        let named = self.asked_for("aws:principalaccount", context).into_iter().chain(by_arn);
        // The principals that a Deny excludes remain, because it denies all others.
        let spared = self.trust.statements.iter().filter_map(|statement| match &statement.principal {
            Some(PrincipalElement::NotPrincipal(Principals::Listed(spared))) => Some(spared),
            _ => None,
        });
        let spared = spared.flatten().filter_map(|principal| account_of(&principal.value)).map(str::to_owned);
        let named = named.chain(spared);
        let mut accounts: Vec<String> = named.filter(|account| is_number(account) && account != own).collect();
        accounts.extend(OTHER_ACCOUNTS.into_iter().find(|account| *account != own).map(str::to_owned));
        accounts.sort();
        accounts.dedup();
        accounts
    }

    /// The values that conditions of the trust policy compare a key with, given in lower case.
    fn asked_for(&self, key: &str, context: &Context) -> Vec<String> {
        let mut values = Vec::new();
        for (version, statement) in statements(self.trust) {
            let about = statement.conditions.iter().filter(|condition| condition.key.lower() == key);
            for value in about.flat_map(|condition| &condition.values) {
                match fill_in_literal(value, version, context) {
                    FilledIn::AsWritten => values.push(value.clone()),
                    FilledIn::Text(text) => values.push(text),
                    FilledIn::Nothing => {}
                }
            }
        }
        values
    }
}

/// The context of an unsigned request: the caller is unknown.
fn anonymous(context: &Context) -> Context {
    let mut anonymous = direct(context);
    for key in ["Account", "Arn", "OrgID", "OrgPaths", "Type"] {
        anonymous.set(&format!("aws:Principal{key}"), ContextValue::Absent);
    }
    anonymous.set_complete("aws:PrincipalTag/");
    for key in ["aws:username", "aws:userid"] {
        anonymous.set(key, ContextValue::Absent);
    }
    // STS takes no MFA with an assertion.
    with(RequestMfa::Never, anonymous)
}

/// The context of a signed request.
fn signed(context: &Context, by: &CallerIdentity) -> Context {
    direct(context)
        .with("aws:PrincipalAccount", ContextValue::Single(by.account.clone()))
        .with("aws:PrincipalArn", ContextValue::Single(by.arn.clone()))
}

/// The context of a request that no service makes, neither for itself nor for a principal.
fn direct(context: &Context) -> Context {
    let mut direct = of_no_service(context.clone());
    enter_direct(&mut direct);
    direct
}

fn with(mfa: RequestMfa, mut context: Context) -> Context {
    mfa.enter(&mut context);
    context
}

/// Whom an Allow names who is a person outside of the account.
fn named_outside<'t>(statement: &'t Statement, way: TrustAction, role: &Arn) -> Vec<&'t str> {
    match (&statement.principal, way) {
        (None, _) => Vec::new(),
        (Some(PrincipalElement::Principal(Principals::Listed(principals))), _) => {
            let of_kind = principals.iter().filter(|principal| principal.kind == way.kind());
            let names = of_kind.map(|principal| principal.value.as_str());
            names.filter(|name| is_person(name, way, role)).collect()
        }
        (Some(PrincipalElement::NotPrincipal(excepted)), _) if names_everybody(excepted) => Vec::new(),
        // No identity provider is named either.
        (
            Some(PrincipalElement::Principal(Principals::Everyone) | PrincipalElement::NotPrincipal(_)),
            TrustAction::AssumeRole,
        ) => {
            vec![EVERYBODY]
        }
        (Some(_), TrustAction::WithSaml) => Vec::new(),
    }
}

/// Whether a principal can be a person who is not of the account. A unique id stands for a principal that is gone, and a
/// federated user may call nothing of STS.
fn is_person(name: &str, way: TrustAction, role: &Arn) -> bool {
    if way == TrustAction::WithSaml {
        return resource_of(name).is_some_and(|resource| resource.starts_with("saml-provider/"));
    }
    if name == EVERYBODY {
        return true;
    }
    let is_principal = is_number(name)
        || match name.splitn(6, ':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "iam", "", _, resource] if *partition == role.partition() => {
                *resource == "root" || resource.starts_with("user/") || resource.starts_with("role/")
            }
            ["arn", partition, "sts", "", _, resource] if *partition == role.partition() => {
                resource.starts_with("assumed-role/")
            }
            _ => false,
        };
    is_principal && account_of(name).is_some_and(|account| is_number(account) && account != role.account())
}

/// The ARN of the role that a session is of; any other ARN as it is.
fn role_of_session(arn: &str) -> String {
    match arn.split_once(":assumed-role/").and_then(|(start, rest)| Some((start, rest.split_once('/')?.0))) {
        Some((start, role)) => format!("{}:role/{role}", start.replacen(":sts:", ":iam:", 1)),
        None => arn.to_owned(),
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
        // All principals except the listed ones: of all principals, the unlisted ones remain, and of an account, its
        // unlisted principals.
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
    is_number(value) || resource_of(value) == Some("root")
}

fn resource_of(value: &str) -> Option<&str> {
    value.splitn(6, ':').nth(5)
}

fn account_of(value: &str) -> Option<&str> {
    if is_number(value) { Some(value) } else { value.split(':').nth(4) }
}

fn is_number(value: &str) -> bool {
    value.len() == 12 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// An account number that a pattern of one matches, as a rule.
fn like_a_number(pattern: &str) -> String {
    let digits = pattern.replace('?', "0");
    let missing = 12_usize.saturating_sub(digits.chars().filter(|it| *it != '*').count());
    digits.replacen('*', &"0".repeat(missing), 1).replace('*', "")
}
