//! Verdicts that changed: the root user, MFA, trails, recorders, alarms.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::assessment::{Assessment, ConfiguredRule, assess};
use rules_core::config::{ComplianceType, EvaluatedResource, Evaluation, FindingCode, RuleParameters, Verdict};
use rules_core::exceptions::AccountExceptions;
use rules_core::facts::{FactKind, Facts};
use rules_core::rules::RULES;

use super::AccountChanges;
use crate::error::CliError;
use crate::output::changes::{Change, Direction};

/// Their verdicts follow from scores and administrators, which are compared by themselves.
const APART: [&str; 3] = ["policy-least-privilege", "principal-least-privilege", "no-privilege-escalation"];

impl AccountChanges {
    pub(super) fn compare_verdicts(
        &mut self,
        old: &Facts,
        new: &Facts,
        kinds: &BTreeSet<FactKind>,
    ) -> Result<(), CliError> {
        let mut rules = Vec::new();
        for definition in RULES.iter().copied().filter(|rule| !APART.contains(&rule.id)) {
            if definition.facts.iter().any(|kind| kinds.contains(kind)) {
                let rule = ConfiguredRule::new(definition, &RuleParameters::default());
                rules.push(rule.map_err(|source| CliError::Parameter { rule: definition.id, source })?);
            }
        }
        let judge = |facts: &Facts| assess(facts, &rules, &AccountExceptions::default(), facts.as_of);
        let (before, after) = (judge(old), judge(new));
        let before = evaluations(&before);
        for (key, is) in evaluations(&after) {
            self.changes.extend(before.get(&key).and_then(|was| change(key.0, was, is)));
        }
        Ok(())
    }
}

/// How a verdict changed, if it did.
pub(in crate::commands) fn change(rule: &str, was: &Evaluation, is: &Evaluation) -> Option<Change> {
    let codes = |evaluation: &Evaluation| -> BTreeSet<FindingCode> {
        evaluation.findings.iter().map(|finding| finding.code).collect()
    };
    let (found_before, found_after) = (codes(was), codes(is));
    if was.compliance_type == is.compliance_type && found_before == found_after {
        return None;
    }
    let is_wrong = |evaluation: &Evaluation| evaluation.compliance_type == ComplianceType::NonCompliant;
    let direction = match (is_wrong(was), is_wrong(is)) {
        (false, true) => Direction::Worse,
        (true, false) => Direction::Better,
        (true, true) if found_after.is_subset(&found_before) => Direction::Better,
        (true, true) => Direction::Worse,
        (false, false) => Direction::Neutral,
    };
    let name = label(&is.resource);
    let message = format!("{rule}: {name}: {}", is.annotation);
    let arn = is.resource.arn.as_ref().map(ToString::to_string);
    let change = Change::new("verdict", direction, &name, arn.as_deref(), message);
    Some(change.of_rule(rule).between(was.compliance_type.as_str(), is.compliance_type.as_str()))
}

fn label(resource: &EvaluatedResource) -> String {
    let kind = resource.resource_type.rsplit("::").next().unwrap_or_default().to_lowercase();
    format!("{kind} {}", resource.name.as_deref().unwrap_or(&resource.id))
}

/// What was judged, by rule and resource. A resource is the same while it has the same ARN.
pub(in crate::commands) fn evaluations(assessment: &Assessment) -> BTreeMap<(&'static str, String), &Evaluation> {
    let mut evaluations = BTreeMap::new();
    for rule in &assessment.rules {
        for verdict in &rule.verdicts {
            if let Verdict::Evaluated(evaluation) = verdict {
                let resource = &evaluation.resource;
                let id = resource.arn.as_ref().map_or_else(|| resource.id.clone(), ToString::to_string);
                evaluations.insert((rule.definition.id, id), evaluation);
            }
        }
    }
    evaluations
}
