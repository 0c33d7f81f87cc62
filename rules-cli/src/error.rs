//! Errors that end a command.

use std::io;
use std::path::PathBuf;

use rules_core::MissingFact;

use crate::output::scored::UnscoredPolicy;

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
    /// A file contains no policy.
    #[error("{}", path.display())]
    Policy {
        path: PathBuf,
        #[source]
        source: UnscoredPolicy,
    },
    /// Service control policies of a level that allows nothing.
    #[error(
        "{}: the level has no Allow, so it would allow nothing. In AWS Organizations, each level also has a policy with an \
         Allow, such as FullAWSAccess: give all policies of the level together, as --scp deny.json,allow.json or as a list \
         in one file",
        .0.display()
    )]
    LevelAllowsNothing(PathBuf),
    /// A file contains no exceptions.
    #[error("{}", path.display())]
    Exceptions {
        path: PathBuf,
        #[source]
        source: rules_core::exceptions::InvalidExceptions,
    },
    /// A file contains no baseline.
    #[error("{}: not a baseline that --write-baseline wrote: {reason}", path.display())]
    Baseline { path: PathBuf, reason: String },
    /// The file with options is invalid.
    #[error("{0}")]
    Config(#[from] crate::config::ConfigError),
    /// The result could not be printed or written.
    #[error(transparent)]
    Output(#[from] crate::output::OutputError),
    /// The command line is invalid.
    #[error("{0}")]
    Usage(String),
    /// A parameter that a rule does not have, or an invalid value.
    #[error("rule `{rule}`")]
    Parameter {
        rule: &'static str,
        #[source]
        source: rules_core::config::InvalidParameter,
    },
    /// The input is not that of an account.
    #[error("{0}")]
    Input(#[from] rules_aws::InputError),
    /// A live account is needed, and the program was built without access to AWS.
    #[cfg(not(feature = "live"))]
    #[error("this build of the program cannot access AWS; use --input, or build it with the feature `live`")]
    BuiltOffline,
    /// The connection to AWS cannot be set up.
    #[cfg(feature = "live")]
    #[error("{0}")]
    Connect(#[from] rules_aws::ConnectError),
    /// AWS does not return the identity of the credentials.
    #[cfg(feature = "live")]
    #[error("{0}")]
    Call(#[from] rules_aws::CallError),
    /// The snapshot could not be written or read.
    #[error("{0}")]
    Snapshot(#[from] rules_aws::SnapshotError),
    /// A fact that everything else depends on is unknown.
    #[error("{0}")]
    Missing(#[from] MissingFact),
    /// The pack exceeds a limit of AWS Config.
    #[error("{0}")]
    Pack(#[from] conformance_pack::PackError),
    /// The invocation failed.
    #[error("{0}")]
    Invocation(#[from] rules_aws::HandleError),
    /// The program cannot wait for AWS.
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
}
