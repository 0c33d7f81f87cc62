//! The registry as JSON.

use rules_core::config::ParameterDefinition;
use rules_core::rules::{RuleDefinition, Trigger};
use serde::Serialize;

/// A rule of the registry.
#[derive(Serialize)]
pub(crate) struct RuleRecord {
    id: &'static str,
    summary: &'static str,
    severity: &'static str,
    trigger: &'static str,
    resource_types: Vec<&'static str>,
    parameters: Vec<ParameterRecord>,
    facts: Vec<&'static str>,
    controls: &'static [&'static str],
}

#[derive(Serialize)]
struct ParameterRecord {
    name: &'static str,
    accepts: String,
    default: &'static str,
    description: &'static str,
}

impl RuleRecord {
    /// The record of a rule.
    pub(crate) fn new(rule: &'static RuleDefinition) -> Self {
        Self {
            id: rule.id,
            summary: rule.summary,
            severity: rule.severity.as_str(),
            trigger: trigger_name(rule.trigger),
            resource_types: rule.resource_types.iter().map(|kind| kind.as_str()).collect(),
            parameters: rule.parameters.iter().map(ParameterRecord::new).collect(),
            facts: rule.facts.iter().map(|kind| kind.as_str()).collect(),
            controls: rule.controls,
        }
    }
}

impl ParameterRecord {
    fn new(parameter: &ParameterDefinition) -> Self {
        Self {
            name: parameter.name,
            accepts: parameter.kind.to_string(),
            default: parameter.default,
            description: parameter.description,
        }
    }
}

/// What a trigger is called.
pub(crate) fn trigger_name(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Periodic => "periodic",
        Trigger::PeriodicAndChange => "periodic, change",
    }
}
