//! Where a policy is that is edited.

use std::fmt;

use crate::arn::Arn;
use crate::fact::Fact;
use crate::iam::{AuthorizationDetails, Grants, Group, InlinePolicy};
use crate::policy::PolicyDocument;
use crate::text::visible;

/// A policy that is edited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Place {
    /// An inline policy of a user, group or role.
    Inline {
        /// The user, group or role.
        of: Arn,
        /// The policy's name.
        policy: String,
    },
    /// A managed policy of the account.
    Managed(Arn),
    /// The trust policy of a role.
    Trust(Arn),
    /// A new inline policy for a user, group or role.
    Added {
        /// The user, group or role.
        to: Arn,
    },
}

impl Place {
    /// The name of a new inline policy, and the `Sid` of added Deny statements.
    pub const ADDED: &str = "DenyPrivilegeEscalation";

    /// The user, group or role that has the policy, or the managed policy.
    #[must_use]
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Inline { of: arn, .. } | Self::Managed(arn) | Self::Trust(arn) | Self::Added { to: arn } => arn,
        }
    }
}

/// A change of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edit {
    /// The policy.
    pub place: Place,
    /// What it says; none for a new policy.
    pub before: Option<PolicyDocument>,
    /// What it has to say; none if the policy has to be deleted.
    pub after: Option<PolicyDocument>,
}

/// `inline policy p of user/ada`, `managed policy ARN`, `trust policy of role/r`, `new inline policy p of group/g`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let holder = |arn: &Arn| visible(arn.resource(), 100);
        match self {
            Self::Inline { of, policy } => write!(f, "inline policy {} of {}", visible(policy, 128), holder(of)),
            Self::Managed(arn) => write!(f, "managed policy {arn}"),
            Self::Trust(role) => write!(f, "trust policy of {}", holder(role)),
            Self::Added { to } => write!(f, "new inline policy {} of {}", Self::ADDED, holder(to)),
        }
    }
}

/// What a policy says; none if there is no such policy, or it could not be read.
pub(super) fn document<'a>(place: &Place, details: &'a AuthorizationDetails) -> Option<&'a PolicyDocument> {
    match place {
        Place::Inline { of, policy } => {
            let user = || details.user(of)?.details.known();
            let group = || details.groups.iter().find(|group| group.identity.arn == *of)?.grants.known();
            let role = || details.role(of)?.details.known();
            let grants = user().map(|user| &user.grants).or_else(group).or_else(|| role().map(|role| &role.grants))?;
            grants.inline.known()?.iter().find(|inline| inline.name == *policy)?.document.known()
        }
        Place::Managed(arn) => details.policy(arn).ok()?.details.known()?.document.known(),
        Place::Trust(arn) => details.role(arn)?.details.known()?.trust.known(),
        Place::Added { .. } => None,
    }
}

/// Whether a user or role has the policy, by itself or from a group.
pub(super) fn is_held(place: &Place, by: &Arn, details: &AuthorizationDetails) -> bool {
    let user = details.user(by).and_then(|user| user.details.known());
    let role = details.role(by).and_then(|role| role.details.known());
    let names = user.and_then(|user| user.groups.known()).into_iter().flatten();
    let groups: Vec<&Group> = names.filter_map(|name| details.group(name).ok()).collect();
    match place {
        Place::Inline { of, .. } | Place::Added { to: of } => {
            of == by || groups.iter().any(|group| group.identity.arn == *of)
        }
        Place::Managed(arn) => {
            let own = user.map(|user| &user.grants).or_else(|| role.map(|role| &role.grants));
            let of_groups = groups.iter().filter_map(|group| group.grants.known());
            let attached = own.into_iter().chain(of_groups).filter_map(|grants| grants.attached.known());
            attached.flatten().any(|attached| attached.arn == *arn)
        }
        Place::Trust(_) => false,
    }
}

/// Makes the change.
pub(super) fn apply(edit: &Edit, details: &mut AuthorizationDetails) {
    match &edit.place {
        Place::Inline { of, policy } => {
            if let Some(inline) = inline_of(of, details) {
                set(inline, policy, edit.after.clone());
            }
        }
        Place::Added { to } => {
            if let Some(inline) = inline_of(to, details) {
                set(inline, Place::ADDED, edit.after.clone());
            }
        }
        Place::Managed(arn) => {
            let policy = details.policies.iter_mut().find(|policy| policy.identity.arn == *arn);
            if let (Some(Fact::Known(known)), Some(after)) = (policy.map(|policy| &mut policy.details), &edit.after) {
                known.document = Fact::Known(after.clone());
            }
        }
        Place::Trust(arn) => {
            let role = details.roles.iter_mut().find(|role| role.identity.arn == *arn);
            if let (Some(Fact::Known(known)), Some(after)) = (role.map(|role| &mut role.details), &edit.after) {
                known.trust = Fact::Known(after.clone());
            }
        }
    }
}

/// The inline policies of a user, group or role.
fn inline_of<'a>(arn: &Arn, details: &'a mut AuthorizationDetails) -> Option<&'a mut Vec<InlinePolicy>> {
    fn known<T>(fact: &mut Fact<T>) -> Option<&mut T> {
        match fact {
            Fact::Known(known) => Some(known),
            Fact::Unavailable(_) => None,
        }
    }
    let users = details.users.iter_mut().filter(|user| user.identity.arn == *arn);
    let users = users.filter_map(|user| Some(&mut known(&mut user.details)?.grants));
    let groups = details.groups.iter_mut().filter(|group| group.identity.arn == *arn);
    let groups = groups.filter_map(|group| known(&mut group.grants));
    let roles = details.roles.iter_mut().filter(|role| role.identity.arn == *arn);
    let roles = roles.filter_map(|role| Some(&mut known(&mut role.details)?.grants));
    let grants: &mut Grants = users.chain(groups).chain(roles).next()?;
    known(&mut grants.inline)
}

fn set(inline: &mut Vec<InlinePolicy>, name: &str, after: Option<PolicyDocument>) {
    inline.retain(|policy| policy.name != name);
    if let Some(document) = after {
        inline.push(InlinePolicy { name: name.to_owned(), document: Fact::Known(document) });
    }
}
