//! Changes of a principal by others.

use super::{ManagedDocument, PolicySource, PrincipalPermissions};
use crate::arn::Arn;
use crate::iam::Group;
use crate::policy::PolicyDocument;

/// A change of the policies that apply to a principal.
#[derive(Clone, Debug)]
pub(crate) enum Change<'a> {
    /// A further policy.
    Add(PolicySource<'a>),
    /// A further group, with its policies.
    Join(&'a Group, Vec<PolicySource<'a>>),
    /// Another version of a managed policy in force.
    Replace(&'a Arn, &'a PolicyDocument),
    /// A policy taken away.
    Remove(PolicySource<'a>),
    /// A group left.
    Leave(&'a Group),
    /// Another permissions boundary, or none.
    Bound(Option<ManagedDocument<'a>>),
    /// Other tags, whichever.
    Tags,
}

impl<'a> PrincipalPermissions<'a> {
    /// The permissions after a change.
    pub(crate) fn after(&self, change: &Change<'a>) -> Self {
        let mut after = self.clone();
        match change {
            Change::Add(policy) => {
                // The principal's own come first.
                let own = |source: &PolicySource<'_>| policy.group.is_some() || source.group.is_none();
                let place = after.policies.iter().position(|source| !own(source)).unwrap_or(after.policies.len());
                after.policies.insert(place, *policy);
            }
            Change::Join(group, policies) => {
                after.groups.push(group);
                after.policies.extend(policies);
            }
            Change::Replace(arn, document) => {
                let places = after.policies.iter_mut().filter(|source| source.arn == Some(arn));
                places.for_each(|source| source.document = document);
                if let Some(boundary) = after.boundary.as_mut().filter(|boundary| boundary.arn == *arn) {
                    boundary.document = document;
                }
            }
            Change::Remove(policy) => after.policies.retain(|source| !policy.is(source)),
            Change::Leave(group) => {
                after.groups.retain(|other| other.identity != group.identity);
                after.policies.retain(|source| source.group != Some(group.identity.name.as_str()));
            }
            Change::Bound(boundary) => after.boundary = *boundary,
            Change::Tags => after.tags = None,
        }
        after
    }
}

impl PolicySource<'_> {
    /// Whether it is the same policy, come by in the same way.
    fn is(&self, other: &Self) -> bool {
        (self.group, self.name, self.arn) == (other.group, other.name, other.arn)
    }
}
