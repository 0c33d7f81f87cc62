//! Printing results: one file per format.
//!
//! Results go to standard output or a file, everything else to standard error.

mod asff;
mod csv;
pub(crate) mod decision;
pub(crate) mod diagnostics;
mod html;
pub(crate) mod json;
mod junit;
mod markdown;
pub(crate) mod ndjson;
mod ocsf;
mod page;
mod record;
pub(crate) mod registry;
mod row;
mod sarif;
pub(crate) mod table;

use std::io::{self, BufWriter, Write};
use std::path::Path;

use rules_aws::{Readers, write_file};
use rules_core::assessment::RuleAssessment;
use rules_core::audit::Region;
use rules_core::policy::ParsePolicyError;
use rules_core::score::LeastPrivilegeScore;
use rules_core::{AccountId, Timestamp};

use self::row::State;
use crate::args::{Format, ReportFormat};
use crate::error::CliError;
use crate::exit::Exit;

/// What became of one account.
#[derive(Debug)]
pub(crate) struct AccountReport {
    /// The account.
    pub(crate) account: AccountId,
    /// The moment as of which it was judged, where one holds for all verdicts.
    pub(crate) as_of: Option<Timestamp>,
    /// The rules that ran, in the registry's order.
    pub(crate) rules: Vec<RuleAssessment>,
    /// What could not be read.
    pub(crate) unread: Vec<String>,
    /// Where it is.
    pub(crate) place: Place,
}

/// Where in AWS an account is looked at.
#[derive(Debug)]
pub(crate) struct Place {
    /// Such as `aws`.
    pub(crate) partition: String,
    /// A Region of the partition.
    pub(crate) region: String,
}

impl Place {
    /// The place, from what is known of it. A Region of another partition is not where the account is.
    pub(crate) fn new(partition: Option<&str>, region: Option<Region>) -> Self {
        let partition = partition.or(region.as_ref().map(Region::partition)).unwrap_or("aws").to_owned();
        let region = region.filter(|region| region.partition() == partition).or_else(|| Region::home_of(&partition));
        Self { region: region.map_or_else(String::new, |region| region.to_string()), partition }
    }
}

impl AccountReport {
    /// How a command that reports this ends.
    pub(crate) fn exit(&self) -> Exit {
        let read = if self.unread.is_empty() { Exit::Clean } else { Exit::Incomplete };
        self.states().fold(read, |exit, state| {
            exit.and(match state {
                State::NotEvaluated => Exit::Incomplete,
                State::NonCompliant => Exit::BelowBar,
                State::Compliant | State::NotApplicable => Exit::Clean,
            })
        })
    }
}

/// What became of one policy document.
#[derive(Debug)]
pub(crate) struct PolicyScore {
    /// What the policy is called: its file's name without `.json`, in a folder with the path below that.
    pub(crate) policy: String,
    /// The score, or why there is none.
    pub(crate) score: Result<LeastPrivilegeScore, UnscoredPolicy>,
}

/// Why a policy has no score.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnscoredPolicy {
    /// It could not be read.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// It is too large to be a policy document.
    #[error("larger than {0} bytes, which no policy document is")]
    TooLarge(u64),
    /// There is nothing to score.
    #[error("the folder has no *.json file with a policy")]
    EmptyFolder,
    /// It is meant for a policy document, but AWS would refuse it.
    #[error("{0}")]
    Parse(#[from] ParsePolicyError),
    /// It is what a command of the AWS CLI prints, but AWS would refuse the document in it.
    #[error("in {place}: {source}")]
    ParseInside {
        /// Where in the output, such as `$.PolicyVersion.Document`.
        place: &'static str,
        #[source]
        source: ParsePolicyError,
    },
    /// It is something else.
    #[error("it holds no policy document: {0}")]
    NoPolicy(#[source] ParsePolicyError),
    /// It is a policy of another type of AWS Organizations.
    #[error("the policy is of the type {0}")]
    OtherType(String),
}

/// Prints the verdicts on an account.
pub(crate) fn write_evaluations(
    out: &mut dyn Write,
    format: ReportFormat,
    look: table::Look,
    report: &AccountReport,
) -> io::Result<()> {
    let records = || report.rows().map(record::EvaluationRecord::new);
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
    }
}

/// Prints the scores of policies.
pub(crate) fn write_scores(
    out: &mut dyn Write,
    format: Format,
    look: table::Look,
    scores: &[PolicyScore],
) -> io::Result<()> {
    match format {
        Format::Table => table::write_scores(out, look, scores),
        Format::Json => json::write_array(out, scores.iter().map(record::ScoreRecord::new)),
        Format::Ndjson => ndjson::write_lines(out, scores.iter().map(record::ScoreRecord::new)),
    }
}

/// Runs `write` on standard output, or on the file at `path`.
///
/// A reader that went away is no error: it has what it wanted.
pub(crate) fn to(path: Option<&Path>, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
    if let Some(path) = path {
        let mut bytes = Vec::new();
        write(&mut bytes).map_err(CliError::Stdout)?;
        return Ok(write_file(path, &bytes, Readers::Default)?);
    }
    let mut stdout = BufWriter::with_capacity(64 << 10, io::stdout().lock());
    match write(&mut stdout).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            // Dropping the writer would try once more.
            let _ = stdout.into_parts();
            Ok(())
        }
        result => result.map_err(CliError::Stdout),
    }
}
