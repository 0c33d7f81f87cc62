//! The score of principals: all their policies together, under the layers that limit them.

use super::known::KnownPrincipal;
use super::{Grade, LeastPrivilegeScore, Loss, Score, score_known};
use crate::decision::{Context, PolicyLayers};

/// Scores the principals of an account, one after the other.
///
/// What is asked of each principal is its layers and what is known of it: a [`Context`] with the keys that say who calls,
/// such as `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:username`, `aws:userid` and `aws:PrincipalTag/team`. Tests of
/// these hold or fail then, and variables such as `${aws:username}` have their value. Whatever else the context says is
/// left out: a score is about every call that a principal can make. Tests of what is not known cost a dimension, as they
/// do in [`score`](super::score()). Where the tags are all known, say so with [`Context::set_complete`]; a role's session
/// may bring more.
///
/// Layers that are not known can only raise the score.
///
/// One scorer serves all principals: it remembers what it worked out for documents that it has seen before.
///
/// ```
/// use rules_core::decision::{Context, ContextValue, OtherKeys, PolicyLayers};
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// use rules_core::score::PrincipalScorer;
///
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",
///     "Condition":{"StringEquals":{"aws:PrincipalTag/team":"data"}}}}"#;
/// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
/// let layers = PolicyLayers { identity: vec![&document], ..PolicyLayers::default() };
/// let mut scorer = PrincipalScorer::new();
/// let of_team = |team: &str| {
///     Context::new(OtherKeys::Unknown).with("aws:PrincipalTag/team", ContextValue::Single(team.to_owned()))
/// };
/// assert_eq!(scorer.score(&layers, &of_team("data")).effective.to_string(), "96.0");
/// assert!(scorer.score(&layers, &of_team("web")).grants_nothing);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[derive(Debug, Default)]
pub struct PrincipalScorer<'a> {
    documents: std::marker::PhantomData<&'a ()>,
}

/// What a principal scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrincipalScore {
    /// The score of what its identity policies allow by themselves.
    pub granted: Score,
    /// The score of what every known layer leaves of that: never less than [`Self::granted`].
    pub effective: Score,
    /// The effective score in one letter.
    pub grade: Grade,
    /// Whether nothing at all is effectively allowed.
    pub grants_nothing: bool,
    /// What costs the most points of the effective score; none when nothing is allowed.
    pub largest_loss: Option<Loss>,
}

impl<'a> PrincipalScorer<'a> {
    /// A scorer that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The scores of one principal, and its largest loss.
    pub fn score(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> PrincipalScore {
        let effective = self.details(layers, known);
        let identity = PolicyLayers { identity: layers.identity.clone(), ..PolicyLayers::default() };
        PrincipalScore {
            granted: self.details(&identity, known).score,
            effective: effective.score,
            grade: effective.grade,
            grants_nothing: effective.grants_nothing,
            largest_loss: effective.losses.into_iter().next(),
        }
    }

    /// The effective score of one principal with all its losses.
    pub fn details(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> LeastPrivilegeScore {
        score_known(layers, &KnownPrincipal::of(known))
    }

    /// For each identity policy in order, what the principal would effectively score without it.
    pub fn without_each(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> Vec<Score> {
        let without = |policy: usize| {
            let mut fewer = layers.clone();
            fewer.identity.remove(policy);
            self.details(&fewer, known).score
        };
        (0..layers.identity.len()).map(without).collect()
    }
}

/// The scores of a single principal: see [`PrincipalScorer`], which is for many.
#[must_use]
pub fn score_principal(layers: &PolicyLayers<'_>, known: &Context) -> PrincipalScore {
    PrincipalScorer::new().score(layers, known)
}
