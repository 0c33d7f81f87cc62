//! How far one Allow reaches, by itself and under what bears on it.
//!
//! What several Allows expose is what the widest of them exposes, so each is judged by itself: in every set of circumstances
//! that may cooperate, which resources does it name that every layer names too and that no Deny names?

use std::collections::{BTreeMap, BTreeSet};

use super::guardrails::{GuardrailSetIndex, Guardrails};
use super::type_cache::TypeCache;
use super::weights::WITHOUT_RESOURCES;
use crate::catalogue::{ActionIndex, ResourceTypeIndex, ServiceIndex};
use crate::policy::ResourcePattern;
use crate::score::amount::ONE;
use crate::score::compile::circumstance::Circumstances;
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::resource::constraint::{Constraint, Found};
use crate::score::resource::extents::Extents;
use crate::score::resource::template::templates;

/// What is reached, and what has to cooperate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Scope {
    pub(crate) place: Place,
    pub(crate) circumstances: Circumstances,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Every resource, or all there is for an action that takes none.
    Everything,
    /// A extents of one template of a resource type.
    Extents(ResourceTypeIndex, u8, Extents),
}

impl Scope {
    pub(crate) const EVERYTHING: Self = Self { place: Place::Everything, circumstances: Circumstances::NONE };
}

/// A set of circumstances in which an Allow opens, with what a resource has to satisfy there: one of several constraint.
#[derive(Debug)]
struct Situation<'g> {
    set: Circumstances,
    constraint: Vec<Constraint<'g>>,
}

/// One Allow under what bears on some of its actions.
#[derive(Debug)]
pub(crate) struct OpenAllow<'g> {
    /// Widest set of circumstances first.
    situations: Vec<Situation<'g>>,
}

impl<'g> OpenAllow<'g> {
    fn unguarded(allow: &'g CompiledStatement<'_>) -> Self {
        let constraint = vec![Constraint::of(&allow.resources)];
        Self { situations: vec![Situation { set: allow.circumstances, constraint }] }
    }

    fn guarded(
        allow: &'g CompiledStatement<'_>,
        guardrails: &'g Guardrails<'_>,
        guardrail_set: GuardrailSetIndex,
    ) -> Self {
        let statements = guardrails.denies(guardrail_set).chain(guardrails.layers(guardrail_set).flatten());
        let relevant = statements.fold(allow.circumstances, |all, grant| all.union(grant.circumstances));
        let mut situations: Vec<Situation<'g>> = Vec::new();
        let mut asked = BTreeSet::new();
        for set in relevant.subsets().filter(|set| set.contains(allow.circumstances)) {
            // The same statements were in force in a wider set: the answer is the same, and worth less here.
            let in_force: Vec<bool> = guardrails
                .denies(guardrail_set)
                .map(|deny| !deny.circumstances.meets(set))
                .chain(guardrails.layers(guardrail_set).flatten().map(|allow| set.contains(allow.circumstances)))
                .collect();
            if !asked.insert(in_force) {
                continue;
            }
            let constraint = constraint(allow, guardrails, guardrail_set, set);
            // Where nothing but the Allow itself constraint anything, no narrower set opens more.
            let is_free = constraint.iter().any(|constraint| !constraint.is_narrowed());
            if !constraint.is_empty() {
                situations.push(Situation { set, constraint });
            }
            if is_free {
                break;
            }
        }
        Self { situations }
    }

    /// How far a resource type is reached.
    pub(crate) fn resource_type(&self, of: ResourceTypeIndex) -> Option<(u32, Scope)> {
        let mut best: Option<(u32, Scope)> = None;
        for Situation { set, constraint } in &self.situations {
            if best.is_some_and(|(share, _)| share >= set.narrow(ONE)) {
                break;
            }
            for (number, template) in (0u8..).zip(templates(of)) {
                for constraint in constraint {
                    let found = match constraint.widest(template) {
                        Found::Nothing => continue,
                        Found::Everything => (ONE, Place::Everything),
                        Found::Extents(share, extents) => (share, Place::Extents(of, number, extents)),
                    };
                    let share = set.narrow(found.0);
                    // The first of equals stays, whatever comes after.
                    if best.is_none_or(|(widest, _)| share > widest) {
                        best = Some((share, Scope { place: found.1, circumstances: *set }));
                    }
                }
            }
        }
        best
    }

    /// How far a resource type would be reached if the Allow named one resource for each template that it reaches now.
    fn resource_type_if_named(&self, of: ResourceTypeIndex) -> u32 {
        let mut best = 0;
        for Situation { set, constraint } in &self.situations {
            for template in templates(of) {
                let share = set.narrow(template.narrowest);
                if share > best && constraint.iter().any(|constraint| constraint.exists(template)) {
                    best = share;
                }
            }
        }
        best
    }

    /// How far an action of a service is reached that takes no resource: how narrow its statement is cannot matter, only
    /// conditions can.
    ///
    /// AWS compares such actions with `*`. Its documentation contradicts itself about patterns like `arn:aws:s3:::*`, so
    /// whatever of the two leaves more open counts: the resource is taken to be `*`, or what such a pattern says.
    pub(crate) fn without_resources(&self, service: ServiceIndex) -> Option<(u32, Scope)> {
        let opens = |situation: &&Situation<'_>| {
            situation.constraint.iter().any(|constraint| constraint.holds_without_resources(service.prefix()))
        };
        // The first one is the widest.
        let set = self.situations.iter().find(opens)?.set;
        Some((set.narrow(WITHOUT_RESOURCES), Scope { place: Place::Everything, circumstances: set }))
    }
}

/// One Allow under what bears on each of its actions.
#[derive(Debug)]
pub(crate) struct OpenAllows<'g, 'a> {
    allow: &'g CompiledStatement<'a>,
    guardrails: &'g Guardrails<'a>,
    by_set: BTreeMap<Option<GuardrailSetIndex>, OpenAllow<'g>>,
    /// What is known of types if one resource is named.
    named: TypeCache<u32>,
}

impl<'g, 'a> OpenAllows<'g, 'a> {
    pub(crate) fn new(allow: &'g CompiledStatement<'a>, guardrails: &'g Guardrails<'a>) -> Self {
        Self { allow, guardrails, by_set: BTreeMap::new(), named: TypeCache::new() }
    }

    /// The Allow under what bears on an action.
    pub(crate) fn about(&mut self, action: ActionIndex) -> &OpenAllow<'g> {
        let (allow, guardrails) = (self.allow, self.guardrails);
        let guardrail_set = guardrails.set_of(action);
        self.by_set.entry(guardrail_set).or_insert_with(|| match guardrail_set {
            Some(guardrail_set) => OpenAllow::guarded(allow, guardrails, guardrail_set),
            None => OpenAllow::unguarded(allow),
        })
    }

    /// [`OpenAllow::resource_type_if_named`] for a type that an action uses.
    pub(crate) fn resource_type_if_named(&mut self, action: ActionIndex, of: ResourceTypeIndex) -> u32 {
        let guardrail_set = self.guardrails.set_of(action);
        if let Some(known) = self.named.get(action, guardrail_set, Some(of)) {
            return known;
        }
        let share = self.about(action).resource_type_if_named(of);
        self.named.insert(action, guardrail_set, Some(of), share);
        share
    }
}

/// More constraint than these in one situation, and a layer is taken to allow whatever the others do.
const MAX_DEMANDS: usize = 64;

/// What a resource has to satisfy in a set of circumstances: any one of these. None at all: nothing is open.
fn constraint<'g>(
    allow: &'g CompiledStatement<'_>,
    guardrails: &'g Guardrails<'_>,
    guardrail_set: GuardrailSetIndex,
    set: Circumstances,
) -> Vec<Constraint<'g>> {
    let mut base = Constraint::of(&allow.resources);
    for deny in guardrails.denies(guardrail_set).filter(|deny| !deny.circumstances.meets(set)) {
        match &deny.resources {
            Resources::Everything => return Vec::new(),
            Resources::Matching(patterns) => base.exclude(patterns),
            Resources::Except(patterns) => base.require(patterns.iter()),
        }
    }
    let mut all = vec![base];
    for layer in guardrails.layers(guardrail_set) {
        let open: Vec<&Resources<'_>> =
            layer.filter(|allow| set.contains(allow.circumstances)).map(|allow| &allow.resources).collect();
        if open.iter().any(|resources| matches!(resources, Resources::Everything)) {
            continue;
        }
        let named: Vec<&'g ResourcePattern> = open
            .iter()
            .filter_map(|resources| match resources {
                Resources::Matching(patterns) => Some(patterns.iter()),
                Resources::Everything | Resources::Except(_) => None,
            })
            .flatten()
            .collect();
        let excepts: Vec<&'g [ResourcePattern]> = open
            .iter()
            .filter_map(|resources| match resources {
                Resources::Except(patterns) => Some(&**patterns),
                Resources::Everything | Resources::Matching(_) => None,
            })
            .collect();
        let ways = usize::from(!named.is_empty()) + excepts.len();
        if all.len() * ways > MAX_DEMANDS {
            continue;
        }
        let mut ways = Vec::with_capacity(all.len() * ways);
        for constraint in all {
            if !named.is_empty() {
                let mut constraint = constraint.clone();
                constraint.require(named.iter().copied());
                ways.push(constraint);
            }
            for patterns in &excepts {
                let mut constraint = constraint.clone();
                constraint.exclude(patterns);
                ways.push(constraint);
            }
        }
        all = ways;
    }
    all
}
