//! The command line as its own process.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::binaries;
use crate::line::Line;

/// What a command left behind.
#[derive(Clone, Debug)]
pub struct Finished {
    /// Its exit code.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// Runs `rules-cli` with these arguments, without any credentials of whoever runs the tests.
///
/// # Panics
/// When it has not been built, or ends without an exit code.
#[must_use]
pub fn rules_cli<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, variables: &[(&str, &str)]) -> Finished {
    let output = Command::new(binaries::path("rules-cli"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    let code = output.status.code().expect("the command ends by itself");
    let finished = Finished { code, stdout: text(output.stdout), stderr: text(output.stderr) };
    let is_secret = |name: &str| name.contains("SECRET") || name.contains("TOKEN");
    for (name, value) in variables.iter().filter(|(name, _)| is_secret(name)) {
        let said = finished.stdout.contains(value) || finished.stderr.contains(value);
        assert!(!said, "{name} is in the output");
    }
    finished
}

impl Finished {
    /// The verdicts of `evaluate --format ndjson`.
    ///
    /// # Panics
    /// When a line is no verdict.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        self.stdout.lines().map(read).collect()
    }
}

/// The exit code that verdicts call for.
#[must_use]
pub fn exit_code(lines: &[Line], something_unread: Unread) -> i32 {
    let any = |compliance: &str| lines.iter().any(|line| line.compliance == compliance);
    match something_unread {
        Unread::Something => 2,
        Unread::Nothing if any("NOT_EVALUATED") => 2,
        Unread::Nothing if any("NON_COMPLIANT") => 1,
        Unread::Nothing => 0,
    }
}

/// Whether something could not be read that no verdict shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Unread {
    Something,
    Nothing,
}
