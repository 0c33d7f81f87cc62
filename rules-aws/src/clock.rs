//! The clock.

use std::time::{SystemTime, UNIX_EPOCH};

use rules_core::Timestamp;

/// The current time, in whole seconds.
#[must_use]
pub fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    Timestamp::from_unix(seconds, 0).unwrap_or(Timestamp::MAX)
}
