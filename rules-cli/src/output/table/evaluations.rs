//! Verdicts, grouped by rule, the worst first.
//!
//! Resources that pass are counted, and only some are named, unless `--all` is set. The same applies to failures if
//! there are many.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, Table};
use rules_core::config::EvaluatedResource;

use super::{Look, cell, lines};
use crate::output::row::{Counts, Row, Status, finding_text, resource_label, states_of};
use crate::output::{AccountReport, RuleReport};

/// How many resources are named that nothing is asked of.
const NAMED: usize = 5;
/// How many verdicts that ask for action are listed one by one in all.
const LISTED: usize = 60;
/// How many of each rule, where there are more.
const LISTED_BY_RULE: usize = 3;
/// The width of the longest verdict.
const STATE_WIDTH: usize = 14;
/// The least width that is left for the reason beside a name.
const REASON_WIDTH: u16 = 40;

/// Prints the verdicts on an account.
pub(crate) fn write_evaluations(out: &mut dyn Write, look: Look, report: &AccountReport) -> io::Result<()> {
    let as_of = report.as_of.map(|moment| format!(" as of {moment}")).unwrap_or_default();
    writeln!(out, "{}\n", look.heading(&format!("Account {}{as_of}", report.account)))?;
    let asking = report.rows().filter(|row| asks_for_action(row.state)).count();
    let most = if report.view.all || asking <= LISTED { usize::MAX } else { LISTED_BY_RULE };
    let mut is_shortened = false;
    for rule in &report.rules {
        is_shortened |= write_rule(out, look, report, rule, most)?;
    }
    let rules = if report.rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", report.rules.len()) };
    writeln!(out, "{rules}: {}", Counts::of(report.states()))?;
    if is_shortened {
        writeln!(out, "This list is shortened: --all lists everything.")?;
    }
    Ok(())
}

fn asks_for_action(state: Status) -> bool {
    match state {
        Status::NotEvaluated | Status::NonCompliant => true,
        Status::Compliant | Status::NotApplicable => false,
    }
}

/// Says whether something was left out.
fn write_rule(
    out: &mut dyn Write,
    look: Look,
    report: &AccountReport,
    rule: &RuleReport,
    most: usize,
) -> io::Result<bool> {
    writeln!(out, "{}: {}", look.heading(rule.definition.id), Counts::of(states_of(rule)))?;
    let rows: Vec<Row<'_>> = report.rows_of(rule).collect();
    let mut told = Vec::new();
    let mut left_out = 0;
    for state in Status::ALL {
        let mut rows: Vec<&Row<'_>> = rows.iter().filter(|row| row.state == state).collect();
        if asks_for_action(state) || report.view.all {
            let beyond = if asks_for_action(state) { rows.len().saturating_sub(most) } else { 0 };
            if beyond > 0 && report.view.sort.is_none() {
                // Where not all can be listed, the lowest scores are.
                rows.sort_by_key(|row| row.measure.map(|measure| measure.score_tenths));
            }
            let listed = rows.len() - beyond;
            told.extend(rows.iter().take(listed).map(|row| (state, resource_label(row.resource), why(row))));
            if beyond > 0 {
                told.push((state, format!("{beyond} more"), String::new()));
            }
            left_out += beyond;
        } else if state == Status::Compliant {
            // An exception is worth a line of its own.
            let (accepted, plain): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
                rows.into_iter().partition(|row| row.exception.is_some());
            told.extend(accepted.iter().map(|row| (state, resource_label(row.resource), why(row))));
            match plain.as_slice() {
                [] => {}
                [only] => told.push((state, resource_label(only.resource), why(only))),
                several => {
                    let resources: Vec<&EvaluatedResource> = several.iter().map(|row| row.resource).collect();
                    told.push((state, some_names(&resources), String::new()));
                    left_out += several.len().saturating_sub(NAMED);
                }
            }
        } else {
            for (reason, resources) in by_reason(rows.into_iter()) {
                left_out += resources.len().saturating_sub(NAMED);
                told.push((state, some_names(&resources), reason.to_owned()));
            }
        }
    }
    write_lines(out, look, &told)?;
    writeln!(out)?;
    Ok(left_out > 0)
}

/// As wide as the longest of them, so that the names below each other begin at the same place.
fn padded(state: Status) -> String {
    format!("{:<1$}", state.as_str(), STATE_WIDTH)
}

/// Prints verdicts, resources and reasons in columns. A resource whose name would leave too little room for the reason has a
/// line of its own, so that no name is broken.
fn write_lines(out: &mut dyn Write, look: Look, rows: &[(Status, String, String)]) -> io::Result<()> {
    /// The verdict's column, and the blanks around the name.
    const AROUND: u16 = 18;
    let room = look.width.saturating_sub(AROUND + REASON_WIDTH);
    let mut table = look.table();
    for (state, name, reason) in rows {
        let label = Cell::new_owned(padded(*state)).fg(colour(*state)).add_attribute(Attribute::Bold);
        let fits = u16::try_from(name.chars().count()).is_ok_and(|width| width <= room);
        if fits && !reason.is_empty() {
            table.add_row([label, cell(name), Cell::new_owned(reason.clone())]);
            continue;
        }
        write_table(out, &mut table)?;
        table = look.table();
        if reason.is_empty() {
            let mut names = look.table();
            names.add_row([label, cell(name)]);
            out.write_all(lines(&names).as_bytes())?;
        } else {
            writeln!(out, " {}  {name}", padded(*state))?;
            let mut reasons = look.table();
            reasons.add_row([Cell::new_owned(" ".repeat(STATE_WIDTH)), Cell::new_owned(reason.clone())]);
            out.write_all(lines(&reasons).as_bytes())?;
        }
    }
    write_table(out, &mut table)
}

fn write_table(out: &mut dyn Write, table: &mut Table) -> io::Result<()> {
    if table.row_count() == 0 {
        return Ok(());
    }
    if let Some(column) = table.column_mut(1) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    out.write_all(lines(table).as_bytes())
}

/// Resources by the reason why nothing is asked of them.
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
    let tolerated = row.tolerance().map(str::to_owned);
    let lines = row.acceptance().into_iter().chain(tolerated).chain(row.findings.iter().map(finding_text));
    lines.collect::<Vec<_>>().join("\n")
}

fn colour(state: Status) -> Color {
    match state {
        Status::Compliant => Color::Green,
        Status::NonCompliant => Color::Red,
        Status::NotEvaluated => Color::Yellow,
        Status::NotApplicable => Color::DarkGrey,
    }
}
