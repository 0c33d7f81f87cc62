//! Ctrl-C and the termination signal of CI: the program ends immediately, but never in the middle of a file.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Held while a file is written.
static WRITING: Mutex<()> = Mutex::new(());

/// Runs `write` to its end, whatever signal arrives.
pub(crate) fn shielded<T>(write: impl FnOnce() -> T) -> T {
    let _writing = writing();
    write()
}

fn writing() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on a signal to end is answered with one line, which `say` prints, and the exit code that shells give it: 128
/// and its number.
#[cfg(unix)]
pub(crate) fn watch(say: fn()) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    // Without a watch the system ends the program, as before.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else { return };
    let watching = move || {
        if let Some(signal) = signals.forever().next() {
            let _writing = writing();
            say();
            end(128 + signal);
        }
    };
    let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(watching);
}

/// The system ends the program.
#[cfg(not(unix))]
pub(crate) fn watch(_: fn()) {}

#[cfg(unix)]
#[expect(clippy::exit, reason = "the main thread may be anywhere")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}
