//! Escalations: the principal, actions and target of each step.

use serde::Serialize;
use serde::ser::Serializer;

use crate::arn::Arn;
use crate::escalation::{Escalation, EscalationStep, StepAction};

/// A step of an escalation.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StepRecord<'a> {
    /// The id of the escalation path.
    pub path: &'static str,
    /// The principal that takes the step.
    pub by: &'a str,
    /// The ARN of the principal; none if it does not exist yet.
    pub by_arn: Option<&'a str>,
    /// The target, such as `user ada`.
    pub target: &'a str,
    /// The ARN of the target; none if it does not exist yet or is unknown.
    pub target_arn: Option<&'a str>,
    /// The actions of the step.
    pub actions: Vec<ActionRecord<'a>>,
    /// `certain` or `uncertain`.
    pub certainty: &'static str,
    /// The unknown facts that the step depends on.
    pub missing: &'a [String],
    /// The condition keys that the principal meets.
    pub conditions: &'a [String],
}

/// An action of a step.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ActionRecord<'a> {
    /// `service:Name`.
    pub action: &'static str,
    /// The ARN of the resource, or `*`.
    pub resource: &'a str,
    /// The group that the policy comes from.
    pub group: Option<&'a str>,
    /// The policy that allows the action.
    pub policy: Option<&'a str>,
    /// The statement that allows the action: its `Sid`, or else its zero-based index.
    pub statement: Option<&'a str>,
}

/// `certain` or `uncertain`.
#[must_use]
pub fn certainty(is_certain: bool) -> &'static str {
    if is_certain { "certain" } else { "uncertain" }
}

impl<'a> From<&'a EscalationStep> for StepRecord<'a> {
    fn from(step: &'a EscalationStep) -> Self {
        Self {
            path: step.path.as_str(),
            by: &step.by.name,
            by_arn: step.by.arn.as_ref().map(Arn::as_str),
            target: &step.target,
            target_arn: step.target_arn.as_ref().map(Arn::as_str),
            actions: step.actions.iter().map(ActionRecord::from).collect(),
            certainty: certainty(step.proven),
            missing: &step.missing,
            conditions: &step.conditions,
        }
    }
}

impl<'a> From<&'a StepAction> for ActionRecord<'a> {
    fn from(taken: &'a StepAction) -> Self {
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

/// The fields of a [`StepRecord`].
impl Serialize for EscalationStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StepRecord::from(self).serialize(serializer)
    }
}

/// `certainty`, `missing` and `steps`, as in the lines of `rules-cli paths`.
impl Serialize for Escalation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            certainty: &'static str,
            missing: Option<&'a str>,
            steps: &'a [EscalationStep],
        }
        let fields = Fields { certainty: certainty(self.proven), missing: self.missing.as_deref(), steps: &self.steps };
        fields.serialize(serializer)
    }
}
