//! Every format of `evaluate` tells the same verdicts, and nothing that others named means anything in it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "every function here is part of a test")]

#[path = "formats/hostile.rs"]
mod hostile;
#[path = "formats/places.rs"]
mod places;
#[path = "formats/same_verdicts.rs"]
mod same_verdicts;
#[path = "formats/setting.rs"]
mod setting;
