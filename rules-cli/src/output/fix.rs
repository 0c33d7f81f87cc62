//! Policy changes that close all paths to an administrator.

use std::io::{self, Write};

use rules_core::Arn;
use rules_core::cut::{Cut, Edit, Place};
use rules_core::policy::PolicyDocument;
use rules_core::reach::{Escalation, EscalationStep};
use rules_core::text::visible;
use serde::Serialize;
use similar::TextDiff;

use super::posture::{listed, plural};
use super::table::policies;

/// The fields of the changes. Their names and order are a contract.
#[derive(Serialize)]
pub(crate) struct FixRecord<'a> {
    /// The users and roles that could become an administrator.
    principals: Vec<&'a str>,
    statements: usize,
    minimum: bool,
    edits: Vec<EditRecord<'a>>,
    left: Vec<LeftRecord<'a>>,
}

#[derive(Serialize)]
struct EditRecord<'a> {
    kind: &'static str,
    /// The user, group or role that has the policy, or the managed policy.
    arn: &'a str,
    /// The name of an inline policy.
    policy: Option<&'a str>,
    before: Option<&'a PolicyDocument>,
    /// None if the policy has to be deleted.
    after: Option<&'a PolicyDocument>,
}

/// A path that no change of a policy interrupts.
#[derive(Serialize)]
struct LeftRecord<'a> {
    principal: &'a str,
    steps: &'a [EscalationStep],
}

impl<'a> FixRecord<'a> {
    pub(crate) fn new(cut: &'a Cut) -> Self {
        let left =
            cut.left.iter().map(|(principal, path)| LeftRecord { principal: principal.as_str(), steps: &path.steps });
        Self {
            principals: cut.principals.iter().map(Arn::as_str).collect(),
            statements: cut.statements,
            minimum: cut.is_minimum,
            edits: cut.edits.iter().map(EditRecord::new).collect(),
            left: left.collect(),
        }
    }
}

impl<'a> EditRecord<'a> {
    fn new(edit: &'a Edit) -> Self {
        let (kind, arn, policy) = match &edit.place {
            Place::Inline { of, policy } => ("inline", of, Some(policy.as_str())),
            Place::Managed(arn) => ("managed", arn, None),
            Place::Trust(role) => ("trust", role, None),
            Place::Added { to } => ("new-inline", to, Some(Place::ADDED)),
            _ => ("other", edit.place.arn(), None),
        };
        Self { kind, arn: arn.as_str(), policy, before: edit.before.as_ref(), after: edit.after.as_ref() }
    }
}

/// Prints the changes for people: a unified difference of each policy.
pub(crate) fn write(out: &mut dyn Write, cut: &Cut) -> io::Result<()> {
    if cut.principals.is_empty() {
        return writeln!(out, "No user or role that is not an administrator can become one.");
    }
    let names: Vec<String> = cut.principals.iter().map(|arn| visible(arn.resource(), 80)).collect();
    writeln!(out, "Can become an administrator: {}", listed(&names))?;
    if !cut.edits.is_empty() {
        let fewest = match cut.is_minimum {
            true => "the smallest number of statements",
            false => "chosen one after the other, so a smaller number can exist",
        };
        let statements = plural(cut.statements, "statement");
        let policies = policies(cut.edits.len());
        let path = if cut.left.is_empty() { "path" } else { "other path" };
        writeln!(out, "With these changes of {statements} in {policies} no {path} is left: {fewest}.")?;
    }
    for edit in &cut.edits {
        writeln!(out)?;
        write_edit(out, edit)?;
    }
    for (principal, path) in &cut.left {
        write_left(out, principal, path)?;
    }
    Ok(())
}

fn write_edit(out: &mut dyn Write, edit: &Edit) -> io::Result<()> {
    let text = |document: &Option<PolicyDocument>| match document {
        None => Ok(String::new()),
        Some(document) => serde_json::to_string_pretty(document).map(|text| text + "\n"),
    };
    let (before, after) = (text(&edit.before)?, text(&edit.after)?);
    let place = edit.place.to_string();
    let title = match (&edit.before, &edit.after) {
        (_, None) => format!("{place}, to be deleted"),
        (None, Some(_)) | (Some(_), Some(_)) => place,
    };
    write!(out, "{}", TextDiff::from_lines(&before, &after).unified_diff().header(&title, &title))
}

fn write_left(out: &mut dyn Write, principal: &Arn, path: &Escalation) -> io::Result<()> {
    let (principal, path) = (visible(principal.resource(), 80), visible(&path.in_full(), 600));
    writeln!(out, "\nNo change of a policy interrupts this path of {principal}: {path}")
}
