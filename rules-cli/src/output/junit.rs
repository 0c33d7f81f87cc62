//! JUnit's XML, which CI systems show as tests: a suite for each rule, a test for each resource.
//!
//! What could not be judged or read is an error and never a test that passes.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::AccountReport;
use super::row::{Counts, Row, State, finding_text, resource_label, shown, shown_name};

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let all = Counts::of(report.rows());
    let numbers = numbers(&all, report.unread.len());
    // The root counts no skipped tests: one of the schemas in use does not know that attribute there.
    let of_all = numbers.iter().filter(|(name, _)| *name != "skipped").map(|(name, value)| (*name, value.as_str()));
    let suites = xml.create_element("testsuites").with_attribute(("name", "rules-cli")).with_attributes(of_all);
    suites.write_inner_content(|xml| {
        if !report.unread.is_empty() {
            write_unread(xml, &report.unread)?;
        }
        for rule in &report.rules {
            write_suite(xml, rule.rule.id, &report.rows_of(rule))?;
        }
        Ok(())
    })?;
    let out = xml.into_inner();
    out.write_all(b"\n")
}

/// How many tests there are, in the attributes' names.
fn numbers(counts: &Counts, further_errors: usize) -> [(&'static str, String); 4] {
    [
        ("tests", counts.all() + further_errors),
        ("failures", counts.in_state(State::NonCompliant)),
        ("errors", counts.in_state(State::NotEvaluated) + further_errors),
        ("skipped", counts.in_state(State::NotApplicable)),
    ]
    .map(|(name, number)| (name, number.to_string()))
}

/// What could not be read, as a suite of its own: a verdict may depend on it or none.
fn write_unread(xml: &mut Writer<&mut dyn Write>, unread: &[String]) -> io::Result<()> {
    let numbers = numbers(&Counts::default(), unread.len());
    let suite = xml
        .create_element("testsuite")
        .with_attribute(("name", "input"))
        .with_attributes(numbers.iter().map(|(name, value)| (*name, value.as_str())));
    suite.write_inner_content(|xml| {
        for (number, what) in unread.iter().enumerate() {
            let name = format!("part {}", number + 1);
            let case =
                xml.create_element("testcase").with_attributes([("name", name.as_str()), ("classname", "input")]);
            case.write_inner_content(|xml| write_outcome(xml, "error", "not-read", &shown(what), ""))?;
        }
        Ok(())
    })?;
    Ok(())
}

fn write_suite(xml: &mut Writer<&mut dyn Write>, rule: &str, rows: &[Row<'_>]) -> io::Result<()> {
    let numbers = numbers(&Counts::of(rows), 0);
    let mut suite = xml.create_element("testsuite").with_attribute(("name", rule));
    suite = suite.with_attributes(numbers.iter().map(|(name, value)| (*name, value.as_str())));
    suite.write_inner_content(|xml| rows.iter().try_for_each(|row| write_case(xml, row)))?;
    Ok(())
}

fn write_case(xml: &mut Writer<&mut dyn Write>, row: &Row<'_>) -> io::Result<()> {
    let id = shown_name(&row.resource.id);
    let label = resource_label(row.resource);
    // Names are unique among the living; a verdict may be about one that is gone.
    let name = if label.ends_with(&id) { label } else { format!("{label} ({id})") };
    let case = xml.create_element("testcase").with_attributes([("name", name.as_str()), ("classname", row.rule.id)]);
    let findings = || row.findings.iter().map(finding_text).collect::<Vec<_>>().join("\n");
    match row.state {
        State::NonCompliant => {
            let code = row.findings.first().map_or("finding", |finding| finding.code);
            case.write_inner_content(|xml| write_outcome(xml, "failure", code, &row.why(), &findings()))?;
        }
        State::NotEvaluated => {
            case.write_inner_content(|xml| write_outcome(xml, "error", "not-evaluated", &row.why(), ""))?;
        }
        State::NotApplicable => {
            case.write_inner_content(|xml| {
                xml.create_element("skipped").with_attribute(("message", row.why().as_str())).write_empty()?;
                Ok(())
            })?;
        }
        State::Compliant => match row.acceptance() {
            Some(acceptance) => {
                case.write_inner_content(|xml| {
                    let text = format!("{acceptance}\n{}", findings());
                    xml.create_element("system-out").write_text_content(BytesText::new(&text))?;
                    Ok(())
                })?;
            }
            None => {
                case.write_empty()?;
            }
        },
    }
    Ok(())
}

fn write_outcome(
    xml: &mut Writer<&mut dyn Write>,
    element: &str,
    kind: &str,
    message: &str,
    text: &str,
) -> io::Result<()> {
    let outcome = xml.create_element(element).with_attributes([("type", kind), ("message", message)]);
    if text.is_empty() {
        outcome.write_empty()?;
    } else {
        outcome.write_text_content(BytesText::new(text))?;
    }
    Ok(())
}
