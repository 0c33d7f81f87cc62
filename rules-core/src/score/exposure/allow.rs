//! How far one Allow reaches, by itself and under what bears on it.
//!
//! What several Allows expose is what the widest of them exposes, so each is judged by itself: in every set of dimensions
//! that may cooperate, which resources does it name that every layer names too and that no Deny names?

use std::collections::{BTreeMap, BTreeSet};

use super::guardrails::{BearingIndex, Limits};
use super::type_cache::ByType;
use super::weights::WITHOUT_RESOURCES;
use crate::catalogue::{ActionIndex, ResourceTypeIndex, ServiceIndex};
use crate::policy::ResourcePattern;
use crate::score::amount::ONE;
use crate::score::compile::circumstance::Dimensions;
use crate::score::compile::statement::{Grant, Resources};
use crate::score::resource::constraint::{Demands, Found};
use crate::score::resource::extents::Cell;
use crate::score::resource::template::templates;

/// What is reached, and what has to cooperate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reach {
    pub(crate) place: Place,
    pub(crate) dimensions: Dimensions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// Every resource, or all there is for an action that takes none.
    Everything,
    /// A cell of one template of a resource type.
    Cell(ResourceTypeIndex, u8, Cell),
}

impl Reach {
    pub(crate) const EVERYTHING: Self = Self { place: Place::Everything, dimensions: Dimensions::NONE };
}

/// A set of dimensions in which an Allow opens, with what a resource has to satisfy there: one of several demands.
#[derive(Debug)]
struct Situation<'g> {
    set: Dimensions,
    demands: Vec<Demands<'g>>,
}

/// One Allow under what bears on some of its actions.
#[derive(Debug)]
pub(crate) struct OpenAllow<'g> {
    /// Widest set of dimensions first.
    situations: Vec<Situation<'g>>,
}

impl<'g> OpenAllow<'g> {
    fn unlimited(allow: &'g Grant<'_>) -> Self {
        let demands = vec![Demands::of(&allow.resources)];
        Self { situations: vec![Situation { set: allow.dimensions, demands }] }
    }

    fn limited(allow: &'g Grant<'_>, limits: &'g Limits<'_>, bearing: BearingIndex) -> Self {
        let statements = limits.denies(bearing).chain(limits.layers(bearing).flatten());
        let relevant = statements.fold(allow.dimensions, |all, grant| all.union(grant.dimensions));
        let mut situations: Vec<Situation<'g>> = Vec::new();
        let mut asked = BTreeSet::new();
        for set in relevant.subsets().filter(|set| set.contains(allow.dimensions)) {
            // The same statements were in force in a wider set: the answer is the same, and worth less here.
            let in_force: Vec<bool> = limits
                .denies(bearing)
                .map(|deny| !deny.dimensions.meets(set))
                .chain(limits.layers(bearing).flatten().map(|allow| set.contains(allow.dimensions)))
                .collect();
            if !asked.insert(in_force) {
                continue;
            }
            let demands = demands(allow, limits, bearing, set);
            // Where nothing but the Allow itself demands anything, no narrower set opens more.
            let is_free = demands.iter().any(|demands| !demands.is_narrowed());
            if !demands.is_empty() {
                situations.push(Situation { set, demands });
            }
            if is_free {
                break;
            }
        }
        Self { situations }
    }

    /// How far a resource type is reached.
    pub(crate) fn resource_type(&self, of: ResourceTypeIndex) -> Option<(u32, Reach)> {
        let mut best: Option<(u32, Reach)> = None;
        for Situation { set, demands } in &self.situations {
            if best.is_some_and(|(share, _)| share >= set.narrow(ONE)) {
                break;
            }
            for (number, template) in (0u8..).zip(templates(of)) {
                for demands in demands {
                    let found = match demands.widest(template) {
                        Found::Nothing => continue,
                        Found::Everything => (ONE, Place::Everything),
                        Found::Cell(share, cell) => (share, Place::Cell(of, number, cell)),
                    };
                    let share = set.narrow(found.0);
                    // The first of equals stays, whatever comes after.
                    if best.is_none_or(|(widest, _)| share > widest) {
                        best = Some((share, Reach { place: found.1, dimensions: *set }));
                    }
                }
            }
        }
        best
    }

    /// How far a resource type would be reached if the Allow named one resource for each template that it reaches now.
    fn resource_type_if_named(&self, of: ResourceTypeIndex) -> u32 {
        let mut best = 0;
        for Situation { set, demands } in &self.situations {
            for template in templates(of) {
                let share = set.narrow(template.narrowest);
                if share > best && demands.iter().any(|demands| demands.exists(template)) {
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
    pub(crate) fn without_resources(&self, service: ServiceIndex) -> Option<(u32, Reach)> {
        let opens = |situation: &&Situation<'_>| {
            situation.demands.iter().any(|demands| demands.holds_without_resources(service.prefix()))
        };
        // The first one is the widest.
        let set = self.situations.iter().find(opens)?.set;
        Some((set.narrow(WITHOUT_RESOURCES), Reach { place: Place::Everything, dimensions: set }))
    }
}

/// One Allow under what bears on each of its actions.
#[derive(Debug)]
pub(crate) struct OpenAllows<'g, 'a> {
    allow: &'g Grant<'a>,
    limits: &'g Limits<'a>,
    by_bearing: BTreeMap<Option<BearingIndex>, OpenAllow<'g>>,
    /// What is known of types if one resource is named.
    named: ByType<u32>,
}

impl<'g, 'a> OpenAllows<'g, 'a> {
    pub(crate) fn new(allow: &'g Grant<'a>, limits: &'g Limits<'a>) -> Self {
        Self { allow, limits, by_bearing: BTreeMap::new(), named: ByType::new() }
    }

    /// The Allow under what bears on an action.
    pub(crate) fn about(&mut self, action: ActionIndex) -> &OpenAllow<'g> {
        let (allow, limits) = (self.allow, self.limits);
        let bearing = limits.bearing(action);
        self.by_bearing.entry(bearing).or_insert_with(|| match bearing {
            Some(bearing) => OpenAllow::limited(allow, limits, bearing),
            None => OpenAllow::unlimited(allow),
        })
    }

    /// [`OpenAllow::resource_type_if_named`] for a type that an action uses.
    pub(crate) fn resource_type_if_named(&mut self, action: ActionIndex, of: ResourceTypeIndex) -> u32 {
        let bearing = self.limits.bearing(action);
        if let Some(known) = self.named.get(action, bearing, Some(of)) {
            return known;
        }
        let share = self.about(action).resource_type_if_named(of);
        self.named.insert(action, bearing, Some(of), share);
        share
    }
}

/// More demands than these in one situation, and a layer is taken to allow whatever the others do.
const MAX_DEMANDS: usize = 64;

/// What a resource has to satisfy in a set of dimensions: any one of these. None at all: nothing is open.
fn demands<'g>(
    allow: &'g Grant<'_>,
    limits: &'g Limits<'_>,
    bearing: BearingIndex,
    set: Dimensions,
) -> Vec<Demands<'g>> {
    let mut base = Demands::of(&allow.resources);
    for deny in limits.denies(bearing).filter(|deny| !deny.dimensions.meets(set)) {
        match &deny.resources {
            Resources::Everything => return Vec::new(),
            Resources::Matching(patterns) => base.exclude(patterns),
            Resources::Except(patterns) => base.require(patterns.iter()),
        }
    }
    let mut all = vec![base];
    for layer in limits.layers(bearing) {
        let open: Vec<&Resources<'_>> =
            layer.filter(|allow| set.contains(allow.dimensions)).map(|allow| &allow.resources).collect();
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
        for demands in all {
            if !named.is_empty() {
                let mut demands = demands.clone();
                demands.require(named.iter().copied());
                ways.push(demands);
            }
            for patterns in &excepts {
                let mut demands = demands.clone();
                demands.exclude(patterns);
                ways.push(demands);
            }
        }
        all = ways;
    }
    all
}
