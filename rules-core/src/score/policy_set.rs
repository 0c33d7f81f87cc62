//! Identity policies and their guardrails: what each policy exposes, taken together into one score.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::amount::Amount;
use super::compile::layer::CompiledLayer;
use super::compile::policy::{CompiledPolicy, PolicyIndex};
use super::compile::principal::KnownPrincipal;
use super::definition::{Definition, ScoreVersion};
use super::exposure::combined::{CombinedExposure, Contribution};
use super::exposure::guardrails::Guardrails;
use super::exposure::passed_roles::PassedRoles;
use super::exposure::policy::PolicyExposure;
use super::exposure::settable_tags;
use super::indexed::Indexed;
use super::points::{Grade, Score};
use super::reached::ReachedAdministrator;
use super::report::lints::{Lint, ineffective_resources};
use super::report::losses::{Loss, Losses};
use crate::catalogue::ActionSet;

/// The score of a policy, with its losses and lints.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LeastPrivilegeScore {
    /// The version of the score.
    pub version: ScoreVersion,
    /// The score.
    pub score: Score,
    /// The score in one letter.
    pub grade: Grade,
    /// Whether the policies allow nothing.
    pub grants_nothing: bool,
    /// The percentage of the action patterns that match actions in the catalogue.
    pub coverage: u8,
    /// Action patterns that are not in the catalogue, as written.
    pub unknown: Vec<String>,
    /// Services whose future actions are allowed too, by a wildcard.
    pub drift: Vec<String>,
    /// The lost points, largest loss first; they add up to 100 minus the score.
    pub losses: Vec<Loss>,
    /// The parts of the policies that have no effect, in the order of policies and statements.
    pub lints: Vec<Lint>,
}

/// Identity policies with what each of them exposes.
pub(crate) struct PolicySet<'a> {
    pub(crate) policies: Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
    /// The layers that limit them.
    pub(crate) limits: Vec<CompiledLayer<Arc<CompiledPolicy<'a>>>>,
    pub(crate) known: KnownPrincipal,
    pub(crate) guardrails: Arc<Guardrails<'a>>,
    /// What each policy exposes of the actions that have no guardrails; it may say more of others, which does not count.
    pub(crate) unguarded: Indexed<PolicyIndex, Arc<PolicyExposure>>,
    /// What each policy exposes of the other actions; empty when there are no guardrails.
    pub(crate) guarded: Indexed<PolicyIndex, Arc<PolicyExposure>>,
}

/// The score of a policy set, and its largest loss.
pub(crate) struct Summary {
    pub(crate) score: Score,
    pub(crate) grants_nothing: bool,
    pub(crate) largest_loss: Option<Loss>,
}

impl<'a> PolicySet<'a> {
    /// Policies under their own Denies and the layers that limit them.
    pub(crate) fn new(
        policies: Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
        limits: &[CompiledLayer<Arc<CompiledPolicy<'a>>>],
        known: &KnownPrincipal,
        definition: &'static Definition,
    ) -> Self {
        let mut policies = policies;
        if let Some(together) = CompiledPolicy::together(&policies, definition).filter(|_| policies.len() > 1) {
            policies.push(Arc::new(together));
        }
        let setting = settable_tags::setting(&policies, limits, definition);
        let guardrails = Guardrails::new(&policies, limits, setting);
        let setting = &guardrails.setting;
        let mut others = ActionSet::full();
        others.subtract(guardrails.guarded());
        let unguarded =
            policies.iter().map(|policy| Arc::new(PolicyExposure::unguarded(policy, &others, setting))).collect();
        let guarded = match guardrails.is_none() {
            true => Indexed::default(),
            false => policies.iter().map(|policy| Arc::new(PolicyExposure::guarded(policy, &guardrails))).collect(),
        };
        let (limits, known) = (limits.to_vec(), known.clone());
        Self { policies, limits, known, guardrails: Arc::new(guardrails), unguarded, guarded }
    }

    /// The score alone.
    pub(crate) fn score(&self) -> Score {
        Score::of(Losses::new(&self.combined()).total())
    }

    /// The score and the largest loss.
    pub(crate) fn summary(&self, reached: Option<&ReachedAdministrator>) -> Summary {
        let combined = self.combined();
        let losses = Losses::new(&combined).reaching(reached);
        let score = losses.score();
        Summary { score, grants_nothing: losses.total() == Amount::ZERO, largest_loss: losses.largest(score) }
    }

    /// The score with everything that is to be said about it.
    pub(crate) fn details(&self, reached: Option<&ReachedAdministrator>) -> LeastPrivilegeScore {
        assemble(&self.combined(), reached)
    }

    pub(crate) fn combined(&self) -> CombinedExposure<'_, 'a> {
        let unguarded = self.unguarded.enumerate().map(|(policy, exposure)| (policy, exposure, false));
        let guarded = self.guarded.enumerate().map(|(policy, exposure)| (policy, exposure, true));
        let mut contributions: Vec<Contribution<'_>> = unguarded
            .chain(guarded)
            .map(|(policy, exposure, is_guarded)| Contribution { policy, exposure, is_guarded })
            .collect();
        contributions.sort_by_key(|contribution| contribution.policy);
        let setting = &self.guardrails.setting;
        let passed_roles = match setting.definition.version {
            ScoreVersion::V1 => None,
            ScoreVersion::V2 => PassedRoles::new(&self.policies, &self.limits, &self.known, setting),
        };
        CombinedExposure::new(&self.policies, contributions.into_iter().collect(), &self.guardrails, passed_roles)
    }
}

/// The score of policies that are combined, with everything that is to be said about it.
pub(crate) fn assemble(
    combined: &CombinedExposure<'_, '_>,
    reached: Option<&ReachedAdministrator>,
) -> LeastPrivilegeScore {
    let (policies, definition) = (combined.policies(), combined.definition());
    let losses = Losses::new(combined).reaching(reached);
    let score = losses.score();
    let count = |of: fn(&CompiledPolicy<'_>) -> usize| policies.iter().map(|policy| of(policy)).sum::<usize>();
    let (patterns, known) = (count(|policy| policy.patterns), count(|policy| policy.known_patterns));
    let coverage = (known * 100).checked_div(patterns).and_then(|percent| u8::try_from(percent).ok()).unwrap_or(100);
    let mut drift: Vec<String> = policies.iter().flat_map(|policy| policy.drift.iter().cloned()).collect();
    drift.sort();
    drift.dedup();
    LeastPrivilegeScore {
        version: definition.version,
        score,
        grade: Grade::of(score),
        grants_nothing: losses.total() == Amount::ZERO,
        coverage,
        unknown: unknown_names(policies),
        drift,
        losses: losses.all(score),
        lints: policies
            .enumerate()
            .flat_map(|(number, policy)| ineffective_resources(number, policy, definition))
            .collect(),
    }
}

/// Unknown patterns in order, each once, as written first.
fn unknown_names(policies: &Indexed<PolicyIndex, Arc<CompiledPolicy<'_>>>) -> Vec<String> {
    let mut names = BTreeMap::new();
    for (lower, name) in policies.iter().flat_map(|policy| &policy.unknown_names) {
        names.entry(lower).or_insert(name);
    }
    names.into_values().cloned().collect()
}
