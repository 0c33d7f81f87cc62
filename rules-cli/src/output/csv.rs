//! CSV (RFC 4180): one row per finding, and one for each verdict that has none.
//!
//! Spreadsheets evaluate a cell that begins like a formula, and IAM names can begin like one. Such a cell begins with
//! an apostrophe, which marks it as text.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use rules_core::config::Finding;
use rules_core::score::{Grade, Score};

use super::AccountReport;
use super::row::{Row, shown, shown_name};
use crate::places::FilePlace;

/// The columns, each with the field of JSON that has the same.
pub(crate) const COLUMNS: [(&str, &str); 27] = [
    ("rule", "rule"),
    ("severity", "severity"),
    ("account", "account"),
    ("resource_type", "resource_type"),
    ("resource_id", "resource_id"),
    ("resource_name", "resource_name"),
    ("resource_arn", "resource_arn"),
    ("compliance", "compliance"),
    ("annotation", "annotation"),
    ("ordering_timestamp", "ordering_timestamp"),
    ("finding", "findings[].code"),
    ("message", "findings[].message"),
    ("policy", "findings[].policy"),
    ("statement", "findings[].statement"),
    ("path", "findings[].path"),
    ("exception_owner", "exception.owner"),
    ("exception_reason", "exception.reason"),
    ("exception_expires", "exception.expires"),
    ("score", "score"),
    ("grade", "grade"),
    ("threshold", "threshold"),
    ("pass", "pass"),
    ("known", "known"),
    ("certainty", "certainty"),
    ("file", "findings[].file"),
    ("line", "findings[].line"),
    ("column", "findings[].column"),
];

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(out);
    writer.write_record(COLUMNS.map(|(column, _)| column))?;
    for row in report.rows() {
        if row.findings.is_empty() {
            writer.write_record(record(&row, None, None))?;
        }
        for (finding, place) in row.placed_findings() {
            writer.write_record(record(&row, Some(finding), place))?;
        }
    }
    writer.flush()
}

fn record(row: &Row<'_>, finding: Option<&Finding>, place: Option<&FilePlace>) -> [String; COLUMNS.len()] {
    let start = place.and_then(|place| place.span).map(|span| span.start);
    let number = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
    let answer = |answer: Option<bool>| answer.map(|answer| answer.to_string()).unwrap_or_default();
    let points = |score: Option<Score>| score.map(|score| score.to_string()).unwrap_or_default();
    let text = |text: Option<&str>| text.map(shown_name).unwrap_or_default();
    let path: Vec<String> = finding.iter().flat_map(|finding| &finding.path).map(|step| shown_name(step)).collect();
    [
        row.rule.id.to_owned(),
        row.rule.severity.to_string(),
        row.account.to_string(),
        shown_name(&row.resource.resource_type),
        shown_name(&row.resource.id),
        text(row.resource.name.as_deref()),
        row.resource.arn.as_ref().map(|arn| shown(&arn.to_string())).unwrap_or_default(),
        row.state.as_str().to_owned(),
        row.why(),
        row.ordering_timestamp.to_string(),
        text(finding.map(|finding| finding.code.as_str())),
        finding.map(|finding| shown(&finding.message)).unwrap_or_default(),
        text(finding.and_then(|finding| finding.policy.as_deref())),
        text(finding.and_then(|finding| finding.statement.as_deref())),
        path.join(" > "),
        text(row.exception.map(|exception| exception.owner.as_str())),
        row.exception.map(|exception| shown(&exception.reason)).unwrap_or_default(),
        row.exception.map(|exception| exception.expires.to_string()).unwrap_or_default(),
        points(row.score()),
        row.score().map(|score| Grade::of(score).to_string()).unwrap_or_default(),
        points(row.threshold()),
        answer(row.passes()),
        answer(row.known),
        text(row.certainty()),
        place.map(|place| shown(&place.file)).unwrap_or_default(),
        number(start.map(|start| start.line)),
        number(start.map(|start| start.column)),
    ]
    .map(no_formula)
}

fn no_formula(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::no_formula;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for name in ["=1+1", "+1", "-1", "@SUM(A1)"] {
            assert_eq!(no_formula(name.to_owned()), format!("'{name}"));
        }
        assert_eq!(no_formula("a=1".to_owned()), "a=1");
    }
}
