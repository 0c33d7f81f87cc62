//! Arguments of the commands that answer questions.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rules_core::Timestamp;

use super::{Format, LiveArgs, OrganizationArgs, RulesFormat};

/// The account that is looked at.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct AccountArgs {
    /// Take the sample account that is built into the program
    #[arg(long, conflicts_with = "input")]
    pub(crate) sample: bool,
    /// Take a snapshot, or a folder of files as the AWS CLI writes them; several make up one account
    #[arg(long, value_name = "PATH")]
    pub(crate) input: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) organization: OrganizationArgs,
    /// Look at it as of this moment, such as 2026-01-31T12:00:00Z [default: when the input was collected, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) live: LiveArgs,
}

#[derive(Debug, Args)]
pub(crate) struct WorstArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// How many to list
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(crate) number: usize,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// A rule, the code of a finding, a path of escalation or a class of actions; without it, all of them are listed
    #[arg(value_name = "ID")]
    pub(crate) id: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The account as it was: a snapshot, or a folder of files as the AWS CLI writes them
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The account as it is
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// Exit with 1 when something became worse
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
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: RulesFormat,
}

#[derive(Debug, Args)]
pub(crate) struct SchemaArgs {
    /// Of what
    #[arg(value_name = "NAME", value_enum)]
    pub(crate) of: SchemaName,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaName {
    /// What `evaluate` and `invoke` print
    Evaluate,
    /// What `score` prints
    Score,
    /// What `simulate` prints
    Simulate,
    /// What `simulate --requests` reads
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
    /// Paths of escalation
    Paths,
}
