use rules_core::text::visible;

use super::setting::{NAMES, Setting};

#[test]
fn no_cell_of_csv_begins_like_a_formula() {
    let output = Setting::new().evaluate("csv").stdout;
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(output.as_bytes()).records().map(|row| row.unwrap()).collect();
    for cell in rows.iter().flatten() {
        assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
    }
    for name in NAMES {
        let shown = visible(name, 130);
        let told = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell) == shown;
        assert!(rows.iter().flatten().any(told), "{shown} is missing");
    }
}

#[test]
fn a_row_of_markdown_has_the_cells_of_its_table() {
    let text = Setting::new().evaluate("markdown").stdout;
    let mut columns = 0;
    let mut rows = 0;
    for line in text.lines() {
        let cells = cells(line);
        if line.starts_with("| ---") {
            columns = cells;
        } else if line.starts_with('|') && columns > 0 {
            assert_eq!(cells, columns, "{line}");
            rows += 1;
        } else {
            columns = 0;
        }
        let plain = line.replace("<br>", "").replace("\\](", "");
        assert!(!plain.contains(['<', '>']) && !plain.contains("://") && !plain.contains("]("), "{line}");
        // Mentions and references, but for headings and what does not show.
        let text =
            line.trim_start_matches('#').replace("&#8203;", "\u{200b}").replace("&#58;", ":").replace("&#46;", ".");
        for (at, _) in text.match_indices(['@', '#', '$']) {
            assert!(text[at + 1..].starts_with('\u{200b}'), "{line}");
        }
    }
    assert!(rows > 2 * NAMES.len(), "{text}");
    assert!(text.contains("account-summary.json"), "{text}");
}

/// How many bars there are that end a cell.
fn cells(line: &str) -> usize {
    let mut escaped = false;
    let mut bars = 0;
    for character in line.chars() {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '|' => bars += 1,
            _ => {}
        }
    }
    bars
}

#[test]
fn no_format_has_a_character_that_does_not_show() {
    let setting = Setting::new();
    for format in ["sarif", "junit", "csv", "markdown", "html", "ocsf", "asff", "github"] {
        let output = setting.evaluate(format).stdout;
        let other = output.chars().find(|c| rules_core::text::is_hidden(*c) && !matches!(c, '\n' | '\r'));
        assert_eq!(other, None, "{format}");
    }
}
