//! Verdicts, grouped by rule, the worst first.

use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{Attribute, Cell, ColumnConstraint, Width};
use rules_core::config::{EvaluatedResource, Finding, Verdict};
use rules_core::text::visible;

use super::{Look, TEXT_LIMIT, cell, compliance_colour, lines};
use crate::output::record::compliance;
use crate::output::{AccountReport, RuleReport};

/// In which order verdicts are shown: what asks for action comes first.
const ORDER: [&str; 4] = ["NOT_EVALUATED", "NON_COMPLIANT", "COMPLIANT", "NOT_APPLICABLE"];
/// How many of the resources that a rule is not about are named.
const NAMED: usize = 5;
/// How wide the resources' names may become before they are wrapped.
const NAME_WIDTH: u16 = 36;

/// Prints the verdicts on an account.
pub(crate) fn write_evaluations(out: &mut dyn Write, look: Look, report: &AccountReport) -> io::Result<()> {
    let as_of = report.as_of.map(|moment| format!(" as of {moment}")).unwrap_or_default();
    writeln!(out, "{}\n", look.heading(&format!("Account {}{as_of}", report.account)))?;
    for rule in &report.rules {
        write_rule(out, look, rule)?;
    }
    let rules = if report.rules.len() == 1 { "1 rule".to_owned() } else { format!("{} rules", report.rules.len()) };
    writeln!(out, "{rules}: {}", counts(report.rules.iter().flat_map(|rule| &rule.verdicts)))
}

fn write_rule(out: &mut dyn Write, look: Look, rule: &RuleReport) -> io::Result<()> {
    writeln!(out, "{}: {}", look.heading(rule.rule), counts(&rule.verdicts))?;
    let mut table = look.table();
    for state in ORDER {
        let verdicts = rule.verdicts.iter().filter(|verdict| compliance(verdict) == state);
        let label = || Cell::new(state).fg(compliance_colour(state)).add_attribute(Attribute::Bold);
        if state == "NOT_APPLICABLE" {
            for (reason, resources) in by_reason(verdicts) {
                table.add_row([label(), cell(&some_names(&resources)), cell(reason)]);
            }
            continue;
        }
        for verdict in verdicts {
            table.add_row([label(), cell(&name(verdict.resource())), Cell::new_owned(why(verdict))]);
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

/// `1 NON_COMPLIANT, 3 COMPLIANT`.
fn counts<'a>(verdicts: impl IntoIterator<Item = &'a Verdict>) -> String {
    let mut by_state: BTreeMap<&str, usize> = BTreeMap::new();
    for verdict in verdicts {
        *by_state.entry(compliance(verdict)).or_default() += 1;
    }
    let present = ORDER.iter().filter_map(|state| Some(format!("{} {state}", by_state.get(state)?)));
    let told: Vec<String> = present.collect();
    if told.is_empty() { "no resources".to_owned() } else { told.join(", ") }
}

/// Resources that the rule is not about, by the reason why.
fn by_reason<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> BTreeMap<&'a str, Vec<&'a EvaluatedResource>> {
    let mut groups: BTreeMap<&str, Vec<&EvaluatedResource>> = BTreeMap::new();
    for verdict in verdicts {
        if let Verdict::Evaluated(evaluation) = verdict {
            groups.entry(&evaluation.annotation).or_default().push(&evaluation.resource);
        }
    }
    groups
}

fn some_names(resources: &[&EvaluatedResource]) -> String {
    let mut names: Vec<String> = resources.iter().take(NAMED).map(|resource| name(resource)).collect();
    if resources.len() > NAMED {
        names.push(format!("{} more", resources.len() - NAMED));
    }
    names.join(", ")
}

/// `user ada`: the kind's last word and the friendly name.
fn name(resource: &EvaluatedResource) -> String {
    let kind = resource.resource_type.rsplit("::").next().unwrap_or_default().to_lowercase();
    format!("{kind} {}", visible(resource.name.as_deref().unwrap_or(&resource.id), 130))
}

/// The reason, or every finding with its way there.
fn why(verdict: &Verdict) -> String {
    let evaluation = match verdict {
        Verdict::Evaluated(evaluation) => evaluation,
        Verdict::NotEvaluated(verdict) => return verdict.missing.to_string(),
    };
    if evaluation.findings.is_empty() {
        return visible(&evaluation.annotation, TEXT_LIMIT);
    }
    let findings: Vec<String> = evaluation.findings.iter().map(finding_lines).collect();
    findings.join("\n")
}

fn finding_lines(finding: &Finding) -> String {
    let mut text = visible(&finding.message, TEXT_LIMIT);
    let mut way: Vec<String> = finding.path.iter().map(|step| visible(step, 130)).collect();
    if let Some(statement) = &finding.statement {
        way.push(format!("statement {}", visible(statement, 130)));
    }
    if !way.is_empty() {
        text.push_str("\nvia ");
        text.push_str(&way.join(" > "));
    }
    text
}
