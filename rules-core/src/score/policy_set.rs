//! Identity policies and their guardrails: what each policy exposes, taken together into one score.

use std::sync::Arc;

use super::amount::Amount;
use super::compile::layer::CompiledLayer;
use super::compile::policy::{CompiledPolicy, PolicyIndex};
use super::exposure::combined::{CombinedExposure, Contribution};
use super::exposure::guardrails::Guardrails;
use super::exposure::policy::PolicyExposure;
use super::indexed::Indexed;
use super::points::{Grade, Score};
use super::report::lints::{Lint, ineffective_resources};
use super::report::losses::{Loss, Losses};
use crate::catalogue::ActionSet;

/// What a policy scores, and why not more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeastPrivilegeScore {
    /// The score.
    pub score: Score,
    /// The score in one letter.
    pub grade: Grade,
    /// Whether nothing at all is allowed.
    pub grants_nothing: bool,
    /// Which share of the action patterns the catalogue knows, in percent, 0 to 100.
    pub coverage: u8,
    /// Action patterns that name services or actions outside the catalogue, as written.
    pub unknown: Vec<String>,
    /// Services whose future actions are granted too, by wildcard.
    pub drift: Vec<String>,
    /// Where the points went, largest first; they add up to 100 minus the score.
    pub losses: Vec<Loss>,
    /// What the policies say to no effect, in the order of policies and statements.
    pub lints: Vec<Lint>,
}

/// Identity policies with what each of them exposes.
#[derive(Debug)]
pub(crate) struct PolicySet<'a> {
    pub(crate) policies: Indexed<PolicyIndex, Arc<CompiledPolicy<'a>>>,
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
    ) -> Self {
        let guardrails = Guardrails::new(&policies, limits);
        let mut others = ActionSet::full();
        others.subtract(guardrails.guarded());
        let unguarded = policies.iter().map(|policy| Arc::new(PolicyExposure::unguarded(policy, &others))).collect();
        let guarded = match guardrails.is_none() {
            true => Indexed::default(),
            false => policies.iter().map(|policy| Arc::new(PolicyExposure::guarded(policy, &guardrails))).collect(),
        };
        Self { policies, guardrails: Arc::new(guardrails), unguarded, guarded }
    }

    /// The score alone.
    pub(crate) fn score(&self) -> Score {
        Score::of(Losses::new(&self.combined()).total())
    }

    /// The score and the largest loss.
    pub(crate) fn summary(&self) -> Summary {
        let combined = self.combined();
        let losses = Losses::new(&combined);
        let score = Score::of(losses.total());
        Summary { score, grants_nothing: losses.total() == Amount::ZERO, largest_loss: losses.largest(score) }
    }

    /// The score with everything that is to be said about it.
    pub(crate) fn details(&self) -> LeastPrivilegeScore {
        let combined = self.combined();
        let losses = Losses::new(&combined);
        let score = Score::of(losses.total());
        let count = |of: fn(&CompiledPolicy<'_>) -> usize| self.policies.iter().map(|policy| of(policy)).sum::<usize>();
        let (patterns, known) = (count(|policy| policy.patterns), count(|policy| policy.known_patterns));
        let coverage =
            (known * 100).checked_div(patterns).and_then(|percent| u8::try_from(percent).ok()).unwrap_or(100);
        let mut drift: Vec<String> = self.policies.iter().flat_map(|policy| policy.drift.iter().cloned()).collect();
        drift.sort();
        drift.dedup();
        LeastPrivilegeScore {
            score,
            grade: Grade::of(score),
            grants_nothing: losses.total() == Amount::ZERO,
            coverage,
            unknown: self.unknown_names(),
            drift,
            losses: losses.all(score),
            lints: self
                .policies
                .enumerate()
                .flat_map(|(number, policy)| ineffective_resources(number, policy))
                .collect(),
        }
    }

    /// Unknown patterns in order, each once, as written first.
    fn unknown_names(&self) -> Vec<String> {
        let mut names = std::collections::BTreeMap::new();
        for (lower, name) in self.policies.iter().flat_map(|policy| &policy.unknown_names) {
            names.entry(lower).or_insert(name);
        }
        names.into_values().cloned().collect()
    }

    fn combined(&self) -> CombinedExposure<'_, 'a> {
        let unguarded = self.unguarded.enumerate().map(|(policy, exposure)| (policy, exposure, false));
        let guarded = self.guarded.enumerate().map(|(policy, exposure)| (policy, exposure, true));
        let mut contributions: Vec<Contribution<'_>> = unguarded
            .chain(guarded)
            .map(|(policy, exposure, is_guarded)| Contribution { policy, exposure, is_guarded })
            .collect();
        contributions.sort_by_key(|contribution| contribution.policy);
        CombinedExposure::new(&self.policies, contributions.into_iter().collect(), &self.guardrails)
    }
}
