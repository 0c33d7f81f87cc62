//! Scores, the worst first, with what costs the most points.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color};
use rules_core::score::{Grade, LeastPrivilegeScore, Lint, Loss, Score};
use rules_core::text::visible;

use super::{Look, cell, header, lines};
use crate::output::{PolicyScore, UnscoredPolicy};

/// How many losses of a policy are shown.
const LOSSES: usize = 3;
/// And how many things without effect.
const LINTS: usize = 3;
/// How many characters a full bar has.
const BAR: u16 = 10;

/// Prints the scores of policies.
pub(crate) fn write_scores(out: &mut dyn Write, look: Look, scores: &[PolicyScore]) -> io::Result<()> {
    let mut sorted: Vec<&PolicyScore> = scores.iter().collect();
    // What could not be read comes last: nobody scrolls back for it.
    sorted.sort_by_key(|scored| scored.score().map_or((1, Score::MAX), |score| (0, score.score)));
    let mut table = look.table();
    table.set_header(header(&["Score", "Grade", "", "Policy", "What costs the most, and what to do"]));
    for scored in &sorted {
        match scored.score() {
            Ok(score) => table.add_row(scored_row(&scored.policy, score)),
            Err(error) => table.add_row(unscored_row(&scored.policy, error)),
        };
    }
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    out.write_all(lines(&table).as_bytes())?;
    let unread = sorted.iter().filter(|scored| scored.scores.is_err()).count();
    match unread {
        0 => writeln!(out, "\n{} scored", count(sorted.len())),
        _ => writeln!(out, "\n{} scored, {unread} not readable", count(sorted.len() - unread)),
    }
}

/// Prints what policies score in two versions, the largest fall first.
pub(crate) fn write_comparison(out: &mut dyn Write, look: Look, scores: &[PolicyScore]) -> io::Result<()> {
    let mut sorted: Vec<&PolicyScore> = scores.iter().collect();
    sorted.sort_by_key(|scored| (scored.scores.is_err(), scored.change()));
    let mut table = look.table();
    table.set_header(header(&["Version 1", "Version 2", "Change", "Policy", "What costs the most in version 2"]));
    for scored in &sorted {
        match &scored.scores {
            Ok(versions) => table.add_row(comparison_row(scored, versions)),
            Err(error) => table.add_row(unscored_row(&scored.policy, error)),
        };
    }
    out.write_all(lines(&table).as_bytes())?;
    let moved = sorted.iter().filter(|scored| scored.change() != 0).count();
    writeln!(out, "\n{} compared, {moved} of them move", count(sorted.len()))
}

fn comparison_row(scored: &PolicyScore, versions: &[LeastPrivilegeScore]) -> [Cell; 5] {
    let of = |score: Option<&LeastPrivilegeScore>| match score {
        Some(score) => Cell::new_owned(format!("{} {}", score.score, score.grade)).fg(grade_colour(score.grade)),
        None => Cell::new("-"),
    };
    let change = scored.change();
    let sign = if change < 0 { "-" } else { "+" };
    let because = versions.last().and_then(|newest| Some(loss_lines(newest.losses.first()?, newest.score)));
    [
        of(versions.first()),
        of(versions.last()),
        Cell::new_owned(format!("{sign}{}.{}", change.abs() / 10, change.abs() % 10)),
        cell(&scored.policy),
        Cell::new_owned(because.unwrap_or_default()),
    ]
}

fn count(policies: usize) -> String {
    if policies == 1 { "1 policy".to_owned() } else { format!("{policies} policies") }
}

fn scored_row(policy: &str, score: &LeastPrivilegeScore) -> [Cell; 5] {
    let colour = grade_colour(score.grade);
    [
        Cell::new(score.score),
        Cell::new(score.grade).fg(colour).add_attribute(Attribute::Bold),
        Cell::new_owned(bar(score.score)).fg(colour),
        cell(policy),
        Cell::new_owned(advice(score)),
    ]
}

fn unscored_row(policy: &str, error: &UnscoredPolicy) -> [Cell; 5] {
    let message = visible(&format!("not readable: {error}"), 600);
    [Cell::new("-"), Cell::new("-"), Cell::new(""), cell(policy), Cell::new_owned(message).fg(Color::Yellow)]
}

fn grade_colour(grade: Grade) -> Color {
    match grade {
        Grade::A | Grade::B => Color::Green,
        Grade::C | Grade::D => Color::Yellow,
        Grade::F => Color::Red,
    }
}

fn bar(score: Score) -> String {
    let filled = (score.tenths() * BAR + 500) / 1_000;
    format!("{}{}", "\u{2588}".repeat(filled.into()), "\u{2591}".repeat(BAR.saturating_sub(filled).into()))
}

fn advice(score: &LeastPrivilegeScore) -> String {
    // A loss of less than half a tenth is nothing to act on.
    let losses: Vec<&Loss> = score.losses.iter().filter(|loss| loss.points.tenths() > 0).collect();
    let mut told: Vec<String> = if score.grants_nothing { vec!["grants nothing".to_owned()] } else { Vec::new() };
    told.extend(losses.iter().take(LOSSES).map(|loss| loss_lines(loss, score.score)));
    if let Some(smaller) = losses.get(LOSSES..).filter(|smaller| !smaller.is_empty()) {
        // What is missing to 100 is all said.
        let together = smaller.iter().map(|loss| u64::from(loss.points.tenths())).sum();
        told.push(format!("-{} for {} smaller ones together", Score::from_tenths(together), smaller.len()));
    }
    if !score.unknown.is_empty() {
        told.push(visible(&format!("not in the catalogue: {}", score.unknown.join(", ")), 300));
    }
    for Lint { message, statement, .. } in score.lints.iter().take(LINTS) {
        told.push(format!("no effect: {} (statement {})", visible(message, 300), visible(statement, 80)));
    }
    if score.lints.len() > LINTS {
        told.push(format!("and {} more without effect", score.lints.len() - LINTS));
    }
    told.join("\n")
}

fn loss_lines(loss: &Loss, score: Score) -> String {
    let actions = visible(&loss.actions_in_words(), 120);
    let mut text = format!("-{} {actions} on {}", loss.points, visible(&loss.reach, 200));
    if let Some(statement) = &loss.statement {
        text.push_str(&format!(" (statement {})", visible(statement, 80)));
    }
    if let Some(fix) = &loss.fix {
        text.push_str(&format!("\n  {}", visible(&fix.text, 300)));
        if fix.score > score {
            text.push_str(&format!(" (then {})", fix.score));
        }
    }
    text
}
