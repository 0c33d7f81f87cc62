//! The fields of a step from one principal to another. Their names and order are a contract.

use rules_core::Arn;
use rules_core::reach::{EscalationStep, StepAction};
use serde::Serialize;

use super::row::certainty;

/// A step of a path of escalation.
#[derive(Serialize)]
pub(super) struct StepRecord<'a> {
    path: &'static str,
    by: &'a str,
    by_arn: Option<&'a str>,
    target: &'a str,
    target_arn: Option<&'a str>,
    actions: Vec<ActionRecord<'a>>,
    certainty: &'static str,
    missing: &'a [String],
    conditions: &'a [String],
}

#[derive(Serialize)]
struct ActionRecord<'a> {
    action: &'static str,
    resource: &'a str,
    group: Option<&'a str>,
    policy: Option<&'a str>,
    statement: Option<&'a str>,
}

impl<'a> StepRecord<'a> {
    pub(super) fn new(step: &'a EscalationStep) -> Self {
        Self {
            path: step.path.as_str(),
            by: &step.by.name,
            by_arn: step.by.arn.as_ref().map(Arn::as_str),
            target: &step.target,
            target_arn: step.target_arn.as_ref().map(Arn::as_str),
            actions: step.actions.iter().map(ActionRecord::new).collect(),
            certainty: certainty(step.proven),
            missing: &step.missing,
            conditions: &step.conditions,
        }
    }
}

impl<'a> ActionRecord<'a> {
    fn new(taken: &'a StepAction) -> Self {
        let allowed_by = taken.allowed_by.as_ref();
        Self {
            action: taken.action,
            resource: &taken.resource,
            group: allowed_by.and_then(|by| by.group.as_deref()),
            policy: allowed_by.map(|by| by.policy.as_str()),
            statement: allowed_by.map(|by| by.statement.as_str()),
        }
    }
}
