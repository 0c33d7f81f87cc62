//! A plain model of an account: who has which policies, and who is in control.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use crate::decision::{Context, ContextValue, Decision, Layer, OtherKeys, PolicyLayers, Reading, Request, Truth};
use crate::escalation::Party;
use crate::facts::Facts;
use crate::iam::Grants;
use crate::permissions::RequestMfa;
use crate::policy::{Effect, PolicyDocument, PolicyType, PrincipalElement, PrincipalKind, Principals, ResourceElement};
use crate::timestamp::Timestamp;

#[derive(Clone)]
pub(super) struct Model<'a> {
    pub(super) account: &'a str,
    as_of: Timestamp,
    organization: &'a [Layer<PolicyDocument>],
    /// Users and roles, by ARN.
    pub(super) principals: BTreeMap<String, Principal<'a>>,
    /// By ARN.
    pub(super) groups: BTreeMap<String, Policies<'a>>,
    /// Managed policies, by ARN.
    pub(super) managed: BTreeMap<String, Managed<'a>>,
    /// Who is in control, with the MFA of its sessions.
    control: BTreeMap<String, BTreeSet<Mfa>>,
}

#[derive(Clone)]
pub(super) struct Principal<'a> {
    name: String,
    id: String,
    pub(super) is_user: bool,
    pub(super) is_new: bool,
    pub(super) policies: Policies<'a>,
    /// By ARN.
    pub(super) groups: BTreeSet<String>,
    pub(super) boundary: Option<String>,
    /// None for a user or a new role.
    pub(super) trust: Option<&'a PolicyDocument>,
    pub(super) tags: BTreeMap<String, String>,
    /// Tags that a step has taken away.
    pub(super) untagged: BTreeSet<String>,
    pub(super) keys: usize,
    pub(super) has_password: bool,
    pub(super) has_device: bool,
    pub(super) has_profile: bool,
}

#[derive(Clone, Default)]
pub(super) struct Policies<'a> {
    /// By name.
    pub(super) inline: BTreeMap<String, &'a PolicyDocument>,
    /// ARNs of managed policies.
    pub(super) attached: BTreeSet<String>,
}

#[derive(Clone)]
pub(super) struct Managed<'a> {
    pub(super) document: &'a PolicyDocument,
    /// Versions that are not in force, by id.
    pub(super) versions: BTreeMap<String, &'a PolicyDocument>,
}

/// What requests say about MFA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mfa {
    Unknown,
    /// The keys are absent.
    Absent,
    False,
    True,
}

impl From<RequestMfa> for Mfa {
    fn from(known: RequestMfa) -> Self {
        match known {
            RequestMfa::Unknown => Self::Unknown,
            RequestMfa::Never => Self::Absent,
            RequestMfa::NotGiven => Self::False,
            RequestMfa::Given => Self::True,
        }
    }
}

/// A document that allows everything, as an attacker writes it.
pub(super) static EVERYTHING: LazyLock<PolicyDocument> = LazyLock::new(|| allow("*"));
static IAM_IN_FULL: LazyLock<PolicyDocument> = LazyLock::new(|| allow("iam:*"));

fn allow(actions: &str) -> PolicyDocument {
    let text =
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{actions}","Resource":"*"}}}}"#);
    PolicyDocument::parse(&text, PolicyType::Identity).unwrap()
}

pub(super) fn single(text: &str) -> ContextValue {
    ContextValue::Single(text.to_owned())
}

impl<'a> Principal<'a> {
    /// One that a step creates.
    pub(super) fn new(arn: &str, boundary: Option<String>) -> Self {
        let name = arn.rsplit('/').next().unwrap().to_owned();
        Self {
            id: name.clone(),
            name,
            is_user: arn.contains(":user/"),
            is_new: true,
            policies: Policies::default(),
            groups: BTreeSet::new(),
            boundary,
            trust: None,
            tags: BTreeMap::new(),
            untagged: BTreeSet::new(),
            keys: 0,
            has_password: false,
            has_device: false,
            has_profile: false,
        }
    }
}

impl<'a> Policies<'a> {
    fn of(grants: &'a Grants) -> Self {
        let inline = grants.inline.get().unwrap().iter();
        Self {
            inline: inline.map(|policy| (policy.name.clone(), policy.document.get().unwrap())).collect(),
            attached: grants.attached.get().unwrap().iter().map(|policy| policy.arn.to_string()).collect(),
        }
    }
}

impl<'a> Model<'a> {
    /// The account as it is, of which everything has been read.
    pub(super) fn of(facts: &'a Facts) -> Self {
        let details = facts.authorization_details.get().unwrap();
        let report = facts.credential_report().unwrap();
        let mut model = Self {
            account: facts.account.as_str(),
            as_of: facts.as_of,
            organization: &facts.organization,
            principals: BTreeMap::new(),
            groups: BTreeMap::new(),
            managed: BTreeMap::new(),
            control: BTreeMap::new(),
        };
        for (name, document) in [("AdministratorAccess", &*EVERYTHING), ("IAMFullAccess", &*IAM_IN_FULL)] {
            let managed = Managed { document, versions: BTreeMap::new() };
            model.managed.insert(format!("arn:aws:iam::aws:policy/{name}"), managed);
        }
        for policy in &details.policies {
            let known = policy.details.get().unwrap();
            let versions = known.other_versions.iter();
            let versions = versions.map(|version| (version.id.clone(), version.document().get().unwrap())).collect();
            let managed = Managed { document: known.document.get().unwrap(), versions };
            model.managed.insert(policy.identity.arn.to_string(), managed);
        }
        for group in &details.groups {
            model.groups.insert(group.identity.arn.to_string(), Policies::of(group.grants.get().unwrap()));
        }
        for user in &details.users {
            let known = user.details.get().unwrap();
            let row = report.row_of(user).unwrap();
            let groups = known.groups.get().unwrap().iter();
            let principal = Principal {
                id: user.identity.id.clone(),
                is_new: false,
                policies: Policies::of(&known.grants),
                groups: groups.map(|name| details.group(name).unwrap().identity.arn.to_string()).collect(),
                tags: known.tags.get().unwrap().clone(),
                keys: row.access_keys.iter().filter(|key| key.exists()).count(),
                has_password: row.password_enabled.unwrap(),
                has_device: row.mfa_active.unwrap(),
                ..Principal::new(
                    user.identity.arn.as_str(),
                    known.permissions_boundary.as_ref().map(ToString::to_string),
                )
            };
            model.principals.insert(user.identity.arn.to_string(), principal);
        }
        for role in &details.roles {
            let known = role.details.get().unwrap();
            let principal = Principal {
                id: role.identity.id.clone(),
                is_new: false,
                policies: Policies::of(&known.grants),
                trust: Some(known.trust.get().unwrap()),
                tags: known.tags.get().unwrap().clone(),
                has_profile: *known.has_instance_profile.get().unwrap(),
                ..Principal::new(
                    role.identity.arn.as_str(),
                    known.permissions_boundary.as_ref().map(ToString::to_string),
                )
            };
            model.principals.insert(role.identity.arn.to_string(), principal);
        }
        model
    }

    /// The account with parts of what it was before: managed policies, policies of groups, memberships, and what else
    /// principals had. Each choice of the parts.
    pub(super) fn put_back(&self, before: &Self) -> Vec<Self> {
        let with = |parts: u32| {
            let mut model = self.clone();
            if parts & 1 != 0 {
                model.managed.extend(before.managed.clone());
            }
            if parts & 2 != 0 {
                model.groups.extend(before.groups.clone());
            }
            for (arn, principal) in &before.principals {
                let Some(now) = model.principals.get_mut(arn) else { continue };
                if parts & 4 != 0 {
                    now.groups = principal.groups.clone();
                }
                if parts & 8 != 0 {
                    now.policies = principal.policies.clone();
                    now.boundary = principal.boundary.clone();
                }
            }
            model
        };
        (1..16).map(with).collect()
    }

    pub(super) fn control(&mut self, arn: &str, mfa: Mfa) {
        self.control.entry(arn.to_owned()).or_default().insert(mfa);
    }

    pub(super) fn controls(&self, arn: &str) -> bool {
        self.control.contains_key(arn)
    }

    pub(super) fn in_control(&self) -> Vec<(&str, Mfa)> {
        self.control.iter().flat_map(|(arn, known)| known.iter().map(|mfa| (arn.as_str(), *mfa))).collect()
    }

    /// Those in control that a step says to be taken by.
    pub(super) fn parties(&self, party: &Party) -> Vec<(String, Mfa)> {
        let is_it = |arn: &str| {
            let principal = &self.principals[arn];
            let word = if principal.is_user { "a new user" } else { "a new role" };
            match &party.arn {
                Some(known) => known.as_str() == arn,
                None => principal.is_new && party.name == word,
            }
        };
        self.in_control().into_iter().filter(|(arn, _)| is_it(arn)).map(|(arn, mfa)| (arn.to_owned(), mfa)).collect()
    }

    fn documents<'s>(&'s self, policies: &'s Policies<'a>) -> impl Iterator<Item = &'a PolicyDocument> + 's {
        policies.inline.values().copied().chain(policies.attached.iter().map(|arn| self.managed[arn].document))
    }

    /// What applies to a principal.
    pub(super) fn layers(&self, arn: &str) -> PolicyLayers<'a> {
        let principal = &self.principals[arn];
        let mut layers = PolicyLayers::of_identity(self.documents(&principal.policies));
        for group in &principal.groups {
            layers.push(PolicyType::Group, self.documents(&self.groups[group]));
        }
        if let Some(boundary) = &principal.boundary {
            layers.push(PolicyType::PermissionsBoundary, [self.managed[boundary].document]);
        }
        layers.extend(self.organization);
        layers
    }

    /// What the requests of a principal carry.
    pub(super) fn context(&self, arn: &str, mfa: Mfa) -> Context {
        let principal = &self.principals[arn];
        let mut context = Context::new(OtherKeys::Unknown)
            .with("aws:CurrentTime", ContextValue::Since(self.as_of))
            .with("aws:EpochTime", ContextValue::Since(self.as_of))
            .with("aws:PrincipalArn", single(arn))
            .with("aws:PrincipalAccount", single(self.account))
            .with("aws:PrincipalIsAWSService", single("false"))
            .with("aws:SecureTransport", single("true"))
            .with("aws:ViaAWSService", single("false"));
        if principal.is_user {
            context.set("aws:username", single(&principal.name));
            context.set("aws:userid", single(&principal.id));
            context.set("aws:PrincipalType", single("User"));
            context.set_complete("aws:PrincipalTag/");
        } else {
            context.set("aws:username", ContextValue::Absent);
            context.set("aws:PrincipalType", single("AssumedRole"));
        }
        for key in &principal.untagged {
            context.set(&format!("aws:PrincipalTag/{key}"), ContextValue::Absent);
        }
        for (key, value) in &principal.tags {
            context.set(&format!("aws:PrincipalTag/{key}"), single(value));
        }
        let (present, age) = match mfa {
            Mfa::Unknown => (ContextValue::Unknown, ContextValue::Unknown),
            Mfa::Absent => (ContextValue::Absent, ContextValue::Absent),
            Mfa::False => (single("false"), ContextValue::Absent),
            Mfa::True => (single("true"), single("0")),
        };
        context.set("aws:MultiFactorAuthPresent", present);
        context.set("aws:MultiFactorAuthAge", age);
        context
    }

    /// Whether a principal in control is an administrator: an Allow of everything in each layer, and a request with which it
    /// gives itself a policy is allowed.
    pub(super) fn has_administrator(&self, for_certain: bool) -> bool {
        self.in_control().into_iter().any(|(arn, mfa)| self.is_administrator(arn, mfa, for_certain))
    }

    fn is_administrator(&self, arn: &str, mfa: Mfa, for_certain: bool) -> bool {
        let principal = &self.principals[arn];
        let (layers, context) = (self.layers(arn), self.context(arn, mfa));
        let spans = |document: &PolicyDocument| {
            document.statements.iter().any(|statement| {
                let everywhere = match &statement.resource {
                    Some(ResourceElement::Resource(patterns)) => patterns.iter().any(|it| it.as_str() == "*"),
                    _ => false,
                };
                let holds = statement.conditions_in(document.version, &context);
                let is_open = holds == Truth::Holds || (holds == Truth::Undecided && !for_certain);
                let is_of_all = statement.action.covers("no-service:NoAction");
                statement.effect == Effect::Allow && is_of_all && everywhere && is_open
            })
        };
        let mut granting = layers.of_type(PolicyType::Identity).chain(layers.of_type(PolicyType::Group));
        let mut limits = layers.of_type(PolicyType::PermissionsBoundary);
        let mut levels = self.organization.iter();
        if !granting.any(spans) || !limits.all(spans) || !levels.all(|level| level.documents.iter().any(spans)) {
            return false;
        }
        let own = if principal.is_user { "User" } else { "Role" };
        let own = [format!("iam:Put{own}Policy"), format!("iam:Attach{own}Policy")].map(|action| (action, arn));
        let of_groups = principal.groups.iter().flat_map(|group| {
            ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"].map(|action| (action.to_owned(), group.as_str()))
        });
        let mut grants = own.into_iter().chain(of_groups);
        grants.any(|(action, resource)| {
            is_allowed(&layers, &Request { action: &action, resource, context: &context }, for_certain)
        })
    }

    /// Whether a role trusts a principal: by name, then by its account.
    pub(super) fn trusts(&self, role: &str, caller: &str, context: &Context) -> [Truth; 2] {
        let Some(trust) = self.principals[role].trust else { return [Truth::Fails; 2] };
        let root = format!("arn:aws:iam::{}:root", self.account);
        let names = |value: &str| value == caller || value == "*";
        let holds = |effect, is_named: &dyn Fn(&str) -> bool| {
            let about = trust.statements.iter().filter(|it| it.effect == effect && it.action.covers("sts:AssumeRole"));
            let about = about.filter(|it| principals_of(&it.principal, PrincipalKind::Aws).into_iter().any(is_named));
            about.map(|it| it.conditions_in(trust.version, context)).max().unwrap_or(Truth::Fails)
        };
        let of_account = |value: &str| value == self.account || value == root;
        let open = holds(Effect::Deny, &|value| names(value) || of_account(value)).negated();
        [holds(Effect::Allow, &names).min(open), holds(Effect::Allow, &of_account).min(open)]
    }

    /// Whether a role trusts a service.
    pub(super) fn trusts_service(&self, role: &str, service: &str) -> Truth {
        let Some(trust) = self.principals[role].trust else { return Truth::Fails };
        let context = Context::new(OtherKeys::Unknown).with("aws:SourceAccount", single(self.account));
        let about = trust.statements.iter().filter(|it| it.action.covers("sts:AssumeRole"));
        let about = about.filter(|it| principals_of(&it.principal, PrincipalKind::Service).contains(&service));
        let holds = |effect| {
            let such = about.clone().filter(|it| it.effect == effect);
            such.map(|it| it.conditions_in(trust.version, &context)).max().unwrap_or(Truth::Fails)
        };
        holds(Effect::Allow).min(holds(Effect::Deny).negated())
    }
}

/// The principals of a kind that a trust policy's statement lists.
fn principals_of(element: &Option<PrincipalElement>, kind: PrincipalKind) -> Vec<&str> {
    match element {
        Some(PrincipalElement::Principal(Principals::Listed(listed))) => {
            listed.iter().filter(|principal| principal.kind == kind).map(|principal| principal.value.as_str()).collect()
        }
        Some(PrincipalElement::Principal(Principals::Everyone)) if kind == PrincipalKind::Aws => vec!["*"],
        _ => Vec::new(),
    }
}

pub(super) fn is_allowed(layers: &PolicyLayers<'_>, request: &Request<'_>, for_certain: bool) -> bool {
    let reading = if for_certain { Reading::Certain } else { Reading::Possible };
    layers.decide(request, reading).decision == Decision::Allowed
}
