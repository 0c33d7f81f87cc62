//! Times, as AWS writes them.

use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

/// A moment in time with nanoseconds. Time is data here: nothing in this crate reads a clock.
///
/// AWS writes times as ISO 8601 text with an offset or `Z`, and in some API outputs as seconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

/// A string that is not a date and time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a date and time with an offset (such as `2026-01-31T12:00:00Z`)")]
pub struct InvalidTimestamp {
    text: String,
}

impl Timestamp {
    /// The last moment that can be written.
    pub const MAX: Self = Self(jiff::Timestamp::MAX);

    /// The moment `seconds` and `nanoseconds` after 1970-01-01T00:00:00Z, or none outside the years -9999 to 9999.
    #[must_use]
    pub fn from_unix(seconds: i64, nanoseconds: i32) -> Option<Self> {
        jiff::Timestamp::new(seconds, nanoseconds).ok().map(Self)
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, rounded towards 1970.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// The nanoseconds beyond [`Self::unix_seconds`], of the same sign.
    #[must_use]
    pub fn subsecond_nanoseconds(self) -> i32 {
        self.0.subsec_nanosecond()
    }

    /// Seconds from `earlier` to this moment, negative when this moment comes first.
    #[must_use]
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_secs()
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTimestamp { text: crate::text::visible(text, 60) };
        // A leap second is the first moment of the next minute; jiff would clamp it to the last second of this one.
        if let Some((date_and_minute, rest)) = text.split_once(":60").filter(|(head, _)| head.len() == 16) {
            let before: jiff::Timestamp = format!("{date_and_minute}:59{rest}").parse().map_err(|_| invalid())?;
            return before.checked_add(SignedDuration::from_secs(1)).map(Self).map_err(|_| invalid());
        }
        text.parse().map(Self).map_err(|_| invalid())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimestampVisitor)
    }
}

struct TimestampVisitor;

impl Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and time, or seconds since 1970")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Timestamp, E> {
        let out_of_range = || E::custom(format!("`{seconds}` seconds since 1970 is out of range"));
        let signed = i64::try_from(seconds).map_err(|_| out_of_range())?;
        Timestamp::from_unix(signed, 0).ok_or_else(out_of_range)
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Timestamp, E> {
        Timestamp::from_unix(seconds, 0)
            .ok_or_else(|| E::custom(format!("`{seconds}` seconds since 1970 is out of range")))
    }

    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Timestamp, E> {
        // Milliseconds are all that AWS writes; beyond them a binary fraction only adds noise.
        let milliseconds = (seconds * 1000.0).round();
        let out_of_range = || E::custom(format!("`{seconds}` seconds since 1970 is out of range"));
        if !milliseconds.is_finite() || milliseconds.abs() > 1e15 {
            return Err(out_of_range());
        }
        #[expect(clippy::cast_possible_truncation, reason = "bounded to 1e15 above, which an i64 holds exactly")]
        let whole = milliseconds as i64;
        jiff::Timestamp::from_millisecond(whole).map(Timestamp).map_err(|_| out_of_range())
    }
}

#[cfg(test)]
mod tests {
    use super::Timestamp;

    fn seconds(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().unix_seconds()
    }

    #[test]
    fn offsets_and_fractions_are_read() {
        assert_eq!(seconds("2024-01-01T00:00:00.123456789+05:30"), 1_704_047_400);
        assert_eq!(seconds("2024-02-29T00:00:00Z"), 1_709_164_800);
        assert_eq!(seconds("1969-12-31T23:59:59.999Z"), 0);
    }

    #[test]
    fn a_leap_second_is_the_next_second() {
        assert_eq!(seconds("2024-06-30T23:59:60+00:00"), seconds("2024-07-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in
            ["", "yesterday", "2024-02-30T00:00:00Z", "0000-00-00T00:00:00Z", "2024-01-01", "2024-01-01T00:00:00"]
        {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    #[test]
    fn epoch_seconds_are_read() {
        let moment: Timestamp = serde_json::from_str("1714521600.5").unwrap();
        assert_eq!(moment.to_string(), "2024-05-01T00:00:00.5Z");
    }
}
