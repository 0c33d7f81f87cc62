//! The elements that a document of each policy type can have.

use super::diagnostic::has_wildcard_service;
use super::{
    ActionElement, Effect, PolicyType, PrincipalElement, PrincipalKind, Principals, ResourceElement, Statement,
};

/// What a document of one type may say.
#[derive(Clone, Copy)]
pub(super) struct Grammar {
    pub(super) principal: Presence,
    pub(super) resource: Presence,
    /// Whether the document has to say `"Version": "2012-10-17"`.
    pub(super) needs_version: bool,
    /// Whether AWS accepts only letters and digits in statement ids, and each id once.
    pub(super) plain_sids: bool,
    /// What AWS takes as resources.
    pub(super) arns: Arns,
    /// What else is wrong with a statement.
    pub(super) check: fn(&Statement) -> Result<(), &'static str>,
}

/// What AWS takes as resources of a new policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arns {
    /// `*` or an ARN, whose last parts may be missing.
    PartOrStar,
    /// `*` or an ARN with all parts, or one that ends in `*`.
    WholeOrStar,
    /// What the service takes that has the resource.
    Unchecked,
}

/// Whether a statement has an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    Required,
    Optional,
    Forbidden,
}

impl PolicyType {
    pub(super) fn grammar(self) -> Grammar {
        // Of a policy that a user or role has.
        let of_principal = Grammar {
            principal: Presence::Forbidden,
            resource: Presence::Required,
            needs_version: false,
            plain_sids: true,
            arns: Arns::PartOrStar,
            check: |_| Ok(()),
        };
        let of_organization = Grammar { plain_sids: false, arns: Arns::WholeOrStar, ..of_principal };
        match self {
            Self::Identity | Self::Group | Self::PermissionsBoundary | Self::Session => of_principal,
            Self::ServiceControl => of_organization,
            Self::ResourceControl => Grammar {
                principal: Presence::Required,
                needs_version: true,
                check: check_resource_control,
                ..of_organization
            },
            Self::Resource => Grammar {
                principal: Presence::Required,
                resource: Presence::Optional,
                plain_sids: false,
                arns: Arns::Unchecked,
                ..of_principal
            },
            Self::Trust => Grammar { principal: Presence::Required, resource: Presence::Forbidden, ..of_principal },
        }
    }
}

impl Statement {
    /// Refuses a statement that a document of this type cannot have.
    pub(super) fn check(&self, policy_type: PolicyType) -> Result<(), String> {
        let grammar = policy_type.grammar();
        let check = |presence, is_there, names| match (presence, is_there) {
            (Presence::Forbidden, true) => Err(format!("{names} is not allowed in a policy of type `{policy_type}`")),
            (Presence::Required, false) => Err(format!("{names} is required in a policy of type `{policy_type}`")),
            (Presence::Forbidden, false) | (Presence::Required, true) | (Presence::Optional, _) => Ok(()),
        };
        check(grammar.principal, self.principal.is_some(), "`Principal`")?;
        let resource = match grammar.resource {
            Presence::Required => "`Resource` or `NotResource`",
            Presence::Optional | Presence::Forbidden => "`Resource`",
        };
        check(grammar.resource, self.resource.is_some(), resource)?;
        (grammar.check)(self).map_err(|problem| format!("{problem} in a policy of type `{policy_type}`"))
    }
}

/// A resource control policy denies actions of named services to all principals. The only Allow is that of
/// `RCPFullAWSAccess`, which AWS attaches everywhere.
fn check_resource_control(statement: &Statement) -> Result<(), &'static str> {
    match &statement.principal {
        Some(PrincipalElement::Principal(principals)) if is_everyone(principals) => {}
        Some(PrincipalElement::NotPrincipal(_)) => return Err("`NotPrincipal` is not allowed"),
        Some(PrincipalElement::Principal(_)) | None => return Err("`Principal` must be `*`"),
    }
    let ActionElement::Action(patterns) = &statement.action else {
        return Err("`NotAction` is not allowed");
    };
    match statement.effect {
        Effect::Allow if allows_everything(statement) => Ok(()),
        Effect::Allow => Err("`Allow` is not allowed, except in the statement of RCPFullAWSAccess,"),
        Effect::Deny if patterns.iter().any(|pattern| has_wildcard_service(pattern) || !pattern.contains(':')) => {
            Err("an action without a service prefix is not allowed")
        }
        Effect::Deny => Ok(()),
    }
}

fn is_everyone(principals: &Principals) -> bool {
    match principals {
        Principals::Everyone => true,
        Principals::Listed(listed) => {
            listed.iter().all(|principal| principal.kind == PrincipalKind::Aws && principal.value == "*")
        }
    }
}

fn allows_everything(statement: &Statement) -> bool {
    let everything = |element: &ResourceElement| matches!(element, ResourceElement::Resource(patterns) if patterns.iter().all(|pattern| pattern.as_str() == "*"));
    statement.action.patterns() == ["*"]
        && statement.resource.as_ref().is_some_and(everything)
        && statement.conditions.is_empty()
}
