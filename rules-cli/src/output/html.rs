//! One page for a browser: nothing in it runs, and nothing is loaded.

use std::io::{self, Write};

use quick_xml::escape::escape;

use super::AccountReport;
use super::page::how_to_fix;
use super::row::{Counts, OVERVIEW, Row, State, resource_label, shown, shown_name, states_of, way};

const STYLE: &str = include_str!("html/style.css");
/// What [`STYLE`] hashes to: the page's policy lets no other style in.
const STYLE_HASH: &str = "sha256-ljGUMT0LI3r25x1ZP3SsJtOuoVCDlfWWO9LqofSx5fM=";

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    let title = format!("Account {}", report.account);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '{STYLE_HASH}'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    )?;
    if let Some(moment) = report.as_of {
        writeln!(out, "<p>As of {moment}: {}</p>", Counts::of(report.states()))?;
    }
    if !report.unread.is_empty() {
        writeln!(out, "<h2>Not everything could be read</h2>\n<ul class=\"unread\">")?;
        report.unread.iter().try_for_each(|what| writeln!(out, "<li>{}</li>", escape(shown(what))))?;
        writeln!(out, "</ul>")?;
    }
    write_overview(out, report)?;
    for rule in &report.rules {
        let mut rows: Vec<Row<'_>> = report.rows_of(rule).collect();
        rows.sort_by_key(|row| row.state);
        let definition = rule.definition;
        writeln!(out, "<section id=\"{0}\">\n<h2>{0}</h2>\n<p>{1}</p>", definition.id, escape(definition.summary))?;
        writeln!(out, "<p class=\"controls\">{}</p>", escape(definition.claims().collect::<Vec<_>>().join(", ")))?;
        write_rows(out, &rows)?;
        writeln!(
            out,
            "<details><summary>How to fix</summary><pre>{}</pre></details>\n</section>",
            escape(how_to_fix(definition))
        )?;
    }
    writeln!(out, "</body>\n</html>")
}

fn write_overview(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    write_head(out, &OVERVIEW)?;
    for rule in &report.rules {
        let counts = Counts::of(states_of(rule));
        write!(out, "<tr><td><a href=\"#{0}\">{0}</a></td><td>{1}</td>", rule.definition.id, rule.definition.severity)?;
        for state in State::ALL {
            let number = counts.in_state(state);
            let class = if number == 0 { "none" } else { state.as_str() };
            write!(out, "<td class=\"{class}\">{number}</td>")?;
        }
        writeln!(out, "</tr>")?;
    }
    writeln!(out, "</tbody>\n</table>")
}

fn write_rows(out: &mut dyn Write, rows: &[Row<'_>]) -> io::Result<()> {
    if rows.is_empty() {
        return writeln!(out, "<p>No resources.</p>");
    }
    write_head(out, &["Verdict", "Resource", "Id", "Why"])?;
    for row in rows {
        let state = row.state.as_str();
        let (resource, id) = (resource_label(row.resource), shown_name(&row.resource.id));
        write!(out, "<tr><td class=\"{state}\">{state}</td><td>{}</td><td>{}</td><td>", escape(resource), escape(id))?;
        write_why(out, row)?;
        writeln!(out, "</td></tr>")?;
    }
    writeln!(out, "</tbody>\n</table>")
}

fn write_why(out: &mut dyn Write, row: &Row<'_>) -> io::Result<()> {
    if let Some(acceptance) = row.acceptance() {
        write!(out, "<p>{}</p>", escape(acceptance))?;
    }
    for finding in row.findings {
        write!(out, "<p>{}", escape(shown(&finding.message)))?;
        if let Some(way) = way(finding) {
            write!(out, "<br><span class=\"way\">via {}</span>", escape(way))?;
        }
        write!(out, "</p>")?;
    }
    if row.findings.is_empty() {
        write!(out, "<p>{}</p>", escape(row.why()))?;
    }
    Ok(())
}

fn write_head(out: &mut dyn Write, names: &[&str]) -> io::Result<()> {
    writeln!(out, "<table>\n<thead><tr><th>{}</th></tr></thead>\n<tbody>", names.join("</th><th>"))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use sha2::{Digest as _, Sha256};

    use super::{STYLE, STYLE_HASH};

    #[test]
    fn the_policy_lets_in_the_pages_own_style() {
        assert_eq!(STYLE_HASH, format!("sha256-{}", STANDARD.encode(Sha256::digest(STYLE))));
    }
}
