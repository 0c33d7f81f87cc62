//! Resources to ask about, where any one of them would do.
//!
//! A principal may be able to do something on *some* resource: on a new function of a certain name, say. Which one it
//! has to be follows from its own policies, so their patterns are turned into resources that match them.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue;
use crate::decision::{Context, FilledIn, fill_in_literal};
use crate::glob;
use crate::permissions::PrincipalPermissions;
use crate::policy::{Effect, PolicyVersion, ResourceElement, ResourcePattern};

/// A name that no policy can contain.
pub(super) const FRESH: &str = "\u{f0003}";

/// A Region for what is asked about.
const REGION: &str = "us-east-1";

/// Resources of an action on which the principal may be allowed to do it, in order.
pub(super) fn of_action(permissions: &PrincipalPermissions<'_>, action: &str, context: &Context) -> Vec<String> {
    let mut found = BTreeSet::from(["*".to_owned()]);
    let known = action.split_once(':').and_then(|(service, name)| catalogue::action(service, name));
    let arn = &permissions.identity().arn;
    let templates = known
        .into_iter()
        .flat_map(|action| action.resource_types().flat_map(|of| of.resource_type.arn_templates()).collect::<Vec<_>>());
    found.extend(templates.map(|template| filled(template, arn.partition(), arn.account())));
    found.extend(of_patterns(&[permissions], &[action], context));
    found.into_iter().collect()
}

/// Resources that match the patterns which bear on any of these actions of one service, and those that match several of
/// them at once.
pub(super) fn of_patterns(
    permissions: &[&PrincipalPermissions<'_>],
    actions: &[&str],
    context: &Context,
) -> BTreeSet<String> {
    let mut patterns: BTreeSet<(&ResourcePattern, PolicyVersion)> = BTreeSet::new();
    let layers: Vec<_> = permissions.iter().map(|permissions| permissions.layers()).collect();
    for document in layers.iter().flat_map(|layers| layers.set_by_account()) {
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
    let Some(arn) = permissions.first().map(|permissions| &permissions.identity().arn) else { return BTreeSet::new() };
    let service = actions.first().and_then(|action| action.split_once(':')).map_or(FRESH, |(service, _)| service);
    // IAM's ARNs have no Region.
    let of_service = [arn.partition(), service, if service == "iam" { "" } else { REGION }, arn.account()];
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (pattern, version) in patterns {
        let [_, partition, service, region, account, resource] = pattern.segments();
        let segments = [partition, service, region, account].into_iter().zip(of_service);
        let segments: Vec<String> = segments.map(|(pattern, otherwise)| instance(pattern, otherwise)).collect();
        let resource = match fill_in_literal(resource, version, context) {
            FilledIn::Text(text) => text,
            // A variable that is not known stays, and nothing matches it.
            FilledIn::AsWritten | FilledIn::Nothing => resource.to_owned(),
        };
        places.entry(segments.join(":")).or_default().insert(resource);
    }
    let mut found = BTreeSet::new();
    for (place, resources) in &places {
        found.extend(resources.iter().map(|resource| format!("arn:{place}:{}", instance(resource, FRESH))));
    }
    // Where no pattern alone will do, some resource may match several of them.
    for (place, resources) in &places {
        found.extend(together(resources).into_iter().map(|resource| format!("arn:{place}:{resource}")));
    }
    found
}

/// Texts that match two of the patterns at once, or three of them where they are few.
fn together(patterns: &BTreeSet<String>) -> Vec<String> {
    let patterns: Vec<&str> =
        patterns.iter().map(String::as_str).filter(|pattern| pattern.contains(['*', '?'])).collect();
    let after = |place: usize| patterns.iter().copied().enumerate().skip(place);
    let pairs = after(0).flat_map(|(at, one)| after(at + 1).map(move |(next, other)| (next, vec![one, other])));
    let triples = pairs.clone().flat_map(|(at, pair)| {
        after(at + 1).map(move |(_, third)| pair.iter().copied().chain([third]).collect::<Vec<_>>())
    });
    let groups = pairs.map(|(_, pair)| pair).chain(triples);
    groups.filter_map(|group| glob::common(&group, FRESH).ok().flatten()).collect()
}

/// A text that matches the pattern: `otherwise` where that does, else one of the pattern's own making.
fn instance(pattern: &str, otherwise: &str) -> String {
    if glob::matches(pattern, otherwise) {
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
        let template = "arn:${Partition}:lambda:${Region}:${SlowAccount}:function:${FunctionName}";
        assert_eq!(filled(template, "aws", "1"), format!("arn:aws:lambda:us-east-1:1:function:{FRESH}"));
        assert_eq!(filled("arn:${Partition}:s3:::${Bucket}", "aws", "1"), format!("arn:aws:s3:::{FRESH}"));
        assert_eq!(instance("*", "eu-west-1"), "eu-west-1");
        assert_eq!(instance("app-?*", FRESH), format!("app-x{FRESH}"));
    }
}
