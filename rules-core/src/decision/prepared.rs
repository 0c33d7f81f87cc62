//! Deciding many requests against the same policies.

use std::collections::HashMap;

use super::{Decided, PolicyLayers, Reading, Request, StatementPosition};
use crate::policy::{Effect, PolicyDocument, PolicyVersion, Statement};

/// How many actions are remembered. AWS has fewer, and requests with unknown names must not fill the memory.
const MOST_ACTIONS: usize = 1 << 15;

/// Policies with an index from actions to the statements that include them, so that a request is compared with these
/// statements only.
///
/// ```
/// use rules_core::decision::{Context, Decision, OtherKeys, PolicyLayers, PreparedLayers, Reading, Request};
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;
/// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
/// let layers = PolicyLayers::of_identity([&document]);
/// let mut prepared = PreparedLayers::new(layers, Reading::AsWritten);
/// let context = Context::new(OtherKeys::Absent);
/// let mut ask = |action| prepared.decide(&Request { action, resource: "arn:aws:s3:::b/k", context: &context }).decision;
/// assert_eq!(ask("s3:GetObject"), Decision::Allowed);
/// assert_eq!(ask("s3:PutObject"), Decision::ImplicitlyDenied);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct PreparedLayers<'a> {
    layers: PolicyLayers<'a>,
    reading: Reading,
    by_action: HashMap<String, Candidates<'a>>,
}

/// The statements that are about one action, in order.
#[derive(Clone, Debug)]
struct Candidates<'a> {
    denies: Vec<PreparedStatement<'a>>,
    allows: Vec<PreparedStatement<'a>>,
    /// What allows it in each limiting layer.
    limits: Vec<Vec<PreparedStatement<'a>>>,
}

#[derive(Clone, Copy, Debug)]
struct PreparedStatement<'a> {
    position: StatementPosition,
    version: PolicyVersion,
    statement: &'a Statement,
}

impl<'a> PreparedLayers<'a> {
    /// Prepares policies. The index of an action is built for the first request with the action.
    #[must_use]
    pub fn new(layers: PolicyLayers<'a>, reading: Reading) -> Self {
        Self { layers, reading, by_action: HashMap::new() }
    }

    /// The policies.
    #[must_use]
    pub fn layers(&self) -> &PolicyLayers<'a> {
        &self.layers
    }

    /// Decides one request, as [`PolicyLayers::decide`] does.
    pub fn decide(&mut self, request: &Request<'_>) -> Decided {
        if let Some(candidates) = self.by_action.get(request.action) {
            return candidates.decide(request, self.reading);
        }
        let candidates = Candidates::of(&self.layers, request.action, self.reading);
        let decided = candidates.decide(request, self.reading);
        if self.by_action.len() < MOST_ACTIONS {
            self.by_action.insert(request.action.to_owned(), candidates);
        }
        decided
    }
}

impl<'a> Candidates<'a> {
    fn of(layers: &PolicyLayers<'a>, action: &str, reading: Reading) -> Self {
        Self {
            denies: collect(layers.denying(action), Effect::Deny, action, reading),
            allows: collect(layers.granting().enumerate(), Effect::Allow, action, reading),
            limits: layers
                .limits()
                .map(|level| collect(level.iter().copied().enumerate(), Effect::Allow, action, reading))
                .collect(),
        }
    }

    fn decide(&self, request: &Request<'_>, reading: Reading) -> Decided {
        let first = |candidates: &[PreparedStatement<'_>]| {
            let applies = |one: &&PreparedStatement<'_>| one.statement.applies_where(one.version, request, reading);
            candidates.iter().find(applies).map(|one| one.position)
        };
        Decided::by_layers(
            || first(&self.denies),
            || first(&self.allows),
            || self.limits.iter().all(|level| first(level).is_some()),
        )
    }
}

fn collect<'a>(
    documents: impl Iterator<Item = (usize, &'a PolicyDocument)>,
    effect: Effect,
    action: &str,
    reading: Reading,
) -> Vec<PreparedStatement<'a>> {
    super::statements(documents, effect)
        .filter(|(_, _, statement)| statement.is_about(action, reading))
        .map(|(position, version, statement)| PreparedStatement { position, version, statement })
        .collect()
}
