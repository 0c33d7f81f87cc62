//! Users, groups, roles and managed policies.

mod from_wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use self::from_wire::document;
pub(crate) use self::from_wire::{NoIdentity, last_of_path};
use super::wire;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::Fact;
use crate::policy::{PolicyDocument, PolicyType};
use crate::timestamp::Timestamp;

/// The identity of an entity, for which verdicts are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The friendly name.
    pub name: String,
    /// IAM's unique id (AIDA…, AGPA…, AROA…, ANPA…), which is AWS Config's resource id. Opaque.
    pub id: String,
    /// The entity's ARN.
    pub arn: Arn,
}

/// The policies of an entity itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grants {
    /// Policies that are part of the entity.
    pub inline: Fact<Vec<InlinePolicy>>,
    /// Managed policies attached to it, each once.
    pub attached: Fact<Vec<AttachedPolicy>>,
}

/// A policy that is part of a user, group or role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlinePolicy {
    /// Its name.
    pub name: String,
    /// Its document.
    pub document: Fact<PolicyDocument>,
}

/// The attachment of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttachedPolicy {
    /// The policy's ARN.
    pub arn: Arn,
    /// The policy's name.
    pub name: String,
}

/// An IAM user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Its name, id and ARN.
    pub identity: Identity,
    /// When it was created, which distinguishes users with the same name.
    pub created: Option<Timestamp>,
    /// Its policies, groups, boundary and tags.
    pub details: Fact<UserDetails>,
}

/// The policies, groups, boundary and tags of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UserDetails {
    /// The user's own policies.
    pub grants: Grants,
    /// The names of its groups.
    pub groups: Fact<BTreeSet<String>>,
    /// The ARN of its permissions boundary.
    pub permissions_boundary: Option<Arn>,
    /// Its tags. If they are unknown, only policies with conditions on tags are affected.
    pub tags: Fact<BTreeMap<String, String>>,
}

/// An IAM group.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group {
    /// Its name, id and ARN.
    pub identity: Identity,
    /// The policies of the group, which apply to its members.
    pub grants: Fact<Grants>,
}

/// An IAM role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Role {
    /// Its name, id and ARN.
    pub identity: Identity,
    /// Its policies, boundary, trust policy and tags.
    pub details: Fact<RoleDetails>,
}

/// The policies, boundary, trust policy and tags of a role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoleDetails {
    /// The role's own policies.
    pub grants: Grants,
    /// The ARN of its permissions boundary.
    pub permissions_boundary: Option<Arn>,
    /// Its trust policy.
    pub trust: Fact<PolicyDocument>,
    /// Whether an instance profile contains it.
    pub has_instance_profile: Fact<bool>,
    /// When it was last used; none if it was not used in the tracking period of IAM, which is 400 days.
    pub last_used: Fact<Option<Timestamp>>,
    /// Its tags. If they are unknown, only policies with conditions on tags are affected.
    pub tags: Fact<BTreeMap<String, String>>,
}

/// A managed policy, of the account or of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManagedPolicy {
    /// Its name, id and ARN. For an AWS managed policy the id can be the ARN.
    pub identity: Identity,
    /// Its documents and attachments.
    pub details: Fact<ManagedPolicyDetails>,
}

/// The documents and attachments of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ManagedPolicyDetails {
    /// The document of the default version.
    pub document: Fact<PolicyDocument>,
    /// The other versions, which can be made the default.
    pub other_versions: Vec<ManagedPolicyVersion>,
    /// The number of users, groups and roles that it is attached to; not always delivered.
    pub attachment_count: Option<u64>,
}

/// A version of a managed policy that is not the default. Its document is parsed on demand.
#[derive(Clone, Debug)]
pub struct ManagedPolicyVersion {
    /// Its id, such as `v2`.
    pub id: String,
    delivered: Option<wire::Document>,
    read: OnceLock<Fact<PolicyDocument>>,
}

impl ManagedPolicyVersion {
    /// The document of the version.
    #[must_use]
    pub fn document(&self) -> &Fact<PolicyDocument> {
        let what = || format!("policy version {}", self.id);
        self.read.get_or_init(|| document(&what(), self.delivered.clone(), "Document", PolicyType::Identity))
    }
}

/// Two versions are equal whether or not their documents have been parsed.
impl PartialEq for ManagedPolicyVersion {
    fn eq(&self, other: &Self) -> bool {
        (&self.id, &self.delivered) == (&other.id, &other.delivered)
    }
}

impl Eq for ManagedPolicyVersion {}

impl Role {
    /// Whether the role is a service-linked role, whose policies the account cannot change.
    #[must_use]
    pub fn is_service_linked(&self) -> bool {
        self.identity.arn.resource().starts_with("role/aws-service-role/")
    }
}

impl ManagedPolicy {
    /// Whether it is an AWS managed policy.
    #[must_use]
    pub fn is_aws_managed(&self) -> bool {
        self.identity.arn.account() == "aws"
    }
}

impl Identity {
    /// The account of the entity; none for an AWS managed policy.
    #[must_use]
    pub fn account(&self) -> Option<AccountId> {
        self.arn.account_id()
    }
}
