//! The rules of event buses.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types;
use rules_core::MissingFact;
use serde_json::{Value, json};

pub(super) use crate::aws::operation::{LIST_RULES as RULES, LIST_TARGETS_BY_RULE as TARGETS};
use crate::facts::live::paging::Paging;

/// The most that EventBridge delivers at once.
const PAGE_SIZE: i32 = 100;

/// Every rule of a bus.
pub(super) async fn rules(client: &Client, bus: &str) -> Result<Vec<Value>, MissingFact> {
    let mut paging = Paging::new(RULES);
    let mut rules = Vec::new();
    loop {
        let request = client.list_rules().event_bus_name(bus).limit(PAGE_SIZE).set_next_token(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(RULES, &error))?;
        let list = page.rules.ok_or_else(|| MissingFact::new(RULES, "the response has no list of rules"))?;
        rules.extend(list.into_iter().map(|rule| {
            json!({
                "Name": rule.name,
                "Arn": rule.arn,
                "State": rule.state.as_ref().map(types::RuleState::as_str),
                "EventPattern": rule.event_pattern,
                "EventBusName": rule.event_bus_name,
            })
        }));
        if !paging.more_by_token(page.next_token)? {
            return Ok(rules);
        }
    }
}

/// Where a rule passes events on to. What it passes on may hold secrets and is left out.
pub(super) async fn targets(client: &Client, bus: &str, rule: &str) -> Result<Vec<Value>, MissingFact> {
    let mut paging = Paging::new(TARGETS);
    let mut targets = Vec::new();
    loop {
        let request = client.list_targets_by_rule().event_bus_name(bus).rule(rule).limit(PAGE_SIZE);
        let request = request.set_next_token(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(TARGETS, &error))?;
        let list = page.targets.ok_or_else(|| MissingFact::new(TARGETS, "the response has no list of targets"))?;
        targets.extend(list.into_iter().map(|target| json!({ "Id": target.id, "Arn": target.arn })));
        if !paging.more_by_token(page.next_token)? {
            return Ok(targets);
        }
    }
}
