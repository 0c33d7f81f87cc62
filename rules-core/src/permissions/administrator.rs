//! Which principals are full administrators.
//!
//! A full administrator has an Allow that spans all services on all resources in every layer, even if
//! other statements exclude some, and can undo every exclusion, because it can still grant itself more permissions.

use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use super::{PrincipalPermissions, PrincipalType, RequestMfa, allows, granted};
use crate::decision::{Context, PolicyLayers, Reading, Request, Truth};
use crate::policy::{
    ActionElement, Effect, PolicyDocument, PolicyType, PolicyVersion, ResourceElement, ResourcePattern, Statement,
};
use crate::text::visible;

/// An action that no policy can name, so that only a wildcard or a complement covers it.
const FRESH_ACTION: &str = "\u{f0003}:\u{f0003}";

/// The statement that makes a principal an administrator, for display.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Witness {
    /// The group it comes from, if any.
    pub group: Option<String>,
    /// The policy's name.
    pub policy: String,
    /// The statement in the policy: its `Sid`, or else its zero-based index.
    pub statement: String,
    /// Whether the grant is certain, and does not depend on conditions that are not known to be met.
    pub proven: bool,
    /// The condition keys that the grant depends on and that are not known to be met.
    pub conditional_on: Vec<String>,
}

/// The definition of an administrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdminDefinition {
    /// A principal that is an administrator by all its policies, after Deny and the permissions boundary, and also a
    /// principal that can become one. [`Reach::of`](crate::reach::Reach::of) finds the second kind.
    #[default]
    EffectiveOrEscalating,
    /// A principal that is an administrator by all its policies, after Deny and the permissions boundary.
    Effective,
    /// A principal that is an administrator by attached managed policies only, its own and those of its groups, without
    /// its boundary.
    AttachedPolicy,
}

impl AdminDefinition {
    /// Every definition.
    pub const ALL: [Self; 3] = [Self::EffectiveOrEscalating, Self::Effective, Self::AttachedPolicy];

    /// The value of the rule parameter `adminDefinition`, such as `effective-or-escalating`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EffectiveOrEscalating => "effective-or-escalating",
            Self::Effective => "effective",
            Self::AttachedPolicy => "attached-policy",
        }
    }
}

impl fmt::Display for AdminDefinition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is not the name of an [`AdminDefinition`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown definition of an administrator `{}`: expected effective-or-escalating, effective or attached-policy", visible(.0, 60))]
pub struct UnknownAdminDefinition(String);

impl FromStr for AdminDefinition {
    type Err = UnknownAdminDefinition;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|definition| definition.as_str() == text);
        found.ok_or_else(|| UnknownAdminDefinition(text.to_owned()))
    }
}

impl<'a> PrincipalPermissions<'a> {
    /// The statement that makes the principal a full administrator; none if it is not one. A grant under conditions
    /// counts, unless the conditions can never be met.
    #[must_use]
    pub fn administrator(&self, definition: AdminDefinition, mfa: RequestMfa) -> Option<Witness> {
        let mut sources = self.policies.clone();
        if definition == AdminDefinition::AttachedPolicy {
            sources.retain(|source| source.arn.is_some());
        }
        // Most principals have no such Allow, and nothing else has to be looked at.
        if !sources.iter().any(|source| grants_everything(source.document)) {
            return None;
        }
        let layers = match definition {
            AdminDefinition::EffectiveOrEscalating | AdminDefinition::Effective => self.limited(granted(&sources)),
            AdminDefinition::AttachedPolicy => granted(&sources),
        };
        let context = self.context(mfa);
        let proven = self.spans_and_self_grants(&layers, &context, Reading::Certain);
        let (policy, statement) =
            proven.or_else(|| self.spans_and_self_grants(&layers, &context, Reading::Possible))?;
        let source = sources.get(policy)?;
        let found = source.document.statements.get(statement)?;
        Some(Witness {
            group: source.group.map(str::to_owned),
            policy: source.name.to_owned(),
            statement: found.label(statement),
            proven: proven.is_some(),
            conditional_on: if proven.is_some() { Vec::new() } else { self.undecided_keys(&layers, found) },
        })
    }

    /// The policy and statement that span everything, if every layer has one and a self-grant stays open.
    fn spans_and_self_grants(
        &self,
        layers: &PolicyLayers<'_>,
        context: &Context,
        reading: Reading,
    ) -> Option<(usize, usize)> {
        let found = spanning(layers.granting(), context, reading)?;
        let limits_span = layers.limits().all(|level| spanning(level.iter().copied(), context, reading).is_some());
        (limits_span && self.can_grant_itself(layers, context, reading)).then_some(found)
    }

    /// Whether the principal may put or attach a policy on itself or on a group it is in.
    fn can_grant_itself(&self, layers: &PolicyLayers<'_>, context: &Context, reading: Reading) -> bool {
        let own = match self.kind {
            PrincipalType::User => ["iam:PutUserPolicy", "iam:AttachUserPolicy"],
            PrincipalType::Role => ["iam:PutRolePolicy", "iam:AttachRolePolicy"],
        };
        let on_itself = own.map(|action| (action, self.identity.arn.as_str()));
        let on_groups = self.groups.iter().flat_map(|group| {
            ["iam:PutGroupPolicy", "iam:AttachGroupPolicy"].map(|action| (action, group.identity.arn.as_str()))
        });
        on_itself.into_iter().chain(on_groups).any(|(action, resource)| {
            let truth = allows(layers, &Request { action, resource, context });
            truth == Truth::Holds || (truth == Truth::Undecided && reading == Reading::Possible)
        })
    }

    /// The keys of conditions that could not be decided, on the grant or on a Deny.
    fn undecided_keys(&self, layers: &PolicyLayers<'_>, grant: &Statement) -> Vec<String> {
        let self_grant = match self.kind {
            PrincipalType::User => "iam:PutUserPolicy",
            PrincipalType::Role => "iam:PutRolePolicy",
        };
        let denials = layers
            .set_by_account()
            .flat_map(|document| &document.statements)
            .filter(|statement| statement.effect == Effect::Deny && statement.action.covers(self_grant));
        let boundary = layers.of_type(PolicyType::PermissionsBoundary).flat_map(|document| &document.statements);
        let mut keys: Vec<String> = std::iter::once(grant)
            .chain(denials)
            .chain(boundary.filter(|statement| statement.effect == Effect::Allow))
            .flat_map(|statement| &statement.conditions)
            .map(|condition| visible(condition.key.as_str(), 60))
            .collect();
        keys.sort();
        keys.dedup();
        keys
    }
}

impl Witness {
    /// The names from the principal to the grant: principal, group if any, policy.
    #[must_use]
    pub fn path(&self, principal: &str) -> Vec<String> {
        let names = [Some(principal), self.group.as_deref(), Some(self.policy.as_str())];
        names.into_iter().flatten().map(str::to_owned).collect()
    }

    /// The path in words, with long names shortened so that it fits into an annotation.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = String::new();
        if let Some(group) = &self.group {
            words.push_str(&format!("group {} -> ", visible(group, 40)));
        }
        words.push_str(&format!("policy {}, statement {}", visible(&self.policy, 48), visible(&self.statement, 32)));
        if !self.conditional_on.is_empty() {
            words.push_str(&format!(", if {}", visible(&self.conditional_on.join(", "), 48)));
        }
        words
    }
}

/// A policy that grants everything.
pub(crate) fn allow_everything() -> &'static PolicyDocument {
    static DOCUMENT: OnceLock<PolicyDocument> = OnceLock::new();
    DOCUMENT.get_or_init(|| allow("*"))
}

/// A policy that grants all of IAM.
pub(crate) fn allow_iam() -> &'static PolicyDocument {
    static DOCUMENT: OnceLock<PolicyDocument> = OnceLock::new();
    DOCUMENT.get_or_init(|| allow("iam:*"))
}

fn allow(action: &str) -> PolicyDocument {
    PolicyDocument {
        version: PolicyVersion::V2012,
        id: None,
        statements: vec![Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: ActionElement::Action(vec![action.to_owned()]),
            resource: Some(ResourceElement::Resource(vec![ResourcePattern::new("*".to_owned())])),
            conditions: Vec::new(),
        }],
    }
}

/// Whether some Allow of the document spans all services on all resources, whatever its conditions.
pub(crate) fn grants_everything(document: &PolicyDocument) -> bool {
    document.statements.iter().any(spans)
}

pub(crate) fn spans(statement: &Statement) -> bool {
    statement.effect == Effect::Allow && spans_resources(statement) && spans_actions(&statement.action)
}

/// The first Allow of a layer that spans all services on all resources.
fn spanning<'a>(
    mut documents: impl Iterator<Item = &'a PolicyDocument>,
    context: &Context,
    reading: Reading,
) -> Option<(usize, usize)> {
    documents.by_ref().enumerate().find_map(|(policy, document)| {
        let is_open = |statement: &Statement| {
            spans(statement)
                && match statement.conditions_in(document.version, context) {
                    Truth::Holds => true,
                    Truth::Undecided => reading == Reading::Possible,
                    Truth::Fails => false,
                }
        };
        document.statements.iter().position(is_open).map(|statement| (policy, statement))
    })
}

pub(super) fn spans_actions(element: &ActionElement) -> bool {
    element.covers(FRESH_ACTION)
}

fn spans_resources(statement: &Statement) -> bool {
    match &statement.resource {
        Some(ResourceElement::Resource(patterns)) => patterns.iter().any(|pattern| pattern.is_everything()),
        Some(ResourceElement::NotResource(patterns)) => !patterns.iter().any(|pattern| pattern.is_everything()),
        None => false,
    }
}
