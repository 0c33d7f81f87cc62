//! The score of policies to whomever they are attached.

use std::sync::Arc;

use super::compile::layer::CompiledLayer;
use super::compile::policy::{CompiledPolicy, ExpandedDocument};
use super::compile::principal::KnownPrincipal;
use super::policy_set::{LeastPrivilegeScore, PolicySet};
use crate::decision::PolicyLayers;
use crate::policy::{PolicyDocument, PolicyType};

/// Scores one policy by itself.
///
/// ```
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;
/// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
/// assert_eq!(rules_core::score::score(&document).score.to_string(), "96.0");
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[must_use]
pub fn score(document: &PolicyDocument) -> LeastPrivilegeScore {
    score_layers(&PolicyLayers::of_identity([document]))
}

/// Scores what several policies allow together, under the layers that limit them, to whomever they are attached.
#[must_use]
pub fn score_layers(layers: &PolicyLayers<'_>) -> LeastPrivilegeScore {
    score_known(layers, &KnownPrincipal::nobody())
}

/// Scores policies one after another under the same guardrails, which are worked out once.
///
/// ```
/// use rules_core::decision::PolicyLayers;
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// use rules_core::score::LimitedScorer;
/// let document = |action: &str| {
///     let text = format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#);
///     PolicyDocument::parse(&text, PolicyType::Identity)
/// };
/// let boundary = document("s3:*")?;
/// let scorer = LimitedScorer::under(&PolicyLayers::default().with(PolicyType::PermissionsBoundary, [&boundary]));
/// assert_eq!(scorer.score(&document("*")?).score, scorer.score(&document("s3:*")?).score);
/// assert!(scorer.score(&document("ec2:*")?).grants_nothing);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
pub struct LimitedScorer<'a> {
    limits: Vec<CompiledLayer<Arc<CompiledPolicy<'a>>>>,
}

impl<'a> LimitedScorer<'a> {
    /// A scorer under the limiting ones of `layers`; those that grant are left out.
    #[must_use]
    pub fn under(layers: &PolicyLayers<'a>) -> Self {
        Self { limits: limits(layers, &KnownPrincipal::nobody()) }
    }

    /// Scores what is left of one policy, to whomever it is attached.
    #[must_use]
    pub fn score(&self, document: &'a PolicyDocument) -> LeastPrivilegeScore {
        let policy = compile(PolicyType::Identity, document, &KnownPrincipal::nobody());
        PolicySet::new([policy].into_iter().collect(), &self.limits).details()
    }
}

fn score_known(layers: &PolicyLayers<'_>, known: &KnownPrincipal) -> LeastPrivilegeScore {
    let policies = layers.granting().map(|document| compile(PolicyType::Identity, document, known)).collect();
    PolicySet::new(policies, &limits(layers, known)).details()
}

fn limits<'a>(layers: &PolicyLayers<'a>, known: &KnownPrincipal) -> Vec<CompiledLayer<Arc<CompiledPolicy<'a>>>> {
    let compile = |policy_type, document| compile(policy_type, document, known);
    layers.limiting().map(|layer| CompiledLayer::new(layer, compile)).collect()
}

fn compile<'a>(
    policy_type: PolicyType,
    document: &'a PolicyDocument,
    known: &KnownPrincipal,
) -> Arc<CompiledPolicy<'a>> {
    Arc::new(CompiledPolicy::new(ExpandedDocument::new(policy_type, document), known))
}
