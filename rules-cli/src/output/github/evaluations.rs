//! Annotations for findings of an account, at the statement if it is in a file.

use std::io::{self, Write};

use super::{Mark, write_annotation};
use crate::output::AccountReport;
use crate::output::row::{Row, Status, finding_text, resource_label, shown};

/// Prints what is wrong in an account.
pub(in crate::output) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    for what in &report.unread {
        write_annotation(out, Mark::Error, None, "not read", &shown(what))?;
    }
    report.rows().try_for_each(|row| write_row(out, &row))
}

fn write_row(out: &mut dyn Write, row: &Row<'_>) -> io::Result<()> {
    let title = format!("{}: {}", row.rule.id, resource_label(row.resource));
    match (row.state, row.passes()) {
        (Status::NotEvaluated, _) => write_annotation(out, Mark::Error, None, &title, &row.why()),
        (Status::NonCompliant, passes) if row.known != Some(true) => {
            let mark = if passes == Some(false) { Mark::Error } else { Mark::Warning };
            row.placed_findings()
                .try_for_each(|(finding, place)| write_annotation(out, mark, place, &title, &finding_text(finding)))
        }
        _ => Ok(()),
    }
}
