//! Scores of policy files: one suite, a test for each file.

use std::io::{self, Write};

use quick_xml::writer::Writer;
use rules_core::config::FindingCode;

use super::{begin, write_document, write_outcome, write_passed};
use crate::output::row::shown;
use crate::output::scored::{PolicyScore, ScoreReport, Standing, loss_in_words};

/// Prints the scores of policies.
pub(in crate::output) fn write_scores(out: &mut dyn Write, report: &ScoreReport) -> io::Result<()> {
    let rows = report.rows();
    let count = |standing| rows.iter().filter(|policy| report.bar.standing(policy) == standing).count();
    let numbers = [
        ("tests", rows.len()),
        ("failures", count(Standing::Fails)),
        ("errors", count(Standing::Unread)),
        ("skipped", 0),
    ]
    .map(|(name, number)| (name, number.to_string()));
    write_document(out, &numbers, |xml| {
        let suite = begin(xml, "testsuite", "score", &numbers);
        suite.write_inner_content(|xml| rows.iter().try_for_each(|policy| write_case(xml, report, policy)))?;
        Ok(())
    })
}

fn write_case(xml: &mut Writer<&mut dyn Write>, report: &ScoreReport, policy: &PolicyScore) -> io::Result<()> {
    let name = shown(&policy.policy);
    let attributes = [("name", name.as_str()), ("classname", "score")];
    let case = xml.create_element("testcase").with_attributes(attributes);
    let why = policy.why(report.bar);
    match report.bar.standing(policy) {
        Standing::Fails => {
            case.write_inner_content(|xml| {
                write_outcome(xml, "failure", FindingCode::ScoreBelowMinimum.as_str(), &why, &details(policy))
            })?;
        }
        Standing::Unread => {
            case.write_inner_content(|xml| write_outcome(xml, "error", "unreadable-policy", &why, &details(policy)))?;
        }
        Standing::Known => write_passed(case, &format!("in the baseline: {why}"))?,
        Standing::Accepted => write_passed(case, &format!("{}: {why}", policy.acceptance().unwrap_or_default()))?,
        Standing::Passes => write_passed(case, &why)?,
    }
    Ok(())
}

/// Where it is, and what costs points.
fn details(policy: &PolicyScore) -> String {
    let place = policy.place().map(|place| shown(&place.to_string()));
    let losses = policy.score.iter().flat_map(|scored| &scored.score.losses);
    place.into_iter().chain(losses.take(5).map(loss_in_words)).collect::<Vec<_>>().join("\n")
}
