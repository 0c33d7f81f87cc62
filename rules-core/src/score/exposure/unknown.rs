//! How far actions are exposed that the catalogue does not know.
//!
//! Nothing is known of their resources, so only patterns can be compared.

use super::guardrails::Guardrails;
use crate::policy::ResourcePattern;
use crate::score::compile::circumstance::Circumstances;
use crate::score::compile::policy::UnknownAction;
use crate::score::compile::statement::{CompiledStatement, Patterns, Resources};
use crate::score::definition::Definition;
use crate::score::resource::extents::{Breadth, Extent};
use crate::score::resource::pattern::Segments;
use crate::score::resource::scale::Scale;
use crate::score::resource::template::Template;
use crate::score::share::Share;

/// The share at which an unknown pattern is exposed; nothing when it is denied, or when a layer does not allow it.
pub(crate) fn share(unknown: &UnknownAction<'_>, guardrails: &Guardrails<'_>) -> Share {
    let covers = |of: &&CompiledStatement<'_>| of.written.statement.action.covers(unknown.pattern);
    let denies: Vec<&CompiledStatement<'_>> = guardrails.all_denies().filter(covers).collect();
    let layers: Vec<Vec<Circumstances>> =
        guardrails.all_layers().map(|layer| layer.filter(covers).map(|allow| allow.circumstances).collect()).collect();
    let of_denies = denies.iter().map(|deny| &deny.circumstances);
    let relevant = of_denies.chain(layers.iter().flatten()).fold(unknown.circumstances, |all, other| all.union(*other));
    let definition = guardrails.setting.definition;
    let mut widest = Share::NONE;
    for set in relevant.subsets(definition) {
        if widest >= set.narrow(definition, Share::WHOLE) {
            break;
        }
        let is_open = set.contains(unknown.circumstances)
            && layers.iter().all(|layer| layer.iter().any(|needed| set.contains(*needed)));
        if is_open {
            let applying: Vec<&Resources<'_>> =
                denies.iter().filter(|deny| !deny.circumstances.meets(set)).map(|deny| &deny.resources).collect();
            widest = widest.max(guardrails.setting.narrow(set, None, Share::WHOLE).times(share_beside(
                &unknown.resources,
                &applying,
                definition,
            )));
        }
    }
    widest
}

/// The share of the resources that are allowed and not denied. What is denied in part counts as open.
fn share_beside(allowed: &Resources<'_>, denied: &[&Resources<'_>], definition: &'static Definition) -> Share {
    if denied.iter().any(|deny| matches!(deny, Resources::Everything)) {
        return Share::NONE;
    }
    match allowed {
        Resources::Everything => Share::WHOLE,
        Resources::Except(spared) => {
            // Nothing is left where a Deny spares no more than what is not allowed anyway.
            let closes = |deny: &&Resources<'_>| match deny {
                Resources::Except(patterns) => patterns.iter().all(|(pattern, _)| contain(spared, pattern)),
                Resources::Everything | Resources::Matching(_) => false,
            };
            if denied.iter().any(closes) { Share::NONE } else { Share::WHOLE }
        }
        Resources::Matching(patterns) => {
            let closed = |pattern: &ResourcePattern| {
                denied.iter().any(|deny| matches!(deny, Resources::Matching(others) if contain(others, pattern)))
            };
            let open = patterns.iter().filter(|(pattern, _)| !closed(pattern));
            open.filter_map(|(pattern, _)| share_of_pattern(pattern, definition)).max().unwrap_or_default()
        }
    }
}

/// Whether one of `patterns` takes in whatever `pattern` matches: then it matches the text of that, too.
fn contain(patterns: &Patterns<'_>, pattern: &ResourcePattern) -> bool {
    let text = pattern.segments().join(":");
    // A `?` also matches the text of a `*`, which stands for more.
    let is_plain = |other: &&ResourcePattern| !other.as_str().contains('?') || other.segments() == pattern.segments();
    patterns.iter().map(|(other, _)| other).filter(is_plain).any(|other| other.matches(&text))
}

/// The share of a pattern, as if the action had a resource type of its own with one variable.
fn share_of_pattern(pattern: &ResourcePattern, definition: &'static Definition) -> Option<Share> {
    let template = Template::parse("arn:${Partition}:${Service}:${Region}:${Account}:${Resource}", definition);
    let scale = Scale::sum(definition);
    let Breadth { extents, .. } = template.widest(&Segments::from(pattern), scale)?;
    // Naming the service narrows nothing for an action of that service.
    Some(template.variables().fold(Share::WHOLE, |share, variable| match variable.slot.map(|slot| extents.of(slot)) {
        Some(Extent::One) if variable.name == "Service" => share,
        Some(extent) => share.percent(variable.percent(extent, scale).unwrap_or(100)),
        None => share,
    }))
}
