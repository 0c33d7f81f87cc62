//! Why a command could not do its work.

use std::io;
use std::path::PathBuf;

/// What ends a command before it has a result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// A file could not be read.
    #[error("{}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    /// Standard output could not be written, for a reason other than that nobody reads it any more.
    #[error("cannot write to standard output")]
    Stdout(#[source] io::Error),
    /// The command line asks for something that makes no sense.
    #[error("{0}")]
    Usage(String),
    /// A parameter that a rule does not take.
    #[error("rule `{rule}`")]
    Parameter {
        rule: &'static str,
        #[source]
        source: rules_core::config::InvalidParameter,
    },
}
