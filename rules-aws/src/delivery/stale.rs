//! Earlier results in AWS Config whose resources no longer exist.

use std::collections::BTreeSet;

use rules_core::Timestamp;
use rules_core::config::{EvaluatedResource, Evaluation, Outcome, Verdict};

use crate::delivery::evaluation_sink::StoredEvaluation;

/// The resources with a stored verdict that are not among those that were judged at `at`.
///
/// A verdict that is newer than the event is of a resource that may be newer than what was read, and one on a planned
/// resource is none of the account.
pub(crate) fn gone(stored: &[StoredEvaluation], judged: &[Verdict], at: Timestamp) -> Vec<EvaluatedResource> {
    let judged = keys(judged);
    let mut gone: Vec<EvaluatedResource> = stored
        .iter()
        .filter(|stored| !stored.is_proactive && stored.ordering_timestamp <= at)
        .filter(|stored| !judged.contains(&key(&stored.resource)))
        .map(|stored| stored.resource.clone())
        .collect();
    gone.sort();
    gone.dedup();
    gone
}

/// The first of these resources that was not judged.
pub(crate) fn first_besides(
    judged: &[Verdict],
    mut resources: impl Iterator<Item = EvaluatedResource>,
) -> Option<EvaluatedResource> {
    let judged = keys(judged);
    resources.find(|resource| !judged.contains(&key(resource)))
}

/// What takes the verdict on `resource` away.
pub(crate) fn cleared(resource: EvaluatedResource, at: Timestamp) -> Option<Evaluation> {
    let outcome = Outcome::not_applicable("the resource no longer exists, or the rule does not evaluate it");
    match Verdict::new(resource, Ok(outcome), at) {
        Verdict::Evaluated(evaluation) => Some(evaluation),
        Verdict::NotEvaluated(_) => None,
    }
}

fn keys(verdicts: &[Verdict]) -> BTreeSet<(&str, &str)> {
    verdicts.iter().map(|verdict| key(verdict.resource())).collect()
}

/// What one resource is to AWS Config. Ids alone are not unique, and names are not known to it.
fn key(resource: &EvaluatedResource) -> (&str, &str) {
    (&resource.resource_type, &resource.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(resource_type: &str, id: &str) -> EvaluatedResource {
        EvaluatedResource { resource_type: resource_type.to_owned(), id: id.to_owned(), name: None, arn: None }
    }

    fn stored(resource_type: &str, id: &str, at: &str, is_proactive: bool) -> StoredEvaluation {
        let ordering_timestamp = at.parse().unwrap();
        StoredEvaluation { resource: resource(resource_type, id), ordering_timestamp, is_proactive }
    }

    #[test]
    fn only_older_verdicts_on_resources_that_were_not_judged_are_stale() {
        let at: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        let (before, after) = ("2026-01-30T12:00:00Z", "2026-01-31T12:00:00.001Z");
        let mut named = resource("AWS::IAM::User", "AIDAKEPT");
        named.name = Some("kept".to_owned());
        let judged = [Verdict::new(named, Ok(Outcome::compliant("fine")), at)];
        let stored = [
            stored("AWS::IAM::User", "AIDAKEPT", before, false),
            stored("AWS::IAM::Role", "AIDAKEPT", before, false),
            stored("AWS::IAM::User", "AIDAGONE", before, false),
            stored("AWS::IAM::User", "AIDAGONE", before, false),
            // At the moment of the event itself: shown by an earlier delivery of it.
            stored("AWS::IAM::User", "AIDASAME", "2026-01-31T12:00:00Z", false),
            stored("AWS::IAM::User", "AIDANEW", after, false),
            stored("AWS::IAM::User", "AIDAPLANNED", before, true),
        ];
        let gone = gone(&stored, &judged, at);
        let expected = [("Role", "AIDAKEPT"), ("User", "AIDAGONE"), ("User", "AIDASAME")];
        assert_eq!(gone, expected.map(|(kind, id)| resource(&format!("AWS::IAM::{kind}"), id)));
        let cleared = cleared(gone[1].clone(), at).unwrap();
        assert_eq!(cleared.compliance_type, rules_core::config::ComplianceType::NotApplicable);
        assert_eq!(cleared.ordering_timestamp, at);
    }
}
