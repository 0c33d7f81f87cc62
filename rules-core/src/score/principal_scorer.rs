//! The score of principals: all their policies together, under the layers that limit them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::compile::policy::{CompiledPolicy, ExpandedDocument};
use super::compile::principal::{KnownPrincipal, Own};
use super::definition::{Definition, ScoreVersion};
use super::exposure::guardrails::Guardrails;
use super::exposure::policy::PolicyExposure;
use super::exposure::settable_tags;
use super::exposure::setting::Setting;
use super::indexed::Indexed;
use super::points::{Grade, Score};
use super::policy_set::{LeastPrivilegeScore, PolicySet};
use super::report::losses::Loss;
use crate::catalogue::ActionSet;
use crate::decision::{Context, ContextValue, PolicyLayers};
use crate::policy::PolicyDocument;

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
pub struct PrincipalScorer<'a> {
    definition: &'static Definition,
    /// By address: a document cannot move or change while it is borrowed.
    documents: HashMap<usize, KnownDocument<'a>>,
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
    versions: BTreeMap<(Vec<ContextValue>, Vec<Own>), Prepared<'a>>,
}

/// A compiled policy with what it exposes by itself.
#[derive(Clone, Debug)]
struct Prepared<'a> {
    number: usize,
    policy: Arc<CompiledPolicy<'a>>,
    unguarded: Arc<PolicyExposure>,
}

/// The numbers of the policies whose Denies count, and of those of each level.
type GuardrailsKey = (Vec<usize>, Vec<Vec<usize>>);

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

impl Default for PrincipalScorer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> PrincipalScorer<'a> {
    /// A scorer that has seen nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::of_version(ScoreVersion::default())
    }

    /// The same for another version of the score.
    #[must_use]
    pub fn of_version(version: ScoreVersion) -> Self {
        Self {
            definition: version.definition(),
            documents: HashMap::new(),
            compiled: 0,
            guardrails: BTreeMap::new(),
            scores: BTreeMap::new(),
        }
    }

    /// The scores of one principal, and its largest loss.
    pub fn score(&mut self, layers: &PolicyLayers<'a>, known: &Context) -> PrincipalScore {
        let known = KnownPrincipal::of(known);
        let identity = self.prepare(layers.granting(), &known);
        let levels: Vec<_> = layers.limits().map(|level| self.prepare(level.iter().copied(), &known)).collect();
        let numbers = identity.iter().map(|policy| policy.number).collect();
        let key = (numbers, guardrails_key(&identity, &levels));
        if let Some(score) = self.scores.get(&key) {
            return score.clone();
        }
        let effective = self.policy_set(&identity, &levels, &known).summary();
        // Without a layer above them the identity policies are all there is.
        let granted = if levels.is_empty() { effective.score } else { self.policy_set(&identity, &[], &known).score() };
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
        let identity = self.prepare(layers.granting(), &known);
        let levels: Vec<_> = layers.limits().map(|level| self.prepare(level.iter().copied(), &known)).collect();
        self.policy_set(&identity, &levels, &known)
    }

    fn prepare(
        &mut self,
        documents: impl Iterator<Item = &'a PolicyDocument>,
        known: &KnownPrincipal,
    ) -> Vec<Prepared<'a>> {
        documents.map(|document| self.prepare_one(document, known)).collect()
    }

    fn prepare_one(&mut self, document: &'a PolicyDocument, known: &KnownPrincipal) -> Prepared<'a> {
        let address = std::ptr::from_ref(document).addr();
        let new = || KnownDocument {
            expanded: ExpandedDocument::new(document),
            keys: KnownPrincipal::keys_of(document),
            versions: BTreeMap::new(),
        };
        let of_document = self.documents.entry(address).or_insert_with(new);
        let facts = (known.values(&of_document.keys), known.owned(document, self.definition));
        if let Some(prepared) = of_document.versions.get(&facts) {
            return prepared.clone();
        }
        let policy = Arc::new(CompiledPolicy::new(of_document.expanded.clone(), known, self.definition));
        let unguarded =
            Arc::new(PolicyExposure::unguarded(&policy, &ActionSet::full(), &Setting::new(self.definition)));
        let prepared = Prepared { number: self.compiled, policy, unguarded };
        self.compiled += 1;
        if of_document.versions.len() < MAX_VERSIONS {
            of_document.versions.insert(facts, prepared.clone());
        }
        prepared
    }

    fn policy_set(
        &mut self,
        identity: &[Prepared<'a>],
        levels: &[Vec<Prepared<'a>>],
        known_principal: &KnownPrincipal,
    ) -> PolicySet<'a> {
        let policies = identity.iter().map(|prepared| prepared.policy.clone()).collect();
        let compiled_levels: Vec<Vec<_>> =
            levels.iter().map(|level| level.iter().map(|prepared| prepared.policy.clone()).collect()).collect();
        let setting = settable_tags::setting(&policies, &compiled_levels, self.definition);
        let amount_to_more = identity.len() > 1 && CompiledPolicy::together(&policies, self.definition).is_some();
        if setting.settable.is_some() || amount_to_more {
            // What a policy exposes depends on the tags that the others let the holder set, or on what they name.
            return PolicySet::new(policies, &compiled_levels, known_principal, self.definition);
        }
        let unguarded = identity.iter().map(|prepared| prepared.unguarded.clone()).collect();
        let key = guardrails_key(identity, levels);
        let make = || {
            let guardrails = Guardrails::new(&policies, &compiled_levels, setting);
            KnownGuardrails { guardrails: Arc::new(guardrails), exposed: BTreeMap::new() }
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
        let (guardrails, known) = (guardrails.clone(), known_principal.clone());
        PolicySet { policies, levels: compiled_levels, known, guardrails, unguarded, guarded }
    }
}

fn guardrails_key(identity: &[Prepared<'_>], levels: &[Vec<Prepared<'_>>]) -> GuardrailsKey {
    let denying = identity.iter().filter(|prepared| !prepared.policy.denies.is_empty());
    let numbers = |level: &Vec<Prepared<'_>>| level.iter().map(|prepared| prepared.number).collect();
    (denying.map(|prepared| prepared.number).collect(), levels.iter().map(numbers).collect())
}

/// The scores of a single principal: see [`PrincipalScorer`], which is for many.
#[must_use]
pub fn score_principal(layers: &PolicyLayers<'_>, known: &Context) -> PrincipalScore {
    PrincipalScorer::new().score(layers, known)
}
