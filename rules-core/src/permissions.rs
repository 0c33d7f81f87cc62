//! The permissions of a principal by all its policies.

mod administrator;
mod bare_key;
#[cfg(test)]
mod change;
mod chosen;
mod mfa;
mod outsiders;
mod trust;

use std::borrow::Cow;
use std::collections::BTreeMap;

#[cfg(test)]
pub(crate) use administrator::grants_everything;
pub use administrator::{AdminDefinition, UnknownAdminDefinition, Witness};
pub(crate) use administrator::{allow_everything, allow_iam, spans};
pub use bare_key::BareKey;
#[cfg(test)]
pub(crate) use change::Change;
#[cfg(test)]
pub(crate) use chosen::{chosen, statements};
pub use mfa::{RequestMfa, is_bound_to_mfa};
pub(crate) use outsiders::outsiders;
use trust::takes_session_tags;
pub(crate) use trust::{Caller, choices, is_account, trusted_services, trusts};
#[cfg(test)]
pub(crate) use trust::{Trust, saml_providers};

use crate::arn::Arn;
use crate::decision::{Context, ContextValue, Decision, Layer, OtherKeys, PolicyLayers, Reading, Request, Truth};
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::iam::{AuthorizationDetails, Grants, Group, Identity, Role, User};
use crate::policy::{PolicyDocument, PolicyType};
use crate::timestamp::Timestamp;

/// A user or role with every policy that applies to it.
#[derive(Clone, Debug)]
pub struct PrincipalPermissions<'a> {
    identity: Cow<'a, Identity>,
    kind: PrincipalType,
    policies: Vec<PolicySource<'a>>,
    boundary: Option<ManagedDocument<'a>>,
    /// What the organization sets for the account.
    organization: &'a [Layer<PolicyDocument>],
    groups: Vec<&'a Group>,
    /// None when its requests may carry any.
    tags: Option<&'a BTreeMap<String, String>>,
    as_of: Timestamp,
}

/// The tags of a principal that does not exist yet.
static NO_TAGS: BTreeMap<String, String> = BTreeMap::new();

/// The kinds of principals that policies are attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalType {
    /// A user.
    User,
    /// A role.
    Role,
}

/// A policy of a principal, and the group that it comes from.
#[derive(Clone, Copy, Debug)]
pub struct PolicySource<'a> {
    /// The group that the policy comes from; none for a policy of the principal itself.
    pub group: Option<&'a str>,
    /// The policy's name.
    pub name: &'a str,
    /// The ARN of a managed policy; none for an inline one.
    pub arn: Option<&'a Arn>,
    /// Its document.
    pub document: &'a PolicyDocument,
}

/// A managed policy's document in force.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ManagedDocument<'a> {
    pub(crate) arn: &'a Arn,
    pub(crate) document: &'a PolicyDocument,
}

impl<'a> PrincipalPermissions<'a> {
    /// The permissions of a user.
    ///
    /// # Errors
    /// If a policy, a group or the boundary of the user is unknown, because its statements are then unknown
    /// too.
    pub fn of_user(user: &'a User, details: &'a AuthorizationDetails, facts: &'a Facts) -> Result<Self, MissingFact> {
        let known = user.details.get()?;
        let mut policies = Vec::new();
        add(&mut policies, None, &known.grants, details)?;
        let mut groups = Vec::new();
        for name in known.groups.get()? {
            let group = details.group(name)?;
            policies.extend(policies_of_group(group, details)?);
            groups.push(group);
        }
        Ok(Self {
            identity: Cow::Borrowed(&user.identity),
            kind: PrincipalType::User,
            policies,
            boundary: boundary(known.permissions_boundary.as_ref(), details)?,
            organization: &facts.organization,
            groups,
            tags: known.tags.known(),
            as_of: facts.as_of,
        })
    }

    /// The permissions of a role.
    ///
    /// # Errors
    /// As [`Self::of_user`].
    pub fn of_role(role: &'a Role, details: &'a AuthorizationDetails, facts: &'a Facts) -> Result<Self, MissingFact> {
        let known = role.details.get()?;
        let mut policies = Vec::new();
        add(&mut policies, None, &known.grants, details)?;
        Ok(Self {
            identity: Cow::Borrowed(&role.identity),
            kind: PrincipalType::Role,
            policies,
            boundary: boundary(known.permissions_boundary.as_ref(), details)?,
            // What AWS's own services do with their roles, an organization does not limit.
            organization: if role.is_service_linked() { &[] } else { &facts.organization },
            groups: Vec::new(),
            // A session's tags win over the role's own, where the role takes any.
            tags: known.tags.known().filter(|_| known.trust.known().is_some_and(|trust| !takes_session_tags(trust))),
            as_of: facts.as_of,
        })
    }

    /// The permissions of a principal that does not exist yet: none, within a boundary.
    pub(crate) fn of_new(
        kind: PrincipalType,
        identity: Identity,
        boundary: Option<ManagedDocument<'a>>,
        facts: &'a Facts,
    ) -> Self {
        Self {
            identity: Cow::Owned(identity),
            kind,
            policies: Vec::new(),
            boundary,
            organization: &facts.organization,
            groups: Vec::new(),
            tags: Some(&NO_TAGS),
            as_of: facts.as_of,
        }
    }

    /// The identity of the principal.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether it is a user or a role.
    #[must_use]
    pub fn kind(&self) -> PrincipalType {
        self.kind
    }

    /// Every identity policy: first those of the principal itself, then those of its groups.
    #[must_use]
    pub fn policies(&self) -> &[PolicySource<'a>] {
        &self.policies
    }

    /// The groups of the principal.
    #[must_use]
    pub fn groups(&self) -> &[&'a Group] {
        &self.groups
    }

    pub(crate) fn boundary(&self) -> Option<ManagedDocument<'a>> {
        self.boundary
    }

    /// The policies by layer.
    #[must_use]
    pub fn layers(&self) -> PolicyLayers<'a> {
        self.limited(granted(&self.policies))
    }

    /// Layers that grant, under everything that limits the principal.
    fn limited(&self, mut layers: PolicyLayers<'a>) -> PolicyLayers<'a> {
        if let Some(boundary) = self.boundary {
            layers.push(PolicyType::PermissionsBoundary, [boundary.document]);
        }
        layers.extend(self.organization);
        layers
    }

    /// The condition keys that are certain for requests of the principal. All other keys are unknown.
    #[must_use]
    pub fn context(&self, mfa: RequestMfa) -> Context {
        let single = |text: &str| ContextValue::Single(text.to_owned());
        let account = self.identity.arn.account();
        let mut context = of_no_service(Self::at(self.as_of))
            .with("aws:PrincipalArn", single(self.identity.arn.as_str()))
            .with("aws:PrincipalAccount", single(account));
        match self.kind {
            PrincipalType::User => {
                context.set("aws:username", single(&self.identity.name));
                context.set("aws:userid", single(&self.identity.id));
                context.set("aws:PrincipalType", single("User"));
                // A user has no tags but its own; a role's session may bring more.
                if self.tags.is_some() {
                    context.set_complete("aws:PrincipalTag/");
                }
            }
            PrincipalType::Role => {
                // The id continues with the session name, which the caller chooses.
                context.set("aws:username", ContextValue::Absent);
                context.set("aws:PrincipalType", single("AssumedRole"));
            }
        }
        for (key, value) in self.tags.into_iter().flatten() {
            context.set(&format!("aws:PrincipalTag/{key}"), single(value));
        }
        mfa.enter(&mut context);
        match mfa {
            RequestMfa::Unknown | RequestMfa::Given => context,
            RequestMfa::Never | RequestMfa::NotGiven => self.only_direct_requests(&context).unwrap_or(context),
        }
    }
}

impl PrincipalPermissions<'_> {
    /// What is known of every request: the moment.
    pub(crate) fn at(moment: Timestamp) -> Context {
        Context::new(OtherKeys::Unknown)
            .with("aws:CurrentTime", ContextValue::Since(moment))
            .with("aws:EpochTime", ContextValue::Since(moment))
    }
}

/// The context of requests that no AWS service makes for its own purposes.
fn of_no_service(context: Context) -> Context {
    let single = |text: &str| ContextValue::Single(text.to_owned());
    let mut context = context
        .with("aws:PrincipalIsAWSService", single("false"))
        // A caller can always use TLS, and nothing but TLS reaches IAM and STS.
        .with("aws:SecureTransport", single("true"));
    for key in ["SourceAccount", "SourceArn", "SourceOrgID", "SourceOrgPaths", "PrincipalServiceName"] {
        context.set(&format!("aws:{key}"), ContextValue::Absent);
    }
    context
}

/// What policies grant, those of groups after the principal's own.
fn granted<'a>(policies: &[PolicySource<'a>]) -> PolicyLayers<'a> {
    let documents = |of_groups| {
        let sources = policies.iter().filter(move |source| source.group.is_some() == of_groups);
        sources.map(|source| source.document)
    };
    PolicyLayers::of_identity(documents(false)).with(PolicyType::Group, documents(true))
}

/// Whether a request is allowed: certainly, uncertainly, or not at all.
pub(crate) fn allows(layers: &PolicyLayers<'_>, request: &Request<'_>) -> Truth {
    let allowed = |reading| layers.decide(request, reading).decision == Decision::Allowed;
    // What is not even possible is the most common answer, and settles it.
    if !allowed(Reading::Possible) {
        Truth::Fails
    } else if allowed(Reading::Certain) {
        Truth::Holds
    } else {
        Truth::Undecided
    }
}

/// The policies that a group gives its members.
pub(crate) fn policies_of_group<'a>(
    group: &'a Group,
    details: &'a AuthorizationDetails,
) -> Result<Vec<PolicySource<'a>>, MissingFact> {
    let mut policies = Vec::new();
    add(&mut policies, Some(&group.identity.name), group.grants.get()?, details)?;
    Ok(policies)
}

fn add<'a>(
    policies: &mut Vec<PolicySource<'a>>,
    group: Option<&'a str>,
    grants: &'a Grants,
    details: &'a AuthorizationDetails,
) -> Result<(), MissingFact> {
    for policy in grants.inline.get()? {
        let document = policy.document.get()?;
        policies.push(PolicySource { group, name: &policy.name, arn: None, document });
    }
    for policy in grants.attached.get()? {
        let document = document(details, &policy.arn)?;
        policies.push(PolicySource { group, name: &policy.name, arn: Some(&policy.arn), document });
    }
    Ok(())
}

fn boundary<'a>(
    arn: Option<&'a Arn>,
    details: &'a AuthorizationDetails,
) -> Result<Option<ManagedDocument<'a>>, MissingFact> {
    arn.map(|arn| Ok(ManagedDocument { arn, document: document(details, arn)? })).transpose()
}

fn document<'a>(details: &'a AuthorizationDetails, arn: &Arn) -> Result<&'a PolicyDocument, MissingFact> {
    details.policy(arn)?.details.get()?.document.get()
}
