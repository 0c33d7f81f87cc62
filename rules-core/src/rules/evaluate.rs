//! Running a rule over an account or one configuration item.

use super::{Rule, RuleDefinition, Trigger};
use crate::config::{ConfigurationItem, ConfigurationItemSummary, EvaluatedResource, Outcome, ResourceType, Verdict};
use crate::fact::MissingFact;
use crate::facts::{Facts, Resource};
use crate::iam::{Group, ManagedPolicy, Role, User, wire};
use crate::json;
use crate::timestamp::Timestamp;

/// Judges every resource of the rule's kinds, as a schedule asks for.
///
/// Resources that cannot be listed give one verdict on the account, which is not evaluated.
#[must_use]
pub fn evaluate_account(definition: &RuleDefinition, rule: &dyn Rule, facts: &Facts, at: Timestamp) -> Vec<Verdict> {
    let mut verdicts = Vec::new();
    for kind in definition.resource_types {
        match facts.resources(*kind) {
            Ok(resources) => verdicts.extend(
                resources.iter().map(|resource| Verdict::new(resource.evaluated(), rule.evaluate(resource, facts), at)),
            ),
            Err(missing) => {
                return vec![Verdict::new(EvaluatedResource::account(&facts.account), Err(missing), at)];
            }
        }
    }
    verdicts
}

/// Why an item is judged without a look at its configuration, if it is.
fn without_configuration(
    definition: &RuleDefinition,
    summary: &ConfigurationItemSummary,
    left_scope: bool,
) -> Option<Outcome> {
    if left_scope {
        return Some(Outcome::not_applicable("the resource has left the rule's scope"));
    }
    if !summary.status.is_recorded() {
        let reason = format!("the resource's status in AWS Config is {}", summary.status.as_str());
        return Some(Outcome::not_applicable(reason));
    }
    let in_scope = definition.resource_types.iter().any(|kind| kind.as_str() == summary.resource_type);
    if !in_scope || definition.trigger == Trigger::Periodic {
        return Some(Outcome::not_applicable(format!("the rule is not about changes of {}", summary.resource_type)));
    }
    None
}

/// Judges the one resource of a change.
///
/// `item` is asked for only when the verdict depends on the configuration, so that an oversized item of a deleted
/// resource need not be fetched.
pub fn evaluate_item(
    definition: &RuleDefinition,
    rule: &dyn Rule,
    summary: &ConfigurationItemSummary,
    left_scope: bool,
    item: Result<&ConfigurationItem, MissingFact>,
) -> Verdict {
    let resource = EvaluatedResource {
        resource_type: summary.resource_type.clone(),
        id: summary.resource_id.clone(),
        name: summary.resource_name.clone(),
    };
    let outcome = match without_configuration(definition, summary, left_scope) {
        Some(outcome) => Ok(outcome),
        None => item.and_then(|item| evaluate_configuration(rule, item)),
    };
    Verdict::new(resource, outcome, summary.capture_time)
}

fn evaluate_configuration(rule: &dyn Rule, item: &ConfigurationItem) -> Result<Outcome, MissingFact> {
    let summary = &item.summary;
    let what = format!("configuration of {} {}", summary.resource_type, summary.resource_id);
    let missing = |reason: String| MissingFact::new(&what, reason);
    let text = item.configuration.as_deref().ok_or_else(|| missing("the configuration item has none".to_owned()))?;
    let facts = Facts::unread(summary.account.clone(), summary.capture_time);
    let judge = |resource: Resource<'_>| {
        let id = resource.evaluated().id;
        if id != summary.resource_id {
            let id = crate::text::visible(&id, 60);
            return Err(missing(format!("it is of `{id}`, another resource than the item's")));
        }
        rule.evaluate(&resource, &facts)
    };
    fn read<'a, W: serde::Deserialize<'a>, T>(text: &'a str, convert: fn(W) -> Result<T, String>) -> Result<T, String> {
        convert(json::read_as(text).map_err(|error| error.inside("$.configuration").to_string())?)
    }
    match ResourceType::from_name(&summary.resource_type) {
        Some(ResourceType::User) => judge(Resource::User(&read(text, User::from_wire).map_err(missing)?)),
        Some(ResourceType::Group) => judge(Resource::Group(&read(text, Group::from_wire).map_err(missing)?)),
        Some(ResourceType::Role) => judge(Resource::Role(&read(text, Role::from_wire).map_err(missing)?)),
        Some(ResourceType::Policy) => judge(Resource::Policy(
            &read::<wire::ManagedPolicyDetail, _>(text, ManagedPolicy::from_wire).map_err(missing)?,
        )),
        Some(ResourceType::Account) | None => Err(missing("no rule reads configurations of this kind".to_owned())),
    }
}
