//! The score of principals: all their policies together, under the layers that limit them.

use std::sync::Arc;

use super::compile::layer::CompiledLayer;
use super::compile::policy::{CompiledPolicy, ExpandedDocument, PolicyIndex};
use super::compile::principal::{KnownPrincipal, Own};
use super::definition::{Definition, ScoreVersion};
use super::exposure::guardrails::Guardrails;
use super::exposure::policy::PolicyExposure;
use super::exposure::settable_tags;
use super::exposure::setting::Setting;
use super::indexed::Indexed;
use super::points::{Grade, Score};
use super::policy_set::{LeastPrivilegeScore, PolicySet};
use super::reached::ReachedAdministrator;
use super::report::losses::Loss;
use super::second_use::SecondUse;
use crate::catalogue::ActionSet;
use crate::decision::{Context, ContextValue, PolicyLayers};
use crate::policy::{LayerRole, PolicyDocument, PolicyType};

/// Scores the principals of an account, one after the other.
///
/// What is asked of each principal is its layers and what is known of it: a [`Context`] with the keys that say who calls,
/// such as `aws:PrincipalArn`, `aws:PrincipalAccount`, `aws:username`, `aws:userid` and `aws:PrincipalTag/team`. Tests of
/// these hold or fail then, and variables such as `${aws:username}` have their value. Whatever else the context says is
/// left out: a score is about every call that a principal can make. Tests of what is not known cost a circumstance, as they
/// do in [`score`](crate::score::score()). Where the tags are all known, say so with [`Context::set_complete`]; a role's session
/// may bring more.
///
/// Layers that are not known can only raise the score.
///
/// One scorer serves all principals: it remembers what it worked out for documents that it has seen twice.
///
/// ```
/// use rules_core::decision::{Context, ContextValue, OtherKeys, PolicyLayers};
/// use rules_core::policy::{PolicyDocument, PolicyType};
/// use rules_core::score::PrincipalScorer;
///
/// let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*",
///     "Condition":{"StringEquals":{"aws:PrincipalTag/team":"data"}}}}"#;
/// let document = PolicyDocument::parse(text, PolicyType::Identity)?;
/// let layers = PolicyLayers::of_identity([&document]);
/// let mut scorer = PrincipalScorer::new();
/// let of_team = |team: &str| {
///     Context::new(OtherKeys::Unknown).with("aws:PrincipalTag/team", ContextValue::Single(team.to_owned()))
/// };
/// assert_eq!(scorer.score(&layers, &of_team("data")).effective.to_string(), "96.7");
/// assert!(scorer.score(&layers, &of_team("web")).grants_nothing);
/// # Ok::<(), rules_core::policy::ParsePolicyError>(())
/// ```
pub struct PrincipalScorer<'a> {
    definition: &'static Definition,
    /// By what it does and by address: a document cannot move or change while it is borrowed.
    documents: SecondUse<(LayerRole, usize), Arc<KnownDocument<'a>>>,
    /// By document and by what is known of the keys that it mentions.
    policies: SecondUse<(LayerRole, usize, KnownFacts), Prepared<'a>>,
    /// How many policies are kept: the number of the next.
    kept: usize,
    guardrails: SecondUse<GuardrailsKey, Arc<Guardrails<'a>>>,
    /// What policies expose under guardrails, by their numbers.
    guarded: SecondUse<(GuardrailsKey, usize), Arc<PolicyExposure>>,
    scores: SecondUse<(Vec<usize>, GuardrailsKey), PrincipalScore>,
}

/// The scores of a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PrincipalScore {
    /// The score of its identity policies without limits.
    pub granted: Score,
    /// The score of what every known layer leaves of that, and of what the principal can become: without a way to become an
    /// administrator never less than [`Self::granted`].
    pub effective: Score,
    /// The effective score in one letter.
    pub grade: Grade,
    /// Whether nothing is allowed after all layers.
    pub grants_nothing: bool,
    /// The largest loss of the effective score; none if nothing is allowed.
    pub largest_loss: Option<Loss>,
}

/// What is known of a document, for every principal that it is attached to.
#[derive(Debug)]
struct KnownDocument<'a> {
    expanded: ExpandedDocument<'a>,
    /// The condition keys it mentions that say who calls.
    keys: Vec<String>,
}

/// What is known of the keys that a document mentions, and which of its patterns name what is the holder's own.
type KnownFacts = (Vec<ContextValue>, Vec<Own>);

/// A compiled policy.
#[derive(Clone, Debug)]
struct Prepared<'a> {
    policy: Arc<CompiledPolicy<'a>>,
    /// Where the policy is kept, its number and what it exposes by itself.
    kept: Option<(usize, Arc<PolicyExposure>)>,
}

impl Prepared<'_> {
    fn number(&self) -> Option<usize> {
        self.kept.as_ref().map(|(number, _)| *number)
    }
}

/// The numbers of the policies whose Denies count, and of those of each layer that limits.
type GuardrailsKey = (Vec<usize>, Vec<(LayerRole, Vec<usize>)>);

/// No more documents, versions of documents, guardrails and scores are remembered than these.
const MAX_DOCUMENTS: usize = 1 << 20;
const MAX_POLICIES: usize = 1 << 15;
const MAX_GUARDRAILS: usize = 1 << 12;
const MAX_SCORES: usize = 1 << 16;

impl Default for PrincipalScorer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> PrincipalScorer<'a> {
    /// A scorer with an empty cache.
    #[must_use]
    pub fn new() -> Self {
        Self::of_version(ScoreVersion::default())
    }

    /// The same for another version of the score.
    #[must_use]
    pub fn of_version(version: ScoreVersion) -> Self {
        Self {
            definition: version.definition(),
            documents: SecondUse::new(MAX_DOCUMENTS),
            policies: SecondUse::new(MAX_POLICIES),
            kept: 0,
            guardrails: SecondUse::new(MAX_GUARDRAILS),
            guarded: SecondUse::new(MAX_POLICIES),
            scores: SecondUse::new(MAX_SCORES),
        }
    }

    /// The scores of one principal by its policies alone, and its largest loss.
    pub fn score(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> PrincipalScore {
        self.score_reaching(layers, known, None)
    }

    /// The scores of one principal, and of its path to an administrator of the account. Version 1 ignores the path.
    pub fn score_reaching(
        &mut self,
        layers: &PolicyLayers<'a>,
        known: &Context,
        reached: Option<&ReachedAdministrator>,
    ) -> PrincipalScore {
        let known = KnownPrincipal::of(known);
        let reached = reached.filter(|_| self.definition.version != ScoreVersion::V1);
        let (identity, limits) = self.prepare(layers, &known);
        let numbers: Option<Vec<usize>> = identity.iter().map(Prepared::number).collect();
        // What a principal can become is seldom what another can.
        let key = numbers.zip(guardrails_key(&identity, &limits)).filter(|_| reached.is_none());
        if let Some(score) = key.as_ref().and_then(|key| self.scores.get(key)) {
            return score.clone();
        }
        let score = self.work_out(&identity, &limits, &known, reached);
        match key {
            Some(key) => self.scores.get_or(key, || score),
            None => score,
        }
    }

    fn work_out(
        &mut self,
        identity: &[Prepared<'a>],
        limits: &[CompiledLayer<Prepared<'a>>],
        known: &KnownPrincipal,
        reached: Option<&ReachedAdministrator>,
    ) -> PrincipalScore {
        let effective = self.policy_set(identity, limits, known).summary(reached);
        // Without a layer above them the identity policies are all there is.
        let granted = match limits.is_empty() && reached.is_none() {
            true => effective.score,
            false => self.policy_set(identity, &[], known).score(),
        };
        PrincipalScore {
            granted,
            effective: effective.score,
            grade: Grade::of(effective.score),
            grants_nothing: effective.grants_nothing,
            largest_loss: effective.largest_loss,
        }
    }

    /// The effective score of one principal with all its losses.
    pub fn details(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> LeastPrivilegeScore {
        self.details_reaching(layers, known, None)
    }

    /// The same, with a path to an administrator of the account.
    pub fn details_reaching(
        &mut self,
        layers: &PolicyLayers<'a>,
        known: &Context,
        reached: Option<&ReachedAdministrator>,
    ) -> LeastPrivilegeScore {
        let reached = reached.filter(|_| self.definition.version != ScoreVersion::V1);
        self.prepared_set(layers, known).details(reached)
    }

    /// For each identity policy in order, what the principal would effectively score without it.
    pub fn without_each(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> Vec<Score> {
        let without = |policy: usize| {
            let mut fewer = layers.clone();
            fewer.remove_granting(policy);
            self.prepared_set(&fewer, known).score()
        };
        (0..layers.granting().count()).map(without).collect()
    }

    fn prepared_set(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> PolicySet<'a> {
        let known = KnownPrincipal::of(known);
        let (identity, limits) = self.prepare(layers, &known);
        self.policy_set(&identity, &limits, &known)
    }

    /// The policies that grant, and the layers that limit them.
    fn prepare(
        &mut self,
        layers: &PolicyLayers<'a>,
        known: &KnownPrincipal,
    ) -> (Vec<Prepared<'a>>, Vec<CompiledLayer<Prepared<'a>>>) {
        let granting = layers.granting().map(|document| self.prepare_one(PolicyType::Identity, document, known));
        let granting = granting.collect();
        let mut limits = Vec::new();
        for layer in layers.limiting() {
            limits.push(CompiledLayer::new(layer, |policy_type, document| {
                self.prepare_one(policy_type, document, known)
            }));
        }
        (granting, limits)
    }

    fn prepare_one(
        &mut self,
        policy_type: PolicyType,
        document: &'a PolicyDocument,
        known: &KnownPrincipal,
    ) -> Prepared<'a> {
        let address = std::ptr::from_ref(document).addr();
        let role = policy_type.role();
        let new = || KnownDocument {
            expanded: ExpandedDocument::new(policy_type, document),
            keys: KnownPrincipal::keys_of(document),
        };
        let of_document = self.documents.get_or((role, address), || Arc::new(new()));
        let facts = (known.values(&of_document.keys), known.owned(document, self.definition));
        let (definition, next) = (self.definition, self.kept);
        let prepared = self.policies.get_or_with((role, address, facts), |is_kept| {
            let policy = Arc::new(CompiledPolicy::new(of_document.expanded.clone(), known, definition));
            let exposure = || PolicyExposure::unguarded(&policy, &ActionSet::full(), &Setting::new(definition));
            let kept = is_kept.then(|| (next, Arc::new(exposure())));
            Prepared { policy, kept }
        });
        if prepared.number() == Some(next) {
            self.kept += 1;
        }
        prepared
    }

    fn policy_set(
        &mut self,
        identity: &[Prepared<'a>],
        limits: &[CompiledLayer<Prepared<'a>>],
        known: &KnownPrincipal,
    ) -> PolicySet<'a> {
        let policies: Indexed<PolicyIndex, _> = identity.iter().map(|prepared| prepared.policy.clone()).collect();
        let compiled: Vec<_> = limits.iter().map(|layer| layer.map(|prepared| prepared.policy.clone())).collect();
        let setting = settable_tags::setting(&policies, &compiled, self.definition);
        let amount_to_more = identity.len() > 1 && CompiledPolicy::together(&policies, self.definition).is_some();
        if setting.settable.is_some() || amount_to_more {
            // What a policy exposes depends on the tags that the others let the holder set, or on what they name.
            return PolicySet::new(policies, &compiled, known, self.definition);
        }
        let key = guardrails_key(identity, limits);
        let make = || Arc::new(Guardrails::new(&policies, &compiled, setting.clone()));
        let guardrails = match key.clone() {
            Some(key) => self.guardrails.get_or(key, make),
            None => make(),
        };
        let mut others = ActionSet::full();
        others.subtract(guardrails.guarded());
        let unguarded = identity.iter().map(|prepared| match &prepared.kept {
            Some((_, exposure)) => exposure.clone(),
            None => Arc::new(PolicyExposure::unguarded(&prepared.policy, &others, &setting)),
        });
        let unguarded = unguarded.collect();
        let mut under_guardrails = |prepared: &Prepared<'a>| {
            let make = || Arc::new(PolicyExposure::guarded(&prepared.policy, &guardrails));
            match key.clone().zip(prepared.number()) {
                Some(key) => self.guarded.get_or(key, make),
                None => make(),
            }
        };
        let guarded = match guardrails.is_none() {
            true => Indexed::default(),
            false => identity.iter().map(&mut under_guardrails).collect(),
        };
        PolicySet { policies, limits: compiled, known: known.clone(), guardrails, unguarded, guarded }
    }
}

/// None where a policy is not kept.
fn guardrails_key(identity: &[Prepared<'_>], limits: &[CompiledLayer<Prepared<'_>>]) -> Option<GuardrailsKey> {
    let denying = identity.iter().filter(|prepared| !prepared.policy.denies.is_empty());
    let numbers = |layer: &CompiledLayer<Prepared<'_>>| {
        Some((layer.role, layer.policies.iter().map(Prepared::number).collect::<Option<Vec<usize>>>()?))
    };
    Some((
        denying.map(Prepared::number).collect::<Option<Vec<usize>>>()?,
        limits.iter().map(numbers).collect::<Option<Vec<_>>>()?,
    ))
}

/// The scores of a single principal: see [`PrincipalScorer`], which is for many.
#[must_use]
pub fn score_principal(layers: &PolicyLayers<'_>, known: &Context) -> PrincipalScore {
    PrincipalScorer::new().score(layers, known)
}
