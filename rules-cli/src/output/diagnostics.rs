//! Messages that are not results: on standard error, one line each.

use std::error::Error;
use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicU8, Ordering};

use rules_core::text::visible;

/// The most of a message that is shown.
const LIMIT: usize = 2_000;

/// How much is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Speech {
    /// Errors, and what was not read.
    Errors,
    /// Notes, too.
    Notes,
    /// Details, too.
    Everything,
}

/// What is said from now on. There is one standard error, and so one of these.
static SPEECH: AtomicU8 = AtomicU8::new(Speech::Notes as u8);

/// Says so much from now on.
pub(crate) fn speak(speech: Speech) {
    SPEECH.store(speech as u8, Ordering::Relaxed);
}

fn says(speech: Speech) -> bool {
    SPEECH.load(Ordering::Relaxed) >= speech as u8
}

/// Says why the command failed, with every cause once.
pub(crate) fn error(error: &dyn Error) {
    line("error", &chain(error));
}

/// Says that a part of the input was not read.
pub(crate) fn not_read(what: &dyn fmt::Display) {
    line("not read", &what.to_string());
}

/// Says that a decision is not the one that was expected.
pub(crate) fn unexpected(what: &dyn fmt::Display) {
    line("unexpected", &what.to_string());
}

/// Says that something that was asked for does not apply.
pub(crate) fn refused(what: &dyn fmt::Display) {
    line("refused", &what.to_string());
}

/// Says something that a person may want to know.
pub(crate) fn note(what: &dyn fmt::Display) {
    if says(Speech::Notes) {
        line("note", &what.to_string());
    }
}

/// Says something that helps to find out why the program does what it does.
pub(crate) fn detail(what: &dyn fmt::Display) {
    if says(Speech::Everything) {
        line("detail", &what.to_string());
    }
}

/// Says on a terminal that the user ended the program, below the line that stands there. Elsewhere the exit code says
/// it: standard error can be closed.
pub(crate) fn interrupted() {
    let mut stderr = io::stderr().lock();
    if stderr.is_terminal() && says(Speech::Notes) {
        let _ = writeln!(stderr, "\ninterrupted: every file is as it was before or complete");
    }
}

/// Whether a line that changes can be shown: a person watches, and has not asked for silence or for plain text.
#[cfg(feature = "live")]
pub(crate) fn has_watcher() -> bool {
    SPEECH.load(Ordering::Relaxed) == Speech::Notes as u8 && io::stderr().is_terminal() && !wants_plain_text()
}

/// Whether the environment asks for text without colours and movement.
pub(crate) fn wants_plain_text() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    // https://no-color.org: any value but an empty one asks for none.
    set("NO_COLOR").is_some() || set("TERM").is_some_and(|terminal| terminal == "dumb")
}

fn line(kind: &str, message: &str) {
    // There is nowhere to say that standard error cannot be written.
    let _ = writeln!(io::stderr().lock(), "{kind}: {}", visible(message, LIMIT));
}

/// The error and its causes, `outer: inner`. A cause that the outer message already contains is not repeated.
fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !told.ends_with(&message) {
            told.push_str(": ");
            told.push_str(&message);
        }
        cause = error.source();
    }
    told
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::chain;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        source: io::Error,
    }

    #[test]
    fn each_cause_is_told_once() {
        let layer = |text| Layer { text, source: io::Error::other("denied") };
        assert_eq!(chain(&layer("a.json")), "a.json: denied");
        assert_eq!(chain(&layer("a.json: denied")), "a.json: denied");
    }
}
