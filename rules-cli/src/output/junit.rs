//! JUnit's XML, which CI systems show as tests: a suite for each rule, a test for each resource.
//!
//! A resource that could not be evaluated or read is an error, never a test that passes.

mod scores;

use std::io::{self, Write};

use quick_xml::events::{BytesDecl, BytesText, Event};
use quick_xml::writer::{ElementWriter, Writer};
use rules_core::config::Finding;

use super::row::{Counts, Row, Status, finding_text, resource_label, shown, shown_name};
use super::{AccountReport, RuleReport};
use crate::places::FilePlace;

pub(super) use scores::write_scores;

/// Prints the verdicts on an account.
pub(super) fn write(out: &mut dyn Write, report: &AccountReport) -> io::Result<()> {
    let numbers = numbers(&counts(report.rows()), tolerated(report.rows()), report.unread.len());
    write_document(out, &numbers, |xml| {
        if !report.unread.is_empty() {
            write_unread(xml, &report.unread)?;
        }
        for rule in &report.rules {
            write_suite(xml, report, rule)?;
        }
        Ok(())
    })
}

fn write_document(
    out: &mut dyn Write,
    numbers: &[(&'static str, String); 4],
    write_suites: impl FnOnce(&mut Writer<&mut dyn Write>) -> io::Result<()>,
) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    // The root counts no skipped tests: one of the schemas in use does not know that attribute there.
    let suites = begin(&mut xml, "testsuites", "rules-cli", numbers.iter().filter(|(name, _)| *name != "skipped"));
    suites.write_inner_content(write_suites)?;
    let out = xml.into_inner();
    out.write_all(b"\n")
}

fn counts<'a>(rows: impl Iterator<Item = Row<'a>>) -> Counts {
    Counts::of(rows.map(|row| row.state))
}

/// How many resources do not comply and pass all the same.
fn tolerated<'a>(rows: impl Iterator<Item = Row<'a>>) -> usize {
    rows.filter(|row| row.tolerance().is_some()).count()
}

/// How many tests there are, in the attributes' names.
fn numbers(counts: &Counts, tolerated: usize, further_errors: usize) -> [(&'static str, String); 4] {
    [
        ("tests", counts.all() + further_errors),
        ("failures", counts.in_state(Status::NonCompliant).saturating_sub(tolerated)),
        ("errors", counts.in_state(Status::NotEvaluated) + further_errors),
        ("skipped", counts.in_state(Status::NotApplicable)),
    ]
    .map(|(name, number)| (name, number.to_string()))
}

/// An element with a name and numbers of tests.
fn begin<'x, 'w>(
    xml: &'x mut Writer<&'w mut dyn Write>,
    element: &'x str,
    name: &str,
    numbers: impl IntoIterator<Item = &'x (&'static str, String)>,
) -> ElementWriter<'x, &'w mut dyn Write> {
    let numbers = numbers.into_iter().map(|(name, number)| (*name, number.as_str()));
    xml.create_element(element).with_attribute(("name", name)).with_attributes(numbers)
}

/// What could not be read, as a suite of its own: a verdict may depend on it or none.
fn write_unread(xml: &mut Writer<&mut dyn Write>, unread: &[String]) -> io::Result<()> {
    let numbers = numbers(&Counts::default(), 0, unread.len());
    let suite = begin(xml, "testsuite", "input", &numbers);
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

fn write_suite(xml: &mut Writer<&mut dyn Write>, report: &AccountReport, rule: &RuleReport) -> io::Result<()> {
    let numbers = numbers(&counts(report.rows_of(rule)), tolerated(report.rows_of(rule)), 0);
    let suite = begin(xml, "testsuite", rule.definition.id, &numbers);
    suite.write_inner_content(|xml| report.rows_of(rule).try_for_each(|row| write_case(xml, &row)))?;
    Ok(())
}

fn write_case(xml: &mut Writer<&mut dyn Write>, row: &Row<'_>) -> io::Result<()> {
    let id = shown_name(&row.resource.id);
    let label = resource_label(row.resource);
    // Names are unique among the living; a verdict may be about one that is gone.
    let name = if label.ends_with(&id) { label } else { format!("{label} ({id})") };
    let case = xml.create_element("testcase").with_attributes([("name", name.as_str()), ("classname", row.rule.id)]);
    let findings = || row.placed_findings().map(placed_text).collect::<Vec<_>>().join("\n");
    match row.state {
        Status::NonCompliant if row.tolerance().is_some() => {
            let text = format!("{}: {}\n{}", row.tolerance().unwrap_or_default(), row.why(), findings());
            write_passed(case, &text)?;
        }
        Status::NonCompliant => {
            let code = row.findings.first().map_or("finding", |finding| finding.code.as_str());
            case.write_inner_content(|xml| write_outcome(xml, "failure", code, &row.why(), &findings()))?;
        }
        Status::NotEvaluated => {
            case.write_inner_content(|xml| write_outcome(xml, "error", "not-evaluated", &row.why(), ""))?;
        }
        Status::NotApplicable => {
            case.write_inner_content(|xml| {
                xml.create_element("skipped").with_attribute(("message", row.why().as_str())).write_empty()?;
                Ok(())
            })?;
        }
        Status::Compliant => match row.acceptance() {
            Some(acceptance) => write_passed(case, &format!("{acceptance}\n{}", findings()))?,
            None => {
                case.write_empty()?;
            }
        },
    }
    Ok(())
}

/// What a finding says, how one gets there, and where the statement is.
fn placed_text((finding, place): (&Finding, Option<&FilePlace>)) -> String {
    match place {
        Some(place) => format!("{}\nat {}", finding_text(finding), shown(&place.to_string())),
        None => finding_text(finding),
    }
}

/// A test that passes, with something to say.
fn write_passed(case: ElementWriter<'_, &mut dyn Write>, text: &str) -> io::Result<()> {
    case.write_inner_content(|xml| {
        xml.create_element("system-out").write_text_content(BytesText::new(text))?;
        Ok(())
    })?;
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
