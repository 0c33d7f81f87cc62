//! The administrators: names, paths to their permissions, and MFA.

use std::collections::{BTreeMap, BTreeSet};

use maud::{Markup, html};
use rules_core::config::Finding;

use super::account::further;
use super::picture;
use crate::output::AccountReport;
use crate::output::context::{Administrator, Hop};
use crate::output::posture::{Area, plural};
use crate::output::row::{Row, Status, shown, shown_name};

/// How many administrators are listed one by one.
const LISTED: usize = 500;
/// How many of them are printed.
const PRINTED: usize = 50;

pub(super) fn section(report: &AccountReport) -> Markup {
    let rows: Vec<Row<'_>> = report.all_rows().filter(|row| Area::of(row.rule) == Area::Administrators).collect();
    let found = known(report, &rows);
    html! {
        section id="administrators" aria-labelledby="administrators-title" {
            h2 id="administrators-title" { "Administrators" }
            p {
                "An administrator has all permissions, or can remove the policies that limit it. Other principals can become administrators. "
                @if report.context.administrators.is_none() {
                    "This run does not list the administrators. The list below has those with a finding."
                } @else if found.is_empty() { "The report has no user or role that is an administrator." }
                @else { "Each is here with its path." }
            }
            (further(report, &rows, Area::Administrators))
            @if !found.is_empty() {
                (picture::paths(&found))
                (list(&found, &mfa_by_arn(&rows)))
            }
        }
    }
}

/// The administrators, and principals with findings that can become one.
fn known(report: &AccountReport, rows: &[Row<'_>]) -> Vec<Administrator> {
    let mut found: Vec<Administrator> = report.context.administrators.iter().flatten().cloned().collect();
    for row in rows.iter().filter(|row| row.state == Status::NonCompliant) {
        let arn = row.resource.arn.as_ref().map(ToString::to_string).unwrap_or_default();
        if found.iter().any(|one| one.arn == arn) {
            continue;
        }
        let Some(way) = row.findings.iter().find_map(way_of) else { continue };
        found.push(Administrator {
            kind: if row.resource.resource_type.ends_with("Role") { "role" } else { "user" },
            name: row.resource.name.clone().unwrap_or_else(|| row.resource.id.clone()),
            arn,
            is_one: false,
            ..way
        });
    }
    found
}

/// How the principal of a finding comes to be an administrator, without the principal itself: by the steps of its escalation, else
/// by the names of its path.
fn way_of(finding: &Finding) -> Option<Administrator> {
    let names = || finding.path.iter().skip(1).map(|name| Hop { kind: "", name: name.clone() });
    let way = match &finding.escalation {
        None => Administrator {
            path: names().collect(),
            statement: finding.statement.clone().unwrap_or_default(),
            ..Administrator::default()
        },
        Some(escalation) => {
            let steps = escalation.steps.iter();
            let witness = escalation.witness.as_ref();
            let group = witness.and_then(|witness| witness.group.clone()).map(|name| Hop { kind: "group", name });
            let policy = witness.map(|witness| Hop { kind: "policy", name: witness.policy.clone() });
            let taken = steps.clone().map(|step| Hop { kind: step.path.as_str(), name: step.target.clone() });
            let conditions: BTreeSet<&String> = steps.flat_map(|step| &step.conditions).collect();
            Administrator {
                path: taken.chain(group).chain(policy).collect(),
                statement: witness.map(|witness| witness.statement.clone()).unwrap_or_default(),
                conditional_on: conditions.into_iter().chain(&escalation.missing).cloned().collect(),
                ..Administrator::default()
            }
        }
    };
    (!way.path.is_empty()).then_some(way)
}

/// What the rule about MFA says of each user.
fn mfa_by_arn<'a>(rows: &[Row<'a>]) -> BTreeMap<String, (&'static str, &'static str, String)> {
    let mut by_arn = BTreeMap::new();
    for row in rows.iter().filter(|row| row.rule.id == "admin-user-mfa-enabled") {
        let Some(arn) = &row.resource.arn else { continue };
        let (class, word) = match (row.state, row.exception.is_some()) {
            (_, true) => ("accepted", "accepted by exception"),
            (Status::NonCompliant, _) => ("bad", "no MFA"),
            (Status::NotEvaluated, _) => ("unknown", "MFA unknown"),
            (Status::Compliant, _) => ("good", "MFA"),
            (Status::NotApplicable, _) => ("quiet", "no active credential"),
        };
        by_arn.insert(arn.to_string(), (class, word, row.why()));
    }
    by_arn
}

fn list(found: &[Administrator], mfa: &BTreeMap<String, (&'static str, &'static str, String)>) -> Markup {
    let class = |one: &Administrator| mfa.get(&one.arn).map_or("quiet", |(class, ..)| *class);
    let mut found: Vec<&Administrator> = found.iter().collect();
    // What asks for action first.
    found.sort_by_key(|one| (class(one) != "bad", class(one) != "unknown"));
    html! {
        ul class="administrators" {
            @for (index, one) in found.iter().take(LISTED).enumerate() {
                li class=[(index >= PRINTED).then_some("beyond")] {
                    @match mfa.get(&one.arn) {
                        Some((class, word, _)) => { span class={ "state " (class) } { (word) } }
                        None => { span class="state quiet" { @if one.kind == "role" { "role: depends on the principal that assumes it" } @else { "MFA not checked" } } }
                    }
                    " " (one.kind) " " strong { (shown_name(&one.name)) } @if one.is_one { " by " } @else { " can become one by " } (way(one))
                    @if !one.conditional_on.is_empty() { ", if " (shown(&one.conditional_on.join(", "))) }
                    @if let Some((_, _, why)) = mfa.get(&one.arn).filter(|(class, ..)| matches!(*class, "bad" | "unknown")) {
                        p class="quiet" { (why) }
                    }
                }
            }
        }
        @if found.len() > PRINTED {
            p class="only-print" { (found.len() - PRINTED) " more are not printed." }
        }
        @if found.len() > LISTED { p class="quiet" { "and " (plural(found.len() - LISTED, "more administrator")) } }
    }
}

/// `group admins, policy everything, statement 0`, or `create-access-key: user ada, policy everything, statement 0`.
fn way(one: &Administrator) -> String {
    let hop = |hop: &Hop| match (hop.kind, shown_name(&hop.name)) {
        ("", name) => name,
        ("group" | "policy", name) => format!("{} {name}", hop.kind),
        (step, target) => format!("{step}: {target}"),
    };
    let mut steps: Vec<String> = one.path.iter().map(hop).collect();
    if !one.statement.is_empty() {
        steps.push(format!("statement {}", shown_name(&one.statement)));
    }
    steps.join(", ")
}
