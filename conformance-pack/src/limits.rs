//! The limits of AWS Config that a pack has to keep.
//!
//! Their sources: the service model of AWS Config (lengths and counts of PutConformancePack and PutConfigRule) and the
//! page "Service Limits" of its developer guide (counts within a pack).

use rules_core::config::ParameterKind;
use rules_core::rules::RULE_PARAMETER;

use super::{ConformancePack, PackRule};

/// Rules in a pack. Service limits: rules per conformance pack.
pub const RULES: usize = 130;

/// Parameters of a pack. PutConformancePack: `ConformancePackInputParameters`.
pub const PARAMETERS: usize = 60;

/// Bytes of a template that is given as text. PutConformancePack: `TemplateBody`.
pub const TEMPLATE_BYTES: usize = 51_200;

/// Characters of a parameter's name. PutConformancePack: `ParameterName`.
pub const PARAMETER_NAME: usize = 255;

/// Characters of a rule's name so that its results can be looked up under the name that it is deployed with.
///
/// GetComplianceDetailsByConfigRule takes names of 64 characters, and a pack appends 27: `-conformance-pack-` and nine
/// more.
pub const RULE_NAME: usize = 64 - 27;

/// Characters of a rule's description. PutConfigRule: `Description`.
pub const DESCRIPTION: usize = 256;

/// Characters of a rule's parameters as JSON. PutConfigRule: `InputParameters`.
pub const INPUT_PARAMETERS: usize = 1_024;

/// Resource types in a rule's scope. PutConfigRule: `ComplianceResourceTypes`.
pub const RESOURCE_TYPES: usize = 100;

/// Which limit a pack breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {found} {what}, but AWS Config allows {limit}")]
pub struct PackError {
    place: String,
    what: &'static str,
    found: usize,
    limit: usize,
}

/// Checks everything but the length of the template, which is known when it has been written.
pub(super) fn check(pack: &ConformancePack) -> Result<(), PackError> {
    at_most(RULES, pack.rules.len(), "rules", "the pack")?;
    at_most(PARAMETERS, pack.parameter_count(), "parameters", "the pack")?;
    pack.rules.iter().try_for_each(check_rule)
}

pub(super) fn check_template(text: &str) -> Result<(), PackError> {
    at_most(TEMPLATE_BYTES, text.len(), "bytes", "the template")
}

fn check_rule(rule: &PackRule) -> Result<(), PackError> {
    let definition = rule.definition;
    let place = |part: &str| format!("{part} of rule {}", definition.id);
    at_most(RULE_NAME, definition.id.chars().count(), "characters", &place("the name"))?;
    at_most(DESCRIPTION, rule.description.chars().count(), "characters", &place("summary and controls"))?;
    at_most(INPUT_PARAMETERS, input_parameters(rule), "characters", &place("the parameters"))?;
    at_most(RESOURCE_TYPES, definition.resource_types.len(), "resource types", &place("the scope"))?;
    rule.parameters.iter().try_for_each(|parameter| {
        let place = place(&format!("parameter {}", parameter.definition.name));
        at_most(PARAMETER_NAME, parameter.name.chars().count(), "characters", &place)
    })
}

/// The length of the JSON object with every parameter set to its longest value; lists of names, which have none, to
/// their default.
fn input_parameters(rule: &PackRule) -> usize {
    // {"name":"value", and so on: two pairs of quotes, a colon and a comma, or the closing brace.
    let pair = |name: &str, value: usize| name.chars().count() + value + 6;
    let longest = |kind: &ParameterKind, default: &str| match kind {
        ParameterKind::WholeNumber { most, .. } => most.to_string().len(),
        ParameterKind::Boolean => "false".len(),
        ParameterKind::Choice(words) => words.iter().map(|word| word.chars().count()).max().unwrap_or(0),
        ParameterKind::Names | ParameterKind::SomeNames => default.chars().count(),
    };
    let own = rule.parameters.iter().map(|parameter| parameter.definition);
    1 + pair(RULE_PARAMETER, rule.definition.id.chars().count())
        + own.map(|parameter| pair(parameter.name, longest(&parameter.kind, parameter.default))).sum::<usize>()
}

fn at_most(limit: usize, found: usize, what: &'static str, place: &str) -> Result<(), PackError> {
    if found <= limit {
        return Ok(());
    }
    Err(PackError { place: place.to_owned(), what, found, limit })
}
