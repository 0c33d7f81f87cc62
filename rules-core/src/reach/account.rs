//! The principals, groups and policies of an account, reduced to what escalation paths need.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::clause::Keys;
use super::control::CHANGES;
use super::document::{Document, DocumentId, Documents};
use super::principal::Principal;
use super::state::{Bound, Held, State};
use super::technique::identity_provider::is_of_identity_center;
use super::technique::is_of_providers;
use super::watch::Watch;
use crate::arn::Arn;
use crate::decision::Layer;
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::glob;
use crate::iam::credential_report::CredentialRow;
use crate::iam::{AuthorizationDetails, Group, Identity, ManagedPolicy};
use crate::permissions::{
    PolicySource, PrincipalPermissions, allow_everything, allow_iam, is_account, policies_of_group,
};
use crate::policy::{LayerRole, PolicyDocument, PrincipalElement, PrincipalKind, Principals};

/// A user or role of the account, by its place among all; users come first.
pub(super) type PrincipalIndex = usize;

/// A group, by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct GroupIndex(pub(super) u32);

/// A managed policy, by its place among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct PolicyIndex(pub(super) u32);

/// Everything that is known of an account's principals.
#[derive(Debug)]
pub(super) struct Account<'a> {
    pub(super) facts: &'a Facts,
    pub(super) details: &'a AuthorizationDetails,
    pub(super) documents: Documents<'a>,
    pub(super) principals: Vec<Principal<'a>>,
    pub(super) groups: Vec<KnownGroup<'a>>,
    pub(super) policies: Vec<KnownPolicy<'a>>,
    /// The places of all managed policies, in order.
    pub(super) every_policy: Vec<PolicyIndex>,
    /// The managed policies that allow some action of a path, by what they say.
    pub(super) leading: BTreeMap<DocumentId, Vec<PolicyIndex>>,
    /// The managed policies that could not be read.
    pub(super) unread: Vec<PolicyIndex>,
    /// The policies of the organization that limit the account, level by level.
    pub(super) levels: Vec<Vec<DocumentId>>,
    /// A policy that grants everything, as anybody can write one.
    pub(super) everything: DocumentId,
    /// AWS's own policy that grants all of IAM.
    pub(super) iam_in_full: DocumentId,
    by_arn: HashMap<&'a str, PrincipalIndex>,
    policy_by_arn: HashMap<&'a str, PolicyIndex>,
    group_by_name: HashMap<&'a str, GroupIndex>,
    /// Roles by the principals that their trust policies name, a star for everybody.
    naming: HashMap<String, Vec<PrincipalIndex>>,
    role_by_name: HashMap<&'a str, PrincipalIndex>,
    /// Roles by the services that their trust policies name.
    by_service: HashMap<&'a str, Vec<PrincipalIndex>>,
    /// Roles whose trust policies are not known.
    of_unknown_trust: Vec<PrincipalIndex>,
    /// Roles that trust an identity provider.
    of_providers: Vec<PrincipalIndex>,
    /// Whether some role's trust policy asks for multi-factor authentication.
    pub(super) trusts_ask_for_mfa: bool,
    /// Whether some role's trust policy asks in a condition who the caller is.
    trusts_ask_for_callers: bool,
    /// What conditions ask of permissions boundaries, and the policies that they mean.
    pub(super) boundary_values: Vec<String>,
    pub(super) boundary_policies: Vec<PolicyIndex>,
    /// Whether IAM Identity Center manages the account.
    pub(super) is_in_identity_center: bool,
}

/// A group, with what it gives its members.
#[derive(Debug)]
pub(super) struct KnownGroup<'a> {
    pub(super) group: &'a Group,
    /// Its policies as a member has them; why they are not known, where they are not.
    pub(super) held: Result<Vec<Held>, MissingFact>,
    pub(super) sources: Vec<PolicySource<'a>>,
}

/// A managed policy.
#[derive(Debug)]
pub(super) struct KnownPolicy<'a> {
    pub(super) policy: &'a ManagedPolicy,
    /// None where it could not be read.
    pub(super) document: Option<DocumentId>,
    /// The versions that are not in force, with what they say where that could be read.
    pub(super) other_versions: Vec<(&'a str, Option<DocumentId>)>,
}

impl<'a> Account<'a> {
    /// Incomplete when the watch is over.
    pub(super) fn new(facts: &'a Facts, details: &'a AuthorizationDetails, watch: &Watch<'_>) -> Self {
        let mut documents = Documents::new();
        let everything = documents.add(allow_everything());
        let iam_in_full = documents.add(allow_iam());
        let limits = facts.organization.iter().filter(|layer| layer.policy_type.role() == LayerRole::Limits);
        let mut level =
            |layer: &'a Layer<PolicyDocument>| layer.documents.iter().map(|document| documents.add(document)).collect();
        let levels = limits.map(&mut level).collect();
        let mut account = Self {
            facts,
            details,
            documents,
            principals: Vec::with_capacity(details.users.len() + details.roles.len()),
            groups: Vec::with_capacity(details.groups.len()),
            policies: Vec::with_capacity(details.policies.len()),
            every_policy: Vec::new(),
            leading: BTreeMap::new(),
            unread: Vec::new(),
            levels,
            everything,
            iam_in_full,
            by_arn: HashMap::new(),
            policy_by_arn: HashMap::new(),
            group_by_name: HashMap::new(),
            naming: HashMap::new(),
            role_by_name: HashMap::new(),
            by_service: HashMap::new(),
            of_unknown_trust: Vec::new(),
            of_providers: Vec::new(),
            trusts_ask_for_mfa: false,
            trusts_ask_for_callers: false,
            boundary_values: Vec::new(),
            boundary_policies: Vec::new(),
            is_in_identity_center: false,
        };
        account.add_policies(watch);
        account.add_groups(watch);
        account.add_principals(watch);
        account.add_versions();
        account.add_trusts();
        account.add_boundary_values();
        account
    }

    /// The ARNs of permissions boundaries that some condition asks for.
    fn add_boundary_values(&mut self) {
        const KEY: &str = "iam:permissionsboundary";
        let clauses = self.documents.iter().flat_map(|document| &document.clauses);
        let conditions = clauses
            .filter(|clause| clause.keys.meets(Keys::BOUNDARY))
            .flat_map(|clause| clause.statement.conditions.iter().filter(|condition| condition.key.lower() == KEY));
        let mut values: Vec<&str> = conditions.flat_map(|condition| &condition.values).map(String::as_str).collect();
        values.sort_unstable();
        values.dedup();
        let asking = |arn: &str| -> Vec<usize> {
            let matching = values.iter().enumerate().filter(|(_, value)| glob::matches(value, arn));
            matching.map(|(place, _)| place).collect()
        };
        let asked_for = self.indexed_policies().map(|(index, known)| (index, known, asking(known.arn().as_str())));
        let mut asked_for: Vec<_> = asked_for.filter(|(_, _, asking)| !asking.is_empty()).collect();
        // Nobody can change a policy of AWS's own, so that one stands for all that the same values ask for and that say the
        // same, or less.
        let document = |known: &KnownPolicy<'a>| {
            let document = known.document.filter(|_| known.policy.is_aws_managed())?;
            Some((document, self.documents.get(document)))
        };
        let open =
            asked_for.iter().filter(|(_, known, _)| document(known).is_some_and(|(_, says)| says.is_unlimited()));
        let unlimited: HashSet<Vec<usize>> = open.map(|(_, _, asking)| asking.clone()).collect();
        let mut seen: HashSet<(Vec<usize>, DocumentId)> = HashSet::new();
        asked_for.retain(|(_, known, asking)| match document(known) {
            None => true,
            Some((_, says)) if says.allows.is_empty() => false,
            Some((id, says)) => {
                (says.is_unlimited() || !unlimited.contains(asking)) && seen.insert((asking.clone(), id))
            }
        });
        let policies = asked_for.into_iter().map(|(index, ..)| index).collect();
        self.boundary_values = values.into_iter().map(str::to_owned).collect();
        self.boundary_policies = policies;
    }

    fn add_trusts(&mut self) {
        for (place, principal) in self.principals.iter().enumerate() {
            self.trusts_ask_for_mfa |= principal.trust_keys.meets(Keys::MFA);
            self.trusts_ask_for_callers |= principal.trust_keys.meets(Keys::CALLERS);
            self.is_in_identity_center |= is_of_identity_center(principal);
            if is_of_providers(principal) {
                self.of_providers.push(place);
            }
            match principal.trust() {
                None => {}
                Some(Err(_)) => self.of_unknown_trust.push(place),
                Some(Ok(trust)) => {
                    for name in named_in(trust) {
                        self.naming.entry(name.to_owned()).or_default().push(place);
                    }
                    for (service, _) in &principal.trusted_services {
                        self.by_service.entry(service).or_default().push(place);
                    }
                }
            }
        }
    }

    fn add_policies(&mut self, watch: &Watch<'_>) {
        for (place, policy) in (0..).zip(&self.details.policies).take_while(|_| !watch.is_over()) {
            let document = policy.details.known().and_then(|details| details.document.known());
            let document = document.map(|document| self.documents.add(document));
            self.every_policy.push(PolicyIndex(place));
            match document {
                Some(document) if !self.documents.get(document).allows.is_empty() => {
                    self.leading.entry(document).or_default().push(PolicyIndex(place));
                }
                Some(_) => {}
                None => self.unread.push(PolicyIndex(place)),
            }
            self.policy_by_arn.insert(policy.identity.arn.as_str(), PolicyIndex(place));
            self.policies.push(KnownPolicy { policy, document, other_versions: Vec::new() });
        }
    }

    fn add_groups(&mut self, watch: &Watch<'_>) {
        for (place, group) in (0..).zip(&self.details.groups).take_while(|_| !watch.is_over()) {
            let index = GroupIndex(place);
            self.group_by_name.insert(&group.identity.name, index);
            let sources = policies_of_group(group, self.details);
            let held = sources.as_ref().map_err(Clone::clone).map(|sources| {
                let held = (0..).zip(sources).map(|(origin, source)| self.held(origin, source, Some(index)));
                held.collect()
            });
            self.groups.push(KnownGroup { group, held, sources: sources.unwrap_or_default() });
        }
    }

    fn add_principals(&mut self, watch: &Watch<'_>) {
        let details = self.details;
        for user in details.users.iter().take_while(|_| !watch.is_over()) {
            let permissions = PrincipalPermissions::of_user(user, details, self.facts);
            let tags = user.details.known().and_then(|details| details.tags.known());
            self.add_principal(&user.identity, permissions, |identity, permissions, state| {
                Principal::user(identity, permissions, state, tags)
            });
        }
        for role in details.roles.iter().take_while(|_| !watch.is_over()) {
            self.role_by_name.insert(&role.identity.name, self.principals.len());
            let permissions = PrincipalPermissions::of_role(role, details, self.facts);
            let trust = role.details.known().and_then(|details| details.trust.known());
            let trust = trust.map(|trust| self.documents.clauses(trust)).unwrap_or_default();
            self.add_principal(&role.identity, permissions, |_, permissions, state| {
                Principal::role(role, permissions, state, trust)
            });
        }
    }

    fn add_principal(
        &mut self,
        identity: &'a Identity,
        permissions: Result<PrincipalPermissions<'a>, MissingFact>,
        make: impl FnOnce(&'a Identity, Result<PrincipalPermissions<'a>, MissingFact>, State) -> Principal<'a>,
    ) {
        let state = permissions.as_ref().map(|permissions| self.state_of(permissions)).unwrap_or_default();
        self.by_arn.insert(identity.arn.as_str(), self.principals.len());
        self.principals.push(make(identity, permissions, state));
    }

    /// What applies to a principal before any change.
    pub(super) fn state_of(&mut self, permissions: &PrincipalPermissions<'a>) -> State {
        let sources = (0..).zip(permissions.policies());
        let held = sources.map(|(origin, source)| {
            let group = source.group.and_then(|name| self.group_by_name.get(name).copied());
            self.held(origin, source, group)
        });
        let held = held.filter(Held::matters).collect();
        let bound = permissions.boundary().map(|boundary| Bound {
            document: self.documents.add(boundary.document),
            policy: self.policy_by_arn.get(boundary.arn.as_str()).copied(),
            arn: boundary.arn.as_str().into(),
        });
        State::new(held, bound)
    }

    fn held(&mut self, origin: u32, source: &PolicySource<'a>, group: Option<GroupIndex>) -> Held {
        let policy = source.arn.and_then(|arn| self.policy_by_arn.get(arn.as_str()).copied());
        Held::inherent(self.documents.add(source.document), origin, policy, group)
    }

    /// Versions that are not the default matter only if a principal can make them the default, or can give itself what allows
    /// it, and are read only then.
    fn add_versions(&mut self) {
        let may = |principal: &Principal<'_>| principal.state.allows(&self.documents).meets(CHANGES);
        if !self.principals.iter().any(may) {
            return;
        }
        for known in &mut self.policies {
            if known.policy.is_aws_managed() {
                continue;
            }
            let versions = known.policy.details.known().into_iter().flat_map(|details| &details.other_versions);
            let versions = versions.map(|version| {
                let document = version.document().known().map(|document| self.documents.add(document));
                (version.id.as_str(), document)
            });
            known.other_versions = versions.collect();
        }
    }

    /// Every document that applies in a state: policies, permissions boundaries, and those of the organization.
    pub(super) fn documents_of<'s>(&'s self, state: &'s State) -> impl Iterator<Item = &'s Document<'a>> {
        let held = state.held.iter().map(|held| held.document);
        let bounds = state.bounds.iter().flatten().map(|bound| bound.document);
        let levels = self.levels.iter().flatten().copied();
        held.chain(bounds).chain(levels).map(|document| self.documents.get(document))
    }

    pub(super) fn group_by_name(&self, name: &str) -> Option<GroupIndex> {
        self.group_by_name.get(name).copied()
    }

    pub(super) fn place(&self, arn: &Arn) -> Option<PrincipalIndex> {
        self.by_arn.get(arn.as_str()).copied()
    }

    pub(super) fn principal_by_arn(&self, arn: &str) -> Option<PrincipalIndex> {
        self.by_arn.get(arn).copied()
    }

    pub(super) fn group(&self, index: GroupIndex) -> Option<&KnownGroup<'a>> {
        self.groups.get(usize::try_from(index.0).ok()?)
    }

    pub(super) fn policy(&self, index: PolicyIndex) -> Option<&KnownPolicy<'a>> {
        self.policies.get(usize::try_from(index.0).ok()?)
    }

    /// Every group with its place.
    pub(super) fn indexed_groups(&self) -> impl Iterator<Item = (GroupIndex, &KnownGroup<'a>)> {
        (0..).map(GroupIndex).zip(&self.groups)
    }

    /// Every managed policy with its place.
    pub(super) fn indexed_policies(&self) -> impl Iterator<Item = (PolicyIndex, &KnownPolicy<'a>)> {
        (0..).map(PolicyIndex).zip(&self.policies)
    }

    /// The roles whose trust policies name the principal, one of its sessions, or everybody.
    pub(super) fn roles_that_name(&self, principal: &Identity) -> Vec<PrincipalIndex> {
        let session = format!("assumed-role/{}", principal.name);
        let names = [principal.arn.as_str(), session.as_str(), "*"];
        names.into_iter().filter_map(|name| self.naming.get(name)).flatten().copied().collect()
    }

    /// Whether a principal is the same to the trust policies of roles as others with its policies.
    pub(super) fn is_anybody_to_trusts(&self, principal: &Identity) -> bool {
        let session = format!("assumed-role/{}", principal.name);
        let is_named = self.naming.contains_key(principal.arn.as_str()) || self.naming.contains_key(&session);
        !is_named && !self.trusts_ask_for_callers
    }

    /// Whom a role's trust policy names.
    pub(super) fn named_by(&self, role: &Principal<'_>) -> Named {
        let Some(Ok(trust)) = role.trust() else { return Named::default() };
        let names = named_in(trust);
        let session = |name: &str| self.role_by_name.get(name.strip_prefix("assumed-role/")?).copied();
        Named {
            everybody: names.contains(&"*"),
            account: names.iter().any(|name| is_account(name, self.facts.account.as_str())),
            principals: names.iter().filter_map(|name| self.principal_by_arn(name).or_else(|| session(name))).collect(),
        }
    }

    /// The roles that a service may be able to use.
    pub(super) fn roles_of_service(&self, service: &str) -> impl Iterator<Item = PrincipalIndex> {
        let named = self.by_service.get(service).into_iter().flatten();
        named.chain(&self.of_unknown_trust).copied()
    }

    /// The roles that an identity provider may be able to use.
    pub(super) fn roles_of_providers(&self) -> impl Iterator<Item = PrincipalIndex> {
        self.of_providers.iter().copied()
    }

    pub(super) fn policy_by_arn(&self, arn: &str) -> Option<PolicyIndex> {
        self.policy_by_arn.get(arn).copied()
    }

    /// What the credential report says of a user, where it is known.
    pub(super) fn credentials(&self, user: &Identity) -> Option<&'a CredentialRow> {
        // Users come first among the principals.
        let user = self.details.users.get(*self.by_arn.get(user.arn.as_str())?)?;
        self.facts.credential_report().ok()?.row_of(user).ok()
    }

    /// The ARN of a policy of AWS's own.
    pub(super) fn policy_of_aws(&self, name: &str) -> String {
        format!("arn:{}:iam::aws:policy/{name}", self.partition())
    }

    pub(super) fn partition(&self) -> &'a str {
        self.facts.partition().unwrap_or("aws")
    }
}

/// Whom a trust policy names.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    /// Whether it names everybody, or everybody but some.
    pub(super) everybody: bool,
    /// Whether it names the account, which leaves it to the policies of its principals.
    pub(super) account: bool,
    /// Principals of the account that it names one by one.
    pub(super) principals: Vec<PrincipalIndex>,
}

/// The principals of AWS that a trust policy names.
fn named_in(trust: &PolicyDocument) -> Vec<&str> {
    let mut names = Vec::new();
    for statement in &trust.statements {
        match &statement.principal {
            Some(PrincipalElement::Principal(Principals::Listed(listed))) => {
                let of_aws = listed.iter().filter(|principal| principal.kind == PrincipalKind::Aws);
                names.extend(of_aws.map(|principal| session_of(&principal.value).unwrap_or(&principal.value)));
            }
            // Everybody but some: looked at for each.
            Some(PrincipalElement::Principal(Principals::Everyone) | PrincipalElement::NotPrincipal(_)) => {
                names.push("*")
            }
            None => {}
        }
    }
    names
}

/// `assumed-role/name` where a session of a role is named, without the session.
fn session_of(principal: &str) -> Option<&str> {
    let start = principal.find(":assumed-role/")? + 1;
    let (session, _) = principal.get(start..)?.rsplit_once('/')?;
    Some(session)
}

impl KnownPolicy<'_> {
    pub(super) fn arn(&self) -> &Arn {
        &self.policy.identity.arn
    }

    /// How many versions the policy has, as far as is known.
    pub(super) fn versions(&self) -> usize {
        1 + self.policy.details.known().map_or(0, |details| details.other_versions.len())
    }
}
