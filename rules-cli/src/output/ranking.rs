//! The lowest scores of an account.

use std::io::{self, Write};

use comfy_table::{Cell, CellAlignment};
use rules_core::score::{Grade, Score};
use rules_core::text::visible;
use serde::Serialize;

use super::table::{Look, cell, header, lines};

/// A policy or principal with its score.
#[derive(Debug, Serialize)]
pub(crate) struct Ranked {
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) resource_arn: String,
    pub(crate) score: Score,
    pub(crate) grade: Grade,
    pub(crate) statement: Option<String>,
    /// What costs the most, in words.
    pub(crate) loss: Option<String>,
    pub(crate) fix: Option<String>,
    pub(crate) score_if_fixed: Option<Score>,
}

/// Prints the lowest scores of `total`.
pub(crate) fn write(out: &mut dyn Write, look: Look, ranked: &[Ranked], total: usize) -> io::Result<()> {
    let mut table = look.table();
    table.set_header(header(&["Score", "Grade", "What", "Best change", "Then"]));
    for row in ranked {
        let advice: Vec<String> = [&row.loss, &row.fix].into_iter().flatten().map(|text| visible(text, 300)).collect();
        table.add_row([
            Cell::new(row.score),
            Cell::new(row.grade),
            cell(&format!("{} {}", row.kind, row.name)),
            Cell::new_owned(advice.join("\n")),
            Cell::new_owned(row.score_if_fixed.map_or_else(String::new, |score| score.to_string())),
        ]);
    }
    for column in [0, 4] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    out.write_all(lines(&table).as_bytes())?;
    writeln!(out, "\n{} of {total} policies and principals", ranked.len())
}
