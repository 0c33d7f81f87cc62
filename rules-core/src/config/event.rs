//! The event with which AWS Config invokes a rule's function.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::configuration_item::{ConfigurationItem, ConfigurationItemSummary, Wire as ItemWire};
use super::parameters::{InvalidParameter, RuleParameters};
use super::result_token::ResultToken;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::json::{self, JsonError};
use crate::text::visible;
use crate::timestamp::Timestamp;

/// An invocation by AWS Config. Everything in it belongs to one account, which was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigEvent {
    /// The type of the event.
    pub invoking_event: InvokingEvent,
    /// The rule's parameters, unchecked.
    pub rule_parameters: RuleParameters,
    /// The token that AWS Config requires with the results.
    pub result_token: ResultToken,
    /// Whether the resource is no longer in the scope of the rule.
    pub event_left_scope: bool,
    /// The account that owns the rule and is evaluated.
    pub account: AccountId,
    /// The rule's name as deployed, which packs and organizations extend.
    pub config_rule_name: Option<String>,
    /// The rule's ARN.
    pub config_rule_arn: Option<Arn>,
    /// Whether the resource exists or is only planned.
    pub evaluation_mode: EvaluationMode,
}

/// The type of the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvokingEvent {
    /// The rule's schedule, or the delivery of a snapshot to which the rule listens.
    Periodic {
        /// When the notification was made.
        created: Timestamp,
    },
    /// A resource changed.
    Change(ConfigurationItem),
    /// A resource changed, and its item is too large for the event: it has to be fetched.
    OversizedChange(ConfigurationItemSummary),
}

/// Whether a rule evaluates a resource that exists or one that is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EvaluationMode {
    /// It exists.
    Detective,
    /// It is planned.
    Proactive,
}

/// The reason why an event was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidEvent {
    /// A field is missing, or its value is invalid or unknown. The error has the path.
    #[error("event: {0}")]
    Field(JsonError),
    /// The event names two accounts: it is forged, or was sent to the wrong function.
    #[error("event: {path}: names account `{}`, but the event is for `{account}`", visible(.other, 40))]
    OtherAccount {
        /// Where the other account is named.
        path: String,
        /// The other account, as written.
        other: String,
        /// The account of the event.
        account: AccountId,
    },
    /// The rule parameters are not an object with texts, numbers and booleans.
    #[error("event: $.ruleParameters: {0}")]
    Parameters(InvalidParameter),
}

impl From<JsonError> for InvalidEvent {
    fn from(error: JsonError) -> Self {
        Self::Field(error)
    }
}

impl InvalidEvent {
    /// The same error seen from the document that has this one at `outer`.
    fn inside(self, outer: &str) -> Self {
        match self {
            Self::Field(error) => Self::Field(error.inside(outer)),
            Self::OtherAccount { path, other, account } => {
                let path = format!("{outer}{}", path.strip_prefix('$').unwrap_or(&path));
                Self::OtherAccount { path, other, account }
            }
            Self::Parameters(error) => Self::Parameters(error),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wire {
    invoking_event: String,
    rule_parameters: Option<String>,
    result_token: String,
    event_left_scope: Option<bool>,
    account_id: String,
    execution_role_arn: Option<String>,
    config_rule_arn: Option<String>,
    config_rule_name: Option<String>,
    evaluation_mode: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InvokingWire<'a> {
    message_type: String,
    aws_account_id: Option<String>,
    notification_creation_time: Option<Timestamp>,
    #[serde(borrow)]
    configuration_item: Option<&'a RawValue>,
    #[serde(borrow)]
    configuration_item_summary: Option<&'a RawValue>,
}

impl ConfigEvent {
    /// Reads the payload of an invocation.
    ///
    /// # Errors
    /// If the payload is not an AWS Config event, has an unknown type, or names more than one account.
    pub fn parse(payload: &[u8]) -> Result<Self, InvalidEvent> {
        let text = json::text(payload)?;
        let wire: Wire = json::read_as(&text)?;
        let refuse = |path: &str, message: String| Err(InvalidEvent::from(JsonError::at(path, message)));
        if wire.result_token.is_empty() {
            return refuse("$.resultToken", "is empty".to_owned());
        }
        let account: AccountId = match wire.account_id.parse() {
            Ok(account) => account,
            Err(error) => return refuse("$.accountId", format!("{error}")),
        };
        let invoking_event =
            InvokingEvent::parse(&wire.invoking_event, &account).map_err(|error| error.inside("$.invokingEvent"))?;
        let config_rule_arn = owned_arn("$.configRuleArn", wire.config_rule_arn.as_deref(), &account)?;
        owned_arn("$.executionRoleArn", wire.execution_role_arn.as_deref(), &account)?;
        let rule_parameters = RuleParameters::parse(wire.rule_parameters.as_deref().unwrap_or_default())
            .map_err(InvalidEvent::Parameters)?;
        let evaluation_mode = match wire.evaluation_mode.as_deref() {
            None | Some("DETECTIVE") => EvaluationMode::Detective,
            Some("PROACTIVE") => EvaluationMode::Proactive,
            Some(other) => return refuse("$.evaluationMode", format!("unknown mode `{}`", visible(other, 40))),
        };
        Ok(Self {
            invoking_event,
            rule_parameters,
            result_token: ResultToken::new(wire.result_token),
            event_left_scope: wire.event_left_scope.unwrap_or(false),
            account,
            config_rule_name: wire.config_rule_name,
            config_rule_arn,
            evaluation_mode,
        })
    }
}

impl InvokingEvent {
    /// The time of the evaluations of this event: the time of the event, never the current time.
    #[must_use]
    pub fn ordering_timestamp(&self) -> Timestamp {
        match self {
            Self::Periodic { created } => *created,
            Self::Change(item) => item.summary.capture_time,
            Self::OversizedChange(summary) => summary.capture_time,
        }
    }

    fn parse(text: &str, account: &AccountId) -> Result<Self, InvalidEvent> {
        let wire: InvokingWire<'_> = json::read_as(text)?;
        if let Some(other) = wire.aws_account_id.as_deref().filter(|other| *other != account.as_str()) {
            return Err(other_account("$.awsAccountId", other, account));
        }
        let item = |name: &str, raw: Option<&RawValue>| {
            let path = format!("$.{name}");
            let missing = || JsonError::at(path.as_str(), "is missing");
            let raw = raw.filter(|raw| raw.get() != "null").ok_or_else(missing)?;
            Ok::<_, JsonError>((raw.get().to_owned(), path))
        };
        let event = match wire.message_type.as_str() {
            "ScheduledNotification" | "ConfigurationSnapshotDeliveryCompleted" => {
                let missing = || JsonError::at("$.notificationCreationTime", "is missing");
                return Ok(Self::Periodic { created: wire.notification_creation_time.ok_or_else(missing)? });
            }
            "ConfigurationItemChangeNotification" => {
                let (text, path) = item("configurationItem", wire.configuration_item)?;
                Self::Change(ConfigurationItem::parse(&text).map_err(|error| error.inside(&path))?)
            }
            "OversizedConfigurationItemChangeNotification" => {
                let (text, path) = item("configurationItemSummary", wire.configuration_item_summary)?;
                let summary = json::read_as::<ItemWire<'_>>(&text).and_then(ItemWire::into_summary);
                Self::OversizedChange(summary.map_err(|error| error.inside(&path))?)
            }
            other => {
                let message = format!("unknown message type `{}`", visible(other, 60));
                return Err(JsonError::at("$.messageType", message).into());
            }
        };
        let of = match &event {
            Self::Change(item) => &item.summary.account,
            Self::OversizedChange(summary) => &summary.account,
            Self::Periodic { .. } => account,
        };
        match of == account {
            true => Ok(event),
            false => Err(other_account("$.configurationItem.awsAccountId", of.as_str(), account)),
        }
    }
}

fn other_account(path: &str, other: &str, account: &AccountId) -> InvalidEvent {
    InvalidEvent::OtherAccount { path: path.to_owned(), other: other.to_owned(), account: account.clone() }
}

/// An ARN that must be of the event's account: a mixture is a forged or misrouted event.
fn owned_arn(path: &str, text: Option<&str>, account: &AccountId) -> Result<Option<Arn>, InvalidEvent> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let arn: Arn = text.parse().map_err(|error| JsonError::at(path, format!("{error}")))?;
    if arn.account() != account.as_str() {
        return Err(other_account(path, arn.account(), account));
    }
    Ok(Some(arn))
}
