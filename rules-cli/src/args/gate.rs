//! The options of every command, and the options that decide what fails and what is shown.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rules_core::rules::Severity;

use crate::output::diagnostics::Speech;
use crate::output::{ColorArg, Only, SortKey, View};

/// Options of every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct GlobalArgs {
    /// Print only errors, and what could not be read, to standard error
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Print more messages to standard error
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Use colours
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, global = true)]
    pub(crate) color: ColorArg,
    /// Read options from this file [default: rules.toml in this folder or the nearest folder above]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
}

impl GlobalArgs {
    /// Which messages go to standard error.
    pub(crate) fn speech(&self) -> Speech {
        match (self.quiet, self.verbose) {
            (true, _) => Speech::Errors,
            (false, false) => Speech::Notes,
            (false, true) => Speech::Everything,
        }
    }
}

/// What fails a run.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Gate")]
pub(crate) struct GateArgs {
    /// Exit with 1 only for findings of at least this severity [default: any NON_COMPLIANT, any score below --min-score]
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) fail_on: Option<SeverityArg>,
    /// Do not fail for findings in this file; standard error lists its findings that no longer exist
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,
    /// Write the current findings to this file, for --baseline
    #[arg(long, value_name = "FILE")]
    pub(crate) write_baseline: Option<PathBuf>,
}

/// Which results are shown.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Display (without effect on the exit code)")]
pub(crate) struct ViewArgs {
    /// Show only results of at least this severity
    #[arg(long, value_name = "SEVERITY", value_enum)]
    pub(crate) min_severity: Option<SeverityArg>,
    /// Show only failures: results that fail or could not be evaluated
    #[arg(long, value_name = "KIND", value_enum)]
    pub(crate) only: Option<Only>,
    /// Order the results
    #[arg(long, value_name = "KEY", value_enum)]
    pub(crate) sort: Option<SortKey>,
    /// List everything in tables, including each result that passes
    #[arg(long)]
    pub(crate) all: bool,
}

impl ViewArgs {
    pub(crate) fn view(self) -> View {
        View { min_severity: self.min_severity.map(Into::into), only: self.only, sort: self.sort, all: self.all }
    }
}

/// A report in a separate file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportTarget<F> {
    pub(crate) format: F,
    pub(crate) file: PathBuf,
}

/// How severe something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityArg {
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityArg> for Severity {
    fn from(argument: SeverityArg) -> Self {
        match argument {
            SeverityArg::Low => Self::Low,
            SeverityArg::Medium => Self::Medium,
            SeverityArg::High => Self::High,
            SeverityArg::Critical => Self::Critical,
        }
    }
}
