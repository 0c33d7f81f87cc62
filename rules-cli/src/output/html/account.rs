//! The checks of the account, and the resources that could not be listed.

use maud::{Markup, html};

use super::finding::{Depth, why};
use super::first_screen::asks;
use crate::output::AccountReport;
use crate::output::posture::{Area, plural};
use crate::output::row::{Row, Status};

/// The areas whose rules are about the account.
pub(super) fn sections(report: &AccountReport, rows: &[Row<'_>]) -> Markup {
    html! {
        @for area in [Area::Root, Area::Audit] {
            section id=(area.anchor()) aria-labelledby={ (area.anchor()) "-title" } {
                h2 id={ (area.anchor()) "-title" } { (area.title()) }
                (checks(report, rows.iter().filter(|row| Area::of(row.rule) == area).collect()))
            }
        }
    }
}

/// The verdicts on the account of other areas, such as that only the root user is an administrator.
pub(super) fn further(report: &AccountReport, rows: &[Row<'_>], area: Area) -> Markup {
    let own = |row: &&Row<'_>| Area::of(row.rule) == area && is_of_account(row) && asks(row);
    let rows: Vec<&Row<'_>> = rows.iter().filter(own).collect();
    if rows.is_empty() {
        html! {}
    } else {
        checks(report, rows)
    }
}

pub(super) fn is_of_account(row: &Row<'_>) -> bool {
    row.resource.resource_type == "AWS::::Account"
}

fn checks(report: &AccountReport, mut rows: Vec<&Row<'_>>) -> Markup {
    rows.sort_by_key(|row| (row.state, std::cmp::Reverse(row.rule.severity)));
    let (asking, passing): (Vec<&Row<'_>>, Vec<&Row<'_>>) =
        rows.into_iter().partition(|row| asks(row) || row.exception.is_some());
    html! {
        @if asking.is_empty() && passing.is_empty() { p { "Not checked in this run." } }
        @for row in &asking {
            article class="check" {
                h3 { (sign(row)) " " (row.rule.id) " " span class={ "severity " (row.rule.severity.as_str()) } { (row.rule.severity) } }
                p class="quiet" { (row.rule.summary) }
                (why(report, row, Depth::Full))
            }
        }
        @if !passing.is_empty() {
            details class="passes" {
                summary { (plural(passing.len(), "check")) @if passing.len() == 1 { " passes" } @else { " pass" } }
                ul { @for row in &passing { li { (sign(row)) " " (row.rule.id) ": " (row.why()) } } }
            }
        }
    }
}

/// The state as a sign and a word: never by colour alone.
pub(super) fn sign(row: &Row<'_>) -> Markup {
    let (class, word) = match (row.state, row.exception.is_some()) {
        (_, true) => ("accepted", "accepted"),
        (Status::NotEvaluated, _) => ("unknown", "not evaluated"),
        (Status::NonCompliant, _) => ("bad", "fails"),
        (Status::Compliant, _) => ("good", "passes"),
        (Status::NotApplicable, _) => ("quiet", "does not apply"),
    };
    html! { span class={ "state " (class) } { (word) } }
}
