//! Annotations at the statements that cost the most points: an error if the policy fails, a warning if its score is
//! low.

use std::io::{self, Write};

use super::{Mark, write_annotation};
use crate::output::scored::{ScoreReport, Standing};

/// Prints what is wrong with policies.
pub(in crate::output) fn write_scores(out: &mut dyn Write, report: &ScoreReport) -> io::Result<()> {
    for policy in report.rows() {
        let severity = policy.score.as_ref().ok().and_then(|scored| report.bar.severity(scored.score.score));
        let mark = match report.bar.standing(policy) {
            Standing::Unread | Standing::Fails => Mark::Error,
            Standing::Passes if severity.is_some() => Mark::Warning,
            Standing::Known | Standing::Accepted | Standing::Passes => continue,
        };
        write_annotation(out, mark, policy.place().as_ref(), &policy.policy, &policy.why(report.bar))?;
    }
    Ok(())
}
