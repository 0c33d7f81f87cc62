//! The output: one file for each format.
//!
//! Results go to standard output or a file, everything else to standard error.

mod actions;
pub(crate) mod admins;
mod asff;
pub(crate) mod changes;
pub(crate) mod context;
mod csv;
pub(crate) mod decision;
pub(crate) mod diagnostics;
pub(crate) mod fix;
mod format;
mod github;
pub(crate) mod graph;
mod html;
pub(crate) mod json;
mod junit;
mod markdown;
pub(crate) mod ndjson;
mod ocsf;
pub(crate) mod page;
pub(crate) mod paths;
mod posture;
#[cfg(feature = "live")]
pub(crate) mod progress;
pub(crate) mod ranking;
mod record;
pub(crate) mod registry;
mod row;
mod sarif;
pub(crate) mod scored;
pub(crate) mod table;
mod view;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use rules_aws::{Readers, WriteError, write_file};
use rules_core::Region;
use rules_core::assessment::RuleAssessment;
use rules_core::config::{Finding, Verdict};
use rules_core::rules::{RuleDefinition, Severity};
use rules_core::{AccountId, Timestamp};

use self::context::Context;
pub(crate) use self::csv::COLUMNS as CSV_COLUMNS;
pub(crate) use self::format::{ColorArg, ReportFormat, ScoreFormat};
pub(crate) use self::row::resource_label;
use self::scored::ScoreReport;
pub(crate) use self::view::{Only, SortKey, View};
use crate::exit::Exit;
use crate::explanation::Explanation;
use crate::interrupt;
use crate::places::FilePlace;
use crate::remedy::{Remedy, Target};

/// The results of one account.
#[derive(Debug)]
pub(crate) struct AccountReport {
    /// The account.
    pub(crate) account: AccountId,
    /// The time of the evaluation, if it is the same for all verdicts.
    pub(crate) as_of: Option<Timestamp>,
    /// The rules that ran, in the registry's order.
    pub(crate) rules: Vec<RuleReport>,
    /// The facts that could not be read.
    pub(crate) unread: Vec<String>,
    /// The partition and Region.
    pub(crate) place: Place,
    /// The minimum severity that fails; without it, every NON_COMPLIANT verdict fails.
    pub(crate) fail_on: Option<Severity>,
    /// Which results are shown.
    pub(crate) view: View,
    /// The parts of the report besides the verdicts.
    pub(crate) context: Context,
}

/// The verdicts of one rule.
#[derive(Debug)]
pub(crate) struct RuleReport {
    /// The rule.
    pub(crate) definition: &'static RuleDefinition,
    /// The parameters that were set.
    pub(crate) parameters: Vec<(String, String)>,
    /// Its verdicts, in the order of the resources.
    pub(crate) verdicts: Vec<ReportedVerdict>,
}

/// A verdict, with the additions of the command line.
#[derive(Debug)]
pub(crate) struct ReportedVerdict {
    pub(crate) verdict: Verdict,
    /// The place of the statement of each finding; empty if the policies are not in a file.
    pub(crate) places: Vec<Option<FilePlace>>,
    /// The explanation of each finding with a score; empty if it is unknown.
    pub(crate) explanations: Vec<Option<Explanation>>,
    /// Whether the baseline contains all findings; none without a baseline.
    pub(crate) known: Option<bool>,
}

impl From<RuleAssessment> for RuleReport {
    fn from(assessment: RuleAssessment) -> Self {
        let verdicts = assessment.verdicts.into_iter().map(ReportedVerdict::from).collect();
        Self { definition: assessment.definition, parameters: Vec::new(), verdicts }
    }
}

impl From<Verdict> for ReportedVerdict {
    fn from(verdict: Verdict) -> Self {
        Self { verdict, places: Vec::new(), explanations: Vec::new(), known: None }
    }
}

/// The partition and Region of an account.
#[derive(Debug)]
pub(crate) struct Place {
    /// The partition, such as `aws`.
    pub(crate) partition: String,
    /// A Region of the partition.
    pub(crate) region: String,
}

impl Place {
    /// The place, from the partition and Region, if known. A Region of another partition is ignored.
    pub(crate) fn new(partition: Option<&str>, region: Option<Region>) -> Self {
        let partition = partition.or(region.as_ref().map(Region::partition)).unwrap_or("aws").to_owned();
        let region = region.filter(|region| region.partition() == partition).or_else(|| Region::home_of(&partition));
        Self { region: region.map_or_else(String::new, |region| region.to_string()), partition }
    }
}

impl AccountReport {
    /// Whether a verdict makes the run fail.
    pub(crate) fn fails(&self, rule: &RuleReport, reported: &ReportedVerdict) -> bool {
        row::Row::new(rule.definition, self, reported).passes() == Some(false)
    }

    /// How to fix a finding of a row.
    fn remedy(&self, row: &row::Row<'_>, finding: &Finding) -> Option<Remedy> {
        Remedy::of(Target {
            partition: &self.place.partition,
            account: self.account.as_str(),
            region: &self.place.region,
            resource: row.resource,
            finding,
        })
    }

    /// How a command that reports this ends.
    pub(crate) fn exit(&self) -> Exit {
        let read = if self.unread.is_empty() { Exit::Clean } else { Exit::Incomplete };
        self.all_rows().fold(read, |exit, row| {
            exit.and(match row.passes() {
                None => Exit::Incomplete,
                Some(false) => Exit::BelowBar,
                Some(true) => Exit::Clean,
            })
        })
    }
}

/// Prints the verdicts on an account.
pub(crate) fn write_evaluations(
    out: &mut dyn Write,
    format: ReportFormat,
    look: table::Look,
    report: &AccountReport,
) -> io::Result<()> {
    let records = || report.rows().map(|row| record::of_verdict(&row));
    match format {
        ReportFormat::Table => table::write_evaluations(out, look, report),
        ReportFormat::Json => json::write_array(out, records()),
        ReportFormat::Ndjson => ndjson::write_lines(out, records()),
        ReportFormat::Sarif => sarif::write(out, report),
        ReportFormat::Junit => junit::write(out, report),
        ReportFormat::Csv => csv::write(out, report),
        ReportFormat::Markdown => markdown::write(out, report),
        ReportFormat::Html => html::write(out, report),
        ReportFormat::Ocsf => ocsf::write(out, report),
        ReportFormat::Asff => asff::write(out, report),
        ReportFormat::Github => github::write(out, report),
    }
}

/// Prints the scores of policies.
pub(crate) fn write_scores(
    out: &mut dyn Write,
    format: ScoreFormat,
    look: table::Look,
    report: &ScoreReport,
) -> io::Result<()> {
    let records = || report.rows().into_iter().map(|policy| record::PolicyRecord::new(report, policy));
    match format {
        ScoreFormat::Table => table::write_scores(out, look, report),
        ScoreFormat::Json => json::write_array(out, records()),
        ScoreFormat::Ndjson => ndjson::write_lines(out, records()),
        ScoreFormat::Sarif => sarif::write_scores(out, report),
        ScoreFormat::Junit => junit::write_scores(out, report),
        ScoreFormat::Markdown => markdown::write_scores(out, report),
        ScoreFormat::Github => github::write_scores(out, report),
    }
}

/// Prints a comparison of two versions of the score.
type ComparisonWriter = fn(&mut dyn Write, table::Look, &ScoreReport) -> io::Result<()>;

/// How a comparison is printed in a format; none where the format has no place for it.
pub(crate) fn comparison_writer(format: ScoreFormat) -> Option<ComparisonWriter> {
    fn records(report: &ScoreReport) -> impl Iterator<Item = record::ComparisonRecord<'_>> {
        report.rows().into_iter().map(record::ComparisonRecord::new)
    }
    match format {
        ScoreFormat::Table => Some(table::write_comparison),
        ScoreFormat::Json => Some(|out, _, report| json::write_array(out, records(report))),
        ScoreFormat::Ndjson => Some(|out, _, report| ndjson::write_lines(out, records(report))),
        ScoreFormat::Sarif | ScoreFormat::Junit | ScoreFormat::Markdown | ScoreFormat::Github => None,
    }
}

/// An error of the output.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutputError {
    /// A file could not be written.
    #[error("{0}")]
    Write(#[from] WriteError),
    /// Standard output could not be written, for another reason than a closed pipe.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
}

/// Runs `write` on standard output, or on the file at `path`.
///
/// A closed pipe is not an error: the reader has what it needs.
pub(crate) fn to(path: Option<&Path>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), OutputError> {
    if let Some(path) = path {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(OutputError::Stdout)?;
        return Ok(interrupt::shielded(|| write_file(path, &bytes, Readers::Default))?);
    }
    let mut stdout = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // Dropping the writer would try once more.
            let _ = stdout.into_parts();
            Ok(())
        }
        result => result.map_err(OutputError::Stdout),
    }
}
