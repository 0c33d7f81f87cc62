//! Rules that require one resource that meets every requirement: one trail, or one chain from an event to a recipient.

use std::cmp::Reverse;

use crate::config::{Finding, Outcome};
use crate::fact::MissingFact;

/// Something that may be what the rule asks for.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    /// What it is, said when it is what the rule asks for.
    pub(super) description: String,
    /// How near it comes in what findings do not show; the larger, the nearer.
    pub(super) progress: usize,
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
    /// What is not known of it.
    pub(super) missing: Vec<MissingFact>,
}

impl Candidate {
    /// Whether it is what the rule asks for.
    pub(super) fn is_proven(&self) -> bool {
        self.findings.is_empty() && self.missing.is_empty()
    }

    /// Takes what is wrong in one respect, if anything is.
    pub(super) fn reject(&mut self, wrong: Result<Option<Finding>, MissingFact>) {
        match wrong {
            Ok(finding) => self.findings.extend(finding),
            Err(missing) => self.missing.push(missing),
        }
    }

    /// Takes the answer to one question: a finding when it is `no`.
    pub(super) fn demand(&mut self, answer: Result<bool, MissingFact>, otherwise: impl FnOnce() -> Finding) {
        self.reject(answer.map(|yes| (!yes).then(otherwise)));
    }
}

/// The outcome when one candidate without a fault is enough.
///
/// # Errors
/// When none is proven and there may be one: a candidate of which something is not known, or one of `unread`.
pub(super) fn judge(
    candidates: Vec<Candidate>,
    unread: Vec<MissingFact>,
    none: impl FnOnce() -> Finding,
) -> Result<Outcome, MissingFact> {
    let (faultless, mut faulty): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.findings.is_empty());
    if let Some(proven) = faultless.iter().find(|candidate| candidate.is_proven()) {
        return Ok(Outcome::compliant(&proven.description));
    }
    if let Some(missing) = faultless.into_iter().flat_map(|candidate| candidate.missing).chain(unread).next() {
        return Err(missing);
    }
    // The candidate with the fewest findings is the easiest to fix. The sort keeps the order among equals.
    faulty.sort_by_key(|candidate| (candidate.findings.len(), Reverse(candidate.progress)));
    let findings = faulty.into_iter().next().map_or_else(|| vec![none()], |nearest| nearest.findings);
    Ok(Outcome::Judged { findings, compliant_because: String::new(), measure: None })
}
