//! Verdicts, grouped by rule, the worst first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, Width};
use rules_core::assessment::RuleAssessment;
use rules_core::config::EvaluatedResource;

use super::{Look, cell, lines};
use crate::output::AccountReport;
use crate::output::row::{Counts, Row, State, finding_text, resource_label, states_of};

/// How many of the resources that a rule is not about are named.
const NAMED: usize = 5;
/// How wide the resources' names may become before they are wrapped.
const NAME_WIDTH: u16 = 36;

/// Prints the verdicts on an account.
pub(crate) fn write_evaluations(out: &mut dyn Write, look: Look, report: &AccountReport) -> io::Result<()> {
    let as_of = report.as_of.map(|moment| format!(" as of {moment}")).unwrap_or_default();
    writeln!(out, "{}\n", look.heading(&format!("Account {}{as_of}", report.account)))?;
    for rule in &report.rules {
        write_rule(out, look, report, rule)?;
    }
    let rules = if report.rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", report.rules.len()) };
    writeln!(out, "{rules}: {}", Counts::of(report.states()))
}

fn write_rule(out: &mut dyn Write, look: Look, report: &AccountReport, rule: &RuleAssessment) -> io::Result<()> {
    writeln!(out, "{}: {}", look.heading(rule.definition.id), Counts::of(states_of(rule)))?;
    let rows: Vec<Row<'_>> = report.rows_of(rule).collect();
    let mut table = look.table();
    for state in State::ALL {
        let rows = rows.iter().filter(|row| row.state == state);
        let label = || Cell::new(state.as_str()).fg(colour(state)).add_attribute(Attribute::Bold);
        if state == State::NotApplicable {
            for (reason, resources) in by_reason(rows) {
                table.add_row([label(), cell(&some_names(&resources)), cell(reason)]);
            }
            continue;
        }
        for row in rows {
            table.add_row([label(), cell(&resource_label(row.resource)), Cell::new_owned(why(row))]);
        }
    }
    if let Some(column) = table.column_mut(1) {
        column.set_constraint(ColumnConstraint::UpperBoundary(Width::Fixed(NAME_WIDTH)));
    }
    if table.row_count() > 0 {
        out.write_all(lines(&table).as_bytes())?;
    }
    writeln!(out)
}

/// Resources that the rule is not about, by the reason why.
fn by_reason<'a>(rows: impl Iterator<Item = &'a Row<'a>>) -> BTreeMap<&'a str, Vec<&'a EvaluatedResource>> {
    let mut groups: BTreeMap<&str, Vec<&EvaluatedResource>> = BTreeMap::new();
    for row in rows {
        groups.entry(&row.annotation).or_default().push(row.resource);
    }
    groups
}

fn some_names(resources: &[&EvaluatedResource]) -> String {
    let mut names: Vec<String> = resources.iter().take(NAMED).map(|resource| resource_label(resource)).collect();
    if resources.len() > NAMED {
        names.push(format!("{} more", resources.len() - NAMED));
    }
    names.join(", ")
}

/// The reason, or every finding with its way there.
fn why(row: &Row<'_>) -> String {
    if row.findings.is_empty() {
        return row.why();
    }
    let lines: Vec<String> = row.acceptance().into_iter().chain(row.findings.iter().map(finding_text)).collect();
    lines.join("\n")
}

fn colour(state: State) -> Color {
    match state {
        State::Compliant => Color::Green,
        State::NonCompliant => Color::Red,
        State::NotEvaluated => Color::Yellow,
        State::NotApplicable => Color::DarkGrey,
    }
}
