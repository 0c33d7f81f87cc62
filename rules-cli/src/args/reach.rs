//! Arguments of the commands about administrators and escalation paths.

use clap::{Args, ValueEnum};

use super::{AccountArgs, Format};

#[derive(Debug, Args)]
pub(crate) struct PathsArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// Show the paths that start from this user or role: a name, user/NAME, role/NAME or an ARN [default: every user and role that is not an administrator]
    #[arg(long, value_name = "NAME")]
    pub(crate) from: Option<String>,
    /// Show the paths to this user or role, or to any administrator: `admin` [default: with --from every user and role, otherwise admin]
    #[arg(long, value_name = "NAME|admin")]
    pub(crate) to: Option<String>,
    /// The maximum number of paths to print
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) max: usize,
    /// How to print the paths
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PathsFormat,
}

/// How paths are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathsFormat {
    /// For people
    #[default]
    Table,
    /// One JSON array
    Json,
    /// One JSON object per line, one for each path
    Ndjson,
    /// A graph for Graphviz
    Dot,
    /// A graph for Mermaid, as in Markdown on GitHub
    Mermaid,
}

#[derive(Debug, Args)]
pub(crate) struct FixArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// Close only the paths that start from this user or role (repeatable): a name, user/NAME, role/NAME or an ARN
    #[arg(long, value_name = "NAME")]
    pub(crate) from: Vec<String>,
    /// How to print the changes
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: FixFormat,
}

/// How changes of policies are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FixFormat {
    /// A diff of each policy that changes
    #[default]
    Diff,
    /// One JSON object, with each policy before and after the change
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct AdminsArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// How to print the principals
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
