//! An exception and its last day.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::glob;
use crate::resource::EvaluatedResource;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// Seconds of a day in UTC.
const DAY: i64 = 24 * 60 * 60;

/// A finding that is accepted for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The rule's id.
    pub rule: String,
    /// A pattern of the resource's ARN, id or name.
    pub resource: String,
    /// The person or team that is responsible.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it applies, in UTC.
    pub expires: Date,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

impl Exception {
    /// A message that the exception has expired.
    #[must_use]
    pub fn expired_in_words(&self) -> String {
        format!("{} has expired: it applied until {}", self.in_words(), self.expires)
    }

    /// A message that the exception matches no resource.
    #[must_use]
    pub fn unmatched_in_words(&self) -> String {
        format!("{} matches no resource", self.in_words())
    }

    fn in_words(&self) -> String {
        let (resource, owner) = (visible(&self.resource, 120), visible(&self.owner, 60));
        format!("the exception from {} for `{resource}` by {owner}", self.rule)
    }

    pub(crate) fn matches(&self, resource: &EvaluatedResource) -> bool {
        let arn = resource.arn.as_ref().map(crate::arn::Arn::as_str);
        let names = [Some(resource.id.as_str()), resource.name.as_deref(), arn];
        names.into_iter().flatten().any(|name| glob::matches(&self.resource, name))
    }
}

/// What stands before an annotation under the exception.
impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "accepted until {} by {}", self.expires, visible(&self.owner, 60))
    }
}

/// As output has it: who, why and until when.
impl Serialize for Exception {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            owner: &'a str,
            reason: &'a str,
            expires: String,
        }
        Fields { owner: &self.owner, reason: &self.reason, expires: self.expires.to_string() }.serialize(serializer)
    }
}

impl Date {
    /// The first moment after the day, in UTC.
    pub(crate) fn end(self) -> Timestamp {
        let tomorrow = self.0.tomorrow().ok().map(|day| format!("{day}T00:00:00Z"));
        tomorrow.and_then(|text| text.parse().ok()).unwrap_or(Timestamp::MAX)
    }

    /// Whether the day is more than so many days after the one of a moment.
    pub(crate) fn is_beyond(self, moment: Timestamp, days: u32) -> bool {
        let today = moment.unix_seconds().div_euclid(DAY);
        self.end().unix_seconds() > (today + i64::from(days) + 1) * DAY
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || format!("`{}` is not a date such as 2026-12-31", visible(text, 40));
        // jiff ignores the time after a date; here such a text is not a date.
        if text.len() != "2026-12-31".len() {
            return Err(refuse());
        }
        text.parse().map(Self).map_err(|_| refuse())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
