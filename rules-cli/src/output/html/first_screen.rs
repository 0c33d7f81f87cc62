//! The first screen: the time, the resources that were not evaluated, the state of each area, and the most important
//! changes.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::finding;
use crate::output::AccountReport;
use crate::output::actions;
use crate::output::changes::Direction;
use crate::output::context::Comparison;
use crate::output::posture::{AreaStanding, Health, listed, not_run, plural, standings};
use crate::output::row::{Row, Status, resource_label, shown};

/// How many names and reasons are given before the rest is folded.
const SHOWN: usize = 5;

pub(super) fn header(report: &AccountReport, title: &str) -> Markup {
    let moments = report.all_rows().map(|row| row.ordering_timestamp).max();
    html! {
        header {
            h1 { (title) }
            @if report.context.is_sample {
                p class="sample" { strong { "Sample account." } " This account is built into rules-cli; it is not an account of yours." }
            }
            @if let Some(moment) = report.as_of.or(moments) {
                p class="moment" { "As of " time datetime=(moment) { (moment) } }
            }
        }
    }
}

pub(super) fn summary(report: &AccountReport) -> Markup {
    html! {
        section id="summary" aria-labelledby="summary-title" {
            h2 id="summary-title" { "Summary" }
            (not_judged(report))
            @if !report.context.regions.is_empty() {
                p class="quiet" {
                    "Trails, recorders and alarms: read in " (listed(&report.context.regions)) ". Other Regions were not read."
                }
            }
            div class="cards" { @for standing in standings(report) { (card(&standing)) } }
            (comparison(report.context.comparison.as_ref()))
        }
    }
}

fn card(standing: &AreaStanding) -> Markup {
    let (class, sign) = match standing.health {
        Health::Bad => ("bad", "✗"),
        Health::Unknown => ("unknown", "?"),
        Health::Good => ("good", "✓"),
    };
    html! {
        article class={ "card " (class) } {
            h3 { a href={ "#" (standing.area.anchor()) } { (standing.area.title()) } }
            p class="verdict" { span class="sign" aria-hidden="true" { (sign) } " " (standing.verdict) }
            p class="number" { (standing.number) }
            @if !standing.reasons.is_empty() {
                ul { @for reason in &standing.reasons { li { (reason) } } }
            }
            @if standing.more > 0 { p class="quiet" { "and " (standing.more) " more" } }
        }
    }
}

/// What was not evaluated. It comes first, because the rest of the report does not include it.
fn not_judged(report: &AccountReport) -> Markup {
    let mut reasons: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for row in report.all_rows().filter(|row| row.state == Status::NotEvaluated) {
        reasons.entry((row.rule.id, row.why())).or_default().push(resource_label(row.resource));
    }
    let verdicts: usize = reasons.values().map(Vec::len).sum();
    let not_run = not_run(report);
    let number = verdicts + report.unread.len() + not_run.len();
    if number == 0 {
        return html! {
            p class="judged good" { span class="sign" aria-hidden="true" { "✓" }
                @if report.context.regions.is_empty() { " All facts were read, and all checks were made." }
                @else { " All checks were made, with the facts of the Regions that were read." }
            }
        };
    }
    let unread = report.unread.iter().map(|what| html! { "Not read: " (shown(what)) });
    let unjudged = reasons.iter().map(|((rule, why), names)| {
        html! { (rule) " of " (listed(names)) ": " (why) }
    });
    let left_out = not_run.iter().map(|rule| html! { (rule.id) " did not run: " (rule.summary) });
    let items: Vec<Markup> = unread.chain(unjudged).chain(left_out).collect();
    let parts = [
        (report.unread.len(), format!("{} not read", plural(report.unread.len(), "thing"))),
        (verdicts, format!("{} not reached", plural(verdicts, "verdict"))),
        (not_run.len(), format!("{} not run", plural(not_run.len(), "check"))),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text).collect();
    html! {
        section class="judged unknown" aria-labelledby="not-judged" {
            h3 id="not-judged" { span class="sign" aria-hidden="true" { "?" } " Not evaluated: " (parts.join(", ")) }
            ul { @for item in items.iter().take(SHOWN) { li { (item) } } }
            @if items.len() > SHOWN {
                details { summary { (items.len() - SHOWN) " more" } ul { @for item in items.iter().skip(SHOWN) { li { (item) } } } }
            }
        }
    }
}

fn comparison(comparison: Option<&Comparison>) -> Markup {
    let Some(comparison) = comparison else {
        return html! {
            p class="compared quiet" {
                "No comparison with an earlier state: "  code { "rules-cli evaluate --earlier PATH" } " compares with an older snapshot, "
                code { "--baseline FILE" } " with the findings that "  code { "--write-baseline FILE" } " wrote."
            }
        };
    };
    let of = |direction| comparison.changes.iter().filter(move |(own, _)| *own == direction);
    let groups = [("Worse", Direction::Worse), ("Better", Direction::Better), ("Changed", Direction::Neutral)];
    let class = match (comparison.count(Direction::Better), comparison.count(Direction::Worse)) {
        (_, 0) if comparison.unread > 0 => "unknown",
        (_, 0) => "good",
        (better, worse) if better > worse => "unknown",
        _ => "bad",
    };
    html! {
        section class={ "compared " (class) } aria-labelledby="compared" {
            h3 id="compared" { "Compared: " (comparison.in_words()) }
            @for (title, direction) in groups {
                @let number = comparison.count(direction);
                @let list = html! { ul { @for (_, message) in of(direction).take(LISTED) { li { (shown(message)) } } } };
                @if number > 0 && comparison.changes.len() <= OPEN { h4 { (title) } (list) }
                @else if number > 0 {
                    details {
                        summary { (title) ": " (plural(number, "change")) }
                        (list)
                        @if number > LISTED { p class="quiet" { "and " (number - LISTED) " more: see rules-cli diff" } }
                    }
                }
            }
        }
    }
}

/// How many changes are listed openly.
const OPEN: usize = 10;
/// How many changes of a direction are listed.
const LISTED: usize = 100;

pub(super) fn actions(report: &AccountReport) -> Markup {
    let (actions, total) = actions::first(report);
    html! {
        section id="first" aria-labelledby="first-title" {
            h2 id="first-title" { "What to do first" }
            @if actions.is_empty() { p { "No evaluated resource needs a change." } }
            @else {
                ol class="actions" {
                    @for action in &actions {
                        li {
                            p class="do" { strong { (shown(&action.title)) } " " span class={ "severity " (action.severity.as_str()) } { (action.severity) } }
                            p class="gain" { "Gains: " (action.gain) " " span class="by-rule" { "(" (action.by_rule) ")" } }
                            @if let Some(change) = &action.change { p class="gain" { "Change: " (change) } }
                            @if let Some(remedy) = &action.remedy { (finding::how(remedy)) }
                        }
                    }
                }
                @if total > actions.len() {
                    p class="quiet" { (plural(total - actions.len(), "further change")) " below, by area." }
                }
            }
        }
    }
}

/// A row asks for a look.
pub(super) fn asks(row: &Row<'_>) -> bool {
    matches!(row.state, Status::NonCompliant | Status::NotEvaluated)
}
