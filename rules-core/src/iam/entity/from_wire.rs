//! Users, groups, roles and managed policies from the formats in which AWS delivers them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use super::{
    AttachedPolicy, Grants, Group, Identity, InlinePolicy, ManagedPolicy, ManagedPolicyDetails, ManagedPolicyVersion,
    Role, RoleDetails, User, UserDetails,
};
use crate::arn::Arn;
use crate::fact::{Fact, MissingFact};
use crate::iam::wire::{self, Omissible};
use crate::policy::{PolicyDocument, PolicyType};
use crate::text::visible;

/// Why an entity has no identity that a verdict could be reported for.
pub(crate) type NoIdentity = String;

impl Identity {
    fn new(kind: &str, name: Option<String>, id: Option<String>, arn: Option<&String>) -> Result<Self, NoIdentity> {
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| format!("a {kind} without a name"))?;
        let shown = visible(&name, 64);
        if name.contains('\0') {
            return Err(format!("{kind} `{shown}` has a NUL character in its name"));
        }
        let arn = arn.ok_or_else(|| format!("{kind} `{shown}` has no ARN"))?;
        let arn: Arn = arn.parse().map_err(|error| format!("{kind} `{shown}`: {error}"))?;
        if arn.service() != "iam" {
            return Err(format!("{kind} `{shown}` has an ARN of service `{}`", visible(arn.service(), 40)));
        }
        let id = id.filter(|id| !id.is_empty()).ok_or_else(|| format!("{kind} `{shown}` has no unique id"))?;
        Ok(Self { name, id, arn })
    }
}

impl User {
    pub(crate) fn from_wire(wire: wire::UserDetail) -> Result<Self, NoIdentity> {
        let inline = match wire.user_policy_list {
            // Of users, and in authorization details alone, IAM leaves out the list when there are no inline policies.
            Omissible::LeftOut => Some(Vec::new()),
            Omissible::Null => None,
            Omissible::Given(list) => Some(list),
        };
        Self::with_inline(inline, wire::UserDetail { user_policy_list: Omissible::LeftOut, ..wire })
    }

    /// The user of a configuration item, which always has the list of inline policies.
    pub(crate) fn from_item(wire: wire::UserDetail) -> Result<Self, NoIdentity> {
        let inline = match wire.user_policy_list {
            Omissible::LeftOut | Omissible::Null => None,
            Omissible::Given(list) => Some(list),
        };
        let permissions_boundary = wire.permissions_boundary.or_null();
        let user_policy_list = Omissible::LeftOut;
        Self::with_inline(inline, wire::UserDetail { user_policy_list, permissions_boundary, ..wire })
    }

    fn with_inline(inline: Option<Vec<wire::PolicyDetail>>, wire: wire::UserDetail) -> Result<Self, NoIdentity> {
        let identity = Identity::new("user", wire.user_name, wire.user_id, wire.arn.as_ref())?;
        let whose = format!("user {}", identity.name);
        let details = || {
            let groups = wire.group_list.map(|names| names.into_iter().collect());
            Ok(UserDetails {
                grants: grants(&whose, "UserPolicyList", inline, wire.attached_managed_policies)?,
                groups: listed(&format!("groups of {whose}"), groups, "GroupList"),
                permissions_boundary: boundary(wire.permissions_boundary)?,
                tags: tags(&whose, wire.tags)?,
            })
        };
        let details = fact(&whose, details());
        Ok(Self { identity, created: wire.create_date, details })
    }

    pub(crate) fn unreadable(wire: wire::UserDetail, reason: &str) -> Result<Self, NoIdentity> {
        let identity = Identity::new("user", wire.user_name, wire.user_id, wire.arn.as_ref())?;
        let details = Fact::unavailable(format!("user {}", identity.name), reason);
        Ok(Self { identity, created: wire.create_date, details })
    }
}

impl Group {
    pub(crate) fn from_wire(wire: wire::GroupDetail) -> Result<Self, NoIdentity> {
        let identity = Identity::new("group", wire.group_name, wire.group_id, wire.arn.as_ref())?;
        let whose = format!("group {}", identity.name);
        let grants =
            fact(&whose, grants(&whose, "GroupPolicyList", wire.group_policy_list, wire.attached_managed_policies));
        Ok(Self { identity, grants })
    }

    pub(crate) fn unreadable(wire: wire::GroupDetail, reason: &str) -> Result<Self, NoIdentity> {
        let identity = Identity::new("group", wire.group_name, wire.group_id, wire.arn.as_ref())?;
        let grants = Fact::unavailable(format!("group {}", identity.name), reason);
        Ok(Self { identity, grants })
    }
}

impl Role {
    /// The role of a configuration item.
    pub(crate) fn from_item(wire: wire::RoleDetail) -> Result<Self, NoIdentity> {
        let permissions_boundary = wire.permissions_boundary.or_null();
        Self::from_wire(wire::RoleDetail { permissions_boundary, ..wire })
    }

    pub(crate) fn from_wire(wire: wire::RoleDetail) -> Result<Self, NoIdentity> {
        let identity = Identity::new("role", wire.role_name, wire.role_id, wire.arn.as_ref())?;
        let whose = format!("role {}", identity.name);
        let details = || {
            Ok(RoleDetails {
                grants: grants(&whose, "RolePolicyList", wire.role_policy_list, wire.attached_managed_policies)?,
                permissions_boundary: boundary(wire.permissions_boundary)?,
                trust: document(
                    &format!("trust policy of {whose}"),
                    wire.assume_role_policy_document,
                    "AssumeRolePolicyDocument",
                    PolicyType::Trust,
                ),
                has_instance_profile: listed(
                    &format!("instance profiles of {whose}"),
                    wire.instance_profile_list.map(|profiles| !profiles.is_empty()),
                    "InstanceProfileList",
                ),
                last_used: listed(
                    &format!("last use of {whose}"),
                    wire.role_last_used.map(|last_used| last_used.last_used_date),
                    "RoleLastUsed",
                ),
                tags: tags(&whose, wire.tags)?,
            })
        };
        let details = fact(&whose, details());
        Ok(Self { identity, details })
    }

    pub(crate) fn unreadable(wire: wire::RoleDetail, reason: &str) -> Result<Self, NoIdentity> {
        let identity = Identity::new("role", wire.role_name, wire.role_id, wire.arn.as_ref())?;
        let details = Fact::unavailable(format!("role {}", identity.name), reason);
        Ok(Self { identity, details })
    }
}

impl ManagedPolicy {
    pub(crate) fn from_wire(wire: wire::ManagedPolicyDetail) -> Result<Self, NoIdentity> {
        let identity = Self::identity(&wire)?;
        let whose = format!("policy {}", identity.name);
        let details = versions(wire.default_version_id, wire.policy_version_list).map(|(default, other_versions)| {
            ManagedPolicyDetails {
                document: document(&whose, default, "Document", PolicyType::Identity),
                other_versions,
                attachment_count: wire.attachment_count,
            }
        });
        let details = fact(&whose, details);
        Ok(Self { identity, details })
    }

    pub(crate) fn unreadable(wire: &wire::ManagedPolicyDetail, reason: &str) -> Result<Self, NoIdentity> {
        let identity = Self::identity(wire)?;
        let details = Fact::unavailable(format!("policy {}", identity.name), reason);
        Ok(Self { identity, details })
    }

    /// The name follows from the ARN where a source does not deliver it, and that is also the id of what AWS owns: no verdict
    /// is given on it.
    fn identity(wire: &wire::ManagedPolicyDetail) -> Result<Identity, NoIdentity> {
        let of_aws = |arn: &&String| arn.parse::<Arn>().is_ok_and(|arn| arn.account() == "aws");
        let from_arn = || wire.arn.as_ref().and_then(|arn| arn.rsplit_once('/')).map(|(_, name)| name.to_owned());
        let name = wire.policy_name.clone().or_else(from_arn);
        let id = wire.policy_id.clone().or_else(|| wire.arn.as_ref().filter(of_aws).cloned());
        Identity::new("policy", name, id, wire.arn.as_ref())
    }
}

fn fact<T>(whose: &str, details: Result<T, String>) -> Fact<T> {
    Fact::from(details.map_err(|reason| MissingFact::new(whose, reason)))
}

fn grants(
    whose: &str,
    inline_element: &str,
    inline: Option<Vec<wire::PolicyDetail>>,
    attached: Option<Vec<wire::AttachedPolicy>>,
) -> Result<Grants, String> {
    let inline = inline.map(|policies| inline_policies(whose, policies)).transpose()?;
    let attached = attached.map(attachments).transpose()?;
    Ok(Grants {
        inline: listed(&format!("inline policies of {whose}"), inline, inline_element),
        attached: listed(&format!("attached policies of {whose}"), attached, "AttachedManagedPolicies"),
    })
}

fn inline_policies(whose: &str, policies: Vec<wire::PolicyDetail>) -> Result<Vec<InlinePolicy>, String> {
    let read = |policy: wire::PolicyDetail| {
        let name = policy.policy_name.filter(|name| !name.is_empty()).ok_or("an inline policy has no name")?;
        let what = format!("inline policy {name} of {whose}");
        let document = document(&what, policy.policy_document, "PolicyDocument", PolicyType::Identity);
        Ok(InlinePolicy { name, document })
    };
    policies.into_iter().map(read).collect()
}

/// Each attached policy once, in order.
fn attachments(attached: Vec<wire::AttachedPolicy>) -> Result<Vec<AttachedPolicy>, String> {
    let mut attachments = BTreeSet::new();
    for attachment in attached {
        let text = attachment.policy_arn.ok_or("an attached policy has no ARN")?;
        let arn: Arn = text.parse().map_err(|error| format!("attached policy: {error}"))?;
        if !arn.resource().starts_with("policy/") {
            return Err(format!("attached policy: `{}` is not the ARN of a policy", visible(arn.as_str(), 100)));
        }
        let name = attachment.policy_name.unwrap_or_else(|| last_of_path(&arn));
        attachments.insert(AttachedPolicy { arn, name });
    }
    Ok(attachments.into_iter().collect())
}

/// A list that was delivered. One that was not is not an empty one.
fn listed<T>(what: &str, list: Option<T>, element: &str) -> Fact<T> {
    match list {
        Some(list) => Fact::Known(list),
        None => Fact::unavailable(what, format!("`{element}` is missing")),
    }
}

/// The name at the end of an ARN's path.
pub(crate) fn last_of_path(arn: &Arn) -> String {
    arn.resource().rsplit('/').next().unwrap_or_default().to_owned()
}

fn boundary(boundary: Omissible<wire::AttachedPermissionsBoundary>) -> Result<Option<Arn>, String> {
    let boundary = match boundary {
        Omissible::LeftOut => return Ok(None),
        Omissible::Null => return Err("`PermissionsBoundary` is null".to_owned()),
        Omissible::Given(boundary) => boundary,
    };
    let text = boundary.permissions_boundary_arn.ok_or("the permissions boundary has no ARN")?;
    text.parse().map(Some).map_err(|error| format!("permissions boundary: {error}"))
}

fn tags(whose: &str, tags: Option<Vec<wire::Tag>>) -> Result<Fact<BTreeMap<String, String>>, String> {
    let Some(tags) = tags else {
        // Older files of IAM's and AWS Config's do not have them.
        return Ok(Fact::Unavailable(MissingFact::not_given(format!("tags of {whose}"), "`Tags` is missing")));
    };
    let mut by_key = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for tag in tags {
        // IAM compares tag keys without regard to case, so a second one would make the meaning depend on order.
        if !seen.insert(tag.key.to_lowercase()) {
            return Err(format!("tag `{}` occurs twice", visible(&tag.key, 60)));
        }
        by_key.insert(tag.key, tag.value);
    }
    Ok(Fact::Known(by_key))
}

pub(super) fn document(
    what: &str,
    text: Option<wire::Document>,
    element: &str,
    policy_type: PolicyType,
) -> Fact<PolicyDocument> {
    let Some(text) = text else {
        return Fact::unavailable(what, format!("`{element}` is missing"));
    };
    Fact::from(PolicyDocument::parse_encoded(text.as_str(), policy_type).map_err(|error| MissingFact::new(what, error)))
}

/// The document of the version that both ways of naming the default agree on, and the other versions.
fn versions(
    default_id: Option<String>,
    versions: Option<Vec<wire::PolicyVersion>>,
) -> Result<(Option<wire::Document>, Vec<ManagedPolicyVersion>), String> {
    let versions = versions.ok_or("`PolicyVersionList` is missing")?;
    let default_id = default_id.ok_or("`DefaultVersionId` is missing")?;
    let (mut defaults, others): (Vec<_>, Vec<_>) =
        versions.into_iter().partition(|version| version.is_default_version == Some(true));
    let (Some(default), true) = (defaults.pop(), defaults.is_empty()) else {
        let named = visible(&default_id, 20);
        return Err(format!("not exactly one version is the default (`DefaultVersionId` is `{named}`)"));
    };
    if default.version_id.as_ref() != Some(&default_id) {
        return Err("`DefaultVersionId` and `IsDefaultVersion` name different versions".to_owned());
    }
    let other = |version: wire::PolicyVersion| ManagedPolicyVersion {
        id: version.version_id.unwrap_or_default(),
        delivered: version.document,
        read: OnceLock::new(),
    };
    Ok((default.document, others.into_iter().map(other).collect()))
}
