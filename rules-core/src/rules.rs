//! The rules.
//!
//! A rule is one file here with its page beside it, one line in [`RULES`], and one folder of cases under `tests/cases`.

mod admin_user_mfa_enabled;
mod candidate;
mod cloudtrail_enabled;
mod config_recorder_enabled;
mod derived;
mod no_privilege_escalation;
mod non_root_admin_exists;
mod policy_least_privilege;
mod principal_least_privilege;
mod root;
mod root_hardware_mfa_enabled;
mod root_mfa_enabled;
mod root_no_access_keys;
mod root_not_used_recently;
mod root_usage_alarm_exists;
mod severity;
mod trail_with_status;

pub use derived::Derived;
pub use root_usage_alarm_exists::alarm_reports_root_use;
pub use severity::Severity;

use std::borrow::Cow;

use crate::config::{
    FindingCode, InvalidParameter, Outcome, ParameterDefinition, ParameterKind, Parameters, ResourceType,
    RuleParameters,
};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::permissions::AdminDefinition;
use crate::score::ScoreVersion;

/// The parameter of every deployed rule that names its definition, since one function serves all rules.
pub const RULE_PARAMETER: &str = "rule";

/// Every rule, in the order in which they are listed and run.
pub static RULES: &[&RuleDefinition] = &[
    &root_mfa_enabled::DEFINITION,
    &root_hardware_mfa_enabled::DEFINITION,
    &root_no_access_keys::DEFINITION,
    &root_not_used_recently::DEFINITION,
    &root_usage_alarm_exists::DEFINITION,
    &non_root_admin_exists::DEFINITION,
    &admin_user_mfa_enabled::DEFINITION,
    &policy_least_privilege::DEFINITION,
    &principal_least_privilege::DEFINITION,
    &no_privilege_escalation::DEFINITION,
    &cloudtrail_enabled::DEFINITION,
    &config_recorder_enabled::DEFINITION,
];

/// The rule with this id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static RuleDefinition> {
    RULES.iter().copied().find(|definition| definition.id == id)
}

/// A rule with its parameters, which evaluates a resource from facts.
///
/// Pure: the same resource and facts give the same outcome.
pub trait Rule: Send + Sync {
    /// Evaluates `resource`.
    ///
    /// # Errors
    /// If the outcome depends on an unknown fact. A rule never uses a default instead.
    fn evaluate(&self, resource: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact>;

    /// Evaluates many resources of one account. A rule whose outcomes share work does that work here, once.
    fn for_account<'a>(&'a self, facts: &'a Facts) -> Box<Judge<'a>> {
        Box::new(|resource| self.evaluate(resource, facts))
    }

    /// As [`Self::for_account`], with what is derived from the facts for several rules.
    fn for_derived<'a>(&'a self, derived: &'a Derived<'_>) -> Box<Judge<'a>> {
        self.for_account(derived.facts())
    }

    /// The facts that the rule reads with these parameters in addition to [`RuleDefinition::facts`].
    fn further_facts(&self) -> &'static [FactKind] {
        &[]
    }
}

/// A rule that evaluates one account.
pub type Judge<'a> = dyn Fn(&Resource<'a>) -> Result<Outcome, MissingFact> + 'a;

/// The definition of a rule.
#[derive(Debug)]
pub struct RuleDefinition {
    /// The rule's id, which names the compliant state. At most 37 characters, since packs and organizations extend it.
    pub id: &'static str,
    /// What the rule checks, one sentence of at most 256 characters.
    pub summary: &'static str,
    /// The severity of the findings of the rule.
    pub severity: Severity,
    /// The rule's page, in Markdown.
    pub page: &'static str,
    /// When AWS Config invokes the rule.
    pub trigger: Trigger,
    /// The resource types that it reports on.
    pub resource_types: &'static [ResourceType],
    /// The codes of its findings.
    pub findings: &'static [FindingCode],
    /// Its parameters.
    pub parameters: &'static [ParameterDefinition],
    /// The facts that it reads with any parameters.
    pub facts: &'static [FactKind],
    /// The controls of published benchmarks that it covers.
    pub controls: &'static [&'static str],
    /// Creates the rule from checked parameters.
    pub build: fn(&Parameters) -> Box<dyn Rule>,
}

/// When AWS Config invokes a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// On a schedule.
    Periodic,
    /// On a schedule, and for every change of a resource in scope.
    PeriodicAndChange,
}

/// No two rules have the same id.
impl PartialEq for RuleDefinition {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for RuleDefinition {}

impl RuleDefinition {
    /// The rule with these parameters.
    ///
    /// # Errors
    /// If a parameter is unknown or invalid.
    pub fn with(&self, parameters: &RuleParameters) -> Result<Box<dyn Rule>, InvalidParameter> {
        Ok((self.build)(&parameters.check(self.parameters)?))
    }

    /// The controls that a verdict covers. A rule does not know whether every Region in use was read, so a control
    /// that requires all of them is marked as covered in the Regions that were read.
    pub fn claims(&self) -> impl Iterator<Item = Cow<'static, str>> {
        self.controls.iter().map(|control| match config_recorder_enabled::OF_EVERY_REGION.contains(control) {
            true => Cow::Owned(format!("{control} (in the Regions that were read)")),
            false => Cow::Borrowed(*control),
        })
    }

    /// The facts that `rule`, created from this definition, reads.
    pub fn facts_of(&self, rule: &dyn Rule) -> impl Iterator<Item = FactKind> {
        self.facts.iter().chain(rule.further_facts()).copied()
    }
}

/// The parameter with the definition of an administrator.
const ADMIN_DEFINITION: ParameterDefinition = ParameterDefinition {
    name: "adminDefinition",
    kind: ParameterKind::Choice(&[
        AdminDefinition::EffectiveOrEscalating.as_str(),
        AdminDefinition::Effective.as_str(),
        AdminDefinition::AttachedPolicy.as_str(),
    ]),
    default: AdminDefinition::EffectiveOrEscalating.as_str(),
    description: "Which principals count as administrators: by all policies after Deny and boundary, with or \
                  without principals that can become one, or by attached policies only.",
};

/// The value of the parameter.
fn admin_definition(parameters: &Parameters) -> AdminDefinition {
    // The choices are the names of the definitions.
    parameters.choice(ADMIN_DEFINITION.name).parse().unwrap_or_default()
}

/// The version of the score that a parameter names.
fn score_version(parameters: &Parameters) -> ScoreVersion {
    // The choices are those of the versions; a test holds them to each other.
    parameters.choice("scoreVersion").parse().unwrap_or_default()
}
