//! An account's principals, with what ways between them depend on.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::capabilities::{Capabilities, Powers};
use super::requester::single;
use crate::arn::Arn;
use crate::decision::{Context, ContextValue, OtherKeys};
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::iam::credential_report::CredentialRow;
use crate::iam::{AuthorizationDetails, Group, Identity, ManagedPolicy, ManagedPolicyVersion, Role, User};
use crate::permissions::{
    ManagedDocument, PolicySource, PrincipalPermissions, PrincipalType, grants_everything, policies_of_group,
    trusted_services,
};
use crate::policy::{PolicyDocument, PrincipalElement, PrincipalKind, Principals};

/// Everything that is known of an account's principals.
pub(super) struct SlowAccount<'a> {
    pub(super) facts: &'a Facts,
    pub(super) details: &'a AuthorizationDetails,
    /// Users, then roles.
    pub(super) principals: Vec<Rc<SlowPrincipal<'a>>>,
    pub(super) groups: Vec<SlowKnownGroup<'a>>,
    by_arn: BTreeMap<&'a Arn, usize>,
    /// Roles by the principal that their trust policies name.
    naming: BTreeMap<&'a str, Vec<usize>>,
    pub(super) targets: SlowTargets,
    /// The account's own policies.
    pub(super) own_policies: Vec<&'a Arn>,
    capabilities: RefCell<BTreeMap<usize, Capabilities>>,
}

/// The places of the principals, as targets.
#[derive(Default)]
pub(super) struct SlowTargets {
    pub(super) users: TargetsOfKind,
    pub(super) roles: TargetsOfKind,
}

/// The places of the users or the roles.
#[derive(Default)]
pub(super) struct TargetsOfKind {
    /// Those with a policy that grants everything, and those whose policies are not known.
    pub(super) administrators: Vec<usize>,
    /// Those from which a way may lead on: they have the actions for some step, or are named by a role.
    pub(super) leading: Vec<usize>,
    /// The others.
    pub(super) idle: Vec<usize>,
}

/// A user or role.
pub(super) struct SlowPrincipal<'a> {
    pub(super) identity: Cow<'a, Identity>,
    pub(super) permissions: Result<Rc<PrincipalPermissions<'a>>, MissingFact>,
    pub(super) capabilities: Capabilities,
    pub(super) powers: Powers,
    /// Whether some policy of it grants everything, whatever holds it back.
    pub(super) may_be_administrator: bool,
    pub(super) role: Option<&'a Role>,
    /// Whether it does not exist yet.
    pub(super) is_new: bool,
    /// The services that a role's trust policy names.
    pub(super) trusted_services: Vec<&'a str>,
    /// None when they are not known.
    tags: Option<&'a BTreeMap<String, String>>,
}

/// A group, with what it gives its members.
pub(super) struct SlowKnownGroup<'a> {
    pub(super) group: &'a Group,
    pub(super) policies: Result<Vec<PolicySource<'a>>, MissingFact>,
}

impl<'a> SlowAccount<'a> {
    /// Whether IAM Identity Center manages the account: it makes a role of its own in every one that it does.
    pub(super) fn is_in_identity_center(&self) -> bool {
        let of_it = |arn: &Arn| arn.resource().contains("/sso.amazonaws.com/");
        self.principals.iter().any(|principal| of_it(&principal.identity.arn))
    }

    pub(super) fn new(facts: &'a Facts, details: &'a AuthorizationDetails) -> Self {
        let mut account = Self {
            facts,
            details,
            principals: Vec::with_capacity(details.users.len() + details.roles.len()),
            groups: Vec::with_capacity(details.groups.len()),
            by_arn: BTreeMap::new(),
            naming: BTreeMap::new(),
            targets: SlowTargets::default(),
            own_policies: Vec::new(),
            capabilities: RefCell::default(),
        };
        for group in &details.groups {
            account.groups.push(SlowKnownGroup { group, policies: policies_of_group(group, details) });
        }
        for user in &details.users {
            account.add_user(user);
        }
        for role in &details.roles {
            account.add_role(role);
        }
        account.sort();
        let own = details.policies.iter().filter(|policy| !policy.is_aws_managed()).map(|policy| &policy.identity.arn);
        account.own_policies = own.collect();
        account
    }

    fn add_user(&mut self, user: &'a User) {
        let permissions = PrincipalPermissions::of_user(user, self.details, self.facts);
        let tags = user.details.known().and_then(|details| details.tags.known());
        self.add(&user.identity, permissions, None, tags);
    }

    fn add_role(&mut self, role: &'a Role) {
        let permissions = PrincipalPermissions::of_role(role, self.details, self.facts);
        let known = role.details.known();
        let place = self.principals.len();
        if let Some(trust) = known.and_then(|details| details.trust.known()) {
            for name in named_in(trust) {
                self.naming.entry(name).or_default().push(place);
            }
        }
        self.add(&role.identity, permissions, Some(role), known.and_then(|details| details.tags.known()));
    }

    fn add(
        &mut self,
        identity: &'a Identity,
        permissions: Result<PrincipalPermissions<'a>, MissingFact>,
        role: Option<&'a Role>,
        tags: Option<&'a BTreeMap<String, String>>,
    ) {
        let capabilities = self.capabilities_of(permissions.as_ref().map_or(&[], PrincipalPermissions::policies));
        let trust = role.and_then(|role| role.details.known()?.trust.known());
        let grants_everything = |permissions: &PrincipalPermissions<'_>| {
            permissions.policies().iter().any(|source| grants_everything(source.document))
        };
        self.by_arn.insert(&identity.arn, self.principals.len());
        self.principals.push(Rc::new(SlowPrincipal {
            identity: Cow::Borrowed(identity),
            capabilities,
            powers: capabilities.powers(),
            may_be_administrator: permissions.as_ref().map_or(true, grants_everything),
            permissions: permissions.map(Rc::new),
            role,
            is_new: false,
            trusted_services: trust.map(trusted_services).unwrap_or_default(),
            tags,
        }));
    }

    /// A principal as it is after a change.
    pub(super) fn changed(
        &self,
        principal: &SlowPrincipal<'a>,
        permissions: PrincipalPermissions<'a>,
    ) -> SlowPrincipal<'a> {
        let capabilities = self.capabilities_of(permissions.policies());
        SlowPrincipal {
            identity: principal.identity.clone(),
            capabilities,
            powers: capabilities.powers(),
            may_be_administrator: false,
            permissions: Ok(Rc::new(permissions)),
            role: principal.role,
            is_new: principal.is_new,
            trusted_services: Vec::new(),
            tags: principal.tags,
        }
    }

    /// Sorts the principals, once all of them and their trust policies are known.
    fn sort(&mut self) {
        let leads_on = |principal: &SlowPrincipal<'_>| {
            !principal.powers.is_none() || !self.roles_that_name(&principal.identity).is_empty()
        };
        let mut targets = SlowTargets::default();
        for (place, principal) in self.principals.iter().enumerate() {
            let of_kind = if principal.role.is_some() { &mut targets.roles } else { &mut targets.users };
            let list = match principal.may_be_administrator {
                true => &mut of_kind.administrators,
                false if leads_on(principal) => &mut of_kind.leading,
                false => &mut of_kind.idle,
            };
            list.push(place);
        }
        self.targets = targets;
    }

    /// Many principals share documents, which are looked at once.
    fn capabilities_of(&self, policies: &[PolicySource<'_>]) -> Capabilities {
        policies.iter().fold(Capabilities::default(), |all, source| all.union(self.capabilities_in(source.document)))
    }

    fn capabilities_in(&self, document: &PolicyDocument) -> Capabilities {
        let address: *const PolicyDocument = document;
        *self.capabilities.borrow_mut().entry(address.addr()).or_insert_with(|| Capabilities::of(document))
    }

    pub(super) fn place(&self, arn: &Arn) -> Option<usize> {
        self.by_arn.get(arn).copied()
    }

    /// The roles whose trust policies name the principal, one of its sessions, or everybody.
    pub(super) fn roles_that_name(&self, principal: &Identity) -> Vec<usize> {
        let session = format!("assumed-role/{}", principal.name);
        let names = [principal.arn.as_str(), session.as_str(), "*"];
        names.into_iter().filter_map(|name| self.naming.get(name)).flatten().copied().collect()
    }

    /// What the credential report says of a user, where it is known.
    pub(super) fn credentials(&self, user: &Identity) -> Option<&'a CredentialRow> {
        self.facts.credential_report().ok()?.row_of(self.details.user(&user.arn)?).ok()
    }

    /// What is known when a service assumes a role on the account's behalf.
    pub(super) fn service_context(&self) -> Context {
        Context::new(OtherKeys::Unknown).with("aws:SourceAccount", single(self.facts.account.as_str()))
    }

    /// The ARN of a policy of AWS's own.
    pub(super) fn policy_of_aws(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.facts.partition().unwrap_or("aws"))
    }

    /// Every managed policy whose document is known.
    pub(super) fn policies(&self) -> impl Iterator<Item = ManagedDocument<'a>> {
        self.details.policies.iter().filter_map(document_of)
    }

    /// Every managed policy whose document is not.
    pub(super) fn unread_policies(&self) -> impl Iterator<Item = &'a Arn> {
        let unread = self.details.policies.iter().filter(|policy| document_of(policy).is_none());
        unread.map(|policy| &policy.identity.arn)
    }

    /// Whether a policy allows anything that a step takes.
    pub(super) fn leads_on(&self, policy: &ManagedDocument<'_>) -> bool {
        !self.capabilities_in(policy.document).is_empty()
    }

    /// The versions of a managed policy that are not in force.
    pub(super) fn other_versions(&self, policy: &Arn) -> &'a [ManagedPolicyVersion] {
        let known = self.details.policy(policy).ok().and_then(|policy| policy.details.known());
        known.map(|details| details.other_versions.as_slice()).unwrap_or_default()
    }
}

impl<'a> SlowPrincipal<'a> {
    /// A user or role that does not exist yet.
    pub(super) fn new(permissions: PrincipalPermissions<'a>) -> Self {
        Self {
            identity: Cow::Owned(permissions.identity().clone()),
            permissions: Ok(Rc::new(permissions)),
            capabilities: Capabilities::default(),
            powers: Powers::default(),
            may_be_administrator: false,
            role: None,
            is_new: true,
            trusted_services: Vec::new(),
            tags: None,
        }
    }

    /// `user ada`, `role deploy`, `a new role`.
    pub(super) fn in_words(&self) -> String {
        let kind = match self.kind() {
            PrincipalType::User => "user",
            PrincipalType::Role => "role",
        };
        match self.is_new {
            true => format!("a new {kind}"),
            false => format!("{kind} {}", crate::text::visible(&self.identity.name, 40)),
        }
    }

    pub(super) fn kind(&self) -> PrincipalType {
        if self.identity.arn.resource().starts_with("role/") { PrincipalType::Role } else { PrincipalType::User }
    }

    /// What requests about this principal carry, on top of what is known of who asks.
    pub(super) fn request(&self, context: &Context) -> Context {
        let mut request = self.request_whatever_its_tags(context);
        if let Some(tags) = self.tags {
            for prefix in ["aws:ResourceTag/", "iam:ResourceTag/"] {
                for (key, value) in tags {
                    request.set(&format!("{prefix}{key}"), single(value));
                }
                request.set_complete(prefix);
            }
        }
        request
    }

    /// The same, where its tags may be others than it has.
    pub(super) fn request_whatever_its_tags(&self, context: &Context) -> Context {
        let boundary = match self.permissions.as_ref().map(|permissions| permissions.boundary()) {
            Ok(Some(boundary)) => single(boundary.arn.as_str()),
            Ok(None) => ContextValue::Absent,
            Err(_) => ContextValue::Unknown,
        };
        context
            .clone()
            .with("iam:PermissionsBoundary", boundary)
            .with("aws:ResourceAccount", single(self.identity.arn.account()))
    }

    /// Whether nobody in the account can change it: AWS made it for one of its services or for Identity Center.
    pub(super) fn is_protected(&self) -> bool {
        let resource = self.identity.arn.resource();
        resource.starts_with("role/aws-service-role/") || resource.starts_with("role/aws-reserved/")
    }

    /// Who may assume the role, where it is one.
    pub(super) fn trust(&self) -> Option<Result<&'a PolicyDocument, MissingFact>> {
        self.role.map(|role| role.details.get()?.trust.get())
    }
}

fn document_of(policy: &ManagedPolicy) -> Option<ManagedDocument<'_>> {
    let document = policy.details.known()?.document.known()?;
    Some(ManagedDocument { arn: &policy.identity.arn, document })
}

/// The principals of AWS that a trust policy names.
fn named_in(trust: &PolicyDocument) -> impl Iterator<Item = &str> {
    trust.statements.iter().flat_map(|statement| match &statement.principal {
        Some(PrincipalElement::Principal(Principals::Everyone)) => vec!["*"],
        Some(PrincipalElement::Principal(Principals::Listed(listed))) => {
            let of_aws = listed.iter().filter(|principal| principal.kind == PrincipalKind::Aws);
            of_aws.map(|principal| session_of(&principal.value).unwrap_or(&principal.value)).collect()
        }
        // Everybody but some: looked at for each.
        Some(PrincipalElement::NotPrincipal(_)) => vec!["*"],
        None => Vec::new(),
    })
}

/// `assumed-role/name` where a session of a role is named, without the session.
fn session_of(principal: &str) -> Option<&str> {
    let start = principal.find(":assumed-role/")? + 1;
    let (session, _) = principal.get(start..)?.rsplit_once('/')?;
    Some(session)
}
