//! The score of policies to whomever they are attached.

use std::sync::Arc;

use super::attached_scorer::score_attached;
use super::compile::layer::CompiledLayer;
use super::compile::policy::{CompiledPolicy, ExpandedDocument};
use super::compile::principal::KnownPrincipal;
use super::definition::{Definition, ScoreVersion};
use super::policy_set::{LeastPrivilegeScore, PolicySet};
use crate::decision::PolicyLayers;
use crate::policy::{PolicyDocument, PolicyType};

/// Scores one policy by itself.
///
/// ```
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;
/// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
/// assert_eq!(rules_core::score::score(&document).score.to_string(), "96.7");
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
#[must_use]
pub fn score(document: &PolicyDocument) -> LeastPrivilegeScore {
    score_layers(&PolicyLayers::of_identity([document]))
}

/// Scores a policy by the rules of its type: a resource policy or trust policy by the principals that it allows, any
/// other policy by what it allows. Version 1 does not distinguish them.
#[must_use]
pub fn score_of_type(document: &PolicyDocument, policy_type: PolicyType, version: ScoreVersion) -> LeastPrivilegeScore {
    match policy_type {
        PolicyType::Resource | PolicyType::Trust if version != ScoreVersion::V1 => {
            score_attached(document, policy_type, None)
        }
        _ => LimitedScorer::of_version(version, &PolicyLayers::default()).score(document),
    }
}

/// Scores the permissions of several policies together, under the layers that limit them, for any principal.
#[must_use]
pub fn score_layers(layers: &PolicyLayers<'_>) -> LeastPrivilegeScore {
    let (known, definition) = (KnownPrincipal::nobody(), ScoreVersion::default().definition());
    let policies =
        layers.granting().map(|document| compile(PolicyType::Identity, document, &known, definition)).collect();
    PolicySet::new(policies, &limits(layers, &known, definition), &known, definition).details(None)
}

/// Scores policies one after another under the same guardrails, which are compiled once.
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
    version: ScoreVersion,
    limits: Limits<'a>,
}

impl<'a> LimitedScorer<'a> {
    /// A scorer under the limiting layers of `layers`; layers that grant are ignored.
    #[must_use]
    pub fn under(layers: &PolicyLayers<'a>) -> Self {
        Self::of_version(ScoreVersion::default(), layers)
    }

    /// The same for another version of the score.
    #[must_use]
    pub fn of_version(version: ScoreVersion, layers: &PolicyLayers<'a>) -> Self {
        Self { version, limits: limits(layers, &KnownPrincipal::nobody(), version.definition()) }
    }

    /// Scores the remaining permissions of one policy, for any principal.
    #[must_use]
    pub fn score(&self, document: &'a PolicyDocument) -> LeastPrivilegeScore {
        let (known, definition) = (KnownPrincipal::nobody(), self.version.definition());
        let policy = compile(PolicyType::Identity, document, &known, definition);
        PolicySet::new([policy].into_iter().collect(), &self.limits, &known, definition).details(None)
    }
}

/// The layers that limit what is scored.
type Limits<'a> = Vec<CompiledLayer<Arc<CompiledPolicy<'a>>>>;

fn limits<'a>(layers: &PolicyLayers<'a>, known: &KnownPrincipal, definition: &'static Definition) -> Limits<'a> {
    let compile = |policy_type, document| compile(policy_type, document, known, definition);
    layers.limiting().map(|layer| CompiledLayer::new(layer, compile)).collect()
}

fn compile<'a>(
    policy_type: PolicyType,
    document: &'a PolicyDocument,
    known: &KnownPrincipal,
    definition: &'static Definition,
) -> Arc<CompiledPolicy<'a>> {
    Arc::new(CompiledPolicy::new(ExpandedDocument::new(policy_type, document), known, definition))
}
