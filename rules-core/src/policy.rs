//! Policy documents of AWS Identity and Access Management.
//!
//! The parser is strict where a misreading would change a verdict: duplicate keys, unknown elements and unresolved
//! template functions are errors that name a path. It is lenient where IAM is lenient: a single value can replace a
//! list, keys are in any order, and unknown names of services and actions are kept.

mod check;
mod condition;
mod condition_value;
mod diagnostic;
mod grammar;
mod operator;
mod policy_type;
mod read;
mod resource_pattern;
mod write;

pub use condition::{Condition, ConditionKey};
pub(crate) use condition_value::{Network, boolean, date, is_well_formed, number};
pub use diagnostic::Diagnostic;
pub(crate) use diagnostic::has_wildcard_service;
pub use operator::{Comparison, ConditionOperator, SetOperator};
pub use policy_type::{LayerRole, PolicyType};
pub use resource_pattern::ResourcePattern;
pub(crate) use resource_pattern::only_stars;

use crate::json::{self, JsonError};

/// A policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyDocument {
    /// The version of the policy language, which decides whether policy variables are expanded.
    pub version: PolicyVersion,
    /// The document's `Id`, if it has one. It has no effect.
    pub id: Option<String>,
    /// The statements in the order of the document.
    pub statements: Vec<Statement>,
}

/// The version of the policy language a document is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyVersion {
    /// `2008-10-17`, also for a document without `Version`: policy variables are literal text.
    V2008,
    /// `2012-10-17`: policy variables are expanded.
    V2012,
}

/// One statement of a policy document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The statement's `Sid`, absent when it has none or an empty one.
    pub sid: Option<String>,
    /// Whether the statement allows or denies.
    pub effect: Effect,
    /// The principals; absent in identity policies.
    pub principal: Option<PrincipalElement>,
    /// The resource.
    pub action: ActionElement,
    /// The resources; absent in trust policies.
    pub resource: Option<ResourceElement>,
    /// The conditions, all of which must be met.
    pub conditions: Vec<Condition>,
}

/// Whether a statement allows or denies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Allows, unless another statement denies.
    Allow,
    /// Denies, even if another statement allows.
    Deny,
}

/// The `Action` or `NotAction` element; the list is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActionElement {
    /// The actions that match one of these patterns.
    Action(Vec<String>),
    /// The actions that match none of these patterns.
    NotAction(Vec<String>),
}

/// The `Resource` or `NotResource` element; the list is never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResourceElement {
    /// The resources that match one of these patterns.
    Resource(Vec<ResourcePattern>),
    /// The resources that match none of these patterns.
    NotResource(Vec<ResourcePattern>),
}

/// The `Principal` or `NotPrincipal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrincipalElement {
    /// Those named.
    Principal(Principals),
    /// Everyone but those named.
    NotPrincipal(Principals),
}

/// The principals that an element names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principals {
    /// `"*"`.
    Everyone,
    /// Principals by kind, never empty.
    Listed(Vec<Principal>),
}

/// One principal of a `Principal` element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The kind of identity.
    pub kind: PrincipalKind,
    /// An ARN, account id, unique id, service name, provider or `*`.
    pub value: String,
}

/// The kinds of identity a `Principal` element can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An account, user, role or session.
    Aws,
    /// An AWS service.
    Service,
    /// An identity provider.
    Federated,
    /// An S3 canonical user.
    CanonicalUser,
}

/// The limits above which a document is refused.
///
/// The defaults are higher than the limits of IAM, and low enough that hostile input costs little time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyLimits {
    /// Characters of the decoded document, without whitespace, which IAM does not count either.
    pub characters: usize,
    /// Statements of a document.
    pub statements: usize,
    /// Strings in one list.
    pub strings: usize,
}

/// The reason why a policy document was refused, with the path, and the line and column if known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParsePolicyError(JsonError);

impl Default for PolicyLimits {
    fn default() -> Self {
        // IAM takes at most 131,072 characters in a request, but AWS's own policies are longer: the one that the support
        // service's role carries in every account has 152,297.
        Self { characters: 196_608, statements: 2_000, strings: 10_000 }
    }
}

impl PolicyLimits {
    /// No limits: for documents whose source is trusted.
    pub const UNLIMITED: Self = Self { characters: usize::MAX, statements: usize::MAX, strings: usize::MAX };
}

impl PolicyDocument {
    /// Reads a document from JSON text.
    ///
    /// ```
    /// use rules_core::policy::{PolicyDocument, PolicyType};
    /// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    /// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
    /// assert_eq!(document.statements.len(), 1);
    /// # Ok::<(), rules_core::policy::ParsePolicyError>(())
    /// ```
    ///
    /// # Errors
    /// When the text is not JSON, is longer than IAM takes, or is not a policy document of this type.
    pub fn parse(text: &str, policy_type: PolicyType) -> Result<Self, ParsePolicyError> {
        Self::parse_within(text, policy_type, PolicyLimits::default())
    }

    /// Reads a document as [`Self::parse`] does, with these limits.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_within(text: &str, policy_type: PolicyType, limits: PolicyLimits) -> Result<Self, ParsePolicyError> {
        // Bytes bound characters from above, so that most documents are not counted.
        let counted = || text.chars().filter(|character| !character.is_ascii_whitespace()).count();
        if text.len() > limits.characters && counted() > limits.characters {
            let message = format!("the document is longer than {} characters", limits.characters);
            return Err(ParsePolicyError(JsonError::at("$", message)));
        }
        json::read(text, read::DocumentSeed { policy_type, limits }).map_err(ParsePolicyError)
    }

    /// Reads a document from a file's bytes: UTF-8 with or without a byte order mark, JSON or percent-encoded JSON.
    ///
    /// # Errors
    /// As [`Self::parse_encoded`], and when the bytes are not UTF-8.
    pub fn parse_bytes(bytes: &[u8], policy_type: PolicyType) -> Result<Self, ParsePolicyError> {
        Self::parse_encoded(&json::text(bytes).map_err(ParsePolicyError)?, policy_type)
    }

    /// Reads a document as IAM and AWS Config deliver it: JSON text, or the same percent-encoded once.
    ///
    /// # Errors
    /// As [`Self::parse`], and when the encoding is damaged or was applied twice.
    pub fn parse_encoded(text: &str, policy_type: PolicyType) -> Result<Self, ParsePolicyError> {
        let refuse = |message: &str| Err(ParsePolicyError(JsonError::at("$", message)));
        if !text.trim_start().starts_with('%') {
            return Self::parse(text, policy_type);
        }
        let decoded = match crate::percent::decode(text) {
            Ok(decoded) => decoded,
            Err(error) => return refuse(&error.to_string()),
        };
        if decoded.trim_start().starts_with('%') {
            return refuse("the document is percent-encoded twice");
        }
        Self::parse(&decoded, policy_type)
    }
}

impl Statement {
    /// The name of a statement in findings: its `Sid`, or else its zero-based index in the document.
    #[must_use]
    pub fn label(&self, index: usize) -> String {
        self.sid.clone().unwrap_or_else(|| index.to_string())
    }
}

impl ActionElement {
    /// `Action` or `NotAction`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Action(_) => "Action",
            Self::NotAction(_) => "NotAction",
        }
    }

    /// The patterns, of either form.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        match self {
            Self::Action(patterns) | Self::NotAction(patterns) => patterns,
        }
    }
}

impl ResourceElement {
    /// `Resource` or `NotResource`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Resource(_) => "Resource",
            Self::NotResource(_) => "NotResource",
        }
    }

    /// The patterns, of either form.
    #[must_use]
    pub fn patterns(&self) -> &[ResourcePattern] {
        match self {
            Self::Resource(patterns) | Self::NotResource(patterns) => patterns,
        }
    }
}

impl ParsePolicyError {
    /// The place in the document, such as `$.Statement[0].Action`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// One-based line and column in the document's text, where known.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.0.position()
    }
}
