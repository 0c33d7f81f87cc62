//! How far one Allow exposes resources, by itself and under its guardrails.
//!
//! What several Allows expose is what the widest of them exposes, so each is evaluated by itself: in every set of
//! circumstances that may cooperate, which resources does it name that every layer names too and that no Deny names?

use std::collections::{BTreeMap, BTreeSet};

use super::guardrails::{GuardrailSetIndex, Guardrails};
use super::scope::{Scope, ScopeResources};
use super::type_cache::TypeCache;
use super::weights::without_resources;
use crate::catalogue::{ActionIndex, ResourceTypeIndex, ServiceIndex};
use crate::score::compile::circumstance::Circumstances;
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::definition::MAX_ALTERNATIVES;
use crate::score::resource::constraint::Constraint;
use crate::score::resource::problem::Found;
use crate::score::resource::template::templates;
use crate::score::share::Share;

/// A set of circumstances in which an Allow opens, and what a resource has to satisfy then: one of several constraints.
#[derive(Debug)]
struct Situation<'g> {
    circumstances: Circumstances,
    constraints: Vec<Constraint<'g>>,
}

/// One Allow under one set of guardrails.
#[derive(Debug)]
pub(crate) struct OpenAllow<'g> {
    /// Widest set of circumstances first.
    situations: Vec<Situation<'g>>,
}

impl<'g> OpenAllow<'g> {
    fn unguarded(allow: &'g CompiledStatement<'_>) -> Self {
        let constraints = vec![Constraint::of(&allow.resources)];
        Self { situations: vec![Situation { circumstances: allow.circumstances, constraints }] }
    }

    fn guarded(allow: &'g CompiledStatement<'_>, guardrails: &'g Guardrails<'_>, set: GuardrailSetIndex) -> Self {
        let statements = guardrails.denies(set).chain(guardrails.layers(set).flatten());
        let relevant = statements.fold(allow.circumstances, |all, statement| all.union(statement.circumstances));
        let mut situations: Vec<Situation<'g>> = Vec::new();
        let mut seen = BTreeSet::new();
        for circumstances in relevant.subsets().filter(|subset| subset.contains(allow.circumstances)) {
            // Where the same statements apply in a wider set, the answer is the same, and worth less here.
            let applying: Vec<bool> = guardrails
                .denies(set)
                .map(|deny| !deny.circumstances.meets(circumstances))
                .chain(guardrails.layers(set).flatten().map(|allow| circumstances.contains(allow.circumstances)))
                .collect();
            if !seen.insert(applying) {
                continue;
            }
            let constraints = constraints(allow, guardrails, set, circumstances);
            // Where only the Allow itself constrains resources, no narrower set opens more.
            let is_free = constraints.iter().any(|constraint| !constraint.is_narrowed());
            if !constraints.is_empty() {
                situations.push(Situation { circumstances, constraints });
            }
            if is_free {
                break;
            }
        }
        Self { situations }
    }

    /// How far a resource type is exposed.
    pub(crate) fn resource_type(&self, of: ResourceTypeIndex) -> Option<(Share, Scope)> {
        let mut best: Option<(Share, Scope)> = None;
        for Situation { circumstances, constraints } in &self.situations {
            let circumstances = *circumstances;
            if best.is_some_and(|(share, _)| share >= circumstances.narrow(Share::WHOLE)) {
                break;
            }
            for (number, template) in (0..).zip(templates(of)) {
                for constraint in constraints {
                    let (share, resources) = match constraint.widest(template) {
                        Found::Nothing => continue,
                        Found::Everything => (Share::WHOLE, ScopeResources::Everything),
                        Found::Part(found) => (found.share, ScopeResources::Part(of, number, found.extents)),
                    };
                    let share = circumstances.narrow(share);
                    // The first of equals stays, whatever comes after.
                    if best.is_none_or(|(widest, _)| share > widest) {
                        best = Some((share, Scope { resources, circumstances }));
                    }
                }
            }
        }
        best
    }

    /// How far a resource type would be exposed if the Allow named one resource for each template of which it names some now.
    fn resource_type_if_named(&self, of: ResourceTypeIndex) -> Share {
        let mut best = Share::NONE;
        for Situation { circumstances, constraints } in &self.situations {
            for template in templates(of) {
                let share = circumstances.narrow(template.narrowest);
                if share > best && constraints.iter().any(|constraint| constraint.exists(template)) {
                    best = share;
                }
            }
        }
        best
    }

    /// How far an action of a service is exposed that takes no resource: how narrow its statement is cannot matter, only
    /// conditions can.
    ///
    /// AWS compares such actions with `*`. Its documentation contradicts itself about patterns like `arn:aws:s3:::*`, so
    /// the reading that leaves more open counts: the resource is taken to be `*`, or what such a pattern says.
    pub(crate) fn without_resources(&self, service: ServiceIndex) -> Option<(Share, Scope)> {
        let opens = |situation: &&Situation<'_>| {
            situation.constraints.iter().any(|constraint| constraint.holds_without_resources(service.prefix()))
        };
        // The first one is the widest.
        let circumstances = self.situations.iter().find(opens)?.circumstances;
        Some((circumstances.narrow(without_resources()), Scope::everything_in(circumstances)))
    }
}

/// One Allow under the guardrails of each of its actions.
#[derive(Debug)]
pub(crate) struct OpenAllows<'g, 'a> {
    allow: &'g CompiledStatement<'a>,
    guardrails: &'g Guardrails<'a>,
    by_set: BTreeMap<Option<GuardrailSetIndex>, OpenAllow<'g>>,
    /// What is known of types if one resource is named.
    named: TypeCache<Share>,
}

impl<'g, 'a> OpenAllows<'g, 'a> {
    pub(crate) fn new(allow: &'g CompiledStatement<'a>, guardrails: &'g Guardrails<'a>) -> Self {
        Self { allow, guardrails, by_set: BTreeMap::new(), named: TypeCache::new() }
    }

    /// The Allow under the guardrails of an action.
    pub(crate) fn about(&mut self, action: ActionIndex) -> &OpenAllow<'g> {
        let (allow, guardrails) = (self.allow, self.guardrails);
        let set = guardrails.set_of(action);
        self.by_set.entry(set).or_insert_with(|| match set {
            Some(set) => OpenAllow::guarded(allow, guardrails, set),
            None => OpenAllow::unguarded(allow),
        })
    }

    /// [`OpenAllow::resource_type_if_named`] for a type that an action uses.
    pub(crate) fn resource_type_if_named(&mut self, action: ActionIndex, of: ResourceTypeIndex) -> Share {
        let set = self.guardrails.set_of(action);
        if let Some(known) = self.named.get(action, set, Some(of)) {
            return known;
        }
        let share = self.about(action).resource_type_if_named(of);
        self.named.insert(action, set, Some(of), share);
        share
    }
}

/// What a resource has to satisfy in a set of circumstances: any one of these. None at all: nothing is open.
fn constraints<'g>(
    allow: &'g CompiledStatement<'_>,
    guardrails: &'g Guardrails<'_>,
    set: GuardrailSetIndex,
    circumstances: Circumstances,
) -> Vec<Constraint<'g>> {
    let mut base = Constraint::of(&allow.resources);
    for deny in guardrails.denies(set).filter(|deny| !deny.circumstances.meets(circumstances)) {
        match &deny.resources {
            Resources::Everything => return Vec::new(),
            Resources::Matching(patterns) => base = base.excluding(patterns),
            Resources::Except(patterns) => base = base.requiring(&**patterns),
        }
    }
    let mut all = vec![base];
    for layer in guardrails.layers(set) {
        let (mut named, mut excepts, mut is_free) = (Vec::new(), Vec::new(), false);
        for allow in layer.filter(|allow| circumstances.contains(allow.circumstances)) {
            match &allow.resources {
                Resources::Everything => is_free = true,
                Resources::Matching(patterns) => named.extend(patterns.iter()),
                Resources::Except(patterns) => excepts.push(&**patterns),
            }
        }
        let alternatives = usize::from(!named.is_empty()) + excepts.len();
        if is_free || all.len() * alternatives > MAX_ALTERNATIVES {
            continue;
        }
        let narrowed = |constraint: Constraint<'g>| {
            let by_name = (!named.is_empty()).then(|| constraint.clone().requiring(named.iter().copied()));
            let by_exception = excepts.iter().map(move |patterns| constraint.clone().excluding(patterns));
            by_name.into_iter().chain(by_exception).collect::<Vec<_>>()
        };
        all = all.into_iter().flat_map(narrowed).collect();
    }
    all
}
