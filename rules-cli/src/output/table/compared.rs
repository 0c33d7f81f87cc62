//! The scores of policies in two versions.

use std::io::{self, Write};

use comfy_table::Cell;
use rules_core::score::LeastPrivilegeScore;

use super::scores::{grade_colour, loss_lines, policies, unscored_row};
use super::{Look, cell, header, lines};
use crate::output::scored::{PolicyScore, ScoreReport, ScoredPolicy};

/// Prints what policies score in two versions, the largest fall first.
pub(crate) fn write_comparison(out: &mut dyn Write, look: Look, report: &ScoreReport) -> io::Result<()> {
    let mut sorted: Vec<&PolicyScore> = report.rows();
    sorted.sort_by_key(|policy| policy.score.as_ref().map_or((true, 0), |scored| (false, scored.change())));
    let mut table = look.table();
    table.set_header(header(&["Version 1", "Version 2", "Change", "Policy", "What costs the most in version 2"]));
    for policy in &sorted {
        match &policy.score {
            Ok(scored) => table.add_row(row(&policy.policy, scored)),
            Err(error) => table.add_row(unscored_row(&policy.policy, error)),
        };
    }
    out.write_all(lines(&table).as_bytes())?;
    let moved = sorted.iter().filter(|policy| policy.score.as_ref().is_ok_and(|scored| scored.change() != 0)).count();
    writeln!(out, "\n{} compared, {moved} of them move", policies(sorted.len()))
}

fn row(policy: &str, scored: &ScoredPolicy) -> [Cell; 5] {
    let of = |score: &LeastPrivilegeScore| {
        Cell::new_owned(format!("{} {}", score.score, score.grade)).fg(grade_colour(score.grade))
    };
    let change = scored.change();
    let sign = if change < 0 { "-" } else { "+" };
    let because = scored.score.losses.first().map(|loss| loss_lines(loss, scored.score.score));
    [
        scored.before.as_ref().map_or_else(|| Cell::new("-"), of),
        of(&scored.score),
        Cell::new_owned(format!("{sign}{}.{}", change.abs() / 10, change.abs() % 10)),
        cell(policy),
        Cell::new_owned(because.unwrap_or_default()),
    ]
}
