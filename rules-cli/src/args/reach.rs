//! Arguments of the commands about who can become whom.

use clap::{Args, ValueEnum};

use super::{AccountArgs, Format};

#[derive(Debug, Args)]
pub(crate) struct PathsArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// Begin with this user or role: a name, user/NAME, role/NAME or an ARN [default: every user and role that is not an administrator]
    #[arg(long, value_name = "NAME")]
    pub(crate) from: Option<String>,
    /// End at this user or role, or at any administrator: `admin` [default: every user and role with --from, else admin]
    #[arg(long, value_name = "NAME|admin")]
    pub(crate) to: Option<String>,
    /// Print no more paths than this
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
    /// An array
    Json,
    /// A path on each line
    Ndjson,
    /// A graph for Graphviz
    Dot,
    /// A graph for Mermaid, which Markdown on GitHub shows
    Mermaid,
}

#[derive(Debug, Args)]
pub(crate) struct AdminsArgs {
    #[command(flatten)]
    pub(crate) account: AccountArgs,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}
