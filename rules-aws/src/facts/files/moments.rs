//! The latest time in a file.

use std::fmt;

use rules_core::Timestamp;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The latest moment at which, by what the AWS CLI printed, something had happened; none where it does not say.
///
/// What happened is in fields that are named as dates or times. Documents and patterns speak of times too, of other ones.
pub(super) fn latest_in(text: &str) -> Option<Timestamp> {
    let mut latest = None;
    // The reader of the file reports that it is not JSON.
    let _ = Walk { key: None, latest: &mut latest }.deserialize(&mut serde_json::Deserializer::from_str(text));
    latest
}

/// Walks through a value that is under `key`.
struct Walk<'a> {
    key: Option<&'a str>,
    latest: &'a mut Option<Timestamp>,
}

/// More than seconds since 1970 can be in a year of four digits: milliseconds.
const MILLISECONDS_FROM: f64 = 1e11;

impl Walk<'_> {
    fn is_moment(&self) -> bool {
        self.key.is_some_and(|key| ["Date", "Time", "Timestamp", "LastUsed"].iter().any(|end| key.ends_with(end)))
    }

    fn take(&mut self, moment: Option<Timestamp>) {
        if self.is_moment() {
            *self.latest = (*self.latest).max(moment);
        }
    }
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        // Not of interest to most of the many strings there are.
        if self.is_moment() {
            self.take(text.parse().ok());
        }
        Ok(())
    }

    fn visit_f64<E: Error>(mut self, number: f64) -> Result<(), E> {
        let seconds = if number >= MILLISECONDS_FROM { number / 1000.0 } else { number };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole seconds are enough, and what is out of range is none"
        )]
        self.take(Timestamp::from_unix(seconds as i64, 0));
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        #[expect(clippy::cast_precision_loss, reason = "to the second a double is exact for thousands of years")]
        self.visit_f64(number as f64)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Walk { key: None, latest: &mut *self.latest })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if ["Document", "Pattern", "Condition"].iter().any(|end| key.ends_with(end)) {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Walk { key: Some(&key), latest: &mut *self.latest })?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::latest_in;

    #[test]
    fn the_latest_moment_is_that_of_a_field_named_so() {
        for (text, latest) in [
            (
                r#"{"a": [{"CreateDate": "2024-01-01T00:00:00Z"}, {"CreateDate": "2023-01-01T00:00:00Z"}]}"#,
                "2024-01-01T00:00:00Z",
            ),
            (r#"{"RoleLastUsed": {"LastUsedDate": "2024-01-01T01:00:00+01:00"}}"#, "2024-01-01T00:00:00Z"),
            (r#"{"creationTime": 1700000000000, "LatestDeliveryTime": 1700000001.5}"#, "2023-11-14T22:13:21Z"),
            (r#"{"TimeLoggingStarted": "2024-01-01T00:00:00Z", "name": "2025-01-01T00:00:00Z"}"#, ""),
            (r#"{"PolicyDocument": {"x": {"CreateDate": "2030-01-01T00:00:00Z"}}}"#, ""),
            (r#"{"Tags": [{"Key": "CreateDate", "Value": "2030-01-01T00:00:00Z"}]}"#, ""),
            (r#"{"CreateDate": "soon", "UpdateDate": null, "StopTime": -1, "x": [true]}"#, ""),
            ("{", ""),
        ] {
            let found = latest_in(text).map(|moment| moment.to_string()).unwrap_or_default();
            assert_eq!(found, latest, "{text}");
        }
    }
}
