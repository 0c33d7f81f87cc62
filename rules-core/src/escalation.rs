//! A way to become an administrator, as it is told.

use std::fmt;

use crate::arn::Arn;
use crate::paths::PathId;
use crate::permissions::Witness;
use crate::text::visible;

/// A way for a principal to become an administrator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Escalation {
    /// Whether every step can be taken for certain. Otherwise it may be possible.
    pub proven: bool,
    /// What would have to be known to be certain.
    pub missing: Option<String>,
    /// The steps, first to last; the first hundred of a longer path.
    pub steps: Vec<EscalationStep>,
    /// How many steps follow those.
    pub further: u32,
    /// What makes the administrator that is reached; none when it is made one by the last step.
    pub witness: Option<Witness>,
}

/// A step of an escalation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EscalationStep {
    /// The known path that it is, or is a part of.
    pub path: PathId,
    /// Who takes it.
    pub by: Party,
    /// What it takes.
    pub actions: Vec<StepAction>,
    /// What it is done to, such as `user ada`.
    pub target: String,
    /// The ARN of that; none for what does not exist yet, or is not known.
    pub target_arn: Option<Arn>,
    /// What it brings.
    pub effect: StepEffect,
    /// Whether it can be taken for certain.
    pub proven: bool,
    /// What would have to be known to be certain.
    pub missing: Vec<String>,
    /// Condition keys that whoever takes it meets: multi-factor authentication of its own, a name that it chooses.
    pub conditions: Vec<String>,
}

/// Somebody who takes a step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// Such as `user ada`, or `a new role`.
    pub name: String,
    /// None for one that does not exist yet.
    pub arn: Option<Arn>,
}

/// A request that a step makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepAction {
    /// `service:Name`.
    pub action: &'static str,
    /// The ARN that it is about, or `*`. A name that is free to choose is written `any-name`.
    pub resource: String,
    /// Condition keys that the request carries besides what the principal brings, with their values.
    pub keys: Vec<(String, String)>,
    /// The statement that allows it; none where the role's trust policy alone does.
    pub allowed_by: Option<StatementReference>,
}

/// Where the policy of a statement is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum PolicyPlace {
    /// An inline policy of the group that the reference names, else of the principal that makes the request.
    Inline,
    /// A managed policy, by its ARN.
    Managed(Arn),
    /// A policy that an earlier step creates.
    New,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StatementReference {
    /// The group that brings the policy, if any.
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

/// What a step brings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepEffect {
    /// Control of a user or role.
    Control(Party),
    /// A user, role or group that did not exist.
    Creation(String),
    /// A policy for a user, role or group: the ARN of a managed one, none for whatever one likes.
    Policy(Option<Arn>),
    /// A policy taken away.
    PolicyRemoval,
    /// Another permissions boundary, none for no boundary.
    Boundary(Option<Arn>),
    /// A device for multi-factor authentication.
    Device,
    /// Membership of a group.
    Membership,
    /// The end of a membership.
    MembershipEnd,
    /// Another version of a managed policy: its id, none for whatever one likes.
    Version(Option<String>),
    /// Whatever one likes, once somebody else agrees.
    Anything,
    /// A tag with its value, none to take it away.
    Tag(String, Option<String>),
}

impl Escalation {
    /// How one gets there, as names: the principal, whatever each step is done to, and the policy at the end, if any.
    #[must_use]
    pub fn path(&self, principal: &str) -> Vec<String> {
        let targets = self.steps.iter().map(|step| step.target.as_str());
        let end = self.witness.iter().flat_map(|witness| [witness.group.as_deref(), Some(witness.policy.as_str())]);
        std::iter::once(principal).chain(targets).chain(end.flatten()).map(str::to_owned).collect()
    }

    /// The first step in words, how many more there are, where they end and what is not known, so that an annotation
    /// holds it.
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
    /// Every step in words, with who takes it, what it takes, what it is done to and what allows it; then where it ends and
    /// what is not known.
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
    /// The step in words, with who takes it, what it takes, what it is done to and what allows it.
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
