//! Which events a trail records.

use serde::Deserialize;

use super::records::{Record, Records, each, outputs_by_trail, required};
use super::region_facts::RegionalFactKind;
use super::trail::trail_of;
use crate::json::JsonError;

/// A trail's event selectors, classic and advanced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSelectors {
    /// The trail's ARN or name.
    pub trail: String,
    /// The management events of all services that a selector includes; none if the trail has no selector.
    pub management_events: Option<ManagementEvents>,
}

/// Which management events are recorded without exception.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ManagementEvents {
    /// All read events.
    pub reads: bool,
    /// All write events.
    pub writes: bool,
}

impl ManagementEvents {
    /// Every management event.
    pub const ALL: Self = Self { reads: true, writes: true };

    const NONE: Self = Self { reads: false, writes: false };

    fn or(self, other: Self) -> Self {
        Self { reads: self.reads || other.reads, writes: self.writes || other.writes }
    }

    fn and(self, other: Self) -> Self {
        Self { reads: self.reads && other.reads, writes: self.writes && other.writes }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Output {
    #[serde(rename = "TrailARN")]
    trail_arn: Option<String>,
    name: Option<String>,
    event_selectors: Option<Vec<Classic>>,
    advanced_event_selectors: Option<Vec<Advanced>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Classic {
    read_write_type: Option<String>,
    include_management_events: Option<bool>,
    exclude_management_event_sources: Option<Vec<String>>,
}

/// The name of an advanced selector says nothing, so it is not read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Advanced {
    field_selectors: Option<Vec<FieldSelector>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct FieldSelector {
    field: Option<String>,
    equals: Option<Vec<String>>,
    starts_with: Option<Vec<String>>,
    ends_with: Option<Vec<String>>,
    not_equals: Option<Vec<String>>,
    not_starts_with: Option<Vec<String>>,
    not_ends_with: Option<Vec<String>>,
}

impl Record for EventSelectors {
    const KIND: RegionalFactKind = RegionalFactKind::EventSelectors;

    /// Reads outputs of `aws cloudtrail get-event-selectors`, which name their trails.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, outputs_by_trail(text)?, |output: Output, element| {
            let trail = trail_of(element, [output.trail_arn, output.name])?;
            let mut recorded = Vec::new();
            for (index, selector) in output.event_selectors.into_iter().flatten().enumerate() {
                recorded
                    .push(selector.recorded().map_err(|error| error.inside(&format!("$.EventSelectors[{index}]")))?);
            }
            for (index, selector) in output.advanced_event_selectors.into_iter().flatten().enumerate() {
                let path = format!("$.AdvancedEventSelectors[{index}]");
                recorded.push(selector.recorded().map_err(|error| error.inside(&path))?);
            }
            // An event is recorded when any selector lets it through.
            Ok(Self { trail, management_events: recorded.into_iter().reduce(ManagementEvents::or) })
        }))
    }
}

impl Classic {
    fn recorded(self) -> Result<ManagementEvents, JsonError> {
        let included = required(self.include_management_events, "IncludeManagementEvents")?;
        let kinds = match required(self.read_write_type, "ReadWriteType")?.as_str() {
            "All" => ManagementEvents::ALL,
            "ReadOnly" => ManagementEvents { reads: true, writes: false },
            "WriteOnly" => ManagementEvents { reads: false, writes: true },
            other => {
                let message = format!("`{}` is not All, ReadOnly or WriteOnly", crate::text::visible(other, 40));
                return Err(JsonError::at("$.ReadWriteType", message));
            }
        };
        let excluded = required(self.exclude_management_event_sources, "ExcludeManagementEventSources")?;
        Ok(if included && excluded.is_empty() { kinds } else { ManagementEvents::NONE })
    }
}

impl Advanced {
    fn recorded(self) -> Result<ManagementEvents, JsonError> {
        let mut is_management = false;
        let mut kinds = ManagementEvents::ALL;
        for selector in required(self.field_selectors, "FieldSelectors")? {
            let field = required(selector.field.as_deref(), "Field")?;
            let let_through = match (field, selector.equals_alone()) {
                ("eventCategory", Some(values)) => {
                    is_management = values.iter().any(|value| value == "Management");
                    ManagementEvents::ALL
                }
                ("readOnly", Some(values)) => {
                    let has = |wanted: &str| values.iter().any(|value| value == wanted);
                    ManagementEvents { reads: has("true"), writes: has("false") }
                }
                // Any other field, and any other comparison, leaves something out.
                _ => ManagementEvents::NONE,
            };
            kinds = kinds.and(let_through);
        }
        Ok(if is_management { kinds } else { ManagementEvents::NONE })
    }
}

impl FieldSelector {
    /// The values that the field has to equal, when nothing else is asked of it.
    fn equals_alone(&self) -> Option<&[String]> {
        let others = [&self.starts_with, &self.ends_with, &self.not_equals, &self.not_starts_with, &self.not_ends_with];
        let is_alone = others.into_iter().flatten().all(Vec::is_empty);
        self.equals.as_deref().filter(|_| is_alone)
    }
}
