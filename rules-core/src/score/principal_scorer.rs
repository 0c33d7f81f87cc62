//! The score of principals: all their policies together, under the layers that limit them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::compile::layer::CompiledLayer;
use super::compile::policy::{CompiledPolicy, ExpandedDocument};
use super::compile::principal::KnownPrincipal;
use super::exposure::guardrails::Guardrails;
use super::exposure::policy::PolicyExposure;
use super::indexed::Indexed;
use super::points::{Grade, Score};
use super::policy_set::{LeastPrivilegeScore, PolicySet};
use super::report::losses::Loss;
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
/// let layers = PolicyLayers::of_identity([&document]);
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
    /// By what it does and by address: a document cannot move or change while it is borrowed.
    documents: HashMap<(LayerRole, usize), KnownDocument<'a>>,
    /// How many policies have been compiled: the number of the next.
    compiled: usize,
    guardrails: BTreeMap<GuardrailsKey, KnownGuardrails<'a>>,
    scores: BTreeMap<(Vec<usize>, GuardrailsKey), PrincipalScore>,
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

/// A document, compiled for every principal of whom it says something else.
#[derive(Debug)]
struct KnownDocument<'a> {
    expanded: ExpandedDocument<'a>,
    /// The condition keys it mentions that say who calls.
    keys: Vec<String>,
    /// By what is known of these keys.
    versions: BTreeMap<Vec<ContextValue>, Prepared<'a>>,
}

/// A compiled policy with what it exposes by itself.
#[derive(Clone, Debug)]
struct Prepared<'a> {
    number: usize,
    policy: Arc<CompiledPolicy<'a>>,
    unguarded: Arc<PolicyExposure>,
}

/// The numbers of the policies whose Denies count, and of those of each layer that limits.
type GuardrailsKey = (Vec<usize>, Vec<(LayerRole, Vec<usize>)>);

/// Guardrails, and what policies expose under them by number.
#[derive(Debug)]
struct KnownGuardrails<'a> {
    guardrails: Arc<Guardrails<'a>>,
    exposed: BTreeMap<usize, Arc<PolicyExposure>>,
}

/// No more versions of one document are remembered, no more guardrails, and no more scores of equal policy sets. What is beyond
/// is worked out each time.
const MAX_VERSIONS: usize = 256;
const MAX_GUARDRAILS: usize = 1_024;
const MAX_SCORES: usize = 16_384;

impl<'a> PrincipalScorer<'a> {
    /// A scorer that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The scores of one principal, and its largest loss.
    pub fn score(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> PrincipalScore {
        let known = KnownPrincipal::of(known);
        let (identity, limits) = self.prepare(layers, &known);
        let numbers = identity.iter().map(|policy| policy.number).collect();
        let key = (numbers, guardrails_key(&identity, &limits));
        if let Some(score) = self.scores.get(&key) {
            return score.clone();
        }
        let effective = self.policy_set(&identity, &limits).summary();
        // Without a layer above them the identity policies are all there is.
        let granted = if limits.is_empty() { effective.score } else { self.policy_set(&identity, &[]).score() };
        let score = PrincipalScore {
            granted,
            effective: effective.score,
            grade: Grade::of(effective.score),
            grants_nothing: effective.grants_nothing,
            largest_loss: effective.largest_loss,
        };
        if self.scores.len() < MAX_SCORES {
            self.scores.insert(key, score.clone());
        }
        score
    }

    /// The effective score of one principal with all its losses.
    pub fn details(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> LeastPrivilegeScore {
        self.prepared_set(layers, known).details()
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
        self.policy_set(&identity, &limits)
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
        let new = || KnownDocument {
            expanded: ExpandedDocument::new(policy_type, document),
            keys: KnownPrincipal::keys_of(document),
            versions: BTreeMap::new(),
        };
        let of_document = self.documents.entry((policy_type.role(), address)).or_insert_with(new);
        let facts = known.values(&of_document.keys);
        if let Some(prepared) = of_document.versions.get(&facts) {
            return prepared.clone();
        }
        let policy = Arc::new(CompiledPolicy::new(of_document.expanded.clone(), known));
        let unguarded = Arc::new(PolicyExposure::unguarded(&policy, &ActionSet::full()));
        let prepared = Prepared { number: self.compiled, policy, unguarded };
        self.compiled += 1;
        if of_document.versions.len() < MAX_VERSIONS {
            of_document.versions.insert(facts, prepared.clone());
        }
        prepared
    }

    fn policy_set(&mut self, identity: &[Prepared<'a>], limits: &[CompiledLayer<Prepared<'a>>]) -> PolicySet<'a> {
        let policies = identity.iter().map(|prepared| prepared.policy.clone()).collect();
        let unguarded = identity.iter().map(|prepared| prepared.unguarded.clone()).collect();
        let key = guardrails_key(identity, limits);
        let make = || {
            let limits: Vec<_> = limits.iter().map(|layer| layer.map(|prepared| prepared.policy.clone())).collect();
            KnownGuardrails { guardrails: Arc::new(Guardrails::new(&policies, &limits)), exposed: BTreeMap::new() }
        };
        let mut beyond = None;
        let known = if self.guardrails.len() < MAX_GUARDRAILS || self.guardrails.contains_key(&key) {
            self.guardrails.entry(key).or_insert_with(make)
        } else {
            beyond.insert(make())
        };
        let KnownGuardrails { guardrails, exposed } = known;
        let under_guardrails = |prepared: &Prepared<'a>| {
            let of_policy = exposed.entry(prepared.number);
            of_policy.or_insert_with(|| Arc::new(PolicyExposure::guarded(&prepared.policy, guardrails))).clone()
        };
        let guarded = match guardrails.is_none() {
            true => Indexed::default(),
            false => identity.iter().map(under_guardrails).collect(),
        };
        PolicySet { policies, guardrails: guardrails.clone(), unguarded, guarded }
    }
}

fn guardrails_key(identity: &[Prepared<'_>], limits: &[CompiledLayer<Prepared<'_>>]) -> GuardrailsKey {
    let denying = identity.iter().filter(|prepared| !prepared.policy.denies.is_empty());
    let numbers = |layer: &CompiledLayer<Prepared<'_>>| {
        (layer.role, layer.policies.iter().map(|prepared| prepared.number).collect())
    };
    (denying.map(|prepared| prepared.number).collect(), limits.iter().map(numbers).collect())
}

/// The scores of a single principal: see [`PrincipalScorer`], which is for many.
#[must_use]
pub fn score_principal(layers: &PolicyLayers<'_>, known: &Context) -> PrincipalScore {
    PrincipalScorer::new().score(layers, known)
}
