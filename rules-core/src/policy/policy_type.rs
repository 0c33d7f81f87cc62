//! The types of policies, which decide the elements of a document and its effect on a request.

use std::fmt;

use crate::catalogue::{self, ServiceIndex};

/// The type of a policy.
///
/// Everything that differs between types follows from here: the elements that a document has, and whether its Allows
/// grant or limit. Types are ordered as the layers of a decision are: those that grant come first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum PolicyType {
    /// Attached to a user or role.
    #[default]
    Identity,
    /// Attached to a group of which a user is a member.
    Group,
    /// Attached to a resource.
    Resource,
    /// A role's trust policy.
    Trust,
    /// A user's or role's permissions boundary.
    PermissionsBoundary,
    /// A service control policy of an AWS organization.
    ServiceControl,
    /// A resource control policy of an AWS organization, which limits the actions of all principals on the resources of
    /// the account. It only denies, because AWS attaches `RCPFullAWSAccess` everywhere, which cannot be detached.
    ResourceControl,
    /// A session policy of AssumeRole or GetFederationToken: the session can only do what it also allows.
    Session,
}

/// The effect of an Allow in a policy type. A Deny denies in every type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerRole {
    /// An Allow in any one of the layers that grant is enough.
    Grants,
    /// Each layer that limits must allow the request too.
    Limits,
    /// An Allow has no effect.
    Denies,
}

impl PolicyType {
    /// The effect of an Allow in policies of this type.
    #[must_use]
    pub fn role(self) -> LayerRole {
        match self {
            Self::Identity | Self::Group | Self::Resource | Self::Trust => LayerRole::Grants,
            Self::PermissionsBoundary | Self::ServiceControl | Self::Session => LayerRole::Limits,
            Self::ResourceControl => LayerRole::Denies,
        }
    }

    /// Whether policies of this type apply to an action.
    ///
    /// Resource control policies apply to some services only, and there to the actions on resources.
    #[must_use]
    pub fn applies_to(self, action: &str) -> bool {
        match self {
            Self::ResourceControl => is_resource_controlled(action),
            Self::Identity
            | Self::Group
            | Self::Resource
            | Self::Trust
            | Self::PermissionsBoundary
            | Self::ServiceControl
            | Self::Session => true,
        }
    }

    /// Whether the organization sets policies of this type for the whole account.
    #[must_use]
    pub fn is_set_by_organization(self) -> bool {
        match self {
            Self::ServiceControl | Self::ResourceControl => true,
            Self::Identity | Self::Group | Self::Resource | Self::Trust | Self::PermissionsBoundary | Self::Session => {
                false
            }
        }
    }

    /// The name, such as `identity`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Group => "group",
            Self::PermissionsBoundary => "permissions-boundary",
            Self::ServiceControl => "service-control",
            Self::ResourceControl => "resource-control",
            Self::Session => "session",
            Self::Resource => "resource",
            Self::Trust => "trust",
        }
    }
}

/// An action that the catalogue lacks is taken to be on a resource.
fn is_resource_controlled(action: &str) -> bool {
    /// The one action of such a service on which the policies have no effect.
    const SPARED: &str = "kms:RetireGrant";
    let Some((service, name)) = action.split_once(':') else {
        return false;
    };
    let on_resource = || catalogue::action(service, name).is_none_or(|known| known.resource_types().next().is_some());
    catalogue::service(service).is_some_and(ServiceIndex::is_resource_controlled)
        && !action.eq_ignore_ascii_case(SPARED)
        && on_resource()
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
