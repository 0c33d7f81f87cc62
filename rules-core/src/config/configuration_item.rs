//! Configuration items: the recorded states of resources.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};
use serde_json::value::RawValue;

use crate::account::AccountId;
use crate::json::{self, JsonError};
use crate::resource::EvaluatedResource;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// The state of a resource that AWS Config recorded at one time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationItem {
    /// The item without its configuration.
    pub summary: ConfigurationItemSummary,
    /// The resource's configuration as JSON text; none for a resource that is gone or not recorded.
    pub configuration: Option<String>,
}

/// A configuration item without the configuration, as an oversized notification carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationItemSummary {
    /// The resource's account.
    pub account: AccountId,
    /// The status of the resource.
    pub status: ConfigurationItemStatus,
    /// When the item was recorded, which is the ordering timestamp of its evaluation.
    pub capture_time: Timestamp,
    /// The resource type of AWS Config.
    pub resource_type: String,
    /// AWS Config's resource id, which for IAM is the unique id.
    pub resource_id: String,
    /// The friendly name.
    pub resource_name: Option<String>,
    /// The resource's ARN, which some kinds of resources do not have.
    pub arn: Option<String>,
    /// A number that orders the items of one resource, as text.
    pub state_id: Option<String>,
}

impl ConfigurationItemSummary {
    /// The resource, as verdicts name it.
    #[must_use]
    pub fn resource(&self) -> EvaluatedResource {
        EvaluatedResource {
            resource_type: self.resource_type.clone(),
            id: self.resource_id.clone(),
            name: self.resource_name.clone(),
            arn: self.arn.as_ref().and_then(|arn| arn.parse().ok()),
        }
    }
}

/// The status of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigurationItemStatus {
    /// It was updated.
    Ok,
    /// It is new.
    ResourceDiscovered,
    /// It exists, but its kind is not recorded.
    ResourceNotRecorded,
    /// It was deleted.
    ResourceDeleted,
    /// It was deleted, and its kind was not recorded.
    ResourceDeletedNotRecorded,
}

impl ConfigurationItemStatus {
    /// Whether the item has the current state of the resource.
    #[must_use]
    pub fn is_recorded(self) -> bool {
        matches!(self, Self::Ok | Self::ResourceDiscovered)
    }

    /// AWS Config's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::ResourceDiscovered => "ResourceDiscovered",
            Self::ResourceNotRecorded => "ResourceNotRecorded",
            Self::ResourceDeleted => "ResourceDeleted",
            Self::ResourceDeletedNotRecorded => "ResourceDeletedNotRecorded",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Ok,
            Self::ResourceDiscovered,
            Self::ResourceNotRecorded,
            Self::ResourceDeleted,
            Self::ResourceDeletedNotRecorded,
        ];
        all.into_iter().find(|status| status.as_str() == name)
    }
}

/// Both forms of an item: events say `awsAccountId`, the API says `accountId`, and so on.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wire<'a> {
    #[serde(alias = "accountId")]
    aws_account_id: String,
    configuration_item_status: String,
    configuration_item_capture_time: Timestamp,
    resource_type: String,
    resource_id: String,
    resource_name: Option<String>,
    #[serde(rename = "ARN", alias = "arn")]
    arn: Option<String>,
    #[serde(default)]
    configuration_state_id: StateId,
    #[serde(borrow)]
    configuration: Option<&'a RawValue>,
}

/// A number in events, text in the API.
#[derive(Default)]
struct StateId(Option<String>);

impl<'de> Deserialize<'de> for StateId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StateIdVisitor;
        impl Visitor<'_> for StateIdVisitor {
            type Value = StateId;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a state id (a number or a string)")
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<StateId, E> {
                Ok(StateId(Some(number.to_string())))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<StateId, E> {
                Ok(StateId(Some(text.to_owned())))
            }
            fn visit_unit<E: Error>(self) -> Result<StateId, E> {
                Ok(StateId(None))
            }
        }
        deserializer.deserialize_any(StateIdVisitor)
    }
}

impl Wire<'_> {
    pub(super) fn into_summary(self) -> Result<ConfigurationItemSummary, JsonError> {
        let refuse = |path: &str, message: String| JsonError::at(path, message);
        let account = self.aws_account_id.parse().map_err(|error| refuse("$.awsAccountId", format!("{error}")))?;
        let status = ConfigurationItemStatus::from_name(&self.configuration_item_status).ok_or_else(|| {
            let shown = visible(&self.configuration_item_status, 60);
            refuse("$.configurationItemStatus", format!("unknown status `{shown}`"))
        })?;
        for (path, text) in [("$.resourceType", &self.resource_type), ("$.resourceId", &self.resource_id)] {
            if text.is_empty() {
                return Err(refuse(path, "is empty".to_owned()));
            }
        }
        Ok(ConfigurationItemSummary {
            account,
            status,
            capture_time: self.configuration_item_capture_time,
            resource_type: self.resource_type,
            resource_id: self.resource_id,
            resource_name: self.resource_name.filter(|name| !name.is_empty()),
            arn: self.arn.filter(|arn| !arn.is_empty()),
            state_id: self.configuration_state_id.0,
        })
    }

    pub(super) fn into_item(self) -> Result<ConfigurationItem, JsonError> {
        let configuration = match self.configuration.map(RawValue::get) {
            None | Some("null") => None,
            // The API's form: the configuration as JSON inside a string.
            Some(text) if text.starts_with('"') => {
                let inner: String =
                    serde_json::from_str(text).map_err(|error| JsonError::at("$.configuration", error.to_string()))?;
                Some(inner).filter(|inner| !inner.trim().is_empty())
            }
            Some(object) => Some(object.to_owned()),
        };
        Ok(ConfigurationItem { summary: self.into_summary()?, configuration })
    }
}

impl ConfigurationItem {
    /// Reads one item as an event or the API delivers it.
    ///
    /// # Errors
    /// If the text is not a configuration item, or has a status that AWS Config does not define.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        json::read_as::<Wire<'_>>(text)?.into_item()
    }
}
