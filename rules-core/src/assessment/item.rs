//! The evaluation of a configuration item.

use crate::config::{ConfigurationItem, ConfigurationItemSummary, Outcome, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{Facts, Resource};
use crate::iam::{Group, ManagedPolicy, Role, User, wire};
use crate::json;
use crate::rules::{Rule, RuleDefinition, Trigger};

/// Why an item is evaluated without its configuration, if it is.
fn without_configuration(
    definition: &RuleDefinition,
    summary: &ConfigurationItemSummary,
    left_scope: bool,
) -> Option<Outcome> {
    if left_scope {
        return Some(Outcome::not_applicable("the resource is no longer in the scope of the rule"));
    }
    if !summary.status.is_recorded() {
        let reason = format!("the resource's status in AWS Config is {}", summary.status.as_str());
        return Some(Outcome::not_applicable(reason));
    }
    let in_scope = definition.resource_types.iter().any(|kind| kind.as_str() == summary.resource_type);
    if !in_scope || definition.trigger == Trigger::Periodic {
        return Some(Outcome::not_applicable(format!(
            "the rule does not evaluate changes of {}",
            summary.resource_type
        )));
    }
    None
}

/// The outcome of a rule for the resource of a change.
pub(super) fn evaluate(
    definition: &RuleDefinition,
    rule: &dyn Rule,
    summary: &ConfigurationItemSummary,
    left_scope: bool,
    item: Result<&ConfigurationItem, MissingFact>,
) -> Result<Outcome, MissingFact> {
    match without_configuration(definition, summary, left_scope) {
        Some(outcome) => Ok(outcome),
        None => evaluate_configuration(rule, item?),
    }
}

fn evaluate_configuration(rule: &dyn Rule, item: &ConfigurationItem) -> Result<Outcome, MissingFact> {
    let summary = &item.summary;
    let what = format!("configuration of {} {}", summary.resource_type, summary.resource_id);
    let missing = |reason: String| MissingFact::new(&what, reason);
    let text = item
        .configuration
        .as_deref()
        .ok_or_else(|| missing("the configuration item has no configuration".to_owned()))?;
    let facts = Facts::unread(summary.account.clone(), summary.capture_time);
    let judge = |resource: Resource<'_>| {
        let id = resource.evaluated().id;
        if id != summary.resource_id {
            let id = crate::text::visible(&id, 60);
            return Err(missing(format!("it is the configuration of `{id}`, not of the item's resource")));
        }
        rule.evaluate(&resource, &facts)
    };
    fn read<'a, W: serde::Deserialize<'a>, T>(
        text: &'a str,
        convert: impl FnOnce(W) -> Result<T, String>,
    ) -> Result<T, String> {
        convert(json::read_as(text).map_err(|error| error.inside("$.configuration").to_string())?)
    }
    // The id of the item and that of its configuration are compared.
    let id = || Some(summary.resource_id.clone());
    let arn = || summary.arn.clone();
    match ResourceType::from_name(&summary.resource_type) {
        Some(ResourceType::User) => {
            let convert = |wire: wire::UserDetail| {
                User::from_item(wire::UserDetail {
                    user_id: wire.user_id.or_else(id),
                    arn: wire.arn.or_else(arn),
                    ..wire
                })
            };
            judge(Resource::User(&read(text, convert).map_err(missing)?))
        }
        Some(ResourceType::Group) => {
            let convert = |wire: wire::GroupDetail| {
                Group::from_wire(wire::GroupDetail {
                    group_id: wire.group_id.or_else(id),
                    arn: wire.arn.or_else(arn),
                    ..wire
                })
            };
            judge(Resource::Group(&read(text, convert).map_err(missing)?))
        }
        Some(ResourceType::Role) => {
            let convert = |wire: wire::RoleDetail| {
                Role::from_item(wire::RoleDetail {
                    role_id: wire.role_id.or_else(id),
                    arn: wire.arn.or_else(arn),
                    ..wire
                })
            };
            judge(Resource::Role(&read(text, convert).map_err(missing)?))
        }
        Some(ResourceType::Policy) => {
            let convert = |wire: wire::ManagedPolicyDetail| {
                let (policy_id, arn) = (wire.policy_id.or_else(id), wire.arn.or_else(arn));
                ManagedPolicy::from_wire(wire::ManagedPolicyDetail { policy_id, arn, ..wire })
            };
            judge(Resource::Policy(&read(text, convert).map_err(missing)?))
        }
        Some(ResourceType::Account) | None => Err(missing("no rule evaluates resources of this type".to_owned())),
    }
}
