//! Why a command could not do its work.

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
    /// A file holds no policy.
    #[error("{}", path.display())]
    Policy {
        path: PathBuf,
        #[source]
        source: UnscoredPolicy,
    },
    /// Service control policies of a level that allows nothing.
    #[error(
        "{}: the level has no Allow, so that it would allow nothing. AWS Organizations attaches a policy that allows, \
         such as FullAWSAccess, beside one that denies: give all policies of the level together, as \
         --scp deny.json,allow.json or as a list in one file",
        .0.display()
    )]
    LevelAllowsNothing(PathBuf),
    /// A file holds no exceptions.
    #[error("{}", path.display())]
    Exceptions {
        path: PathBuf,
        #[source]
        source: rules_core::exceptions::InvalidExceptions,
    },
    /// A file holds no baseline.
    #[error("{}: no baseline that --write-baseline wrote: {reason}", path.display())]
    Baseline { path: PathBuf, reason: String },
    /// The file with options makes no sense.
    #[error("{0}")]
    Config(#[from] crate::config::ConfigError),
    /// The result could not be printed or written.
    #[error(transparent)]
    Output(#[from] crate::output::OutputError),
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
    /// The input is no account's.
    #[error("{0}")]
    Input(#[from] rules_aws::InputError),
    /// A live account is needed, and the program was built without access to AWS.
    #[cfg(not(feature = "live"))]
    #[error(
        "this build of the program has no access to AWS; give files with --input, or build it with the feature `live`"
    )]
    BuiltOffline,
    /// The connection to AWS cannot be set up.
    #[cfg(feature = "live")]
    #[error("{0}")]
    Connect(#[from] rules_aws::ConnectError),
    /// AWS does not say whose the credentials are.
    #[cfg(feature = "live")]
    #[error("{0}")]
    Call(#[from] rules_aws::CallError),
    /// The snapshot could not be written or read.
    #[error("{0}")]
    Snapshot(#[from] rules_aws::SnapshotError),
    /// Something that everything else depends on is not known.
    #[error("{0}")]
    Missing(#[from] MissingFact),
    /// The pack breaks a limit of AWS Config.
    #[error("{0}")]
    Pack(#[from] rules_core::pack::PackError),
    /// The invocation failed.
    #[error("{0}")]
    Invocation(#[from] rules_aws::HandleError),
    /// The program cannot wait for AWS.
    #[error("cannot start the runtime")]
    Runtime(#[source] io::Error),
}
