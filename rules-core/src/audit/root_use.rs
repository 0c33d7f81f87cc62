//! The certain fields of root user events, so that patterns can be evaluated without an event.
//!
//! A pattern covers the use of the root user when it matches *every* such event. The other fields of an event are
//! unknown, so a test of another field is undecided, and a pattern that depends on it does not cover the use.

use crate::decision::Truth;

/// What is known of a field of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    /// It has this value.
    Is(&'a str),
    /// It has a value that begins so.
    StartsWith(&'a str),
    /// It has a value, and any but this one.
    AnyBut(&'a str),
    /// It has some value.
    Present,
    /// The event does not have it.
    Absent,
    /// Nothing.
    Unknown,
}

impl Field<'_> {
    /// Whether the event has the field.
    pub(super) fn exists(self) -> Truth {
        match self {
            Self::Is(_) | Self::StartsWith(_) | Self::AnyBut(_) | Self::Present => Truth::Holds,
            Self::Absent => Truth::Fails,
            Self::Unknown => Truth::Undecided,
        }
    }

    /// Whether the field's value is `wanted`.
    pub(super) fn equals(self, wanted: &str) -> Truth {
        match self {
            Self::Is(value) => Truth::from(value == wanted),
            Self::StartsWith(beginning) if !wanted.starts_with(beginning) => Truth::Fails,
            Self::AnyBut(value) if value == wanted => Truth::Fails,
            Self::Absent => Truth::Fails,
            Self::StartsWith(_) | Self::AnyBut(_) | Self::Present | Self::Unknown => Truth::Undecided,
        }
    }
}

/// Whose acts an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    /// The root user, by itself and not through a service that acts for it.
    Root,
    /// Another identity, in the same way. A pattern that matches all of these matches everything.
    SomebodyElse,
}

impl Actor {
    /// What CloudTrail's record holds at `path`, such as `userIdentity.type`.
    pub(super) fn record_field(self, path: &str) -> Field<'static> {
        match path {
            "userIdentity.type" => match self {
                Self::Root => Field::Is("Root"),
                Self::SomebodyElse => Field::AnyBut("Root"),
            },
            // Set if a service makes the request for a principal.
            "userIdentity.invokedBy" => Field::Absent,
            // A service's own action is not use of the root user, whatever identity the record has.
            "eventType" => Field::AnyBut("AwsServiceEvent"),
            "userIdentity" | "eventName" | "eventSource" | "eventTime" | "eventID" | "awsRegion" => Field::Present,
            _ => Field::Unknown,
        }
    }
}

/// Whether a pattern matches every use of the root user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootCoverage {
    /// It matches every use, and not every event.
    Covers,
    /// It misses a use, or is not certain to match every use; the text has the reason.
    Misses(String),
    /// It is unknown what it matches; the text has the reason.
    Unknown(String),
}

/// The kinds of events about the root user that reach EventBridge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RootEvents {
    /// Sign-ins to the console.
    pub sign_ins: bool,
    /// API calls.
    pub calls: bool,
}

impl RootEvents {
    /// Both kinds.
    pub const ALL: Self = Self { sign_ins: true, calls: true };

    /// The events in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { sign_ins: self.sign_ins && other.sign_ins, calls: self.calls && other.calls }
    }

    /// The events in at least one of them.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { sign_ins: self.sign_ins || other.sign_ins, calls: self.calls || other.calls }
    }
}
