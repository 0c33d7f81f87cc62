//! Scores of policy files: the number with each result, and the policies that fail.

use std::io::{self, Write};

use super::{LIMIT, RESERVED, escaped};
use crate::output::row::shown;
use crate::output::scored::{PolicyScore, ScoreReport, Standing};

/// How many policies are listed: job summaries and comments hold only so much.
const LISTED: usize = 100;

/// Prints the scores of policies.
pub(in crate::output) fn write_scores(out: &mut dyn Write, report: &ScoreReport) -> io::Result<()> {
    let count = |standing| report.policies.iter().filter(|policy| report.bar.standing(policy) == standing).count();
    writeln!(out, "# Least-privilege scores\n")?;
    writeln!(out, "| Policies | Failing | Unreadable | In the baseline | Accepted | Passing |")?;
    writeln!(out, "| ---: | ---: | ---: | ---: | ---: | ---: |")?;
    let numbers = [Standing::Fails, Standing::Unread, Standing::Known, Standing::Accepted, Standing::Passes].map(count);
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    writeln!(out, "| {} | {} |", report.policies.len(), numbers.join(" | "))?;
    let mut listed: Vec<(Standing, &PolicyScore)> = report
        .rows()
        .into_iter()
        .map(|policy| (report.bar.standing(policy), policy))
        .filter(|(standing, policy)| *standing != Standing::Passes || is_low(report, policy))
        .collect();
    if listed.is_empty() {
        return Ok(());
    }
    listed.sort_by_key(|(standing, policy)| (*standing, policy.score.as_ref().ok().map(|scored| scored.score.score)));
    writeln!(out, "\n| | Score | Policy | Where | Why |\n| --- | ---: | --- | --- | --- |")?;
    let mut written = 0;
    let mut rows = 0;
    for (standing, policy) in listed.iter().take(LISTED) {
        let score = policy
            .score
            .as_ref()
            .map_or("-".to_owned(), |scored| format!("{} {}", scored.score.score, scored.score.grade));
        let place = policy.place().map(|place| escaped(&shown(&place.to_string()))).unwrap_or_default();
        let why: Vec<String> = policy.acceptance().into_iter().chain([policy.why(report.bar)]).collect();
        let name = escaped(&shown(&policy.policy));
        let row = format!("| {} | {score} | {name} | {place} | {} |", word(*standing), escaped(&why.join(": ")));
        written += row.len() + 1;
        if written > LIMIT - RESERVED {
            break;
        }
        writeln!(out, "{row}")?;
        rows += 1;
    }
    match listed.len().checked_sub(rows) {
        Some(more @ 1..) => {
            writeln!(out, "\n**Left out for length:** {more} more. All of them: rules-cli score --format json")
        }
        _ => Ok(()),
    }
}

fn is_low(report: &ScoreReport, policy: &PolicyScore) -> bool {
    policy.score.as_ref().is_ok_and(|scored| report.bar.severity(scored.score.score).is_some())
}

fn word(standing: Standing) -> &'static str {
    match standing {
        Standing::Unread => "unreadable",
        Standing::Fails => "fails",
        Standing::Known => "in the baseline",
        Standing::Accepted => "accepted",
        Standing::Passes => "low",
    }
}
