//! The age of a report at the time of the evaluation.

use std::fmt;

use super::CredentialReport;
use crate::fact::MissingFact;
use crate::timestamp::Timestamp;

/// The age in seconds above which messages contain the age of a report. IAM generates a new report when the last one is
/// four hours old, which takes some minutes.
pub const OLDEST_UNSAID: i64 = (4 * 60 + 10) * 60;

/// The age in seconds above which a report is not used. IAM could have generated six newer reports by then.
pub const OLDEST_JUDGED: i64 = 24 * 60 * 60;

/// The age of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportAge {
    seconds: i64,
}

impl CredentialReport {
    /// The age of the report at `as_of`, or its minimum age if the time of the report is unknown; none without any
    /// date. At most zero for a report of a later time.
    #[must_use]
    pub fn age_at(&self, as_of: Timestamp) -> Option<ReportAge> {
        self.made_no_earlier_than().map(|made| ReportAge { seconds: as_of.seconds_since(made) })
    }

    /// The earliest time at which the report can have been generated: the time of the report or, if a user in it is
    /// newer, the creation time of that user. If the time of the report is unknown, the latest date in the report.
    #[must_use]
    pub fn made_no_earlier_than(&self) -> Option<Timestamp> {
        match self.generated_at {
            Some(generated) => Some(self.newest_user.map_or(generated, |created| created.max(generated))),
            None => self.newest_date,
        }
    }

    /// The report in a few words, with its time if known, and with its age at `as_of` if it is old.
    #[must_use]
    pub fn described_at(&self, as_of: Timestamp) -> String {
        self.dated_at(as_of).map_or_else(|| "credential report".to_owned(), |dated| format!("credential {dated}"))
    }

    /// `report of` and its time, and its age at `as_of` if it is old; none if its time is unknown.
    #[must_use]
    pub fn dated_at(&self, as_of: Timestamp) -> Option<String> {
        let generated = self.generated_at?;
        Some(match self.age_at(as_of).filter(|age| age.is_worth_saying()) {
            Some(age) => format!("report of {generated}, {age} old"),
            None => format!("report of {generated}"),
        })
    }

    /// Why nothing is judged by the report at `as_of`, if so.
    ///
    /// A time that `is_given` vouches for a report without a time: the caller declares that the report was true then.
    pub(crate) fn too_old_at(&self, as_of: Timestamp, is_given: bool) -> Option<MissingFact> {
        let reason = match (self.generated_at, self.age_at(as_of)) {
            (None, _) if is_given => return None,
            (_, Some(age)) if !age.is_too_old() => return None,
            (Some(generated), Some(age)) => format!("it is {age} old: made at {generated}, and evaluated at {as_of}"),
            (None, Some(age)) => {
                format!("its time is unknown, and its latest date is {age} before {as_of}: set --as-of")
            }
            (_, None) => "its time is unknown: set --as-of".to_owned(),
        };
        Some(MissingFact::new("credential report", reason))
    }
}

impl ReportAge {
    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Whether the report is so old that messages contain its age.
    #[must_use]
    pub fn is_worth_saying(self) -> bool {
        self.seconds > OLDEST_UNSAID
    }

    /// Whether the report is too old to be used.
    #[must_use]
    pub fn is_too_old(self) -> bool {
        self.seconds > OLDEST_JUDGED
    }
}

/// In hours below two days, else in days.
impl fmt::Display for ReportAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const HOUR: i64 = 60 * 60;
        match self.seconds / HOUR {
            1 => f.write_str("1 hour"),
            hours @ ..48 => write!(f, "{hours} hours"),
            hours => write!(f, "{} days", hours / 24),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::CredentialReport;
    use crate::timestamp::Timestamp;

    const REPORT: &str = "\
user,arn,user_creation_time,password_enabled,password_last_used,password_next_rotation,mfa_active,access_key_1_active,\
access_key_1_last_rotated,access_key_1_last_used_date,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated
<root_account>,arn:aws:iam::111122223333:root,2020-01-01T00:00:00Z,true,2026-01-01T12:00:00Z,2030-01-01T00:00:00Z,true,\
false,N/A,N/A,false,N/A,N/A,false,N/A,false,N/A
";

    fn report(generated: Option<&str>) -> CredentialReport {
        CredentialReport::parse(REPORT.as_bytes(), generated.map(at), Timestamp::MAX).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn an_age_is_said_after_four_hours_and_ten_minutes_and_judged_to_the_end_of_a_day() {
        let report = report(Some("2026-01-31T00:00:00Z"));
        for (as_of, age, is_judged) in [
            ("2026-01-30T00:00:00Z", "", true),
            ("2026-01-31T04:10:00Z", "", true),
            ("2026-01-31T04:10:01Z", ", 4 hours old", true),
            ("2026-02-01T00:00:00Z", ", 24 hours old", true),
            ("2026-02-01T00:00:01Z", ", 24 hours old", false),
            ("2026-03-02T00:00:00Z", ", 30 days old", false),
        ] {
            assert_eq!(report.described_at(at(as_of)), format!("credential report of 2026-01-31T00:00:00Z{age}"));
            for is_given in [true, false] {
                assert_eq!(report.too_old_at(at(as_of), is_given).is_none(), is_judged, "{as_of}");
            }
        }
    }

    #[test]
    fn a_report_without_a_time_is_bounded_by_its_latest_date_unless_the_moment_is_given() {
        let report = report(None);
        assert_eq!(report.made_no_earlier_than(), Some(at("2026-01-01T12:00:00Z")));
        assert_eq!(report.too_old_at(at("2026-01-02T12:00:00Z"), false), None);
        let why = report.too_old_at(at("2026-01-02T12:00:01Z"), false).unwrap().to_string();
        assert!(why.contains("its latest date is 24 hours before"), "{why}");
        assert_eq!(report.too_old_at(at("2036-01-01T00:00:00Z"), true), None);
        assert_eq!(report.described_at(at("2026-02-01T12:00:00Z")), "credential report");
    }
}
