//! Scores, the worst first, with what costs the most points.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, CellAlignment, Color, ColumnConstraint};
use rules_core::score::{Grade, LeastPrivilegeScore, Lint, Loss, Score};
use rules_core::text::visible;

use super::{Look, cell, header, lines};
use crate::output::row::shown;
use crate::output::scored::{PolicyScore, ScoreReport, Standing, UnscoredPolicy};

/// How many policies are listed, and how many of more, unless all are asked for.
const LISTED: usize = 60;
const LISTED_OF_MORE: usize = 20;
/// How many losses of a policy are shown.
const LOSSES: usize = 3;
/// And how many things without effect.
const LINTS: usize = 3;
/// What stands beside the names: score, grade and bar, and the least width for advice.
const BESIDE_NAME: u16 = 75;
/// How many characters a full bar has.
const BAR: u16 = 10;

/// Prints the scores of policies.
pub(crate) fn write_scores(out: &mut dyn Write, look: Look, report: &ScoreReport) -> io::Result<()> {
    let mut sorted: Vec<&PolicyScore> = report.rows();
    let hidden = report.policies.len() - sorted.len();
    // Errors come last, where they are visible.
    let by_score =
        |policy: &&PolicyScore| policy.score.as_ref().map_or((1, Score::MAX), |scored| (0, scored.score.score));
    match report.view.sort {
        None => sorted.sort_by_key(by_score),
        Some(_) => sorted.sort_by_key(|policy| policy.score.is_err()),
    }
    let is_shortened = !report.view.all && sorted.len() > LISTED && shorten(&mut sorted, LISTED_OF_MORE);
    let longest = sorted.iter().map(|policy| shown(&policy.policy).chars().count()).max().unwrap_or_default();
    if u16::try_from(longest).is_ok_and(|longest| longest <= look.width.saturating_sub(BESIDE_NAME)) {
        write_columns(out, look, &sorted)?;
    } else {
        sorted.iter().try_for_each(|policy| write_block(out, look, policy))?;
    }
    let unread = report.policies.iter().filter(|policy| policy.score.is_err()).count();
    let scored = policies(report.policies.len() - unread);
    let failing = report.policies.iter().filter(|policy| report.bar.standing(policy) == Standing::Fails).count();
    write!(out, "\n{scored} scored")?;
    if report.bar.is_set() {
        write!(out, ", {failing} failing")?;
    }
    if unread > 0 {
        write!(out, ", {unread} not readable")?;
    }
    match hidden {
        0 => writeln!(out)?,
        _ => writeln!(out, ", {hidden} not shown")?,
    }
    if is_shortened { writeln!(out, "This list is shortened: --all lists everything.") } else { Ok(()) }
}

/// Leaves so many policies, and so many files that are not readable. Says whether something was left out.
fn shorten(policies: &mut Vec<&PolicyScore>, most: usize) -> bool {
    let (mut scored, mut unread) = (0, 0);
    let before = policies.len();
    policies.retain(|policy| {
        let number = if policy.score.is_ok() { &mut scored } else { &mut unread };
        *number += 1;
        *number <= most
    });
    policies.len() < before
}

fn write_columns(out: &mut dyn Write, look: Look, policies: &[&PolicyScore]) -> io::Result<()> {
    let mut table = look.table();
    table.set_header(header(&["Score", "Grade", "", "Policy", "Largest loss and best change"]));
    for policy in policies {
        match &policy.score {
            Ok(scored) => table.add_row(scored_row(&policy.policy, &scored.score)),
            Err(error) => table.add_row(unscored_row(&policy.policy, error)),
        };
    }
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
    out.write_all(lines(&table).as_bytes())
}

/// A policy whose name leaves no room beside it: the name has a line of its own and is not broken.
fn write_block(out: &mut dyn Write, look: Look, policy: &PolicyScore) -> io::Result<()> {
    let name = shown(&policy.policy);
    let advice = match &policy.score {
        Ok(scored) => {
            writeln!(out, " {:>5}  {}  {name}", scored.score.score.to_string(), scored.score.grade)?;
            advice(&scored.score)
        }
        Err(error) => {
            writeln!(out, " {:>5}  -  {name}", "-")?;
            visible(&format!("not readable: {error}"), 600)
        }
    };
    let mut table = look.table();
    table.add_row([Cell::new_owned(" ".repeat(8)), Cell::new_owned(advice)]);
    out.write_all(lines(&table).as_bytes())
}

/// `1 policy`, `2 policies`.
pub(in crate::output) fn policies(number: usize) -> String {
    if number == 1 { "1 policy".to_owned() } else { format!("{number} policies") }
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

pub(super) fn unscored_row(policy: &str, error: &UnscoredPolicy) -> [Cell; 5] {
    let message = visible(&format!("not readable: {error}"), 600);
    [Cell::new("-"), Cell::new("-"), Cell::new(""), cell(policy), Cell::new_owned(message).fg(Color::Yellow)]
}

pub(super) fn grade_colour(grade: Grade) -> Color {
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
    if losses.len() > LOSSES {
        told.push(format!("and {} smaller", losses.len() - LOSSES));
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

pub(super) fn loss_lines(loss: &Loss, score: Score) -> String {
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
