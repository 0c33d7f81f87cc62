//! `rules`: the list of rules, or the page of a rule.

use rules_core::rules::RULES;

use crate::args::{RulesArgs, RulesFormat};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::registry::RuleRecord;
use crate::output::table::Look;
use crate::output::{self, json, ndjson, table};

pub(crate) fn run(args: &RulesArgs) -> Result<Exit, CliError> {
    output::to(None, |out| match (args.rule, args.format) {
        (None, RulesFormat::Table) => table::write_registry(out, Look::of_stdout(), RULES),
        (None, RulesFormat::Json) => json::write_array(out, RULES.iter().map(|rule| RuleRecord::new(rule))),
        (Some(rule), RulesFormat::Table) => writeln!(out, "{}", rule.page.trim_end()),
        (Some(rule), RulesFormat::Json) => ndjson::write_lines(out, [RuleRecord::new(rule)]),
    })?;
    Ok(Exit::Clean)
}
