//! Users, roles, groups and policies, the lowest score first. Those that pass are a number that can be expanded.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use maud::{Markup, html};
use rules_core::rules::Severity;
use rules_core::score::Score;

use super::account::is_of_account;
use super::finding::{Depth, brief, why};
use super::first_screen::asks;
use super::picture;
use crate::output::posture::plural;
use crate::output::row::{Row, Status, resource_label, shown_name};
use crate::output::{AccountReport, SortKey};

/// How many of each list are shown with their statements.
const FULL: usize = 100;
/// How many of each list are open from the beginning.
const OPEN: usize = 3;
/// How many of each list are printed.
const PRINTED: usize = 100;
/// How many are in one list: a browser lays a list out when it is scrolled into view.
const TOGETHER: usize = 100;

/// How many characters all reasons may have together, and the bounds for one of them.
const REASONS: usize = 1_600_000;
const SHORTEST: usize = 60;
const LONGEST: usize = 1_000;

/// A user, role, group or policy with all verdicts on it.
struct Entry<'r, 'a> {
    rows: Vec<&'r Row<'a>>,
    /// The lowest of its scores.
    score: Option<Score>,
    state: &'static str,
}

impl<'r, 'a> Entry<'r, 'a> {
    fn new(mut rows: Vec<&'r Row<'a>>) -> Self {
        rows.sort_by_key(|row| (row.state, Reverse(row.rule.severity)));
        let any = |wanted: fn(&Row<'_>) -> bool| rows.iter().any(|row| wanted(row));
        let state = if any(|row| row.state == Status::NonCompliant) {
            "fails"
        } else if any(|row| row.state == Status::NotEvaluated) {
            "unknown"
        } else if any(|row| row.exception.is_some()) {
            "accepted"
        } else {
            "passes"
        };
        Self { score: rows.iter().filter_map(|row| row.score()).min(), state, rows }
    }

    fn is_principal(&self) -> bool {
        matches!(self.kind(), "User" | "Role")
    }

    fn kind(&self) -> &'a str {
        let kind = self.rows.first().map(|row| row.resource.resource_type.as_str()).unwrap_or_default();
        kind.rsplit("::").next().unwrap_or_default()
    }

    /// The highest severity of its findings, if it has any.
    fn severity(&self) -> Option<Severity> {
        self.rows.iter().filter_map(|row| row.severity()).max()
    }

    fn name(&self) -> &'a str {
        let resource = self.rows.first().map(|row| row.resource);
        resource.map(|resource| resource.name.as_deref().unwrap_or(&resource.id)).unwrap_or_default()
    }
}

pub(super) fn section(report: &AccountReport, rows: &[Row<'_>]) -> Markup {
    let mut by_resource: BTreeMap<(&str, &str), Vec<&Row<'_>>> = BTreeMap::new();
    for row in rows.iter().filter(|row| !is_of_account(row)) {
        by_resource.entry((&row.resource.resource_type, &row.resource.id)).or_default().push(row);
    }
    let entries = by_resource.into_values().map(Entry::new);
    let (mut principals, mut policies): (Vec<Entry<'_, '_>>, Vec<Entry<'_, '_>>) =
        entries.partition(Entry::is_principal);
    for list in [&mut principals, &mut policies] {
        list.sort_by_key(|entry| (entry.score.unwrap_or(Score::MAX), entry.name()));
        match report.view.sort {
            None | Some(SortKey::Score) => {}
            Some(SortKey::Severity) => list.sort_by_key(|entry| Reverse(entry.severity())),
            Some(SortKey::Name) => list.sort_by_key(Entry::name),
        }
    }
    let limit = limit(principals.iter().chain(&policies));
    html! {
        (find_form(principals.iter().chain(&policies)))
        (list(report, "principals", "Principals", "principal", &principals, limit))
        (list(report, "policies", "Policies and groups", "policy or group", &policies, limit))
    }
}

/// The maximum length of a reason, so that the file stays small enough for an email.
fn limit<'e, 'r: 'e, 'a: 'r>(entries: impl Iterator<Item = &'e Entry<'r, 'a>>) -> usize {
    let sentences = |entry: &Entry<'_, '_>| entry.rows.iter().map(|row| row.findings.len().max(1)).sum::<usize>();
    let number: usize = entries.filter(|entry| entry.state != "passes").map(sentences).sum();
    (REASONS / number.max(1)).clamp(SHORTEST, LONGEST)
}

/// The state as a sign and a word.
fn pill(state: &str) -> Markup {
    let (class, word) = match state {
        "fails" => ("bad", "fails"),
        "unknown" => ("unknown", "not evaluated"),
        _ => ("accepted", "accepted"),
    };
    html! { b class=(class) { (word) } }
}

/// Search and filters. The script shows them, because they have no effect without it.
fn find_form<'e, 'r: 'e, 'a: 'r>(entries: impl Iterator<Item = &'e Entry<'r, 'a>>) -> Markup {
    let kinds: std::collections::BTreeSet<String> = entries.map(|entry| shown_name(entry.kind())).collect();
    html! {
        form id="find" role="search" aria-label="Principals and policies" hidden {
            p {
                label for="find-text" { "Find" }
                input id="find-text" type="search" autocomplete="off" spellcheck="false" placeholder="name, action, policy";
            }
            p {
                label for="find-kind" { "Kind" }
                select id="find-kind" { option value="" { "all" } @for kind in &kinds { option value=(kind) { (kind) } } }
            }
            p {
                label for="find-state" { "State" }
                select id="find-state" {
                    @for (value, text) in [("", "all"), ("fails", "fails"), ("unknown", "not evaluated"), ("accepted", "accepted"), ("passes", "passes")] {
                        option value=(value) { (text) }
                    }
                }
            }
            p id="find-count" role="status" {}
        }
    }
}

fn list(
    report: &AccountReport,
    anchor: &str,
    title: &str,
    noun: &str,
    entries: &[Entry<'_, '_>],
    limit: usize,
) -> Markup {
    let (asking, passing): (Vec<&Entry<'_, '_>>, Vec<&Entry<'_, '_>>) =
        entries.iter().partition(|entry| entry.state != "passes");
    let scores: Vec<Score> = entries.iter().filter_map(|entry| entry.score).collect();
    html! {
        section id=(anchor) aria-labelledby={ (anchor) "-title" } {
            h2 id={ (anchor) "-title" } { (title) }
            @if report.view.only.is_some() || report.view.min_severity.is_some() {
                p class="quiet" { "The list is limited by --only or --min-severity; the summary is not." }
            } @else if entries.is_empty() { p { "This run evaluated no " (noun) "." } }
            @if !scores.is_empty() { (picture::distribution(title, &scores)) }
            @if !asking.is_empty() {
                p {
                    (asking.len()) " of " (entries.len()) " need attention" @if report.view.sort.is_none() { ", the lowest score first" } "."
                    @if limit < LONGEST && asking.len() > FULL {
                        " From entry " (FULL + 1) " on, reasons are shortened to " (limit) " characters. The formats csv and json contain the complete reasons."
                    }
                }
                @for (number, together) in asking.chunks(TOGETHER).enumerate() {
                    ul class=(if number * TOGETHER < PRINTED { "entries" } else { "entries beyond" }) {
                        @for (index, entry) in together.iter().enumerate() { (one(report, entry, number * TOGETHER + index, limit)) }
                    }
                }
                @if asking.len() > PRINTED {
                    p class="only-print" { (asking.len() - PRINTED) " more are in the file, but are not printed." }
                }
            }
            @if !passing.is_empty() { (passes(noun, &passing)) }
        }
    }
}

fn one(report: &AccountReport, entry: &Entry<'_, '_>, index: usize, limit: usize) -> Markup {
    let limit = if index < FULL { LONGEST } else { limit };
    let looked_at: Vec<&&Row<'_>> = entry.rows.iter().filter(|row| asks(row) || row.exception.is_some()).collect();
    html! {
        li class="e" data-k=(shown_name(entry.kind())) data-s=(entry.state) {
            p class="n" {
                @if let Some(score) = entry.score { span class="score" { (score) } " " }
                strong { (shown_name(entry.name())) } " " (shown_name(&entry.kind().to_lowercase()))
                " " (pill(entry.state))
            }
            @for row in &looked_at { (brief(row, limit)) }
            @if index < FULL && entry.state == "fails" {
                details open[index < OPEN] {
                    summary { "Statement and fix" span class="vh" { " of " (shown_name(entry.name())) } }
                    @for row in looked_at.iter().filter(|row| row.state == Status::NonCompliant) { (why(report, row, Depth::Rest)) }
                }
            }
        }
    }
}

/// The entries that pass: their number, and the names when expanded.
fn passes(noun: &str, passing: &[&Entry<'_, '_>]) -> Markup {
    let number = match (passing.len(), noun) {
        (1, _) => format!("1 {noun} passes"),
        (number, "principal") => format!("{} pass", plural(number, "principal")),
        (number, _) => format!("{number} policies and groups pass"),
    };
    html! {
        details class="passes" {
            summary { (number) }
            @for together in passing.chunks(TOGETHER) {
                ul class="entries" { @for entry in together {
                    li class="e" data-k=(shown_name(entry.kind())) data-s="passes" {
                        @if let Some(score) = entry.score { span class="score" { (score) } " " }
                        (entry.rows.first().map(|row| resource_label(row.resource)).unwrap_or_default())
                    }
                } }
            }
        }
    }
}
