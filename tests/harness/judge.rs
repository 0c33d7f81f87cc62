//! What the core says, for tests that need no adapter.

use rules_core::Timestamp;
use rules_core::assessment::{Assessment, ConfiguredRule, assess, assess_item};
use rules_core::config::{ConfigEvent, ConfigurationItem, RuleParameters, Verdict};
use rules_core::exceptions::AccountExceptions;
use rules_core::facts::Facts;
use rules_core::rules::RuleDefinition;

/// The rule with these parameters.
///
/// # Panics
/// When a parameter is wrong.
#[must_use]
pub fn configured(definition: &'static RuleDefinition, parameters: &RuleParameters) -> ConfiguredRule {
    ConfiguredRule::new(definition, parameters).unwrap()
}

/// What a rule says of every resource.
///
/// # Panics
/// When a parameter is wrong.
#[must_use]
pub fn account(
    definition: &'static RuleDefinition,
    parameters: &RuleParameters,
    facts: &Facts,
    at: Timestamp,
) -> Vec<Verdict> {
    let rules = [configured(definition, parameters)];
    only(assess(facts, &rules, &AccountExceptions::default(), at))
}

/// What a rule with default parameters says of the resource of a change.
#[must_use]
pub fn item(definition: &'static RuleDefinition, event: &ConfigEvent, item: &ConfigurationItem) -> Vec<Verdict> {
    let rule = configured(definition, &RuleParameters::default());
    only(assess_item(&rule, &item.summary, event.event_left_scope, Ok(item), &AccountExceptions::default()))
}

fn only(assessment: Assessment) -> Vec<Verdict> {
    assessment.rules.into_iter().flat_map(|rule| rule.verdicts).collect()
}
