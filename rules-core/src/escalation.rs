//! Escalations: how a principal can become an administrator.

use std::fmt;

use crate::arn::Arn;
use crate::paths::PathId;
use crate::permissions::Witness;
use crate::text::visible;

/// How a principal can become an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Escalation {
    /// Whether every step is certain. Otherwise the escalation is uncertain.
    pub proven: bool,
    /// The unknown fact that an uncertain escalation depends on.
    pub missing: Option<String>,
    /// The steps, first to last; the first 32 of a longer path.
    pub steps: Vec<EscalationStep>,
    /// The number of steps after those.
    pub further: u32,
    /// The grant that makes the target an administrator; none if the last step does.
    pub witness: Option<Witness>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EscalationStep {
    /// The escalation path that the step is a part of.
    pub path: PathId,
    /// The principal that takes the step.
    pub by: Party,
    /// The actions of the step.
    pub actions: Vec<StepAction>,
    /// The target, such as `user ada`.
    pub target: String,
    /// The ARN of the target; none if it does not exist yet or is unknown.
    pub target_arn: Option<Arn>,
    /// The effect of the step.
    pub effect: StepEffect,
    /// Whether the step is certain.
    pub proven: bool,
    /// The unknown facts that an uncertain step depends on.
    pub missing: Vec<String>,
    /// Condition keys that the principal can meet, such as its own MFA or a session name that it chooses.
    pub conditions: Vec<String>,
}

/// A principal that takes a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// Its name, such as `user ada`, or `a new role`.
    pub name: String,
    /// Its ARN; none if it does not exist yet.
    pub arn: Option<Arn>,
}

/// A request that a step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepAction {
    /// `service:Name`.
    pub action: &'static str,
    /// The ARN of the resource, or `*`. A name that can be chosen freely is `any-name`.
    pub resource: String,
    /// Condition keys of the request, with their values, in addition to those of the principal.
    pub keys: Vec<(String, String)>,
    /// The statement that allows it; none if only the trust policy of the role does.
    pub allowed_by: Option<StatementReference>,
}

/// Where the policy of a statement is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PolicyPlace {
    /// An inline policy of the group that the reference names, or else of the principal that makes the request.
    Inline,
    /// A managed policy, by its ARN.
    Managed(Arn),
    /// A policy that an earlier step creates.
    New,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementReference {
    /// The group that has the policy, if any.
    pub group: Option<String>,
    /// The policy's name.
    pub policy: String,
    /// The statement's `Sid`, else its zero-based index.
    pub statement: String,
    /// Where the policy is.
    pub place: PolicyPlace,
    /// The statement's zero-based index.
    pub index: usize,
}

/// The effect of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepEffect {
    /// Control of a user or role.
    Control(Party),
    /// A user, role or group that did not exist.
    Creation(String),
    /// A policy for a user, role or group: the ARN of a managed policy, none for any document.
    Policy(Option<Arn>),
    /// The removal of a policy.
    PolicyRemoval,
    /// Another permissions boundary, none for no boundary.
    Boundary(Option<Arn>),
    /// An MFA device.
    Device,
    /// Membership of a group.
    Membership,
    /// The end of a membership.
    MembershipEnd,
    /// Another version of a managed policy: its id, none for any document.
    Version(Option<String>),
    /// Any effect, after another person approves it.
    Anything,
    /// A tag with its value, none to remove it.
    Tag(String, Option<String>),
}

impl Escalation {
    /// The path as names: the principal, the target of each step, and the policy at the end, if any.
    #[must_use]
    pub fn path(&self, principal: &str) -> Vec<String> {
        let targets = self.steps.iter().map(|step| step.target.as_str());
        let end = self.witness.iter().flat_map(|witness| [witness.group.as_deref(), Some(witness.policy.as_str())]);
        std::iter::once(principal).chain(targets).chain(end.flatten()).map(str::to_owned).collect()
    }

    /// The first and last step in words, the number of steps between, and the unknown fact, short enough for an
    /// annotation.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = match self.steps.as_slice() {
            [] => String::new(),
            [only] => only.in_words(),
            [first, between @ .., last] => {
                let more = match between.len() {
                    0 => String::new(),
                    many => format!(", {many} more"),
                };
                format!("{}{more}, then {}", first.in_words(), last.in_words())
            }
        };
        if let Some(missing) = &self.missing {
            words.push_str(&format!("; unknown: {}", visible(missing, 60)));
        }
        words
    }
}

impl Escalation {
    /// Every step in words, with its principal, actions, target and statement; then the policy at the end and the unknown
    /// fact.
    #[must_use]
    pub fn in_full(&self) -> String {
        let mut words: Vec<String> = self.steps.iter().map(EscalationStep::in_full).collect();
        if self.further > 0 {
            words.push(format!("{} more steps", self.further));
        }
        words.extend(self.witness.as_ref().map(|witness| format!("an administrator by {}", witness.in_words())));
        let mut words = words.join("; then ");
        if let Some(missing) = &self.missing {
            words.push_str(&format!("; unknown: {}", visible(missing, 120)));
        }
        words
    }
}

impl EscalationStep {
    /// The step in words, with its principal, actions, target and statement.
    #[must_use]
    pub fn in_full(&self) -> String {
        let actions: Vec<&str> = self.actions.iter().map(|taken| taken.action).collect();
        let target = self.target_arn.as_ref().map_or(self.target.as_str(), Arn::as_str);
        let mut words = format!(
            "{}: {} on {} ({})",
            visible(&self.by.name, 60),
            actions.join(", "),
            visible(target, 100),
            self.path
        );
        let mut statements: Vec<String> =
            self.actions.iter().filter_map(|taken| taken.allowed_by.as_ref()).map(ToString::to_string).collect();
        statements.dedup();
        if !statements.is_empty() {
            words.push_str(&format!(" by {}", statements.join(" and ")));
        }
        if !self.conditions.is_empty() {
            words.push_str(&format!(", meeting {}", visible(&self.conditions.join(", "), 80)));
        }
        words
    }
}

impl fmt::Display for StatementReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(group) = &self.group {
            write!(f, "group {} -> ", visible(group, 40))?;
        }
        write!(f, "policy {}, statement {}", visible(&self.policy, 48), visible(&self.statement, 32))
    }
}

impl EscalationStep {
    /// The step in a few words.
    #[must_use]
    pub fn in_words(&self) -> String {
        let [first, more @ ..] = self.actions.as_slice() else { return self.path.to_string() };
        let more = match more.len() {
            0 => String::new(),
            many => format!(" +{many}"),
        };
        format!("{}{more} on {} ({})", first.action, visible(&self.target, 30), self.path)
    }
}
