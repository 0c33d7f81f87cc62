//! Reaches, actions and fixes in words.

use super::cell::Extent;
use super::reach::{Place, Reach};
use super::template::{Template, Variable, VariableKind, templates};
use crate::catalogue::{ACTION_COUNT, ActionIndex, ActionRange};

impl Reach {
    pub(super) fn in_words(self) -> String {
        let mut words = match self.place {
            Place::Everything => "every resource".to_owned(),
            Place::Cell(of, number, cell) => {
                let template = templates(of).get(usize::from(number));
                let extents: Vec<String> = template
                    .into_iter()
                    .flat_map(Template::variables)
                    .filter_map(|variable| Some(in_words(variable, cell.extent(variable.slot?))))
                    .collect();
                format!("{of}: {}", if extents.is_empty() { "all".to_owned() } else { extents.join(", ") })
            }
        };
        for (index, dimension) in self.dimensions.iter().enumerate() {
            words.push_str(if index == 0 { ", by condition on " } else { " and " });
            words.push_str(dimension.in_words());
        }
        words
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
pub(super) fn name_resources(actions: &[ActionIndex]) -> Option<String> {
    let (action, template) = actions.iter().find_map(|action| {
        let of = action.resource_types().max_by_key(|of| (of.carrier, of.required))?;
        Some((*action, of.resource_type.arn_template()))
    })?;
    let template = template.replace("${", "<").replace('}', ">");
    let services = actions.chunk_by(|one, other| one.service() == other.service()).count();
    Some(match (services, actions.len()) {
        (_, 1) => format!("name the resources for {action}, such as {template}"),
        (1, _) => format!("name the resources, such as {template}"),
        // One service's ARNs are no help with the actions of many.
        (many, _) => format!("name the actions that are needed (these are of {many} services) and their resources"),
    })
}

/// Actions in order as patterns, where they are all of a service: at most `most`, and how many more.
pub(super) fn shorten(actions: &[ActionIndex], most: usize) -> (Vec<String>, usize) {
    if actions.len() == ACTION_COUNT {
        return (vec!["*".to_owned()], 0);
    }
    let (mut names, mut more) = (Vec::new(), 0);
    let mut push = |name: &dyn Fn() -> String| {
        if names.len() < most {
            names.push(name());
        } else {
            more += 1;
        }
    };
    for of_service in actions.chunk_by(|one, other| one.service() == other.service()) {
        let Some(first) = of_service.first() else { continue };
        let all = ActionRange::len(&first.service().actions());
        if of_service.len() == all && all > 1 {
            push(&|| format!("{}:*", first.service().prefix()));
        } else {
            of_service.iter().for_each(|action| push(&|| action.to_string()));
        }
    }
    (names, more)
}
