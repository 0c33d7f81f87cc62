//! The rules, one row each.

use std::io::{self, Write};

use rules_core::rules::RuleDefinition;

use super::{Look, cell, header, lines};
use crate::output::registry::trigger_name;

/// Prints the registry.
pub(crate) fn write_registry(out: &mut dyn Write, look: Look, rules: &[&RuleDefinition]) -> io::Result<()> {
    let mut table = look.table();
    table.set_header(header(&["Rule", "What it checks", "Severity", "Parameters", "Trigger"]));
    for rule in rules {
        let parameters: Vec<String> =
            rule.parameters.iter().map(|parameter| format!("{}={}", parameter.name, parameter.default)).collect();
        table.add_row([
            cell(rule.id),
            cell(rule.summary),
            cell(rule.severity.as_str()),
            // One per line, which `visible` would not leave in place; these texts are the program's own.
            comfy_table::Cell::new_owned(parameters.join("\n")),
            cell(trigger_name(rule.trigger)),
        ]);
    }
    out.write_all(lines(&table).as_bytes())
}
