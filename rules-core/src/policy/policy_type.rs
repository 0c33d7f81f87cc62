//! The types of policies: which grammar a document follows, and what it does to a request.

use std::fmt;

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
}

/// What the Allows of a policy type do. A Deny denies in every type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerRole {
    /// An Allow in any one of the layers that grant is enough.
    Grants,
    /// Each layer that limits has to allow the request too.
    Limits,
}

/// Which elements a statement has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grammar {
    pub(super) principal: Presence,
    pub(super) resource: Presence,
}

/// Whether a statement has an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    Forbidden,
}

impl PolicyType {
    /// What the Allows of such policies do.
    #[must_use]
    pub fn role(self) -> LayerRole {
        match self {
            Self::Identity | Self::Group | Self::Resource | Self::Trust => LayerRole::Grants,
            Self::PermissionsBoundary | Self::ServiceControl => LayerRole::Limits,
        }
    }

    /// Whether the organization sets such policies for the whole account, and not the account for one of its principals.
    #[must_use]
    pub fn is_set_by_organization(self) -> bool {
        match self {
            Self::ServiceControl => true,
            Self::Identity | Self::Group | Self::PermissionsBoundary | Self::Resource | Self::Trust => false,
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
            Self::Resource => "resource",
            Self::Trust => "trust",
        }
    }

    pub(super) fn grammar(self) -> Grammar {
        match self {
            Self::Identity | Self::Group | Self::PermissionsBoundary | Self::ServiceControl => {
                Grammar { principal: Presence::Forbidden, resource: Presence::Required }
            }
            Self::Resource => Grammar { principal: Presence::Required, resource: Presence::Optional },
            Self::Trust => Grammar { principal: Presence::Required, resource: Presence::Forbidden },
        }
    }
}

impl fmt::Display for PolicyType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
