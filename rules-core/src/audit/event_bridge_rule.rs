//! EventBridge's rules.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::event_pattern;
use super::records::{Entries, Record, Records, arn, each, listing, required};
use super::region::Region;
use super::region_facts::RegionalFactKind;
use super::root_use::RootEvents;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::MissingFact;
use crate::json::{self, JsonError};
use crate::text::visible;

/// A rule of an event bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBridgeRule {
    /// Its name.
    pub name: String,
    /// Whether it is enabled, for all events or for all but those that only read.
    pub is_enabled: bool,
    /// Whether it is on the default bus, which is where AWS's own events are.
    pub is_on_default_bus: bool,
    arn: Option<Arn>,
    /// None for a rule with a schedule alone.
    pattern: Option<String>,
    targets: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    name: Option<String>,
    arn: Option<String>,
    state: Option<String>,
    event_pattern: Option<String>,
    event_bus_name: Option<String>,
    #[serde(borrow)]
    targets: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Targets<'a> {
    #[serde(borrow)]
    targets: Vec<&'a RawValue>,
}

impl Record for EventBridgeRule {
    const KIND: RegionalFactKind = RegionalFactKind::EventBridgeRules;

    /// Reads the JSON that `aws events list-rules` prints, with what `list-targets-by-rule` prints of each rule: its
    /// `Targets` in the rule itself, or whole outputs by the rule's name in `TargetsByRule` beside `Rules`.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        let by_rule = targets_by_rule(text)?;
        Ok(each(text, listing(text, "Rules")?, |wire: Wire<'_>, _| {
            let name = required(wire.name, "Name")?;
            let listed = by_rule.iter().find(|(rule, _)| *rule == name).map(|(_, targets)| *targets);
            Ok(Self {
                is_enabled: match required(wire.state, "State")?.as_str() {
                    "ENABLED" | "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" => true,
                    "DISABLED" => false,
                    other => {
                        let message = format!("`{}` is no state of a rule", visible(other, 60));
                        return Err(JsonError::at("$.State", message));
                    }
                },
                // A rule that names no bus is on the default one; elsewhere the bus is named, or its ARN given.
                is_on_default_bus: wire
                    .event_bus_name
                    .is_none_or(|bus| bus == "default" || bus.ends_with(":event-bus/default")),
                arn: wire.arn.map(|text| arn(&text, "Arn")).transpose()?,
                pattern: wire.event_pattern,
                targets: wire.targets.map(|targets| targets.len()).or(listed),
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

/// How many targets each rule has, as far as it is said outside the rules.
fn targets_by_rule(text: &str) -> Result<Vec<(String, usize)>, JsonError> {
    const FIELD: &str = "TargetsByRule";
    let Entries(entries) = json::read_as(text)?;
    let Some((_, by_rule)) = entries.into_iter().find(|(key, _)| key == FIELD) else {
        return Ok(Vec::new());
    };
    let inside = |error: JsonError| error.inside(&format!("$.{FIELD}"));
    let Entries(by_rule) = json::read_as(by_rule.get()).map_err(inside)?;
    let count = |(rule, output): (String, &RawValue)| match json::read_as::<Targets<'_>>(output.get()) {
        Ok(Targets { targets }) => Ok((rule, targets.len())),
        Err(error) => Err(inside(error.inside(&format!("$['{}']", visible(&rule, 64))))),
    };
    by_rule.into_iter().map(count).collect()
}

impl EventBridgeRule {
    /// Which events about the root user the rule passes on for certain, when it can: it is enabled and on the default bus.
    ///
    /// # Errors
    /// When its pattern cannot be read.
    pub fn root_events(&self, account: &AccountId, region: &Region) -> Result<RootEvents, MissingFact> {
        match &self.pattern {
            Some(pattern) if self.is_enabled && self.is_on_default_bus => {
                event_pattern::root_events(pattern, account, region)
                    .map_err(|error| MissingFact::new(format!("event pattern of rule {}", self.shown()), error))
            }
            _ => Ok(RootEvents::default()),
        }
    }

    /// Whether events are passed on to anybody.
    ///
    /// # Errors
    /// When the targets are not known.
    pub fn has_target(&self) -> Result<bool, MissingFact> {
        let targets = self.targets.ok_or_else(|| {
            MissingFact::new(format!("targets of rule {}", self.shown()), "they were not listed with the rule")
        })?;
        Ok(targets > 0)
    }

    /// Its name, made safe to show.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.name, 64)
    }
}
