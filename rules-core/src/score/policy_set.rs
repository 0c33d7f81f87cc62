//! Identity policies and what guardrails them, judged apart and taken combined.

use std::sync::Arc;

use super::amount::Amount;
use super::compile::policy::CompiledPolicy;
use super::exposure::combined::{CombinedExposure, Contribution};
use super::exposure::guardrails::Guardrails;
use super::exposure::policy::PolicyExposure;
use super::report::lints::ineffective_resources;
use super::report::losses::Losses;
use super::{Grade, LeastPrivilegeScore, Loss, Score, points_of};
use crate::catalogue::ActionSet;

/// Identity policies with what each of them exposes.
#[derive(Debug)]
pub(crate) struct PolicySet<'a> {
    pub(crate) policies: Vec<Arc<CompiledPolicy<'a>>>,
    pub(crate) guardrails: Arc<Guardrails<'a>>,
    /// What each policy exposes of the actions on which nothing bears; it may say more of others, which is not asked.
    pub(crate) unguarded: Vec<Arc<PolicyExposure>>,
    /// What each policy exposes of the other actions, if there are any.
    pub(crate) guarded: Vec<Arc<PolicyExposure>>,
}

/// The score of a policy set, and its largest loss.
pub(crate) struct Summary {
    pub(crate) score: Score,
    pub(crate) grants_nothing: bool,
    pub(crate) largest_loss: Option<Loss>,
}

impl<'a> PolicySet<'a> {
    /// Policies under their own Denies and levels that must allow too.
    pub(crate) fn new(policies: Vec<Arc<CompiledPolicy<'a>>>, levels: &[Vec<Arc<CompiledPolicy<'a>>>]) -> Self {
        let guardrails = Guardrails::new(&policies, levels);
        let mut others = ActionSet::full();
        others.subtract(guardrails.guarded());
        let unguarded = policies.iter().map(|policy| Arc::new(PolicyExposure::unguarded(policy, &others))).collect();
        let guarded = match guardrails.is_none() {
            true => Vec::new(),
            false => policies.iter().map(|policy| Arc::new(PolicyExposure::guarded(policy, &guardrails))).collect(),
        };
        Self { policies, guardrails: Arc::new(guardrails), unguarded, guarded }
    }

    /// The score alone.
    pub(crate) fn score(&self) -> Score {
        let combined = self.combined();
        points_of(self.losses(&combined).total())
    }

    /// The score and the largest loss.
    pub(crate) fn summary(&self) -> Summary {
        let combined = self.combined();
        let losses = self.losses(&combined);
        let score = points_of(losses.total());
        Summary { score, grants_nothing: losses.total() == Amount::ZERO, largest_loss: losses.largest(score) }
    }

    /// The score with everything that is to be said about it.
    pub(crate) fn details(&self) -> LeastPrivilegeScore {
        let combined = self.combined();
        let losses = self.losses(&combined);
        let score = points_of(losses.total());
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
            lints: (0..)
                .zip(&self.policies)
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
        let mut parts = Vec::with_capacity(self.unguarded.len() + self.guarded.len());
        for (number, policy) in self.policies.iter().enumerate() {
            let unguarded = self.unguarded.get(number).map(|exposed| (exposed, false));
            let guarded = self.guarded.get(number).map(|exposed| (exposed, true));
            parts.extend(unguarded.into_iter().chain(guarded).map(|(exposed, is_guarded)| Contribution {
                number,
                policy,
                exposed,
                is_guarded,
            }));
        }
        CombinedExposure::new(parts, &self.guardrails)
    }

    fn losses<'t>(&'t self, combined: &'t CombinedExposure<'t, 'a>) -> Losses<'t, 't, 'a> {
        Losses::new(combined, &self.policies, &self.guardrails)
    }
}
