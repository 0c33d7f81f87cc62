//! EventBridge rules.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::event_pattern;
use super::records::{Entries, Record, Records, arn, each, listing, required};
use super::region_facts::RegionalFactKind;
use super::root_use::RootEvents;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::MissingFact;
use crate::json::{self, JsonError};
use crate::region::Region;
use crate::text::visible;

/// A rule of an event bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBridgeRule {
    /// Its name.
    pub name: String,
    /// Whether it is enabled, with or without read-only events.
    pub is_enabled: bool,
    /// The name of its event bus.
    pub bus: String,
    arn: Option<Arn>,
    /// None for a rule with a schedule alone.
    pattern: Option<String>,
    targets: Option<Vec<Arn>>,
}

/// The event bus that receives the events of AWS services.
pub const DEFAULT_BUS: &str = "default";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    name: Option<String>,
    arn: Option<String>,
    state: Option<String>,
    event_pattern: Option<String>,
    event_bus_name: Option<String>,
    targets: Option<Vec<RuleTarget>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleTargets {
    targets: Vec<RuleTarget>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RuleTarget {
    arn: String,
}

impl Record for EventBridgeRule {
    const KIND: RegionalFactKind = RegionalFactKind::EventBridgeRules;

    /// Reads the JSON that `aws events list-rules` prints, with what `list-targets-by-rule` prints of each rule: its
    /// `Targets` in the rule itself, or whole outputs by the rule's name in `TargetsByRule` beside `Rules`.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        let by_rule = targets_by_rule(text)?;
        Ok(each(text, listing(text, "Rules")?, |wire: Wire, _| {
            let name = required(wire.name, "Name")?;
            let listed = by_rule.iter().find(|(rule, _)| *rule == name).map(|(_, targets)| targets.clone());
            Ok(Self {
                is_enabled: match required(wire.state, "State")?.as_str() {
                    "ENABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" => true,
                    "DISABLED" => false,
                    other => {
                        let message = format!("`{}` is not a state of a rule", visible(other, 60));
                        return Err(JsonError::at("$.State", message));
                    }
                },
                // A rule that names no bus is on the default one; elsewhere the bus is named, or its ARN given.
                bus: wire.event_bus_name.map_or_else(|| DEFAULT_BUS.to_owned(), |bus| name_of_bus(&bus).to_owned()),
                arn: wire.arn.map(|text| arn(&text, "Arn")).transpose()?,
                pattern: wire.event_pattern,
                targets: wire.targets.map(arns).transpose()?.or(listed),
                name,
            })
        }))
    }

    fn account(&self) -> Option<AccountId> {
        self.arn.as_ref()?.account_id()
    }

    fn region(&self) -> Option<&str> {
        self.arn.as_ref().map(Arn::region)
    }
}

fn name_of_bus(bus: &str) -> &str {
    bus.rsplit_once(":event-bus/").map_or(bus, |(_, name)| name)
}

fn arns(targets: Vec<RuleTarget>) -> Result<Vec<Arn>, JsonError> {
    let read = |(index, target): (usize, RuleTarget)| arn(&target.arn, &format!("Targets[{index}].Arn"));
    targets.into_iter().enumerate().map(read).collect()
}

/// The targets of each rule, as far as they are given outside the rules.
fn targets_by_rule(text: &str) -> Result<Vec<(String, Vec<Arn>)>, JsonError> {
    const FIELD: &str = "TargetsByRule";
    let Entries(entries) = json::read_as(text)?;
    let Some((_, by_rule)) = entries.into_iter().find(|(key, _)| key == FIELD) else {
        return Ok(Vec::new());
    };
    let inside = |error: JsonError| error.inside(&format!("$.{FIELD}"));
    let Entries(by_rule) = json::read_as(by_rule.get()).map_err(inside)?;
    let read = |(rule, output): (String, &RawValue)| {
        let targets = json::read_as::<RuleTargets>(output.get()).and_then(|output| arns(output.targets));
        match targets {
            Ok(targets) => Ok((rule, targets)),
            Err(error) => Err(inside(error.inside(&format!("$['{}']", visible(&rule, 64))))),
        }
    };
    by_rule.into_iter().map(read).collect()
}

impl EventBridgeRule {
    /// The root user events in `region` of `account` that the rule is certain to match, of those that its event bus
    /// receives; none if the rule is not enabled.
    ///
    /// # Errors
    /// If its pattern cannot be read.
    pub fn root_events(&self, account: &AccountId, region: &Region) -> Result<RootEvents, MissingFact> {
        match &self.pattern {
            Some(pattern) if self.is_enabled => event_pattern::root_events(pattern, account, region)
                .map_err(|error| MissingFact::new(format!("event pattern of rule {}", self.shown()), error)),
            _ => Ok(RootEvents::default()),
        }
    }

    /// The targets of the rule.
    ///
    /// # Errors
    /// If the targets are unknown.
    pub fn targets(&self) -> Result<&[Arn], MissingFact> {
        self.targets.as_deref().ok_or_else(|| {
            MissingFact::new(format!("targets of rule {}", self.shown()), "they were not listed with the rule")
        })
    }

    /// Its name, escaped for display.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.name, 64)
    }
}
