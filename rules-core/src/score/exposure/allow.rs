//! How far one Allow exposes resources, by itself and under its guardrails.
//!
//! What several Allows expose is what the widest of them exposes, so each is evaluated by itself: in every set of
//! circumstances that may cooperate, which resources does it name that every layer names too and that no Deny names?

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::guardrails::{GuardrailSetIndex, Guardrails};
use super::harm_model::Counts;
use super::known_roles;
use super::measure::ExposureMeasure;
use super::scope::{Scope, ScopeResources};
use super::setting::Setting;
use super::type_cache::TypeCache;
use super::weights::without_resources;
use crate::catalogue::{ActionIndex, ResourceTypeIndex, ServiceIndex};
use crate::policy::ResourcePattern;
use crate::score::compile::circumstance::Circumstances;
use crate::score::compile::principal::Own;
use crate::score::compile::statement::{CompiledStatement, Patterns, Resources};
use crate::score::definition::MAX_ALTERNATIVES;
use crate::score::resource::constraint::Constraint;
use crate::score::resource::exclusions::Exclusions;
use crate::score::resource::extents::Breadth;
use crate::score::resource::problem::Found;
use crate::score::resource::scale::Scale;
use crate::score::resource::template::{Template, templates};
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
    setting: &'g Setting,
    allow: &'g Resources<'g>,
    /// Widest set of circumstances first.
    situations: Vec<Situation<'g>>,
}

/// Which of an Allow's resources are asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    All,
    /// Those that are not the holder's own.
    Others,
}

impl Part {
    fn of(measure: ExposureMeasure) -> Self {
        match measure {
            ExposureMeasure::Harm(Counts::ByOthers | Counts::AlwaysForOthers) => Self::Others,
            ExposureMeasure::Sum | ExposureMeasure::Harm(Counts::ByResources | Counts::Always | Counts::ByRole) => {
                Self::All
            }
        }
    }

    /// What resources the part of a statement's are; none when there are none.
    fn constraint<'g>(self, resources: &'g Resources<'_>) -> Option<Constraint<'g>> {
        match self {
            Self::All => Some(Constraint::of(resources)),
            Self::Others => Constraint::of_others(resources),
        }
    }

    /// Those of the patterns of a limit that are about the part.
    fn among<'g>(self, patterns: &'g Patterns<'_>) -> Vec<(&'g ResourcePattern, Own)> {
        patterns.iter().filter(|(_, own)| self == Self::All || *own == Own::No).collect()
    }
}

impl<'g> OpenAllow<'g> {
    fn unguarded(allow: &'g CompiledStatement<'_>, part: Part, setting: &'g Setting) -> Self {
        let constraints: Vec<Constraint<'g>> = part.constraint(&allow.resources).into_iter().collect();
        let situation = Situation { circumstances: allow.circumstances, constraints };
        Self { setting, allow: &allow.resources, situations: vec![situation] }
    }

    fn guarded(
        allow: &'g CompiledStatement<'_>,
        part: Part,
        guardrails: &'g Guardrails<'_>,
        set: GuardrailSetIndex,
        denied: &DeniedPatterns<'g>,
    ) -> Self {
        let setting = &guardrails.setting;
        let relevant = denied.circumstances(guardrails, set).union(allow.circumstances);
        let mut situations: Vec<Situation<'g>> = Vec::new();
        let mut seen = BTreeSet::new();
        let subsets = relevant.subsets(setting.definition).into_iter();
        for circumstances in subsets.filter(|subset| subset.contains(allow.circumstances)) {
            // Where the same statements apply in a wider set, the answer is the same, and worth less here.
            let denies = denied.of(guardrails, set, circumstances);
            let layers = guardrails.layers(set).flatten();
            let applying: Vec<bool> = layers.map(|allow| circumstances.contains(allow.circumstances)).collect();
            if !seen.insert((Rc::as_ptr(&denies).addr(), applying)) {
                continue;
            }
            let constraints = constraints(allow, part, guardrails, set, circumstances, &denies);
            // Where only the Allow itself constrains resources, no narrower set opens more, unless what it is worth depends
            // on the resources.
            let is_free = setting.is_even(relevant) && constraints.iter().any(|constraint| !constraint.is_narrowed());
            if !constraints.is_empty() {
                situations.push(Situation { circumstances, constraints });
            }
            if is_free {
                break;
            }
        }
        Self { setting, allow: &allow.resources, situations }
    }

    /// How far a resource type is exposed.
    pub(crate) fn resource_type(&self, of: ResourceTypeIndex, measure: ExposureMeasure) -> Option<(Share, Scope)> {
        let definition = self.setting.definition;
        let scale = match measure {
            ExposureMeasure::Sum => Scale::sum(definition),
            ExposureMeasure::Harm(_) if self.setting.requester.is_some() => Scale::own_resource(definition),
            ExposureMeasure::Harm(Counts::ByRole) => Scale::assumed_roles(definition),
            ExposureMeasure::Harm(_) => Scale::harm(definition),
        };
        let mut best: Option<(Share, Scope)> = None;
        for Situation { circumstances, constraints } in &self.situations {
            let circumstances = *circumstances;
            let whole = self.setting.narrow(circumstances, Some(of), Share::WHOLE);
            if best.is_some_and(|(share, _)| share >= whole) {
                continue;
            }
            for (number, template) in (0..).zip(templates(of, definition)) {
                for constraint in constraints {
                    let Some(found) = self.breadth(constraint, template, scale, measure) else { continue };
                    let resources = match found {
                        Exposed::Everything => ScopeResources::Everything,
                        Exposed::Part(breadth) | Exposed::InFull(breadth) => {
                            ScopeResources::Part(of, number, breadth.extents)
                        }
                    };
                    let share = match found {
                        Exposed::Everything | Exposed::InFull(_) => whole,
                        Exposed::Part(breadth) => self.setting.narrow(circumstances, Some(of), breadth.share),
                    };
                    // The first of equals stays, whatever comes after.
                    if best.is_none_or(|(widest, _)| share > widest) {
                        best = Some((share, Scope { resources, circumstances }));
                    }
                }
            }
        }
        best
    }

    /// Whether any resource of a type is exposed that needs these circumstances at most.
    pub(crate) fn is_open_within(&self, of: ResourceTypeIndex, circumstances: Circumstances) -> bool {
        let within = self.situations.iter().filter(|situation| circumstances.contains(situation.circumstances));
        let mut constraints = within.flat_map(|situation| &situation.constraints);
        let templates = templates(of, self.setting.definition);
        constraints.any(|constraint| templates.iter().any(|template| constraint.exists(template)))
    }

    /// How much of a template a constraint leaves by a measure.
    fn breadth(
        &self,
        constraint: &Constraint<'g>,
        template: &'static Template,
        scale: Scale,
        measure: ExposureMeasure,
    ) -> Option<Exposed> {
        let found = match constraint.widest(template, scale) {
            Found::Nothing => return None,
            Found::Everything => return Some(Exposed::Everything),
            Found::Part(breadth) => breadth,
        };
        Some(match measure {
            ExposureMeasure::Harm(Counts::Always | Counts::AlwaysForOthers) => Exposed::InFull(found),
            ExposureMeasure::Harm(Counts::ByRole) => {
                Exposed::Part(known_roles::widened(constraint, self.allow, template, scale, found))
            }
            ExposureMeasure::Sum | ExposureMeasure::Harm(Counts::ByResources | Counts::ByOthers) => {
                Exposed::Part(found)
            }
        })
    }

    /// How far a resource type would be exposed if the Allow named one resource for each template of which it names some now.
    fn resource_type_if_named(&self, of: ResourceTypeIndex, measure: ExposureMeasure) -> Share {
        let definition = self.setting.definition;
        let mut best = Share::NONE;
        for Situation { circumstances, constraints } in &self.situations {
            for template in templates(of, definition) {
                let share = match measure {
                    ExposureMeasure::Sum => template.narrowest(Scale::sum(definition)),
                    ExposureMeasure::Harm(Counts::Always | Counts::AlwaysForOthers) => Share::WHOLE,
                    ExposureMeasure::Harm(_) => template.narrowest(Scale::harm(definition)),
                };
                let share = self.setting.narrow(*circumstances, Some(of), share);
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
    pub(crate) fn without_resources(&self, service: ServiceIndex, measure: ExposureMeasure) -> Option<(Share, Scope)> {
        let opens = |situation: &&Situation<'_>| {
            situation.constraints.iter().any(|constraint| constraint.holds_without_resources(service.prefix()))
        };
        let scale = match measure {
            ExposureMeasure::Sum => Scale::sum(self.setting.definition),
            ExposureMeasure::Harm(_) => Scale::harm(self.setting.definition),
        };
        let exposed = self.situations.iter().filter(opens).map(|situation| {
            let share = self.setting.narrow(situation.circumstances, None, without_resources(scale));
            (share, Scope::everything_in(situation.circumstances))
        });
        // The first of equals stays.
        exposed.reduce(|best, other| if other.0 > best.0 { other } else { best })
    }
}

/// How much of a template is exposed.
enum Exposed {
    /// Every resource.
    Everything,
    /// As much as this.
    Part(Breadth),
    /// As much as this, which counts in full.
    InFull(Breadth),
}

/// One Allow under the guardrails of each of its actions.
#[derive(Debug)]
pub(crate) struct OpenAllows<'g, 'a> {
    allow: &'g CompiledStatement<'a>,
    guardrails: &'g Guardrails<'a>,
    denied: Rc<DeniedPatterns<'g>>,
    by_set: BTreeMap<(Option<GuardrailSetIndex>, Part), OpenAllow<'g>>,
    /// What is known of types if one resource is named, for each measure.
    named: [TypeCache<Share>; ExposureMeasure::COUNT],
}

impl<'g, 'a> OpenAllows<'g, 'a> {
    /// `denied` is what all Allows share that are evaluated under the same guardrails.
    pub(crate) fn new(
        allow: &'g CompiledStatement<'a>,
        guardrails: &'g Guardrails<'a>,
        denied: Rc<DeniedPatterns<'g>>,
    ) -> Self {
        Self { allow, guardrails, denied, by_set: BTreeMap::new(), named: Default::default() }
    }

    /// The Allow under the guardrails of an action, as far as a measure asks about its resources.
    pub(crate) fn about(&mut self, action: ActionIndex, measure: ExposureMeasure) -> &OpenAllow<'g> {
        let (allow, guardrails, part) = (self.allow, self.guardrails, Part::of(measure));
        let set = guardrails.set_of(action);
        self.by_set.entry((set, part)).or_insert_with(|| match set {
            Some(set) => OpenAllow::guarded(allow, part, guardrails, set, &self.denied),
            None => OpenAllow::unguarded(allow, part, &guardrails.setting),
        })
    }

    /// How far a type that an action uses would be exposed if the Allow named one resource of it.
    pub(crate) fn resource_type_if_named(
        &mut self,
        action: ActionIndex,
        of: ResourceTypeIndex,
        measure: ExposureMeasure,
    ) -> Share {
        let set = self.guardrails.set_of(action);
        let known = |named: &[TypeCache<Share>; ExposureMeasure::COUNT]| {
            named.get(measure.number())?.get(action, set, Some(of))
        };
        if let Some(known) = known(&self.named) {
            return known;
        }
        let share = self.about(action, measure).resource_type_if_named(of, measure);
        if let Some(named) = self.named.get_mut(measure.number()) {
            named.insert(action, set, Some(of), share);
        }
        share
    }
}

/// The Denies that apply together, which are put in order once for all Allows.
#[derive(Debug, Default)]
pub(crate) struct DeniedPatterns<'g> {
    /// By the set of guardrails: the circumstances that its statements ask for.
    circumstances: RefCell<BTreeMap<GuardrailSetIndex, Circumstances>>,
    in_circumstances: RefCell<BTreeMap<(GuardrailSetIndex, Circumstances), Rc<Applying<'g>>>>,
    by_denies: RefCell<ByDenies<'g>>,
}

/// By a set of guardrails and the places of Denies in memory: they cannot move while they are borrowed.
type ByDenies<'g> = BTreeMap<(GuardrailSetIndex, Vec<usize>), Rc<Applying<'g>>>;

/// Denies of a set of guardrails that apply together.
#[derive(Debug, Default)]
struct Applying<'g> {
    /// Whether one of them is about every resource.
    is_everything: bool,
    /// The patterns that they spare.
    excepts: Vec<&'g Patterns<'g>>,
    /// The patterns that they are about.
    exclusions: Rc<Exclusions<'g>>,
}

impl<'g> DeniedPatterns<'g> {
    fn circumstances(&self, guardrails: &'g Guardrails<'_>, set: GuardrailSetIndex) -> Circumstances {
        *self.circumstances.borrow_mut().entry(set).or_insert_with(|| {
            let statements = guardrails.denies(set).chain(guardrails.layers(set).flatten());
            statements.fold(Circumstances::NONE, |all, statement| all.union(statement.circumstances))
        })
    }

    /// Those of a set that apply in some circumstances.
    fn of(
        &self,
        guardrails: &'g Guardrails<'_>,
        set: GuardrailSetIndex,
        circumstances: Circumstances,
    ) -> Rc<Applying<'g>> {
        let mut known = self.in_circumstances.borrow_mut();
        let applying = known.entry((set, circumstances)).or_insert_with(|| {
            let denies = guardrails.denies(set).filter(|deny| !deny.circumstances.meets(circumstances));
            let denies: Vec<&'g CompiledStatement<'_>> = denies.collect();
            let key = (set, denies.iter().map(|deny| std::ptr::from_ref(*deny).addr()).collect());
            let mut by_denies = self.by_denies.borrow_mut();
            Rc::clone(by_denies.entry(key).or_insert_with(|| Rc::new(Applying::new(&denies))))
        });
        Rc::clone(applying)
    }
}

impl<'g> Applying<'g> {
    fn new(denies: &[&'g CompiledStatement<'_>]) -> Self {
        let mut found = Self::default();
        let mut patterns = Vec::new();
        for deny in denies {
            match &deny.resources {
                Resources::Everything => found.is_everything = true,
                Resources::Matching(matching) => patterns.push(matching.iter()),
                Resources::Except(spared) => found.excepts.push(spared),
            }
        }
        found.exclusions = Rc::new(Exclusions::new(patterns.into_iter().flatten().collect()));
        found
    }
}

/// What a resource has to satisfy in a set of circumstances: any one of these. None at all: nothing is open.
fn constraints<'g>(
    allow: &'g CompiledStatement<'_>,
    part: Part,
    guardrails: &'g Guardrails<'_>,
    set: GuardrailSetIndex,
    circumstances: Circumstances,
    denies: &Applying<'g>,
) -> Vec<Constraint<'g>> {
    let Some(mut base) = part.constraint(&allow.resources) else { return Vec::new() };
    if denies.is_everything {
        return Vec::new();
    }
    for spared in &denies.excepts {
        let patterns = part.among(spared);
        if patterns.is_empty() {
            return Vec::new();
        }
        base = base.requiring(patterns);
    }
    base = base.beside(Rc::clone(&denies.exclusions));
    let mut all = vec![base];
    for layer in guardrails.layers(set) {
        let (mut named, mut excepts, mut is_free) = (Vec::new(), Vec::new(), false);
        for allow in layer.filter(|allow| circumstances.contains(allow.circumstances)) {
            match &allow.resources {
                Resources::Everything => is_free = true,
                Resources::Matching(patterns) => named.extend(part.among(patterns)),
                Resources::Except(patterns) => excepts.push(patterns),
            }
        }
        let alternatives = usize::from(!named.is_empty()) + excepts.len();
        if is_free || all.len() * alternatives > MAX_ALTERNATIVES {
            continue;
        }
        let narrowed = |constraint: Constraint<'g>| {
            let by_name = (!named.is_empty()).then(|| constraint.clone().requiring(named.iter().copied()));
            let by_exception = excepts.iter().map(move |patterns| constraint.clone().excluding(patterns.iter()));
            by_name.into_iter().chain(by_exception).collect::<Vec<_>>()
        };
        all = all.into_iter().flat_map(narrowed).collect();
    }
    all
}
