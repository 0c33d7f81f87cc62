//! How far actions are exposed that the catalogue does not know.
//!
//! Nothing is known of their resources, so only patterns can be compared.

use std::sync::OnceLock;

use super::guardrails::Guardrails;
use crate::policy::ResourcePattern;
use crate::score::amount::{ONE, times};
use crate::score::compile::circumstance::Circumstances;
use crate::score::compile::policy::Unknown;
use crate::score::compile::statement::{CompiledStatement, Resources};
use crate::score::resource::extents::Extent;
use crate::score::resource::pattern::Segments;
use crate::score::resource::template::Template;

/// The share at which an unknown pattern is exposed; nothing when it is denied, or when a layer does not allow it.
pub(crate) fn share(unknown: &Unknown<'_>, guardrails: &Guardrails<'_>) -> u32 {
    let covers = |grant: &&CompiledStatement<'_>| grant.source.action.covers(unknown.pattern);
    let denies: Vec<&CompiledStatement<'_>> = guardrails.all_denies().filter(covers).collect();
    let layers: Vec<Vec<Circumstances>> =
        guardrails.all_layers().map(|layer| layer.filter(covers).map(|allow| allow.circumstances).collect()).collect();
    let of_denies = denies.iter().map(|deny| &deny.circumstances);
    let relevant = of_denies.chain(layers.iter().flatten()).fold(unknown.circumstances, |all, other| all.union(*other));
    let mut widest = 0;
    for set in relevant.subsets() {
        if widest >= set.narrow(ONE) {
            break;
        }
        let is_open = set.contains(unknown.circumstances)
            && layers.iter().all(|layer| layer.iter().any(|needed| set.contains(*needed)));
        if is_open {
            let in_force: Vec<&Resources<'_>> =
                denies.iter().filter(|deny| !deny.circumstances.meets(set)).map(|deny| &deny.resources).collect();
            widest = widest.max(times(set.narrow(ONE), reach_beside(&unknown.resources, &in_force)));
        }
    }
    widest
}

/// How far resources reach that are not denied. What is denied in part counts as open.
fn reach_beside(allowed: &Resources<'_>, denied: &[&Resources<'_>]) -> u32 {
    if denied.iter().any(|deny| matches!(deny, Resources::Everything)) {
        return 0;
    }
    match allowed {
        Resources::Everything => ONE,
        Resources::Except(spared) => {
            // Nothing is left where a Deny spares no more than what is not allowed anyway.
            let closes = |deny: &&Resources<'_>| match deny {
                Resources::Except(patterns) => patterns.iter().all(|pattern| contain(spared, pattern)),
                Resources::Everything | Resources::Matching(_) => false,
            };
            if denied.iter().any(closes) { 0 } else { ONE }
        }
        Resources::Matching(patterns) => {
            let closed = |pattern: &ResourcePattern| {
                denied.iter().any(|deny| matches!(deny, Resources::Matching(others) if contain(others, pattern)))
            };
            patterns.iter().filter(|pattern| !closed(pattern)).filter_map(reach).max().unwrap_or(0)
        }
    }
}

/// Whether one of `patterns` takes in whatever `pattern` matches: then it matches the text of that, too.
fn contain(patterns: &[ResourcePattern], pattern: &ResourcePattern) -> bool {
    let text = pattern.segments().join(":");
    // A `?` also matches the text of a `*`, which stands for more.
    let is_plain = |other: &&ResourcePattern| !other.as_str().contains('?') || other.segments() == pattern.segments();
    patterns.iter().filter(is_plain).any(|other| other.matches(&text))
}

/// How far a pattern reaches, as if the action had a resource type of its own with one variable.
fn reach(pattern: &ResourcePattern) -> Option<u32> {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    let template =
        TEMPLATE.get_or_init(|| Template::parse("arn:${Partition}:${Service}:${Region}:${Account}:${Resource}"));
    let (share, extents) = template.widest(&Segments::from(pattern))?;
    // Naming the service narrows nothing for an action of that service.
    let named = template.variables().find(|variable| variable.name == "Service")?.slot?;
    let share = match extents.extent(named) {
        Extent::One => u32::try_from(u64::from(share) * 100 / 3).unwrap_or(ONE),
        Extent::Any | Extent::Some => share,
    };
    Some(share.min(ONE))
}
