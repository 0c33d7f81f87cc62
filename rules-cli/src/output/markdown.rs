//! Markdown (GitHub's): a table of rules, and below it what asks for action. For comments and job summaries.

mod scores;

use std::io::{self, Write};

use super::AccountReport;
use super::row::{Counts, OVERVIEW, Row, State, resource_label, shown, states_of, way};

pub(super) use scores::write_scores;

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    let as_of = report.as_of.map(|moment| format!(" as of {moment}")).unwrap_or_default();
    writeln!(out, "# Account {}{as_of}\n", report.account)?;
    if !report.unread.is_empty() {
        writeln!(out, "**Not everything could be read:**\n")?;
        report.unread.iter().try_for_each(|what| writeln!(out, "- {}", escaped(&shown(what))))?;
        writeln!(out)?;
    }
    writeln!(out, "| {} |", OVERVIEW.join(" | "))?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | ---: |")?;
    for rule in &report.rules {
        let counts = Counts::of(states_of(rule));
        let numbers = State::ALL.map(|state| counts.in_state(state).to_string()).join(" | ");
        writeln!(out, "| {} | {} | {numbers} |", rule.definition.id, rule.definition.severity)?;
    }
    for rule in &report.rules {
        let asks =
            |row: &Row<'_>| matches!(row.state, State::NotEvaluated | State::NonCompliant) || row.exception.is_some();
        let mut listed: Vec<Row<'_>> = report.rows_of(rule).filter(asks).collect();
        if listed.is_empty() {
            continue;
        }
        listed.sort_by_key(|row| row.state);
        writeln!(out, "\n## {}\n\n{}\n", rule.definition.id, rule.definition.summary)?;
        writeln!(out, "| Verdict | Resource | Why |\n| --- | --- | --- |")?;
        for row in listed {
            let resource = escaped(&resource_label(row.resource));
            writeln!(out, "| {} | {resource} | {} |", row.state.as_str(), why(&row).join("<br>"))?;
        }
    }
    Ok(())
}

fn why(row: &Row<'_>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    lines.extend(row.acceptance().iter().map(|acceptance| escaped(acceptance)));
    for finding in row.findings {
        lines.push(escaped(&shown(&finding.message)));
        lines.extend(way(finding).iter().map(|way| format!("via {}", escaped(way))));
    }
    if lines.is_empty() {
        lines.push(escaped(&row.why()));
    }
    lines
}

/// Text that means nothing in Markdown: no markup, no cell's end, no link, no mention of a person.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let after = text.get(at..).unwrap_or_default();
        let three_before = at.checked_sub(3).and_then(|from| text.get(from..at)).unwrap_or_default();
        match character {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => escaped.extend(['\\', character]),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // Mentions, references and formulas are looked for in the text as it shows: something that does not show parts them.
            '@' | '#' | '$' => {
                escaped.push(character);
                escaped.push_str("&#8203;");
            }
            // Addresses become links by themselves.
            ':' if after.starts_with("://") => escaped.push_str("&#58;"),
            '.' if three_before.eq_ignore_ascii_case("www") => escaped.push_str("&#46;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn text_means_nothing() {
        assert_eq!(escaped("a|b"), "a\\|b");
        assert_eq!(escaped("<b>&@ada"), "&lt;b&gt;&amp;@&#8203;ada");
        assert_eq!(escaped("[x](https://a.b)"), "\\[x\\](https&#58;//a.b)");
        assert_eq!(escaped("s3:GetObject on WWW.a.b"), "s3:GetObject on WWW&#46;a.b");
    }
}
