//! Scores documents of one type, in the selected version, or in two versions to compare them.

use rules_core::decision::PolicyLayers;
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::{LeastPrivilegeScore, LimitedScorer, ScoreVersion, score_of_type};

use crate::output::scored::ScoredPolicy;

/// Scores documents of one type.
pub(super) struct Scorer<'a> {
    now: VersionScorer<'a>,
    before: Option<VersionScorer<'a>>,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(policy_type: PolicyType, version: ScoreVersion, layers: &PolicyLayers<'a>) -> Self {
        Self { now: VersionScorer::new(policy_type, version, layers), before: None }
    }

    /// One that compares the versions of the score.
    pub(super) fn comparing(policy_type: PolicyType, layers: &PolicyLayers<'a>) -> Self {
        let before = VersionScorer::new(policy_type, ScoreVersion::V1, layers);
        Self { before: Some(before), ..Self::new(policy_type, ScoreVersion::default(), layers) }
    }

    pub(super) fn score(&self, document: &'a PolicyDocument) -> ScoredPolicy {
        let mut scored = ScoredPolicy::new(self.now.score(document), document);
        scored.before = self.before.as_ref().map(|before| before.score(document));
        scored
    }
}

/// Scores documents of one type in one version.
enum VersionScorer<'a> {
    /// What a policy grants under limits.
    Limited(LimitedScorer<'a>),
    /// What a policy opens that is attached to a resource or role.
    Attached(PolicyType, ScoreVersion),
}

impl<'a> VersionScorer<'a> {
    fn new(policy_type: PolicyType, version: ScoreVersion, layers: &PolicyLayers<'a>) -> Self {
        match policy_type {
            PolicyType::Resource | PolicyType::Trust => Self::Attached(policy_type, version),
            _ => Self::Limited(LimitedScorer::of_version(version, layers)),
        }
    }

    fn score(&self, document: &'a PolicyDocument) -> LeastPrivilegeScore {
        match self {
            Self::Limited(scorer) => scorer.score(document),
            Self::Attached(policy_type, version) => score_of_type(document, *policy_type, *version),
        }
    }
}
