//! The changes in an account.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color};
use serde::Serialize;

use super::table::{Look, cell, lines};

/// Whether a change is good news; the bad news is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Direction {
    Worse,
    Neutral,
    Better,
}

/// One change.
#[derive(Debug, Serialize)]
pub(crate) struct Change {
    pub(crate) direction: Direction,
    /// A stable name of the kind of change.
    change: &'static str,
    /// The rule whose verdict changed, where one did.
    rule: Option<String>,
    resource: String,
    resource_arn: Option<String>,
    before: Option<String>,
    after: Option<String>,
    pub(crate) message: String,
}

impl Change {
    pub(crate) fn new(
        change: &'static str,
        direction: Direction,
        resource: &str,
        resource_arn: Option<&str>,
        message: String,
    ) -> Self {
        Self {
            direction,
            change,
            rule: None,
            resource: resource.to_owned(),
            resource_arn: resource_arn.map(str::to_owned),
            before: None,
            after: None,
            message,
        }
    }

    /// The same change, from one state to another.
    pub(crate) fn between(self, before: &str, after: &str) -> Self {
        Self { before: Some(before.to_owned()), after: Some(after.to_owned()), ..self }
    }

    /// The same change, by the verdict of a rule.
    pub(crate) fn of_rule(self, rule: &str) -> Self {
        Self { rule: Some(rule.to_owned()), ..self }
    }
}

/// Prints the changes.
pub(crate) fn write(out: &mut dyn Write, look: Look, changes: &[Change]) -> io::Result<()> {
    let mut table = look.table();
    for change in changes {
        let (word, colour) = match change.direction {
            Direction::Worse => ("worse", Color::Red),
            Direction::Neutral => ("changed", Color::Yellow),
            Direction::Better => ("better", Color::Green),
        };
        table.add_row([Cell::new(word).fg(colour).add_attribute(Attribute::Bold), cell(&change.message)]);
    }
    if !changes.is_empty() {
        out.write_all(lines(&table).as_bytes())?;
        writeln!(out)?;
    }
    let count = |direction| changes.iter().filter(|change| change.direction == direction).count();
    let [worse, neutral, better] = [Direction::Worse, Direction::Neutral, Direction::Better].map(count);
    writeln!(out, "{worse} worse, {better} better, {neutral} other changes")
}
