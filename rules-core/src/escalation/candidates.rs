//! Resources to ask about, where any one of them would do.
//!
//! A principal may be able to do something on *some* resource: on a new function of a certain name, say. Which one it
//! has to be follows from its own policies, so their patterns are turned into resources that match them.

use std::collections::BTreeSet;

use crate::catalogue;
use crate::decision::{Context, FilledIn, fill_in_literal};
use crate::permissions::PrincipalPermissions;
use crate::policy::{Effect, PolicyVersion, ResourceElement, ResourcePattern};

/// A name that no policy can contain.
pub(super) const FRESH: &str = "\u{f0003}";

/// A Region for what is asked about.
const REGION: &str = "us-east-1";

/// No more resources than this are tried for one action.
const MAX_CANDIDATES: usize = 256;

/// Resources of an action on which the principal may be allowed to do it, in order.
pub(super) fn of_action(permissions: &PrincipalPermissions<'_>, action: &str, context: &Context) -> Vec<String> {
    let mut found = BTreeSet::from(["*".to_owned()]);
    let known = action.split_once(':').and_then(|(service, name)| catalogue::action(service, name));
    let arn = &permissions.identity().arn;
    let templates = known
        .into_iter()
        .flat_map(|action| action.resource_types().flat_map(|of| of.resource_type.arn_templates()).collect::<Vec<_>>());
    found.extend(templates.map(|template| filled(template, arn.partition(), arn.account())));
    found.extend(of_patterns(permissions, &[action], context));
    found.into_iter().take(MAX_CANDIDATES).collect()
}

/// Resources that match the patterns which bear on any of these actions, and those that match two of them at once.
pub(super) fn of_patterns(
    permissions: &PrincipalPermissions<'_>,
    actions: &[&str],
    context: &Context,
) -> BTreeSet<String> {
    let mut patterns: BTreeSet<(&ResourcePattern, PolicyVersion)> = BTreeSet::new();
    let layers = permissions.layers();
    for document in layers.identity.iter().chain(&layers.boundary) {
        for statement in &document.statements {
            let bears = actions.iter().any(|action| statement.action.covers(action));
            let opens = match (statement.effect, &statement.resource) {
                (Effect::Allow, Some(ResourceElement::Resource(patterns)))
                // What a Deny spares is where something may be left.
                | (Effect::Deny, Some(ResourceElement::NotResource(patterns))) => patterns.as_slice(),
                _ => &[],
            };
            if bears {
                patterns.extend(opens.iter().map(|pattern| (pattern, document.version)));
            }
        }
    }
    let arn = &permissions.identity().arn;
    let places: Vec<[String; 6]> = patterns
        .into_iter()
        .map(|(pattern, version)| {
            let [_, partition, service, region, account, resource] = pattern.segments();
            let resource = match fill_in_literal(resource, version, context) {
                FilledIn::Text(text) => text,
                // A variable that is not known stays, and nothing matches it.
                FilledIn::AsWritten | FilledIn::Nothing => resource.to_owned(),
            };
            [
                "arn".to_owned(),
                instance(partition, arn.partition()),
                instance(service, FRESH),
                instance(region, REGION),
                instance(account, arn.account()),
                resource,
            ]
        })
        .collect();
    let mut found = BTreeSet::new();
    for place in &places {
        found.insert(joined(place, &instance(last(place), FRESH)));
    }
    for one in &places {
        for other in &places {
            if found.len() >= MAX_CANDIDATES {
                return found;
            }
            if let (Some((before, _)), Some((_, after))) = (last(one).rsplit_once('*'), last(other).rsplit_once('*')) {
                let both = format!("{}{FRESH}{}", instance(before, FRESH), instance(after, FRESH));
                found.insert(joined(one, &both));
            }
        }
    }
    found
}

fn last(place: &[String; 6]) -> &str {
    let [.., last] = place;
    last
}

fn joined(place: &[String; 6], resource: &str) -> String {
    let [arn, partition, service, region, account, _] = place;
    [arn, partition, service, region, account, resource].join(":")
}

/// A text that matches the pattern: `otherwise` where that does, else one of the pattern's own making.
fn instance(pattern: &str, otherwise: &str) -> String {
    if crate::glob::matches(pattern, otherwise) {
        return otherwise.to_owned();
    }
    pattern.replace('*', FRESH).replace('?', "x")
}

/// A resource of the account with fresh names.
fn filled(template: &str, partition: &str, account: &str) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once("${") {
        let Some((variable, tail)) = after.split_once('}') else { break };
        filled.push_str(literal);
        filled.push_str(match (variable, filled.matches(':').count()) {
            (_, 1) => partition,
            (_, 3) => REGION,
            (_, 4) => account,
            _ => FRESH,
        });
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::{FRESH, filled, instance};

    #[test]
    fn templates_and_patterns_are_filled() {
        let template = "arn:${Partition}:lambda:${Region}:${Account}:function:${FunctionName}";
        assert_eq!(filled(template, "aws", "1"), format!("arn:aws:lambda:us-east-1:1:function:{FRESH}"));
        assert_eq!(filled("arn:${Partition}:s3:::${Bucket}", "aws", "1"), format!("arn:aws:s3:::{FRESH}"));
        assert_eq!(instance("*", "eu-west-1"), "eu-west-1");
        assert_eq!(instance("app-?*", FRESH), format!("app-x{FRESH}"));
    }
}
