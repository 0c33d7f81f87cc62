//! Candidate resources for requests on any resource.
//!
//! A step can need *some* resource, such as a new function with a name that the policy allows. The candidates follow
//! from the policies of the principal: a candidate matches one pattern of each layer that must allow the request. One
//! candidate is created for each choice of patterns.

use super::account::Account;
use super::action::Action;
use super::choice::{FRESH, REGION};
use super::involved::Involved;
use super::request::{Request, Requester};
use super::way::Permit;
use crate::catalogue;
use crate::decision::{Context, FilledIn, Truth, fill_in_literal};
use crate::glob;
use crate::policy::{PolicyVersion, ResourceElement, ResourcePattern};

/// More resources than this are not tried for one action: taking it counts as possible then.
const MAX_RESOURCES: usize = 4_096;

/// More choices of patterns than this are not tried, whether or not a resource matches them.
const MAX_CHOICES: usize = 65_536;

/// The six parts of an ARN, or patterns of them.
pub(super) type Segments = [String; 6];

/// Resources that may be open, and whether there were too many to list.
#[derive(Debug, Default)]
pub(super) struct Resources {
    pub(super) found: Vec<String>,
    pub(super) is_cut: bool,
}

impl<'a> Requester<'_, 'a> {
    /// Whether the principal may take an action on something: on a resource of each type that the action requires, or of
    /// each of `types` where these are given.
    pub(super) fn somewhere(&self, action: Action, types: &[&str]) -> Option<Permit> {
        if !self.has(action) {
            return None;
        }
        let involved = self.involved(action);
        let mut found: Option<Permit> = None;
        for kinds in kinds_of(self.account, action, types) {
            let permit = self.on_some(action, &involved, &kinds)?;
            found = Some(match found {
                Some(found) if found.truth <= permit.truth => found,
                _ => permit,
            });
        }
        found
    }

    /// Whether the principal may take an action on a resource of some kinds.
    fn on_some(&self, action: Action, involved: &Involved<'_, '_>, kinds: &[Segments]) -> Option<Permit> {
        let resources = self.resources(involved, kinds);
        let mut best: Option<Permit> = None;
        let none = kinds.is_empty().then_some("*");
        for resource in none.into_iter().chain(resources.found.iter().map(String::as_str)) {
            let Some(permit) = self.permit(&Request::on(action, resource, &[])) else { continue };
            if best.as_ref().is_none_or(|best| permit.truth > best.truth) {
                best = Some(permit);
            }
            if best.as_ref().is_some_and(|permit| permit.truth == Truth::Holds) {
                break;
            }
        }
        best.or_else(|| {
            resources.is_cut.then(|| Permit::unsure(action, "*", "which of very many resources it may use"))
        })
    }

    /// Resources of some kinds, each given by its pattern, that match a pattern of each layer.
    pub(super) fn resources(&self, involved: &Involved<'_, '_>, kinds: &[Segments]) -> Resources {
        let mut layers = vec![kinds.to_vec()];
        layers.extend(involved.patterns(self.context()));
        Resources::in_common(&layers)
    }
}

impl Resources {
    /// Resources that match a pattern of each layer.
    pub(super) fn in_common(layers: &[Vec<Segments>]) -> Self {
        let mut resources = Self::default();
        let mut chosen = vec![0; layers.len()];
        for tried in 0.. {
            if tried == MAX_CHOICES {
                resources.is_cut = true;
                break;
            }
            let choice: Vec<&Segments> =
                layers.iter().zip(&chosen).filter_map(|(layer, place)| layer.get(*place)).collect();
            if choice.len() < layers.len() {
                // Some layer leaves nothing open.
                return resources;
            }
            match common(&choice) {
                Ok(resource) => resources.found.extend(resource),
                Err(glob::TooLarge) => resources.is_cut = true,
            }
            if resources.found.len() >= MAX_RESOURCES {
                resources.is_cut = true;
                break;
            }
            if !advance(&mut chosen, layers) {
                break;
            }
        }
        resources.found.sort_unstable();
        resources.found.dedup();
        resources
    }
}

/// The next choice of a pattern from each layer.
fn advance(chosen: &mut [usize], layers: &[Vec<Segments>]) -> bool {
    for (place, layer) in chosen.iter_mut().zip(layers) {
        *place += 1;
        if *place < layer.len() {
            return true;
        }
        *place = 0;
    }
    false
}

/// A resource that matches all the patterns, if there is one.
fn common(patterns: &[&Segments]) -> Result<Option<String>, glob::TooLarge> {
    let mut text = String::new();
    for segment in 0..6 {
        let mut of_segment: Vec<&str> =
            patterns.iter().filter_map(|pattern| pattern.get(segment)).map(String::as_str).collect();
        of_segment.sort_unstable();
        of_segment.dedup();
        of_segment.retain(|pattern| *pattern != "*");
        // A Region that nobody asks for has to be one that exists.
        let part = match of_segment.as_slice() {
            [] if segment == 3 => Some(REGION.to_owned()),
            [] => Some(FRESH.to_owned()),
            [only] if !only.contains(['*', '?']) => Some((*only).to_owned()),
            several => glob::common(several, FRESH)?,
        };
        let Some(part) = part else { return Ok(None) };
        if segment > 0 {
            text.push(':');
        }
        text.push_str(&part);
    }
    Ok(Some(text))
}

/// The kinds of resources that an action has to be allowed on, as patterns of their ARNs: one of each list. An empty list
/// stands for no resource.
fn kinds_of(account: &Account<'_>, action: Action, types: &[&str]) -> Vec<Vec<Segments>> {
    let known = action.name().split_once(':').and_then(|(service, name)| catalogue::action(service, name));
    let all: Vec<_> = known.into_iter().flat_map(catalogue::ActionIndex::resource_types).collect();
    let of_type = |of: &catalogue::ActionResourceType| -> Vec<Segments> {
        of.resource_type.arn_templates().flat_map(|template| of_template(template, account)).collect()
    };
    let is_wanted = |of: &&catalogue::ActionResourceType| match types {
        [] => of.required,
        types => types.contains(&of.resource_type.name()),
    };
    let each: Vec<Vec<Segments>> = all.iter().filter(is_wanted).map(of_type).collect();
    match (each.is_empty(), all.is_empty()) {
        (false, _) => each,
        (true, true) => vec![Vec::new()],
        // Where nothing is required, any of them will do.
        (true, false) => vec![all.iter().flat_map(of_type).collect()],
    }
}

/// The patterns of a template's ARNs in the account.
fn of_template(template: &str, account: &Account<'_>) -> Vec<Segments> {
    let pattern = |owner: &str| -> Segments {
        let mut segments = template.splitn(6, ':');
        std::array::from_fn(|place| {
            let segment = segments.next().unwrap_or("*");
            match place {
                1 => account.partition().to_owned(),
                4 if segment.contains("${") => owner.to_owned(),
                _ => with_stars(segment),
            }
        })
    };
    let mut patterns = vec![pattern(account.facts.account.as_str())];
    if template.contains(":document/") {
        // Documents of Systems Manager that AWS owns name no account.
        patterns.push(pattern(""));
    }
    patterns
}

/// A part of a template with a star for each variable.
pub(super) fn with_stars(template: &str) -> String {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once("${") {
        pattern.push_str(literal);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    pattern.push_str(rest);
    pattern
}

/// The parts of a pattern with what its variables stand for; none when that is nothing or not known.
pub(super) fn segments_of(pattern: &ResourcePattern, version: PolicyVersion, context: &Context) -> Option<Segments> {
    let segments = pattern.segments();
    let last = segments.last()?;
    let last = match fill_in_literal(last, version, context) {
        FilledIn::Text(text) => text,
        FilledIn::AsWritten => (*last).to_owned(),
        FilledIn::Nothing => return None,
    };
    let mut own = segments.map(str::to_owned);
    if let Some(slot) = own.last_mut() {
        *slot = last;
    }
    Some(own)
}

/// Every resource.
pub(super) fn anything() -> Segments {
    std::array::from_fn(|_| "*".to_owned())
}

impl Involved<'_, '_> {
    /// The patterns by layer one of which a resource has to match: those of the Allows of each layer, and those that a Deny
    /// of all others leaves.
    pub(super) fn patterns(&self, context: &Context) -> Vec<Vec<Segments>> {
        let mut layers: Vec<Vec<Segments>> = Vec::new();
        let mut add = |mut layer: Vec<Segments>| {
            layer.sort_unstable();
            layer.dedup();
            layers.push(layer);
        };
        add(self.held_clauses().filter(|it| it.is_allow()).flat_map(|clause| clause.segments(context)).collect());
        let mut bounds = Vec::new();
        for bound in self.bounds() {
            match bound {
                None => bounds.push(anything()),
                Some(clauses) => {
                    bounds
                        .extend(clauses.iter().filter(|it| it.is_allow()).flat_map(|clause| clause.segments(context)));
                }
            }
        }
        add(bounds);
        for level in self.levels() {
            add(level.iter().filter(|clause| clause.is_allow()).flat_map(|clause| clause.segments(context)).collect());
        }
        for clause in self.clauses().filter(|clause| !clause.is_allow()) {
            if let Some(ResourceElement::NotResource(patterns)) = &clause.statement.resource {
                let spared = patterns.iter().filter_map(|pattern| segments_of(pattern, clause.version, context));
                // It may not be in force, or one may be rid of it.
                add(spared.chain([anything()]).collect());
            }
        }
        layers
    }
}
