//! Rules that require one resource that meets every requirement: one trail, or one chain from an event to a recipient.

use std::cmp::Reverse;

use crate::config::{Finding, Outcome};
use crate::fact::MissingFact;

/// A resource that can be the one that the rule requires.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    /// Its description, for the annotation of a compliant verdict.
    pub(super) description: String,
    /// The number of requirements that it meets before its first finding.
    pub(super) progress: usize,
    /// The requirements that it does not meet.
    pub(super) findings: Vec<Finding>,
    /// The unknown facts about it.
    pub(super) missing: Vec<MissingFact>,
}

impl Candidate {
    /// Whether it is certain to meet all requirements.
    pub(super) fn is_certain(&self) -> bool {
        self.findings.is_empty() && self.missing.is_empty()
    }

    /// Adds a finding, if there is one, or an unknown fact.
    pub(super) fn reject(&mut self, wrong: Result<Option<Finding>, MissingFact>) {
        match wrong {
            Ok(finding) => self.findings.extend(finding),
            Err(missing) => self.missing.push(missing),
        }
    }

    /// Adds a finding if the answer is `false`, or an unknown fact.
    pub(super) fn demand(&mut self, answer: Result<bool, MissingFact>, otherwise: impl FnOnce() -> Finding) {
        self.reject(answer.map(|yes| (!yes).then(otherwise)));
    }
}

/// The outcome if one candidate without findings is enough.
///
/// # Errors
/// If no candidate is certain to meet all requirements, and one may: a candidate with an unknown fact, or one of `unread`.
pub(super) fn judge(
    candidates: Vec<Candidate>,
    unread: Vec<MissingFact>,
    none: impl FnOnce() -> Finding,
) -> Result<Outcome, MissingFact> {
    let (faultless, mut faulty): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|candidate| candidate.findings.is_empty());
    if let Some(certain) = faultless.iter().find(|candidate| candidate.is_certain()) {
        return Ok(Outcome::compliant(&certain.description));
    }
    if let Some(missing) = faultless.into_iter().flat_map(|candidate| candidate.missing).chain(unread).next() {
        return Err(missing);
    }
    // The candidate with the fewest findings is the easiest to fix. The sort keeps the order among equals.
    faulty.sort_by_key(|candidate| (candidate.findings.len(), Reverse(candidate.progress)));
    let findings = faulty.into_iter().next().map_or_else(|| vec![none()], |nearest| nearest.findings);
    Ok(Outcome::Judged { findings, compliant_because: String::new(), measure: None })
}
