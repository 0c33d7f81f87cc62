//! Times of the SDK.

use aws_smithy_types::DateTime;
use rules_core::Timestamp;

/// A moment as the SDK delivers it; none outside the years that can be written.
pub(crate) fn from_sdk(moment: &DateTime) -> Option<Timestamp> {
    Timestamp::from_unix(moment.secs(), i32::try_from(moment.subsec_nanos()).ok()?)
}

/// A moment as the SDK takes it.
pub(crate) fn to_sdk(moment: Timestamp) -> DateTime {
    // Before 1970 the fraction is negative; the SDK counts it forward from the second below.
    match u32::try_from(moment.subsecond_nanoseconds()) {
        Ok(nanoseconds) => DateTime::from_secs_and_nanos(moment.unix_seconds(), nanoseconds),
        Err(_) => {
            let forward = 1_000_000_000 - moment.subsecond_nanoseconds().unsigned_abs();
            DateTime::from_secs_and_nanos(moment.unix_seconds() - 1, forward)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{from_sdk, to_sdk};

    #[test]
    fn moments_survive_the_way_to_the_sdk_and_back() {
        for text in ["2026-01-31T12:00:00.25Z", "1969-12-31T23:59:58.75Z", "1970-01-01T00:00:00Z"] {
            let moment = text.parse().unwrap();
            assert_eq!(from_sdk(&to_sdk(moment)), Some(moment), "{text}");
        }
    }
}
