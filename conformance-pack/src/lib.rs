//! The conformance pack: the rules with their parameters, as AWS Config installs them.
//!
//! Everything in a pack comes from [`RULES`]: a rule that is registered is in the pack. [`ConformancePack::new`] checks
//! the service's limits, and [`ConformancePack::to_yaml`] writes the template.
//!
//! ```
//! use conformance_pack::{ConformancePack, Deployment, PackProfile};
//!
//! let pack = ConformancePack::new(PackProfile::Cis30, Deployment::Account)?;
//! assert!(pack.rules.iter().any(|rule| rule.definition.id == "root-mfa-enabled"));
//! assert!(pack.to_yaml()?.contains("ConfigRuleName: root-mfa-enabled"));
//! # Ok::<(), conformance_pack::PackError>(())
//! ```

pub mod limits;
mod template;
mod yaml;

pub use limits::PackError;

use rules_core::config::ParameterDefinition;
use rules_core::rules::{RULES, RuleDefinition};

/// The pack's parameter with the ARN of the function that serves the rules.
pub const FUNCTION_ARN: &str = "FunctionArn";

/// The pack's parameter with how often the schedules ask.
pub const FREQUENCY: &str = "MaximumExecutionFrequency";

/// The rules that every account wants, whatever benchmark it follows.
const BASELINE: [&str; 4] =
    ["root-mfa-enabled", "root-no-access-keys", "admin-user-mfa-enabled", "policy-least-privilege"];

/// Which rules a pack holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PackProfile {
    /// MFA and access keys of the root user, MFA of administrators, least privilege of policies.
    Baseline,
    /// Every rule.
    #[default]
    Full,
    /// The rules that cover a control of the CIS AWS Foundations Benchmark 3.0.
    Cis30,
    /// The rules that cover a control of the CIS AWS Foundations Benchmark 7.0.
    Cis70,
}

/// Where a pack is put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Deployment {
    /// In the account that has the function.
    #[default]
    Account,
    /// In the member accounts of an organization, whose rules invoke the function of a central account.
    Organization,
}

/// A conformance pack within the service's limits.
#[derive(Clone, Debug)]
pub struct ConformancePack {
    /// Where it is put.
    pub deployment: Deployment,
    /// Its rules, in the registry's order.
    pub rules: Vec<PackRule>,
}

/// A rule as a pack has it.
#[derive(Clone, Debug)]
pub struct PackRule {
    /// The rule.
    pub definition: &'static RuleDefinition,
    /// Its logical id in the template, such as `RootMfaEnabled`.
    pub logical_id: String,
    /// What the rule checks, with the controls that it covers. At most [`limits::DESCRIPTION`] characters.
    pub description: String,
    /// The pack's parameters that set the rule's own.
    pub parameters: Vec<PackParameter>,
}

/// A parameter of a pack, which sets one parameter of one rule. Left empty, the rule's default applies.
#[derive(Clone, Debug)]
pub struct PackParameter {
    /// Its name in the pack, such as `RootMfaEnabledParamScope`.
    pub name: String,
    /// The rule's parameter.
    pub definition: &'static ParameterDefinition,
}

impl PackProfile {
    /// Whether the rule is one of the profile's.
    #[must_use]
    pub fn holds(self, rule: &RuleDefinition) -> bool {
        match self {
            Self::Baseline => BASELINE.contains(&rule.id),
            Self::Full => true,
            Self::Cis30 => covers(rule, "CIS AWS 3.0"),
            Self::Cis70 => covers(rule, "CIS AWS 7.0"),
        }
    }
}

impl ConformancePack {
    /// The pack with the registered rules of a profile.
    ///
    /// # Errors
    /// When it would break a limit of AWS Config.
    pub fn new(profile: PackProfile, deployment: Deployment) -> Result<Self, PackError> {
        Self::of(RULES.iter().copied().filter(|rule| profile.holds(rule)), deployment)
    }

    /// The pack with these rules, for a program with rules of its own.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn of(
        rules: impl IntoIterator<Item = &'static RuleDefinition>,
        deployment: Deployment,
    ) -> Result<Self, PackError> {
        let pack = Self { deployment, rules: rules.into_iter().map(PackRule::new).collect() };
        limits::check(&pack)?;
        Ok(pack)
    }

    /// The template, as PutConformancePack and PutOrganizationConformancePack take it.
    ///
    /// # Errors
    /// When it would be longer than [`limits::TEMPLATE_BYTES`].
    pub fn to_yaml(&self) -> Result<String, PackError> {
        let text = template::write(self);
        limits::check_template(&text)?;
        Ok(text)
    }

    /// How many parameters the pack has, those of no rule included.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        2 + self.rules.iter().map(|rule| rule.parameters.len()).sum::<usize>()
    }
}

impl PackRule {
    fn new(definition: &'static RuleDefinition) -> Self {
        let logical_id = pascal_case(definition.id);
        let parameters = definition.parameters.iter().map(|parameter| PackParameter {
            name: format!("{logical_id}Param{}", pascal_case(parameter.name)),
            definition: parameter,
        });
        Self {
            definition,
            parameters: parameters.collect(),
            description: with_controls(definition.summary, definition.controls),
            logical_id,
        }
    }
}

/// Whether the rule covers a control of the benchmark.
fn covers(rule: &RuleDefinition, benchmark: &str) -> bool {
    rule.controls.iter().any(|control| control.split_once(": ").is_some_and(|(of, _)| of == benchmark))
}

/// `root-mfa-enabled` and `minimumScore` as logical ids, which take letters and digits only.
fn pascal_case(name: &str) -> String {
    let mut cased = String::with_capacity(name.len());
    for word in name.split('-') {
        let mut characters = word.chars();
        cased.extend(characters.next().map(|first| first.to_ascii_uppercase()));
        cased.push_str(characters.as_str());
    }
    cased
}

/// The summary with the control ids, each benchmark named once: `CIS AWS 1.4: 1.16, 3.0: 1.16. Security Hub: IAM.1.`
fn with_controls(summary: &str, controls: &[&str]) -> String {
    let mut text = summary.to_owned();
    let mut benchmark_before = "";
    for control in controls {
        let (benchmark, id) = control.split_once(": ").unwrap_or(("", control));
        let (family, version) = benchmark.rsplit_once(' ').unwrap_or((benchmark, ""));
        let same_family = benchmark_before.rsplit_once(' ').is_some_and(|(before, _)| before == family);
        let numbered = version.starts_with(|first: char| first.is_ascii_digit());
        text.push_str(&if benchmark == benchmark_before {
            format!(", {id}")
        } else if same_family && numbered {
            format!(", {version}: {id}")
        } else {
            let stop = if text.ends_with('.') { "" } else { "." };
            format!("{stop} {control}")
        });
        benchmark_before = benchmark;
    }
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests;
