//! Markdown of GitHub, for comments and job summaries: a table of rules, then the verdicts that need action.

mod scores;

use std::io::{self, Write};

use super::row::{Counts, OVERVIEW, Row, Status, resource_label, shown, states_of, way};
use super::{AccountReport, RuleReport};

pub(super) use scores::write_scores;

/// The longest report: what GitHub takes in a comment is 65,536 characters, and what a workflow adds has to fit as well.
const LIMIT: usize = 60_000;
/// How much is kept for what is said of what was left out.
const RESERVED: usize = 4_000;
/// How much of the report what could not be read may take.
const UNREAD: usize = 8_000;

/// Prints the verdicts on an account, in less than [`LIMIT`] bytes.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    out.write_all(text(report).as_bytes())
}

/// What asks for a look, of one rule.
struct Section {
    head: String,
    rows: Vec<String>,
}

fn text(report: &AccountReport) -> String {
    let head = head(report);
    let sections: Vec<Section> = report.rules.iter().filter_map(|rule| section(report, rule)).collect();
    let room = LIMIT.saturating_sub(RESERVED + head.len());
    let rows = rows_that_fit(&sections, room);
    let mut text = head;
    let mut left_out: Vec<String> = Vec::new();
    for (section, rule) in sections.iter().map(|section| (section, section.rule_id())) {
        text.push_str(&section.head);
        section.rows.iter().take(rows).for_each(|row| text.push_str(row));
        if let Some(more @ 1..) = section.rows.len().checked_sub(rows) {
            left_out.push(format!("{more} of {rule}"));
        }
    }
    if !left_out.is_empty() {
        let whole = match &report.context.whole {
            Some(file) => format!("The whole report is in {}.", escaped(&shown(file))),
            None => "The whole report: rules-cli evaluate --report html=report.html".to_owned(),
        };
        text.push_str(&format!("\n**Left out for length:** {}. {whole}\n", left_out.join(", ")));
    }
    text
}

impl Section {
    fn rule_id(&self) -> &str {
        self.head.trim_start().trim_start_matches("## ").lines().next().unwrap_or_default()
    }

    /// How long it is with so many rows.
    fn length(&self, rows: usize) -> usize {
        self.head.len() + self.rows.iter().take(rows).map(String::len).sum::<usize>()
    }
}

/// How many rows of each rule fit, so that a rule with many does not crowd out the others.
fn rows_that_fit(sections: &[Section], room: usize) -> usize {
    let length = |rows: usize| sections.iter().map(|section| section.length(rows)).sum::<usize>();
    let most = sections.iter().map(|section| section.rows.len()).max().unwrap_or(0);
    // The length grows with the rows.
    let (mut fits, mut too_many) = (0, most + 1);
    while fits + 1 < too_many {
        let middle = fits.midpoint(too_many);
        if length(middle) <= room { fits = middle } else { too_many = middle }
    }
    fits
}

fn head(report: &AccountReport) -> String {
    let as_of = report.as_of.map(|moment| format!(" as of {moment}")).unwrap_or_default();
    let mut text = format!("# Account {}{as_of}\n\n", report.account);
    if report.context.is_sample {
        text.push_str("**Sample account:** it is built into rules-cli.\n\n");
    }
    if let Some(comparison) = &report.context.comparison {
        text.push_str(&format!("**{}**\n\n", comparison.in_words()));
    }
    if !report.unread.is_empty() {
        text.push_str("**Not everything could be read:**\n\n");
        let mut items = report.unread.iter().map(|what| format!("- {}\n", escaped(&shown(what)))).peekable();
        let start = text.len();
        let mut left = report.unread.len();
        while let Some(item) = items.next_if(|item| text.len() - start + item.len() <= UNREAD) {
            text.push_str(&item);
            left -= 1;
        }
        if left > 0 {
            text.push_str(&format!("- and {left} more\n"));
        }
        text.push('\n');
    }
    text.push_str(&format!("| {} |\n| --- | --- | ---: | ---: | ---: | ---: |\n", OVERVIEW.join(" | ")));
    for rule in &report.rules {
        let counts = Counts::of(states_of(rule));
        let numbers = Status::ALL.map(|state| counts.in_state(state).to_string()).join(" | ");
        text.push_str(&format!("| {} | {} | {numbers} |\n", rule.definition.id, rule.definition.severity));
    }
    text
}

fn section(report: &AccountReport, rule: &RuleReport) -> Option<Section> {
    let asks =
        |row: &Row<'_>| matches!(row.state, Status::NotEvaluated | Status::NonCompliant) || row.exception.is_some();
    let mut listed: Vec<Row<'_>> = report.rows_of(rule).filter(asks).collect();
    if listed.is_empty() {
        return None;
    }
    listed.sort_by_key(|row| row.state);
    let head = format!(
        "\n## {}\n\n{}\n\n| Verdict | Resource | Why |\n| --- | --- | --- |\n",
        rule.definition.id, rule.definition.summary
    );
    let row = |row: &Row<'_>| {
        let resource = escaped(&resource_label(row.resource));
        format!("| {} | {resource} | {} |\n", row.state.as_str(), why(row).join("<br>"))
    };
    Some(Section { head, rows: listed.iter().map(row).collect() })
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
