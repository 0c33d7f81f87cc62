//! Whatever goes wrong on the way to AWS and back: no wrong verdict, none lost, none cleared that stands.
//!
//! The real SDK clients talk to services in memory, and time passes only when all tasks wait for it: a run with ten
//! minutes of waiting takes milliseconds. No verdict is written down here. What a run without faults comes to is what a
//! run with faults may come to, and nothing else; `check` says what that means.

mod absences;
mod check;
mod deadlines;
mod grid;
mod interleavings;
mod memory;
mod repeats;
mod schedules;
mod setting;
#[cfg(target_os = "linux")]
mod soak;
