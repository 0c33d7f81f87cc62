//! How far each action is exposed.
//!
//! Most actions of most policies are granted on everything by some statement, and nothing denies: those are kept as one
//! set with its amount. The others are judged one by one, by the statements that bear on them; actions with the same
//! statements and the same resource type share one answer.

use std::collections::{BTreeMap, BTreeSet};

use super::amount::{ONE, percent_of};
use super::cell::{Cell, Extent, Template, templates};
use super::dimension::Dimensions;
use super::grant::{Grant, Grants, Resources};
use super::weights::{WITHOUT_RESOURCES, weights};
use super::witness::Search;
use crate::catalogue::{ActionIndex, ActionSet, ResourceTypeIndex};
use crate::policy::ResourcePattern;

/// No more cells of one template than this are told apart: more than any template of the catalogue has.
const MAX_CELLS: usize = 4_096;

/// How far an action is exposed, and by what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exposure {
    pub(super) share: u32,
    /// The index of the Allow that exposes it furthest.
    pub(super) allow: usize,
    pub(super) reach: Reach,
}

/// What is reached, and what has to cooperate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reach {
    pub(super) place: Place,
    pub(super) dimensions: Dimensions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// Every resource, or all there is for an action that takes none.
    Everything,
    /// A cell of one template of a resource type.
    Cell(ResourceTypeIndex, u8, Cell),
}

impl Reach {
    pub(super) const EVERYTHING: Self = Self { place: Place::Everything, dimensions: Dimensions::NONE };
}

/// The exposure of every action.
pub(super) struct Exposures {
    /// Actions exposed on everything by an unconditional Allow, by the first such Allow.
    pub(super) full: Vec<(usize, ActionSet)>,
    /// All of [`Self::full`] together.
    pub(super) all_full: ActionSet,
    /// Those that more than one unconditional Allow exposes on everything.
    pub(super) doubly_full: ActionSet,
    /// The others, in order, without those that are not exposed.
    pub(super) partial: Vec<(ActionIndex, Exposure)>,
}

impl Exposures {
    pub(super) fn of(grants: &Grants<'_>) -> Self {
        let limited = Self::limited(grants);
        let mut found = Self {
            full: Vec::new(),
            all_full: ActionSet::empty(),
            doubly_full: ActionSet::empty(),
            partial: Vec::new(),
        };
        for (index, allow) in grants.allows.iter().enumerate() {
            if !allow.resources.is_everything() || !allow.dimensions.is_empty() {
                continue;
            }
            let mut open = allow.actions.clone();
            if let Some(limited) = &limited {
                open.subtract(limited);
            }
            let mut again = open.clone();
            again.intersect_with(&found.all_full);
            found.doubly_full.union_with(&again);
            open.subtract(&found.all_full);
            if !open.is_empty() {
                found.all_full.union_with(&open);
                found.full.push((index, open));
            }
        }
        found.partial = Judge::new(grants).partial(&found.all_full);
        found
    }

    /// Actions on which a Deny or a limiting layer bears; none when there are none of either.
    fn limited(grants: &Grants<'_>) -> Option<ActionSet> {
        if grants.denies.is_empty() && grants.limits.is_empty() {
            return None;
        }
        let mut limited = ActionSet::empty();
        for deny in &grants.denies {
            limited.union_with(&deny.actions);
        }
        for layer in &grants.limits {
            let mut closed = ActionSet::full();
            for allow in layer.iter().filter(|allow| allow.resources.is_everything() && allow.dimensions.is_empty()) {
                closed.subtract(&allow.actions);
            }
            limited.union_with(&closed);
        }
        Some(limited)
    }

    /// The share at which `action` is exposed.
    pub(super) fn share(&self, action: ActionIndex) -> u32 {
        if self.all_full.contains(action) {
            return weights().full_share(action);
        }
        self.partial(action).map_or(0, |exposure| exposure.share)
    }

    /// The exposure of an action that is not among [`Self::full`].
    pub(super) fn partial(&self, action: ActionIndex) -> Option<&Exposure> {
        let place = self.partial.binary_search_by_key(&action, |(action, _)| *action).ok()?;
        self.partial.get(place).map(|(_, exposure)| exposure)
    }

    /// The Allow that exposes `action` furthest.
    pub(super) fn allow(&self, action: ActionIndex) -> Option<usize> {
        let full = self.full.iter().find(|(_, actions)| actions.contains(action)).map(|(allow, _)| *allow);
        full.or_else(|| self.partial(action).map(|exposure| exposure.allow))
    }
}

/// The statements that bear on an action, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Bearing {
    allows: Vec<u32>,
    denies: Vec<u32>,
    limits: Vec<Vec<u32>>,
}

/// Judges actions one by one, remembering what it worked out.
struct Judge<'g, 'a> {
    grants: &'g Grants<'a>,
    bearings: BTreeMap<Bearing, usize>,
    by_type: BTreeMap<(usize, ResourceTypeIndex), Option<Exposure>>,
    by_pattern_list: BTreeMap<(usize, ResourceTypeIndex), Option<(u32, Place)>>,
}

impl<'g, 'a> Judge<'g, 'a> {
    fn new(grants: &'g Grants<'a>) -> Self {
        Self { grants, bearings: BTreeMap::new(), by_type: BTreeMap::new(), by_pattern_list: BTreeMap::new() }
    }

    fn partial(mut self, full: &ActionSet) -> Vec<(ActionIndex, Exposure)> {
        let mut open = ActionSet::empty();
        for allow in &self.grants.allows {
            open.union_with(&allow.actions);
        }
        open.subtract(full);
        let mut exposures = Vec::new();
        for action in open.iter() {
            if let Some(exposure) = self.action(action) {
                if exposure.share > 0 {
                    exposures.push((action, exposure));
                }
            }
        }
        exposures
    }

    fn action(&mut self, action: ActionIndex) -> Option<Exposure> {
        let bearing = self.bearing(action)?;
        let types = action.resource_types();
        if types.len() == 0 {
            return self.without_resources(action, &bearing);
        }
        let next = self.bearings.len();
        let id = *self.bearings.entry(bearing.clone()).or_insert(next);
        let types: Vec<_> = types.collect();
        let carries = types.iter().any(|of| of.carrier);
        let counted = |of: &&crate::catalogue::ActionResourceType| if carries { of.carrier } else { of.required };
        let counting: Vec<ResourceTypeIndex> = types.iter().filter(counted).map(|of| of.resource_type).collect();
        if counting.is_empty() {
            let all = types.iter().map(|of| of.resource_type);
            return all.filter_map(|of| self.resource_type(id, &bearing, of)).max_by(wider);
        }
        let (mut sum, mut best) = (0u64, None);
        for of in &counting {
            if let Some(exposure) = self.resource_type(id, &bearing, *of) {
                sum += u64::from(exposure.share);
                best = [best, Some(exposure)].into_iter().flatten().max_by(wider);
            }
        }
        // Rounded up: a share too small would be a score too good.
        let mean = u32::try_from(sum.div_ceil(counting.len() as u64)).unwrap_or(ONE);
        best.map(|exposure| Exposure { share: mean, ..exposure })
    }

    /// None when no Allow is about the action, or a layer has none.
    fn bearing(&self, action: ActionIndex) -> Option<Bearing> {
        fn about(grants: &[Grant<'_>], action: ActionIndex) -> Vec<u32> {
            (0..).zip(grants).filter(|(_, grant)| grant.actions.contains(action)).map(|(index, _)| index).collect()
        }
        let bearing = Bearing {
            allows: about(&self.grants.allows, action),
            denies: about(&self.grants.denies, action),
            limits: self.grants.limits.iter().map(|layer| about(layer, action)).collect(),
        };
        let open = !bearing.allows.is_empty() && bearing.limits.iter().all(|layer| !layer.is_empty());
        open.then_some(bearing)
    }

    fn allows<'b>(&self, bearing: &'b Bearing) -> impl Iterator<Item = (usize, &'g Grant<'a>)> + 'b
    where
        'g: 'b,
    {
        pick(&self.grants.allows, &bearing.allows)
    }

    /// An action that takes no resource: how narrow its statement is cannot matter, only conditions can.
    ///
    /// AWS compares such actions with `*`. Its documentation contradicts itself about patterns like `arn:aws:s3:::*`, so
    /// whatever of the two leaves more open counts: the resource is taken to be `*`, or what such a pattern says.
    fn without_resources(&self, action: ActionIndex, bearing: &Bearing) -> Option<Exposure> {
        let mut best: Option<Exposure> = None;
        let mut consider = |names: &dyn Fn(&Grant<'a>) -> bool| {
            let Some((allow, dimensions)) = self.widest_set(bearing, names, names) else { return };
            let reach = Reach { place: Place::Everything, dimensions };
            let exposure = Exposure { share: dimensions.narrow(WITHOUT_RESOURCES), allow, reach };
            // The first of equals stays.
            if best.is_none_or(|best| exposure.share > best.share) {
                best = Some(exposure);
            }
        };
        consider(&|grant| !matches!(grant.resources, Resources::Matching(_)));
        for resource in self.open_resources(bearing, action.service().prefix()) {
            let matches = |patterns: &[ResourcePattern]| patterns.iter().any(|pattern| pattern.matches(&resource));
            consider(&|grant| match &grant.resources {
                Resources::Everything => true,
                Resources::Matching(patterns) => matches(patterns),
                Resources::Except(patterns) => !matches(patterns),
            });
        }
        best
    }

    /// The patterns of an action's statements that leave the resource open, such as `arn:aws:s3:::*`, in order.
    fn open_resources(&self, bearing: &Bearing, service: &str) -> BTreeSet<String> {
        let allows = pick(&self.grants.allows, &bearing.allows);
        let limits = self.grants.limits.iter().zip(&bearing.limits).flat_map(|(layer, indices)| pick(layer, indices));
        let denies = pick(&self.grants.denies, &bearing.denies)
            .filter(|(_, deny)| matches!(deny.resources, Resources::Except(_)));
        let patterns = allows.chain(limits).chain(denies).flat_map(|(_, grant)| grant.resources.patterns());
        patterns
            .map(ResourcePattern::segments)
            .filter(|[_, _, of, _, _, resource]| {
                crate::policy::only_stars(resource) && crate::glob::matches(of, service)
            })
            .map(|segments| segments.join(":"))
            .collect()
    }

    /// The widest set of dimensions in which every layer has an Allow that `opens` and no Deny that `closes` is in force;
    /// with the first such Allow.
    fn widest_set(
        &self,
        bearing: &Bearing,
        closes: &dyn Fn(&Grant<'a>) -> bool,
        opens: &dyn Fn(&Grant<'a>) -> bool,
    ) -> Option<(usize, Dimensions)> {
        let in_force = |allow: &Grant<'a>, set: Dimensions| set.contains(allow.dimensions) && opens(allow);
        let denies: Vec<&Grant<'a>> =
            pick(&self.grants.denies, &bearing.denies).map(|(_, deny)| deny).filter(|deny| closes(deny)).collect();
        self.relevant(bearing).subsets().into_iter().find_map(|set| {
            let denied = denies.iter().any(|deny| !deny.dimensions.meets(set));
            let mut limits = self.grants.limits.iter().zip(&bearing.limits);
            if denied || !limits.all(|(layer, indices)| pick(layer, indices).any(|(_, allow)| in_force(allow, set))) {
                return None;
            }
            self.allows(bearing).find(|(_, allow)| in_force(allow, set)).map(|(allow, _)| (allow, set))
        })
    }

    /// Every dimension that any statement bearing on an action asks for.
    fn relevant(&self, bearing: &Bearing) -> Dimensions {
        let allows = pick(&self.grants.allows, &bearing.allows);
        let denies = pick(&self.grants.denies, &bearing.denies);
        let limits = self.grants.limits.iter().zip(&bearing.limits).flat_map(|(layer, indices)| pick(layer, indices));
        allows.chain(denies).chain(limits).fold(Dimensions::NONE, |all, (_, grant)| all.union(grant.dimensions))
    }

    fn resource_type(&mut self, id: usize, bearing: &Bearing, of: ResourceTypeIndex) -> Option<Exposure> {
        if let Some(known) = self.by_type.get(&(id, of)) {
            return *known;
        }
        let exposure = if bearing.denies.is_empty() && bearing.limits.is_empty() {
            self.by_patterns(bearing, of)
        } else {
            self.by_search(bearing, of)
        };
        self.by_type.insert((id, of), exposure);
        exposure
    }

    /// Nothing limits the Allows: the widest pattern of any of them counts.
    fn by_patterns(&mut self, bearing: &Bearing, of: ResourceTypeIndex) -> Option<Exposure> {
        let mut best: Option<Exposure> = None;
        for (index, allow) in self.allows(bearing) {
            let reached = match &allow.resources {
                Resources::Everything => Some((ONE, Place::Everything)),
                Resources::Matching(patterns) => {
                    let key = (index, of);
                    *self.by_pattern_list.entry(key).or_insert_with(|| widest_of(patterns, of))
                }
                Resources::Except(_) => return self.by_search(bearing, of),
            };
            if let Some((share, place)) = reached {
                let reach = Reach { place, dimensions: allow.dimensions };
                let exposure = Exposure { share: allow.dimensions.narrow(share), allow: index, reach };
                // The first of equals stays, whatever comes after.
                if best.is_none_or(|best| exposure.share > best.share) {
                    best = Some(exposure);
                }
            }
        }
        best
    }

    /// Something limits the Allows: the widest cell in the widest set of dimensions for which a witness exists.
    fn by_search(&self, bearing: &Bearing, of: ResourceTypeIndex) -> Option<Exposure> {
        if self.is_about_everything(bearing) {
            let (allow, dimensions) = self.widest_set(bearing, &|_| true, &|_| true)?;
            let reach = Reach { place: Place::Everything, dimensions };
            return Some(Exposure { share: dimensions.narrow(ONE), allow, reach });
        }
        let mut best: Option<Exposure> = None;
        let mut asked = BTreeSet::new();
        for set in self.relevant(bearing).subsets() {
            if best.is_some_and(|best| best.share >= set.narrow(ONE)) {
                break;
            }
            // The same statements were in force in a wider set: the answer is the same, and worth less here.
            if !asked.insert(self.in_force(bearing, set)) {
                continue;
            }
            let Some(question) = Question::new(self, bearing, set) else { continue };
            for (number, template) in (0u8..).zip(templates(of)) {
                let Some(bound) = question.bound(template) else { continue };
                let search = Search::new(template, &question.patterns);
                for (share, cell) in cells(template).into_iter().skip_while(|(share, _)| *share > bound) {
                    let share = set.narrow(share);
                    if best.is_some_and(|best| best.share >= share) {
                        break;
                    }
                    if let Some(allow) = question.answer(&search, cell) {
                        let reach = Reach { place: Place::Cell(of, number, cell), dimensions: set };
                        best = Some(Exposure { share, allow, reach });
                        break;
                    }
                }
            }
        }
        best
    }

    /// For each statement that bears on an action, whether it is in force in this set of dimensions.
    fn in_force(&self, bearing: &Bearing, set: Dimensions) -> Vec<bool> {
        let allows = pick(&self.grants.allows, &bearing.allows);
        let limits = self.grants.limits.iter().zip(&bearing.limits).flat_map(|(layer, indices)| pick(layer, indices));
        let opens = allows.chain(limits).map(|(_, allow)| set.contains(allow.dimensions));
        let closes = pick(&self.grants.denies, &bearing.denies).map(|(_, deny)| !deny.dimensions.meets(set));
        opens.chain(closes).collect()
    }

    fn is_about_everything(&self, bearing: &Bearing) -> bool {
        let allows = pick(&self.grants.allows, &bearing.allows);
        let denies = pick(&self.grants.denies, &bearing.denies);
        let limits = self.grants.limits.iter().zip(&bearing.limits).flat_map(|(layer, indices)| pick(layer, indices));
        allows.chain(denies).chain(limits).all(|(_, grant)| grant.resources.is_everything())
    }
}

/// Whether a resource exists that some open Allow names, every limit names, and no closed Deny names.
struct Question<'a> {
    allows: Vec<(usize, &'a Resources<'a>)>,
    limits: Vec<Vec<&'a Resources<'a>>>,
    denies: Vec<&'a Resources<'a>>,
    /// The patterns of all of these, in this order.
    patterns: Vec<&'a ResourcePattern>,
}

impl<'a> Question<'a> {
    /// None when the answer is no for every resource.
    fn new(judge: &Judge<'a, 'a>, bearing: &Bearing, set: Dimensions) -> Option<Self> {
        fn open<'a>(grant: &'a Grant<'a>, set: Dimensions) -> Option<&'a Resources<'a>> {
            set.contains(grant.dimensions).then_some(&grant.resources)
        }
        let allows: Vec<_> =
            judge.allows(bearing).filter_map(|(index, allow)| Some((index, open(allow, set)?))).collect();
        let limits: Vec<Vec<_>> = judge
            .grants
            .limits
            .iter()
            .zip(&bearing.limits)
            .map(|(layer, indices)| pick(layer, indices).filter_map(|(_, allow)| open(allow, set)).collect())
            .collect();
        let denies: Vec<_> = pick(&judge.grants.denies, &bearing.denies)
            .filter(|(_, deny)| !deny.dimensions.meets(set))
            .map(|(_, deny)| &deny.resources)
            .collect();
        let hopeless =
            allows.is_empty() || limits.iter().any(Vec::is_empty) || denies.iter().any(|deny| deny.is_everything());
        if hopeless {
            return None;
        }
        let all = allows.iter().map(|(_, resources)| resources).chain(limits.iter().flatten()).chain(&denies);
        let patterns = all.flat_map(|resources| resources.patterns()).collect();
        Some(Self { allows, limits, denies, patterns })
    }

    /// The widest share that the Allows, those of every limit, and the exceptions of every Deny reach by themselves; none
    /// when some of them reach nothing of the template.
    fn bound(&self, template: &Template) -> Option<u32> {
        let widest = |patterns: &[ResourcePattern]| {
            patterns.iter().filter_map(|pattern| template.widest(pattern)).map(|(share, _)| share).max()
        };
        let share = |resources: &Resources<'_>| match resources {
            Resources::Everything | Resources::Except(_) => Some(ONE),
            Resources::Matching(patterns) => widest(patterns),
        };
        let spared = self.denies.iter().map(|deny| match deny {
            Resources::Everything => None,
            Resources::Matching(_) => Some(ONE),
            Resources::Except(patterns) => widest(patterns),
        });
        let of_limits = self.limits.iter().map(|layer| layer.iter().filter_map(|resources| share(resources)).max());
        let of_allows = self.allows.iter().filter_map(|(_, resources)| share(resources)).max();
        std::iter::once(of_allows).chain(of_limits).chain(spared).collect::<Option<Vec<u32>>>()?.into_iter().min()
    }

    /// The first Allow for which there is such a resource in this cell.
    fn answer(&self, search: &Search<'_>, cell: Cell) -> Option<usize> {
        let possible = |wanted: Option<usize>| {
            search.exists(cell, &|matching| {
                let mut rest = matching;
                let mut named = |resources: &Resources<'_>| {
                    let (own, others) = rest.split_at_checked(resources.patterns().len()).unwrap_or((rest, &[]));
                    rest = others;
                    match resources {
                        Resources::Everything => true,
                        Resources::Matching(_) => own.contains(&true),
                        Resources::Except(_) => !own.contains(&true),
                    }
                };
                // Every list is walked to its end, since each takes its own patterns off the front.
                let mut allowed = false;
                for (index, resources) in &self.allows {
                    let names_it = named(resources);
                    allowed |= names_it && wanted.is_none_or(|wanted| wanted == *index);
                }
                let mut limited = true;
                for layer in &self.limits {
                    let mut some = false;
                    for resources in layer {
                        some |= named(resources);
                    }
                    limited &= some;
                }
                let mut denied = false;
                for resources in &self.denies {
                    denied |= named(resources);
                }
                allowed && limited && !denied
            })
        };
        match self.allows.as_slice() {
            [(only, _)] => possible(None).then_some(*only),
            many => {
                if !possible(None) {
                    return None;
                }
                many.iter().map(|(index, _)| *index).find(|index| possible(Some(*index)))
            }
        }
    }
}

fn pick<'g, 'a, 'b>(grants: &'g [Grant<'a>], indices: &'b [u32]) -> impl Iterator<Item = (usize, &'g Grant<'a>)> + 'b
where
    'g: 'b,
{
    indices.iter().filter_map(|index| {
        let index = usize::try_from(*index).ok()?;
        Some((index, grants.get(index)?))
    })
}

/// The widest that any of the patterns reaches of a resource type.
fn widest_of(patterns: &[ResourcePattern], of: ResourceTypeIndex) -> Option<(u32, Place)> {
    let mut best: Option<(u32, Place)> = None;
    for (number, template) in (0u8..).zip(templates(of)) {
        for pattern in patterns {
            if let Some((share, cell)) = template.widest(pattern) {
                if best.is_none_or(|(widest, _)| share > widest) {
                    best = Some((share, Place::Cell(of, number, cell)));
                }
            }
        }
    }
    best
}

/// Every cell of a template with its share, widest first.
///
/// Where there would be too many, the last variables are taken to have one value without narrowing anything.
fn cells(template: &Template) -> Vec<(u32, Cell)> {
    let mut cells = vec![(ONE, Cell::default())];
    for variable in template.variables().filter(|variable| variable.slot.is_some()) {
        let extents: Vec<(Extent, u32)> =
            Extent::ALL.into_iter().filter_map(|extent| Some((extent, variable.percent(extent)?))).collect();
        let extents = if cells.len() * extents.len() > MAX_CELLS { vec![(Extent::One, 100)] } else { extents };
        cells = cells
            .into_iter()
            .flat_map(|(share, cell)| {
                extents.iter().map(move |(extent, percent)| (percent_of(share, *percent), cell.with(variable, *extent)))
            })
            .collect();
    }
    cells.sort_by_key(|(share, cell)| (std::cmp::Reverse(*share), *cell));
    cells
}

fn wider(one: &Exposure, other: &Exposure) -> std::cmp::Ordering {
    // Of equals the earlier Allow: `max_by` keeps the last of equals.
    (one.share, std::cmp::Reverse(one.allow)).cmp(&(other.share, std::cmp::Reverse(other.allow)))
}
