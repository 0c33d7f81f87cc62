//! The assessment: takes facts, configured rules and exceptions; returns verdicts, unread facts and notes.
//!
//! The function, the command line and embedding programs all evaluate rules here, in the same way:
//! a rule that panics gives no verdict and does not stop other rules, the resources that remain when the time runs out
//! are not evaluated, and exceptions are applied last.
//!
//! ```
//! use rules_core::assessment::{ConfiguredRule, assess};
//! use rules_core::config::RuleParameters;
//! use rules_core::exceptions::AccountExceptions;
//! use rules_core::facts::Facts;
//! use rules_core::iam::AccountSummary;
//! use rules_core::rules::rule;
//! use rules_core::{AccountId, Fact, Timestamp};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let account: AccountId = "111122223333".parse()?;
//! let at: Timestamp = "2026-01-31T12:00:00Z".parse()?;
//! let summary = AccountSummary::parse(r#"{"SummaryMap": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 1}}"#)?;
//! let facts = Facts { account_summary: Fact::Known(summary), ..Facts::unread(account, at) };
//!
//! let definition = rule("root-no-access-keys").ok_or("unknown rule")?;
//! let rules = [ConfiguredRule::new(definition, &RuleParameters::default())?];
//! let assessment = assess(&facts, &rules, &AccountExceptions::default(), at);
//! assert_eq!(assessment.rules[0].verdicts.len(), 1);
//! # Ok(())
//! # }
//! ```

mod item;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::account::AccountId;
use crate::config::{
    ConfigurationItem, ConfigurationItemSummary, EvaluatedResource, InvalidParameter, Outcome, RuleParameters, Verdict,
};
use crate::exceptions::{AccountExceptions, AppliedExceptions, Exception, RefusedException};
use crate::fact::MissingFact;
pub use crate::fact::Stop;
use crate::facts::{FactKind, Facts, Resource};
use crate::record::VerdictRecord;
use crate::rules::{Derived, RULES, Rule, RuleDefinition};
use crate::timestamp::Timestamp;

/// A rule with its parameters, ready to evaluate resources.
pub struct ConfiguredRule {
    definition: &'static RuleDefinition,
    rule: Box<dyn Rule>,
}

/// The result for an account, or for a resource of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Assessment {
    /// The rules that ran, in the order given.
    pub rules: Vec<RuleAssessment>,
    /// The facts that could not be read, whether or not a verdict depends on them.
    pub unread: Vec<MissingFact>,
    /// Refused exceptions that may be for these rules. It is unknown which findings they accept.
    pub refused: Vec<RefusedException>,
    /// Notes that are not failures, such as that an exception has expired.
    pub notes: Vec<String>,
}

/// The verdicts of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleAssessment {
    /// The rule.
    pub definition: &'static RuleDefinition,
    /// Its verdicts, in the order of the resources.
    pub verdicts: Vec<Verdict>,
}

impl ConfiguredRule {
    /// The rule with these parameters.
    ///
    /// # Errors
    /// If a parameter is unknown or invalid.
    pub fn new(definition: &'static RuleDefinition, parameters: &RuleParameters) -> Result<Self, InvalidParameter> {
        Ok(Self { definition, rule: definition.with(parameters)? })
    }

    /// Every rule in [`RULES`], with its default parameters.
    #[must_use]
    pub fn all() -> Vec<Self> {
        // Each default is a valid value of its parameter.
        let with_defaults = |definition| Self::new(definition, &RuleParameters::default());
        RULES.iter().copied().filter_map(|definition| with_defaults(definition).ok()).collect()
    }

    /// The definition of the rule.
    #[must_use]
    pub fn definition(&self) -> &'static RuleDefinition {
        self.definition
    }

    /// The facts that the rule reads with these parameters.
    pub fn facts(&self) -> impl Iterator<Item = FactKind> {
        self.definition.facts_of(self.rule.as_ref())
    }

    /// The result for a resource: the verdict that follows from `outcome`, unless the rule panics.
    fn verdict(
        &self,
        resource: EvaluatedResource,
        at: Timestamp,
        judge: impl FnOnce() -> Result<Outcome, MissingFact>,
    ) -> Verdict {
        Verdict::new(resource, self.guarded(judge).and_then(|outcome| outcome), at)
    }

    /// Keeps a rule's panic to that rule, where panics unwind. Rules are pure: there is no state that a panic could leave
    /// half changed.
    fn guarded<T>(&self, work: impl FnOnce() -> T) -> Result<T, MissingFact> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
            MissingFact::new(format!("verdict of rule {}", self.definition.id), "the rule panicked, which is a defect")
        })
    }
}

/// Evaluates every resource of the account with each rule, as for a scheduled event.
///
/// `at` is the time of the verdicts, and [`Facts::as_of`] the time as of which the account is evaluated.
#[must_use]
pub fn assess(facts: &Facts, rules: &[ConfiguredRule], exceptions: &AccountExceptions, at: Timestamp) -> Assessment {
    assess_until(facts, rules, exceptions, at, &|| None)
}

/// The same with an end: after `stop` returns a reason, the remaining resources are not evaluated, with that reason.
///
/// `stop` is called before the work that the verdicts of a rule share, between resources, and during the search for
/// paths to an administrator.
#[must_use]
pub fn assess_until(
    facts: &Facts,
    rules: &[ConfiguredRule],
    exceptions: &AccountExceptions,
    at: Timestamp,
    stop: &Stop<'_>,
) -> Assessment {
    let facts = &*facts.cross_checked();
    let kinds: BTreeSet<FactKind> = rules.iter().flat_map(ConfiguredRule::facts).collect();
    let mut applied = AppliedExceptions::default();
    let derived = Derived::until(facts, stop);
    let rules: Vec<RuleAssessment> = rules
        .iter()
        .map(|rule| {
            let mut verdicts = rule.verdicts(&derived, at, stop);
            exceptions.apply(rule.definition.id, &mut verdicts, &mut applied);
            RuleAssessment { definition: rule.definition, verdicts }
        })
        .collect();
    let expired = exceptions.expired(&applied).map(Exception::expired_in_words);
    let unmatched = exceptions.unmatched(&applied).map(Exception::unmatched_in_words);
    Assessment {
        unread: facts.not_read(&kinds),
        refused: refused(exceptions, &rules),
        notes: expired.chain(unmatched).collect(),
        rules,
    }
}

/// Evaluates the resource of a change event.
///
/// `item` is called only if the verdict depends on the configuration, so an oversized item of a deleted resource is not
/// fetched. There are no notes on exceptions without a match, because a change is about one resource only.
#[must_use]
pub fn assess_item(
    rule: &ConfiguredRule,
    summary: &ConfigurationItemSummary,
    left_scope: bool,
    item: Result<&ConfigurationItem, MissingFact>,
    exceptions: &AccountExceptions,
) -> Assessment {
    let judge = || item::evaluate(rule.definition, rule.rule.as_ref(), summary, left_scope, item);
    let verdict = rule.verdict(summary.resource(), summary.capture_time, judge);
    Assessment::of_one(rule, verdict, exceptions)
}

impl RuleAssessment {
    /// The verdicts as the lines of `rules-cli evaluate --format ndjson`.
    pub fn records<'a>(&'a self, account: &'a AccountId) -> impl Iterator<Item = VerdictRecord<'a>> {
        self.verdicts.iter().map(move |verdict| VerdictRecord::of_rule(self.definition, account, verdict))
    }
}

impl Assessment {
    /// The result with the one verdict of a rule.
    #[must_use]
    pub fn of_one(rule: &ConfiguredRule, verdict: Verdict, exceptions: &AccountExceptions) -> Self {
        let mut verdicts = vec![verdict];
        let mut applied = AppliedExceptions::default();
        exceptions.apply(rule.definition.id, &mut verdicts, &mut applied);
        let rules = vec![RuleAssessment { definition: rule.definition, verdicts }];
        Self {
            refused: refused(exceptions, &rules),
            rules,
            unread: Vec::new(),
            notes: exceptions.expired(&applied).map(Exception::expired_in_words).collect(),
        }
    }

    /// Every verdict, rule by rule.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.rules.iter().flat_map(|rule| &rule.verdicts)
    }
}

/// The refused exceptions that can be for the rules.
fn refused(exceptions: &AccountExceptions, rules: &[RuleAssessment]) -> Vec<RefusedException> {
    let ids: Vec<&str> = rules.iter().map(|rule| rule.definition.id).collect();
    exceptions.refused(&ids).cloned().collect()
}

impl ConfiguredRule {
    /// The verdict on every resource of the rule's resource types.
    ///
    /// Resources that cannot be listed give one verdict on the account, which is not evaluated; so does a rule that panics
    /// before it looks at a resource.
    fn verdicts(&self, derived: &Derived<'_>, at: Timestamp, stop: &Stop<'_>) -> Vec<Verdict> {
        let facts = derived.facts();
        let on_account = |missing| vec![Verdict::new(EvaluatedResource::account(&facts.account), Err(missing), at)];
        let resources = self.definition.resource_types.iter().map(|kind| facts.resources(*kind));
        let resources: Vec<Resource<'_>> = match resources.collect::<Result<Vec<_>, _>>() {
            Ok(resources) => resources.concat(),
            Err(missing) => return on_account(missing),
        };
        // The work that the verdicts share is done before the first of them, and can take most of the time.
        let mut judge = match stop() {
            Some(reason) => Err(reason),
            None => match self.guarded(|| self.rule.for_derived(derived)) {
                Ok(judge) => Ok(judge),
                Err(missing) => return on_account(missing),
            },
        };
        let verdicts = resources.iter().map(|resource| {
            if let Some(reason) = stop() {
                judge = Err(reason);
            }
            match &judge {
                Ok(judge) => self.verdict(resource.evaluated(), at, || judge(resource)),
                Err(reason) => Verdict::new(resource.evaluated(), Err(reason.clone()), at),
            }
        });
        verdicts.collect()
    }
}
