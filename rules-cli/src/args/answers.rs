//! Arguments of the commands that answer questions.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rules_core::Timestamp;

use super::{Format, LiveArgs, OrganizationArgs, RulesFormat};

/// The account that is read.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AccountArgs {
    /// Use the sample account that is built into the program
    #[arg(long, conflicts_with = "input")]
    pub(crate) sample: bool,
    /// Use a snapshot, or a folder of files as the AWS CLI writes them (repeatable, for one account)
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
    /// Evaluate as of this time, such as 2026-01-31T12:00:00Z [default: when the input was collected, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WorstArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// The maximum number of policies and principals to list
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) number: usize,
    /// How to print the list
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A rule, a finding code, an escalation path or a class of actions [default: list all of them]
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The earlier state of the account: a snapshot, or a folder of files as the AWS CLI writes them
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The later state of the account
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Exit with 1 if something became worse, such as a new administrator or a lower score
    #[arg(long, value_name = "CHANGE", value_enum)]
    pub(crate) fail_on: Option<FailOnChange>,
    /// How to print the changes
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

/// The change that fails a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOnChange {
    /// Something became worse
    Worse,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// How to print the options
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// The output or input that the schema describes
    #[arg(value_name = "NAME", value_enum)]
    pub(crate) of: SchemaName,
}

/// An output or input with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// The output of `evaluate` and `invoke`
    Evaluate,
    /// The output of `score`
    Score,
    /// The output of `simulate`
    Simulate,
    /// The input of `simulate --requests`
    Requests,
}

#[derive(Debug, Args)]
pub(crate) struct ReferenceArgs {
    /// Which page
    #[arg(value_name = "PAGE", value_enum)]
    pub(crate) page: ReferencePage,
}

/// A page that is made from the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReferencePage {
    /// Commands and options
    Commands,
    /// Fields of JSON and columns of CSV
    Fields,
    /// Codes of findings
    Findings,
    /// Escalation paths
    Paths,
}
