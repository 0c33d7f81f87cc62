//! Decides whether policies allow a request.
//!
//! The semantics are IAM's for one account: an explicit Deny in any layer wins, then some policy that grants must allow,
//! then every layer that limits, such as the permissions boundary and each level of service control policies, must allow
//! too.

mod condition;
mod context;
mod layers;
mod prepared;
mod principal;
mod reasons;
mod variables;

pub use condition::Truth;
pub(crate) use condition::test as test_condition;
pub use context::{Context, ContextValue, OtherKeys};
pub use layers::{Layer, PolicyLayers};
pub use prepared::PreparedLayers;
pub use reasons::{ConsideredStatement, Obstacle, Reasons};
pub(crate) use variables::{FilledIn, fill_in_literal, fill_in_pattern};

use crate::policy::{ActionElement, Effect, PolicyDocument, PolicyVersion, ResourceElement, Statement};

/// A request to decide.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `service:Name`, compared without regard to case.
    pub action: &'a str,
    /// An ARN, or `*` for an action without resources.
    pub resource: &'a str,
    /// The condition keys of the request.
    pub context: &'a Context,
}

/// How a decision treats conditions that cannot be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// The upper bound: an undecided condition counts as met in an Allow and as not met in a Deny.
    Possible,
    /// The certain part: an undecided condition counts as not met in an Allow and as met in a Deny.
    Certain,
    /// As [`Self::Possible`], and actions match as they are written: a Deny of `*:GetObject` denies that, although IAM
    /// does not document wildcards before the colon. For single requests.
    AsWritten,
}

/// The answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// Every layer allows the request, and no statement denies it.
    Allowed,
    /// A layer does not allow the request.
    ImplicitlyDenied,
    /// A statement denies the request.
    ExplicitlyDenied,
}

/// The statement that decided, by position.
///
/// Policies count from zero through the layers in order: those that grant, the permissions boundary, then each level of
/// service control policies, resource control policies and session policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementPosition {
    /// Zero-based index of the policy.
    pub policy: usize,
    /// Zero-based index of the statement in it.
    pub statement: usize,
}

/// A decision and the statement that caused it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The answer.
    pub decision: Decision,
    /// The statement that denied, or the first one that granted; none for an implicit denial.
    pub statement: Option<StatementPosition>,
}

impl Decided {
    /// An explicit Deny wins over any Allow in any layer, so that it is looked for first.
    fn by_layers(
        deny: impl FnOnce() -> Option<StatementPosition>,
        allow: impl FnOnce() -> Option<StatementPosition>,
        limits_are_open: impl FnOnce() -> bool,
    ) -> Self {
        if let Some(position) = deny() {
            return Self { decision: Decision::ExplicitlyDenied, statement: Some(position) };
        }
        match allow() {
            Some(position) if limits_are_open() => Self { decision: Decision::Allowed, statement: Some(position) },
            _ => Self { decision: Decision::ImplicitlyDenied, statement: None },
        }
    }
}

/// The statements of an effect, with their places. Documents come with their own.
fn statements<'a>(
    documents: impl Iterator<Item = (usize, &'a PolicyDocument)>,
    effect: Effect,
) -> impl Iterator<Item = (StatementPosition, PolicyVersion, &'a Statement)> {
    documents.flat_map(move |(policy, document)| {
        let of_effect = document.statements.iter().enumerate().filter(move |(_, one)| one.effect == effect);
        of_effect.map(move |(statement, one)| (StatementPosition { policy, statement }, document.version, one))
    })
}

fn find<'a>(
    documents: impl Iterator<Item = (usize, &'a PolicyDocument)>,
    effect: Effect,
    request: &Request<'_>,
    reading: Reading,
) -> Option<StatementPosition> {
    let applies = |(_, version, statement): &(_, PolicyVersion, &Statement)| {
        statement.is_about(request.action, reading) && statement.applies_where(*version, request, reading)
    };
    statements(documents, effect).find(applies).map(|(position, ..)| position)
}

impl Statement {
    /// Whether the statement is about this action.
    fn is_about(&self, action: &str, reading: Reading) -> bool {
        match (self.effect, reading) {
            // What IAM makes of a wildcard before the colon is not documented, so no protection is built on it.
            (Effect::Deny, Reading::Possible) => self.action.covers_for_certain(action),
            _ => self.action.covers(action),
        }
    }

    /// Whether the resource and the conditions are those of the request, under a reading of what cannot be decided.
    fn applies_where(&self, version: PolicyVersion, request: &Request<'_>, reading: Reading) -> bool {
        let accepted = |truth: Truth| self.accepts(truth, reading);
        accepted(self.resource_truth(version, request))
            && accepted(self.principal_truth(request))
            && self.conditions.iter().all(|test| accepted(condition::test(test, version, request.context)))
    }

    /// Whether a part of the statement counts as applying, under a reading of what cannot be decided.
    fn accepts(&self, truth: Truth, reading: Reading) -> bool {
        match (truth, reading) {
            (Truth::Holds, _) => true,
            (Truth::Fails, _) => false,
            (Truth::Undecided, Reading::Possible | Reading::AsWritten) => self.effect == Effect::Allow,
            (Truth::Undecided, Reading::Certain) => self.effect == Effect::Deny,
        }
    }

    fn resource_truth(&self, version: PolicyVersion, request: &Request<'_>) -> Truth {
        match &self.resource {
            None => Truth::Holds,
            Some(element) => element.covers(version, request.resource, request.context),
        }
    }

    fn principal_truth(&self, request: &Request<'_>) -> Truth {
        match &self.principal {
            None => Truth::Holds,
            Some(element) => element.covers(self.effect, request.context),
        }
    }

    /// Whether the conditions of the statement are met in `context`.
    #[must_use]
    pub fn conditions_in(&self, version: PolicyVersion, context: &Context) -> Truth {
        self.conditions.iter().map(|test| condition::test(test, version, context)).min().unwrap_or(Truth::Holds)
    }
}

impl ActionElement {
    /// Whether the element includes `action` (`service:Name`, in any case).
    #[must_use]
    pub fn covers(&self, action: &str) -> bool {
        let any =
            |patterns: &[String]| patterns.iter().any(|pattern| crate::glob::matches_ignore_case(pattern, action));
        match self {
            Self::Action(patterns) => any(patterns),
            Self::NotAction(patterns) => !any(patterns),
        }
    }
}

impl ActionElement {
    /// As [`Self::covers`], leaving out patterns whose meaning IAM does not document.
    fn covers_for_certain(&self, action: &str) -> bool {
        match self {
            Self::Action(patterns) => patterns.iter().any(|pattern| {
                !crate::policy::has_wildcard_service(pattern) && crate::glob::matches_ignore_case(pattern, action)
            }),
            Self::NotAction(_) => self.covers(action),
        }
    }
}

impl ResourceElement {
    /// Whether the element includes `resource`, with the values of policy variables from `context`.
    #[must_use]
    pub fn covers(&self, version: PolicyVersion, resource: &str, context: &Context) -> Truth {
        let best = self
            .patterns()
            .iter()
            .map(|pattern| variables::pattern_matches(pattern, version, resource, context))
            .max()
            .unwrap_or(Truth::Fails);
        match self {
            Self::Resource(_) => best,
            Self::NotResource(_) => best.negated(),
        }
    }
}
