//! The verdicts that change with other parameters.

use std::path::Path;

use rules_core::assessment::{ConfiguredRule, assess};
use rules_core::exceptions::AccountExceptions;
use rules_core::facts::Facts;
use rules_core::rules::RuleDefinition;

use super::parameters_of;
use crate::commands::diff::verdicts::{change, evaluations};
use crate::config::Config;
use crate::error::CliError;
use crate::output::ReportFormat;
use crate::output::changes::{self, Change};
use crate::output::table::Look;
use crate::output::{self, json, ndjson};

/// Prints the verdicts that are others with `rules` than with the same rules under the parameters of a file.
pub(super) fn run(file: &Path, facts: &Facts, rules: &[ConfiguredRule], format: ReportFormat) -> Result<(), CliError> {
    let settings = Config::find(Some(file))?.parameters;
    let with = |definition: &'static RuleDefinition| {
        let rule = ConfiguredRule::new(definition, &parameters_of(definition, &settings)?);
        rule.map_err(|source| CliError::Parameter { rule: definition.id, source })
    };
    let others: Vec<ConfiguredRule> = rules.iter().map(|rule| with(rule.definition())).collect::<Result<_, _>>()?;
    // What is accepted is judged too: an exception would hide that a verdict moves.
    let judge = |rules: &[ConfiguredRule]| assess(facts, rules, &AccountExceptions::default(), facts.as_of);
    let (before, after) = (judge(&others), judge(rules));
    let before = evaluations(&before);
    let moved = evaluations(&after).into_iter().filter_map(|(key, is)| change(key.0, before.get(&key)?, is));
    let mut moved: Vec<Change> = moved.collect();
    moved.sort_by_key(|change| change.direction);
    output::to(None, |out| match format {
        ReportFormat::Json => json::write_array(out, &moved),
        ReportFormat::Ndjson => ndjson::write_lines(out, &moved),
        _ => changes::write(out, Look::of_stdout(), &moved),
    })?;
    Ok(())
}
