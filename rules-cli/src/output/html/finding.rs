//! A finding: the message, the statement that causes it, and the remediation.

use maud::{Markup, html};
use rules_core::text::visible;

use super::account::sign;
use crate::explanation::{Explanation, ShownStatement};
use crate::output::AccountReport;
use crate::output::row::{Row, Status, shown, shown_name, way};
use crate::remedy::{Remedy, Step};

/// How much of a finding is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What is wrong and how to fix it.
    Full,
    /// What [`brief`] leaves out.
    Rest,
}

/// Why the verdict was reached: the exception, each finding, or the reason, with the statement behind it and the fix.
pub(super) fn why(report: &AccountReport, row: &Row<'_>, depth: Depth) -> Markup {
    html! {
        @if depth == Depth::Full {
            @if let Some(acceptance) = row.acceptance() { p class="accepted" { (acceptance) } }
            @if let Some(tolerance) = row.tolerance() { p class="quiet" { "Passes: " (tolerance) } }
            @if row.findings.is_empty() { p { (row.why()) } }
        }
        @for (index, finding) in row.findings.iter().enumerate() {
            @if depth == Depth::Full { p { (shown(&finding.message)) } }
            @if finding.path.len() > 1 {
                @if let Some(way) = way(finding) { p class="way" { "By " (way) } }
            }
            @if let Some(explanation) = row.explanation(index) { (explained(explanation)) }
            @if let Some(remedy) = report.remedy(row, finding) { (how(&remedy)) }
        }
    }
}

/// Why the verdict was reached, on a line or two: no sentence is longer than `limit` characters.
pub(super) fn brief(row: &Row<'_>, limit: usize) -> Markup {
    let cut = |text: &str| visible(text, limit);
    let mut said: Vec<String> = row.acceptance().iter().map(|acceptance| cut(acceptance)).collect();
    said.extend(row.tolerance().map(|tolerance| format!("passes, {tolerance}")));
    match row.findings {
        [] => said.push(cut(&row.annotation)),
        findings => {
            said.extend(findings.iter().take(BRIEFLY).map(|finding| cut(&finding.message)));
            if let Some(more @ 1..) = findings.len().checked_sub(BRIEFLY) {
                said.push(format!("and {more} more"));
            }
        }
    }
    html! {
        p class="r" {
            @if row.state != Status::NonCompliant { (sign(row)) " " }
            i { (row.rule.id) ":" } " " (said.join("; "))
        }
    }
}

/// How many findings of one verdict are said briefly.
const BRIEFLY: usize = 5;

/// The statements with their costly parts, and what they cost.
fn explained(explanation: &Explanation) -> Markup {
    html! {
        @for statement in &explanation.statements { (statement_shown(statement)) }
        @if !explanation.losses.is_empty() {
            ul class="losses" {
                @for loss in &explanation.losses {
                    li {
                        "−" (loss.points) " for " (shown(&loss.actions)) " on " (shown(&loss.reach))
                        @if let Some(statement) = &loss.statement { " (statement " (shown_name(statement)) ")" }
                    }
                }
                @if explanation.more_losses > 0 { li { "and " (explanation.more_losses) " smaller losses" } }
            }
        }
        @if let Some(fix) = &explanation.fix {
            p class="fix" {
                @if let Some(statement) = &fix.statement { "In statement " (shown_name(statement)) ": " }
                (shown(&fix.text)) ". Then the score is " (fix.score) "."
            }
        }
    }
}

fn statement_shown(statement: &ShownStatement) -> Markup {
    html! {
        figure class="statement" {
            figcaption { "Statement " (shown_name(&statement.label)) ", with the costly parts marked" }
            pre {
                code {
                    @for line in &statement.lines {
                        ("  ".repeat(line.indent))
                        @if line.costs { mark { (shown(&line.text)) } } @else { (shown(&line.text)) }
                        "\n"
                    }
                }
            }
        }
    }
}

/// How to fix it, folded.
pub(super) fn how(remedy: &Remedy) -> Markup {
    html! {
        details class="how" {
            summary { "How" span class="vh" { ": " (shown(&remedy.title)) } }
            ol {
                @for step in &remedy.steps {
                    li {
                        @match step {
                            Step::Do(text) => { (shown(text)) }
                            Step::Run(command) => { code class="command" { (shown(&command.to_string())) } }
                        }
                    }
                }
            }
        }
    }
}
