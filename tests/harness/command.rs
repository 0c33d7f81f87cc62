//! The command line as its own process.

use std::ffi::{OsStr, OsString};
use std::process::{Command, Stdio};

use crate::binaries;
use crate::canary;
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

/// Runs `rules-cli` with these arguments, with invalid credentials, and without those of the user who runs the tests.
///
/// # Panics
/// When it has not been built, ends without an exit code, or tells a secret.
#[must_use]
pub fn rules_cli<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, variables: &[(&str, &str)]) -> Finished {
    let arguments: Vec<OsString> = arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect();
    let output = Command::new(binaries::path("rules-cli"))
        .args(&arguments)
        .env_clear()
        .envs(canary::CREDENTIALS)
        .env("HOME", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("the command starts");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    let code = output.status.code().expect("the command ends by itself");
    let finished = Finished { code, stdout: text(output.stdout), stderr: text(output.stderr) };
    canary::assert_absent("standard output", &finished.stdout);
    canary::assert_absent("standard error", &finished.stderr);
    let file = arguments.iter().position(|argument| argument == "--output").and_then(|at| arguments.get(at + 1));
    if let Some(text) = file.and_then(|file| std::fs::read_to_string(file).ok()) {
        // A snapshot is made of documents.
        canary::assert_absent("the file", &text.replace(canary::DOCUMENT_ID, ""));
    }
    finished
}

impl Finished {
    /// The verdicts of `evaluate --format ndjson`.
    ///
    /// # Panics
    /// If a line is not a verdict.
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
