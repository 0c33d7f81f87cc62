//! Rules that require one resource that meets every requirement: one trail, or one chain from an event to a recipient.

use std::cmp::Reverse;

use crate::config::{Finding, Outcome};
use crate::fact::MissingFact;

/// A resource that can be the one that the rule requires.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    /// What it is, for the annotation of a compliant verdict.
    pub(super) description: String,
    /// How close it is, in respects that findings do not show; larger is closer.
    pub(super) progress: usize,
    /// What is wrong with it.
    pub(super) findings: Vec<Finding>,
    /// The unknown facts about it.
    pub(super) missing: Vec<MissingFact>,
}

impl Candidate {
    /// Whether it meets all requirements for certain.
    pub(super) fn is_proven(&self) -> bool {
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
/// If no candidate is certain, and one is possible: a candidate with an unknown fact, or one of `unread`.
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
