//! The exit codes.

use std::process::ExitCode;

/// How a command ended; the larger one wins where several apply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Exit code 0: everything was read and nothing is wrong.
    #[default]
    Clean,
    /// Exit code 1: a resource does not comply, or a score is below the least that was asked for.
    BelowBar,
    /// Exit code 2: bad usage, or something was not read or not judged.
    Incomplete,
}

impl Exit {
    /// The worse of two ends.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        self.max(other)
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::from(0),
            Exit::BelowBar => Self::from(1),
            Exit::Incomplete => Self::from(2),
        }
    }
}
