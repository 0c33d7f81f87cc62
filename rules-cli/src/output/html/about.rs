//! The basis of the report: exceptions, rules and their parameters, versions, and the meaning of the states.

use maud::{Markup, html};
use rules_core::score::{CATALOGUE_DATE, SCORE_VERSION};

use crate::output::AccountReport;
use crate::output::posture::plural;
use crate::output::row::{Counts, OVERVIEW, Row, Status, resource_label, shown, shown_name, states_of};

const STATES: [(&str, &str); 5] = [
    ("COMPLIANT", "The rule applies, and there is no finding, or an exception accepts the findings."),
    ("NON_COMPLIANT", "There is at least one finding. Each finding has a reason and a path."),
    ("NOT_APPLICABLE", "The rule does not apply to this resource in its current state."),
    (
        "NOT_EVALUATED",
        "The resource was not evaluated, because something was not read. It is never counted as passing.",
    ),
    ("not run", "The input does not contain the facts of the check, or only other rules were selected."),
];

pub(super) fn exceptions(rows: &[Row<'_>]) -> Markup {
    let accepted: Vec<(&Row<'_>, &rules_core::exceptions::Exception)> =
        rows.iter().filter_map(|row| Some((row, row.exception?))).collect();
    html! {
        section id="exceptions" aria-labelledby="exceptions-title" {
            h2 id="exceptions-title" { "Exceptions" }
            @if accepted.is_empty() { p { "No exception accepts a finding." } }
            @else {
                p { (plural(accepted.len(), "verdict")) " accepted for a time." }
                (table(&["Resource", "Rule", "Owner", "Until", "Reason"], html! {
                    @for (row, exception) in &accepted {
                        tr {
                            th scope="row" { (resource_label(row.resource)) }
                            td { (row.rule.id) }
                            td { (shown_name(&exception.owner)) }
                            td { (exception.expires) }
                            td { (shown(&exception.reason)) }
                        }
                    }
                }))
            }
        }
    }
}

pub(super) fn section(report: &AccountReport) -> Markup {
    html! {
        section id="about" aria-labelledby="about-title" {
            h2 id="about-title" { "About this report" }
            h3 { "Rules" }
            (rules(report))
            h3 { "Parameters" }
            (parameters(report))
            h3 { "Meaning of the states" }
            dl { @for (state, meaning) in STATES { dt { (state) } dd { (meaning) } } }
            h3 { "Versions and settings" }
            dl {
                dt { "rules-cli" } dd { (env!("CARGO_PKG_VERSION")) }
                dt { "Score" } dd {
                    "version " (SCORE_VERSION) ", from 0, which allows everything, to 100, which allows nothing; actions of AWS as of " (CATALOGUE_DATE)
                }
                dt { "Policies of the organization" } dd {
                    @match report.context.organization_layers {
                        0 => { "none were given, so the report does not include their limits" }
                        number => { (plural(number, "layer")) " taken into account" }
                    }
                }
            }
        }
    }
}

fn rules(report: &AccountReport) -> Markup {
    table(
        &OVERVIEW,
        html! {
            @for rule in &report.rules {
                @let counts = Counts::of(states_of(rule));
                tr {
                    th scope="row" {
                        (rule.definition.id)
                        @for claim in rule.definition.claims() { span class="control" { " " (claim) } }
                    }
                    td { (rule.definition.severity) }
                    @for state in Status::ALL { td class="count" { (counts.in_state(state)) } }
                }
            }
        },
    )
}

fn parameters(report: &AccountReport) -> Markup {
    let all =
        report.rules.iter().flat_map(|rule| rule.definition.parameters.iter().map(move |parameter| (rule, parameter)));
    let all: Vec<_> = all.collect();
    if all.is_empty() {
        return html! { p { "The rules that ran have no parameters." } };
    }
    table(
        &["Rule", "Parameter", "Value", "Meaning"],
        html! {
            @for (rule, parameter) in &all {
                @let set = rule.parameters.iter().find(|(name, _)| name == parameter.name);
                tr {
                    th scope="row" { (rule.definition.id) }
                    td { (parameter.name) }
                    td {
                        @match set {
                            Some((_, value)) => { (shown(value)) }
                            None => { @if parameter.default.is_empty() { "none" } @else { (parameter.default) } " (default)" }
                        }
                    }
                    td { (parameter.description) }
                }
            }
        },
    )
}

/// A table that scrolls by itself where the page is narrow.
fn table(heads: &[&str], body: Markup) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="region" aria-label=(heads.join(", ")) {
            table {
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (body) }
            }
        }
    }
}
