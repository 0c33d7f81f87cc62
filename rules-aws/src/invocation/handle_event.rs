//! One invocation by AWS Config, from its payload to the evaluations.

mod outcome;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use rules_core::assessment::{Assessment, ConfiguredRule, assess_item, assess_until};
use rules_core::config::{
    ConfigEvent, ConfigurationItem, ConfigurationItemSummary, EvaluatedResource, Evaluation, EvaluationMode,
    InvokingEvent, Outcome, Verdict,
};
use rules_core::decision::Layer;
use rules_core::exceptions::{AccountExceptions, Exceptions, Unaddressed};
use rules_core::facts::{Facts, Resource};
use rules_core::policy::PolicyDocument;
use rules_core::rules::{RULE_PARAMETER, RULES, RuleDefinition};
use rules_core::{AccountId, MissingFact, Timestamp};

pub use self::outcome::{HandleError, Handled};
use crate::delivery::evaluation_sink::EvaluationSink;
use crate::delivery::stale;
use crate::facts::fact_source::FactSource;

/// An invocation that has been read and checked, but not run.
pub struct Invocation {
    event: ConfigEvent,
    rule: ConfiguredRule,
    exceptions: AccountExceptions,
    organization: Vec<Layer<PolicyDocument>>,
    stop: Box<dyn Fn() -> Option<MissingFact> + Send + Sync>,
}

/// The first few of the rules by their ids, so that a message stays short however many there are.
fn known_rules(rules: &[&RuleDefinition]) -> String {
    const SHOWN: usize = 5;
    let ids: Vec<&str> = rules.iter().take(SHOWN).map(|definition| definition.id).collect();
    match rules.len().saturating_sub(SHOWN) {
        0 => ids.join(", "),
        more => format!("{} and {more} more", ids.join(", ")),
    }
}

/// Reads the payload of an invocation, evaluates it and delivers the verdicts.
///
/// # Errors
/// If a resource could not be evaluated, or a verdict not delivered. All other verdicts were delivered before.
pub async fn handle_event(
    payload: &[u8],
    source: &dyn FactSource,
    sink: &dyn EvaluationSink,
) -> Result<Handled, HandleError> {
    Invocation::parse(payload)?.run(source, sink).await
}

impl Invocation {
    /// Reads and checks the payload of an invocation of one of the rules in [`RULES`].
    ///
    /// # Errors
    /// If the payload is not an AWS Config event, names no rule, or has invalid parameters.
    pub fn parse(payload: &[u8]) -> Result<Self, HandleError> {
        Self::parse_among(payload, RULES)
    }

    /// The same, for a program with its own rules.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_among(payload: &[u8], rules: &[&'static RuleDefinition]) -> Result<Self, HandleError> {
        let mut event = ConfigEvent::parse(payload)?;
        let known = || known_rules(rules);
        let id = event
            .rule_parameters
            .remove(RULE_PARAMETER)
            .ok_or_else(|| HandleError::Rule(format!("`{RULE_PARAMETER}` is missing; it names one of {}", known())))?;
        let definition = rules.iter().copied().find(|definition| definition.id == id.trim()).ok_or_else(|| {
            let id = rules_core::text::visible(&id, 40);
            HandleError::Rule(format!("`{RULE_PARAMETER}` is `{id}`, expected one of {}", known()))
        })?;
        let rule = ConfiguredRule::new(definition, &event.rule_parameters)?;
        Ok(Self {
            event,
            rule,
            exceptions: AccountExceptions::default(),
            organization: Vec::new(),
            stop: Box::new(|| None),
        })
    }

    /// The same invocation, with exceptions.
    #[must_use]
    pub fn with_exceptions(self, exceptions: &Exceptions, unaddressed: Unaddressed) -> Self {
        let at = self.event.invoking_event.ordering_timestamp();
        Self { exceptions: exceptions.of_account(&self.event.account, unaddressed, at), ..self }
    }

    /// The same invocation, with the policies of the organization, which an account cannot read.
    #[must_use]
    pub fn with_organization(self, organization: Vec<Layer<PolicyDocument>>) -> Self {
        Self { organization, ..self }
    }

    /// The same invocation, with an end: after `stop` returns a reason, the remaining resources are not evaluated, with
    /// that reason. The other verdicts are delivered.
    #[must_use]
    pub fn until(self, stop: impl Fn() -> Option<MissingFact> + Send + Sync + 'static) -> Self {
        let earlier = self.stop;
        Self { stop: Box::new(move || earlier().or_else(&stop)), ..self }
    }

    /// The account to evaluate.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.event.account
    }

    /// The id of the rule.
    #[must_use]
    pub fn rule(&self) -> &'static str {
        self.rule.definition().id
    }

    /// Evaluates the event and delivers the verdicts.
    ///
    /// # Errors
    /// If a resource could not be evaluated, or a verdict not delivered. All other verdicts were delivered
    /// before.
    pub async fn run(&self, source: &dyn FactSource, sink: &dyn EvaluationSink) -> Result<Handled, HandleError> {
        let mut handled = self.handled(self.judge(source).await?);
        let mut evaluations: Vec<Evaluation> = handled.evaluations().cloned().collect();
        if handled.verdicts.is_empty() {
            evaluations.extend(self.nothing_to_judge());
        }
        if !evaluations.is_empty()
            && let Err(error) = sink.put(&self.event.result_token, &evaluations).await
        {
            return Err(HandleError::Delivery { error, handled: Box::new(handled) });
        }
        if handled.not_evaluated().next().is_some() || !handled.unread.is_empty() {
            return Err(HandleError::NotEvaluated(Box::new(handled)));
        }
        // From here on every resource of the rule is known, and every verdict on one has been accepted.
        match self.stale(&handled, source, sink).await {
            Ok(stale) => handled.cleared = stale,
            Err(missing) => return Err(HandleError::NotCleared { missing, handled: Box::new(handled) }),
        }
        if !handled.cleared.is_empty()
            && let Err(error) = sink.put(&self.event.result_token, &handled.cleared).await
        {
            return Err(HandleError::Delivery { error, handled: Box::new(handled) });
        }
        if handled.refused.is_empty() { Ok(handled) } else { Err(HandleError::ExceptionsRefused(Box::new(handled))) }
    }

    /// The evaluations that clear what AWS Config shows of resources that are gone.
    ///
    /// Only a schedule looks at the whole account, and in test mode nothing is stored that could be stale.
    async fn stale(
        &self,
        handled: &Handled,
        source: &dyn FactSource,
        sink: &dyn EvaluationSink,
    ) -> Result<Vec<Evaluation>, MissingFact> {
        let InvokingEvent::Periodic { created } = self.event.invoking_event else { return Ok(Vec::new()) };
        let Some(name) = self.event.config_rule_name.as_deref() else { return Ok(Vec::new()) };
        if self.event.evaluation_mode == EvaluationMode::Proactive || self.event.result_token.is_test_mode() {
            return Ok(Vec::new());
        }
        let gone = stale::gone(&sink.stored(name).await?, &handled.verdicts, created);
        if !gone.is_empty() {
            self.confirm(&handled.verdicts, source).await?;
        }
        Ok(gone.into_iter().filter_map(|resource| stale::cleared(resource, created)).collect())
    }

    /// Makes sure that there are no resources but those that were judged: IAM's answers lag behind what happens, and one
    /// that leaves a resource out proves little.
    async fn confirm(&self, judged: &[Verdict], source: &dyn FactSource) -> Result<(), MissingFact> {
        let kinds: BTreeSet<_> =
            self.rule.definition().resource_types.iter().filter_map(|kind| Facts::listed_in(*kind)).collect();
        let as_of = source.collected_at().unwrap_or_else(crate::clock::now);
        let facts = source.facts(&self.event.account, &kinds, as_of).await;
        for kind in self.rule.definition().resource_types {
            let listed = facts.resources(*kind)?;
            if let Some(other) = stale::first_besides(judged, listed.iter().map(Resource::evaluated)) {
                let what = format!("{} {}", other.resource_type, other.id);
                return Err(MissingFact::new(
                    what,
                    "one of two reads of the account contains it, and the other does not",
                ));
            }
        }
        Ok(())
    }

    async fn judge(&self, source: &dyn FactSource) -> Result<Assessment, HandleError> {
        if self.event.evaluation_mode == EvaluationMode::Proactive {
            return Ok(Assessment::of_one(&self.rule, self.planned(), &self.exceptions));
        }
        match &self.event.invoking_event {
            InvokingEvent::Periodic { created } => self.judge_account(source, *created).await,
            InvokingEvent::Change(item) => Ok(self.judge_item(&item.summary, Ok(item))),
            InvokingEvent::OversizedChange(summary) => self.judge_oversized(source, summary).await,
        }
    }

    async fn judge_account(&self, source: &dyn FactSource, created: Timestamp) -> Result<Assessment, HandleError> {
        source.check_account(&self.event.account).await.map_err(HandleError::Account)?;
        let kinds: BTreeSet<_> = self.rule.facts().collect();
        // What is live is judged as of the event, so that a repeated event is judged as the first was.
        let as_of = source.collected_at().unwrap_or(created);
        let mut facts = source.facts(&self.event.account, &kinds, as_of).await;
        facts.organization.clone_from(&self.organization);
        Ok(assess_until(&facts, std::slice::from_ref(&self.rule), &self.exceptions, created, &*self.stop))
    }

    async fn judge_oversized(
        &self,
        source: &dyn FactSource,
        summary: &ConfigurationItemSummary,
    ) -> Result<Assessment, HandleError> {
        // A verdict that is reached without the item did not need it.
        let not_fetched = Err(MissingFact::new("configuration item", "it was not fetched"));
        let without_item = self.judge_item(summary, not_fetched);
        if without_item.verdicts().all(|verdict| matches!(verdict, Verdict::Evaluated(_))) {
            return Ok(without_item);
        }
        source.check_account(&self.event.account).await.map_err(HandleError::Account)?;
        let item = source.configuration_item(summary).await;
        Ok(self.judge_item(summary, item.as_ref().map_err(Clone::clone)))
    }

    fn judge_item(
        &self,
        summary: &ConfigurationItemSummary,
        item: Result<&ConfigurationItem, MissingFact>,
    ) -> Assessment {
        assess_item(&self.rule, summary, self.event.event_left_scope, item, &self.exceptions)
    }

    fn handled(&self, assessment: Assessment) -> Handled {
        Handled {
            rule: self.rule.definition(),
            account: self.event.account.clone(),
            verdicts: assessment.rules.into_iter().flat_map(|rule| rule.verdicts).collect(),
            unread: assessment.unread,
            cleared: Vec::new(),
            refused: assessment.refused,
            notes: assessment.notes,
        }
    }

    /// Planned resources are not what these rules are about.
    fn planned(&self) -> Verdict {
        let outcome = Ok(Outcome::not_applicable("the rule evaluates existing resources, not planned ones"));
        match &self.event.invoking_event {
            InvokingEvent::Periodic { .. } => self.on_account(outcome),
            InvokingEvent::Change(ConfigurationItem { summary, .. }) | InvokingEvent::OversizedChange(summary) => {
                Verdict::new(summary.resource(), outcome, summary.capture_time)
            }
        }
    }

    /// AWS Config waits for a result even when there is nothing to report on.
    fn nothing_to_judge(&self) -> Option<Evaluation> {
        match self.on_account(Ok(Outcome::not_applicable("the account has no resources that the rule evaluates"))) {
            Verdict::Evaluated(evaluation) => Some(evaluation),
            Verdict::NotEvaluated(_) => None,
        }
    }

    fn on_account(&self, outcome: Result<Outcome, MissingFact>) -> Verdict {
        let at = self.event.invoking_event.ordering_timestamp();
        Verdict::new(EvaluatedResource::account(&self.event.account), outcome, at)
    }
}
