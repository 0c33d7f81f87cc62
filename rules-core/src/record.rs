//! Verdicts, findings, scores and escalations as JSON.
//!
//! The records are the lines that `rules-cli` prints with `--format ndjson`: the names and the order of the fields are a
//! contract, and an absent value is null. [`Verdict`](crate::config::Verdict), [`Finding`](crate::config::Finding),
//! [`LeastPrivilegeScore`](crate::score::LeastPrivilegeScore), [`Loss`](crate::score::Loss), [`Lint`](crate::score::Lint),
//! [`Escalation`](crate::escalation::Escalation) and their parts implement `Serialize` with these fields. A
//! [`VerdictRecord`] made with [`VerdictRecord::of_rule`] is a complete line: it also has the rule, its severity and the
//! account, which a verdict does not know.

mod escalation;
mod finding;
mod score;
mod verdict;

pub use escalation::{ActionRecord, StepRecord, certainty};
pub use finding::FindingRecord;
pub use score::{LintRecord, LossRecord, ScoreRecord};
pub use verdict::VerdictRecord;

use serde::ser::{Serialize, Serializer};

use crate::config::{ComplianceType, FindingCode};
use crate::score::{Grade, LintCode, Score};

/// A number with one decimal, 0.0 to 100.0.
impl Serialize for Score {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The shortest decimal that reads back as this number has exactly one digit after the point.
        serializer.serialize_f64(f64::from(self.tenths()) / 10.0)
    }
}

/// The names as they are displayed.
macro_rules! as_text {
    ($($name:ident),*) => {$(
        #[doc = "As it is displayed."]
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    )*};
}

as_text!(ComplianceType, FindingCode, Grade, LintCode);

#[cfg(test)]
mod tests {
    use crate::score::Score;

    #[test]
    fn a_score_has_one_decimal() {
        for tenths in 0..=1_000 {
            let score = Score::from_tenths(tenths);
            assert_eq!(serde_json::to_string(&score).unwrap(), score.to_string());
        }
    }
}
