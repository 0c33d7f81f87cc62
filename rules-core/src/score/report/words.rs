//! Reaches, actions and fixes in words.

use std::cmp::Reverse;

use crate::catalogue::{ACTION_COUNT, ActionIndex, ActionRange, ActionSet, ServiceIndex};
use crate::score::definition::{Definition, ScoreVersion};
use crate::score::exposure::harm_model::harm_model;
use crate::score::exposure::scope::{Scope, ScopeResources};
use crate::score::exposure::weights::weights;
use crate::score::harm::Harm;
use crate::score::resource::extents::Extent;
use crate::score::resource::template::{REST, Template, Variable, VariableKind, templates};

/// What an Allow gives access to for some actions: the resources, and on what conditions.
pub(crate) fn scope_in_words(scope: Scope, actions: &ActionSet, definition: &'static Definition) -> String {
    let Scope { resources, circumstances } = scope;
    let mut words = match resources {
        ScopeResources::Everything if names_nothing(actions, definition) => "any resource".to_owned(),
        ScopeResources::Everything => "every resource".to_owned(),
        ScopeResources::Part(of, number, extents) => {
            let template = templates(of, definition).get(usize::from(number));
            let variables: Vec<String> = template
                .into_iter()
                .flat_map(Template::variables)
                .filter_map(|variable| Some(in_words(variable, extents.of(variable.slot?))))
                .collect();
            format!("{of}: {}", if variables.is_empty() { "all".to_owned() } else { variables.join(", ") })
        }
    };
    for (index, circumstance) in circumstances.iter().enumerate() {
        words.push_str(if index == 0 { ", by condition on " } else { " and " });
        words.push_str(circumstance.in_words());
    }
    words
}

/// Whether the actions take no resource, so that it makes no difference which one a policy names. Version 1 makes none.
fn names_nothing(actions: &ActionSet, definition: &Definition) -> bool {
    definition.version != ScoreVersion::V1 && actions.iter().all(|action| action.resource_types().len() == 0)
}

/// A kind of harm in a few words.
pub(crate) fn harm_in_words(harm: Harm) -> &'static str {
    match harm {
        Harm::SelfGrant => "granting itself more permissions",
        Harm::Takeover => "taking over another principal",
        Harm::NewPassRole => "passing a role to a new resource",
        Harm::AssumeRole => "assuming roles",
        Harm::Code => "taking over a resource that has a role",
        Harm::Secrets => "reading secrets",
        Harm::Audit => "stopping the audit",
        Harm::Guardrails => "lifting guardrails",
        Harm::Accounts => "controlling accounts",
        Harm::Publication => "giving others access to resources",
        Harm::Identity => "changing who can sign in",
        Harm::Destruction => "destroying what cannot be recovered",
        Harm::Data => "reading or overwriting data",
        Harm::PassRole => "passing roles",
        Harm::Guards => "removing blocks of public access",
        Harm::Content => "reading logs, code and other content",
        Harm::Copies => "copying data",
        Harm::Exposure => "opening the network",
        Harm::Controls => "weakening protections",
        Harm::Disruption => "disrupting running resources",
        Harm::Operation => "operating on resources of others",
    }
}

fn in_words(variable: &Variable, extent: Extent) -> String {
    let extent = match extent {
        Extent::Any => "any",
        Extent::Some => "some",
        Extent::One => "one",
    };
    let name = match variable.kind {
        VariableKind::Region => "region",
        VariableKind::Account => "account",
        VariableKind::Partition | VariableKind::Other => variable.name,
    };
    format!("{extent} {name}")
}

/// What to do about actions of an Allow that reach too far; none when they take no resource.
pub(crate) fn name_resources(actions: &ActionSet) -> Option<String> {
    let (action, template) = actions.iter().find_map(|action| {
        let of = action.resource_types().max_by_key(|of| (of.carrier, of.required))?;
        Some((action, of.resource_type.arn_template()))
    })?;
    let template = template.replace("${", "<").replace('}', ">").replace('*', &format!("<{REST}>"));
    let services = services(actions).count();
    Some(match services {
        1 if actions.len() == 1 => format!("name the resources for {action}, such as {template}"),
        1 => format!("name the resources, such as {template}"),
        // One service's ARNs are no help with the actions of many.
        many => format!("name the actions that are needed, instead of actions of {many} services, and their resources"),
    })
}

/// Actions in order as patterns, where they are all of a service: at most `most`, and how many more.
pub(crate) fn shorten(actions: &ActionSet, most: usize) -> (Vec<String>, usize) {
    if actions.len() == ACTION_COUNT {
        return (vec!["*".to_owned()], 0);
    }
    let (mut names, mut more) = (Vec::new(), 0);
    for (service, count) in services(actions) {
        let room = most - names.len();
        let range = service.actions();
        if count > 1 && count == ActionRange::len(&range) {
            match room {
                0 => more += 1,
                _ => names.push(format!("{}:*", service.prefix())),
            }
            continue;
        }
        names.extend(range.filter(|action| actions.contains(*action)).take(room).map(|action| action.to_string()));
        more += count.saturating_sub(room);
    }
    (names, more)
}

/// Actions as patterns where they are all of a service, the most harmful first: at most `most`, and how many more.
pub(crate) fn most_harmful(actions: &ActionSet, most: usize, definition: &'static Definition) -> (Vec<String>, usize) {
    if actions.len() == ACTION_COUNT {
        return (vec!["*".to_owned()], 0);
    }
    let (model, weights) = (harm_model(definition), weights(definition));
    let harm = |action: ActionIndex| (model.heaviest(action), weights.of(action));
    let mut ranked: Vec<Ranked> = Vec::new();
    for (service, count) in services(actions) {
        let range = service.actions();
        if count > 1 && count == ActionRange::len(&range) {
            let most_harm = range.map(harm).max().unwrap_or_default();
            ranked.push((Reverse(most_harm), ranked.len(), Named::Service(service)));
            continue;
        }
        for action in range.filter(|action| actions.contains(*action)) {
            ranked.push((Reverse(harm(action)), ranked.len(), Named::Action(action)));
        }
    }
    // Only the few that are named are put in order and written out.
    let more = ranked.len().saturating_sub(most);
    let key = |(harm, place, _): &Ranked| (*harm, *place);
    if more > 0 {
        ranked.select_nth_unstable_by_key(most, key);
        ranked.truncate(most);
    }
    ranked.sort_by_key(key);
    (ranked.into_iter().map(|(_, _, named)| named.in_words()).collect(), more)
}

/// What a loss may name: the most harmful first, then in the order of the catalogue.
type Ranked = (Reverse<(u32, u32)>, usize, Named);

/// What a loss names.
#[derive(Clone, Copy)]
enum Named {
    /// All actions of a service.
    Service(ServiceIndex),
    /// One action.
    Action(ActionIndex),
}

impl Named {
    fn in_words(self) -> String {
        match self {
            Self::Service(service) => format!("{}:*", service.prefix()),
            Self::Action(action) => action.to_string(),
        }
    }
}

/// The services that actions belong to, each with how many of them do.
fn services(actions: &ActionSet) -> impl Iterator<Item = (ServiceIndex, usize)> {
    let mut position = 0;
    std::iter::from_fn(move || {
        let service = actions.next_from(position)?.service();
        let range = service.actions();
        let count = actions.len_within(&range);
        position = range.last().map_or(ACTION_COUNT, |last| last.position() + 1);
        Some((service, count))
    })
}

#[cfg(test)]
mod tests {
    use super::{name_resources, shorten};
    use crate::catalogue::{self, ActionSet, expand};

    fn set(patterns: &[&str]) -> ActionSet {
        let mut set = ActionSet::empty();
        for pattern in patterns {
            expand(pattern, &mut set);
        }
        set
    }

    #[test]
    fn whole_services_are_patterns() {
        assert_eq!(shorten(&ActionSet::full(), 20), (vec!["*".to_owned()], 0));
        assert_eq!(shorten(&set(&["sqs:*", "s3:GetObject"]), 20).0, ["s3:GetObject", "sqs:*"]);
        let (names, more) = shorten(&set(&["ec2:Describe*", "iam:PassRole", "sqs:*"]), 3);
        assert_eq!((names.len(), more), (3, set(&["ec2:Describe*"]).len() - 3 + 2));
        // A service with one action is its own name.
        let single = catalogue::services().find(|service| service.actions().len() == 1).unwrap();
        let only: ActionSet = single.actions().collect();
        assert_eq!(shorten(&only, 20).0, [only.iter().next().unwrap().to_string()]);
    }

    #[test]
    fn fixes_name_a_template_or_the_services() {
        let words = |patterns: &[&str]| name_resources(&set(patterns)).unwrap();
        assert_eq!(
            words(&["sqs:SendMessage"]),
            "name the resources for sqs:SendMessage, such as arn:<Partition>:sqs:<Region>:<Account>:<QueueName>"
        );
        assert!(words(&["sqs:*"]).starts_with("name the resources, such as arn:<Partition>:sqs:"));
        assert!(words(&["sqs:*", "sns:*"]).contains("of 2 services"));
        assert_eq!(name_resources(&set(&["s3:ListAllMyBuckets"])), None);
    }
}
