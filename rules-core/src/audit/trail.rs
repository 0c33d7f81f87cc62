//! Trails of CloudTrail.

use serde::Deserialize;

use super::records::{Element, Record, Records, arn, each, listing, required};
use super::region_facts::RegionalFactKind;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::MissingFact;
use crate::json::JsonError;
use crate::region::Region;
use crate::text::visible;

/// A trail, as DescribeTrails returns it in its home Region or, as a shadow trail, in another Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    /// Its name.
    pub name: String,
    /// Its ARN, whose Region is the trail's home and whose account is its owner: for a trail of an organization, the
    /// management account.
    pub arn: Arn,
    /// The log group of CloudWatch Logs that receives its events, if it has one.
    pub log_group: Option<LogGroup>,
    /// Whether the trail has custom event selectors; none if CloudTrail did not deliver it.
    pub has_custom_event_selectors: Option<bool>,
    is_multi_region: Option<bool>,
    is_organization: bool,
    log_file_validation: Option<bool>,
}

/// A log group of CloudWatch Logs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogGroup {
    /// Its ARN, which contains its Region and owner.
    pub arn: Arn,
    /// Its Region.
    pub region: Region,
    /// Its name.
    pub name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrailWire {
    #[serde(rename = "TrailARN")]
    trail_arn: Option<String>,
    is_multi_region_trail: Option<bool>,
    is_organization_trail: Option<bool>,
    log_file_validation_enabled: Option<bool>,
    cloud_watch_logs_log_group_arn: Option<String>,
    has_custom_event_selectors: Option<bool>,
}

impl Record for Trail {
    const KIND: RegionalFactKind = RegionalFactKind::Trails;

    /// Reads the JSON that `aws cloudtrail describe-trails` prints.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, listing(text, "trailList")?, |wire: TrailWire, _| Self::from_wire(wire)))
    }

    /// A trail of the organization is the management account's.
    fn account(&self) -> Option<AccountId> {
        if self.is_organization { None } else { self.arn.account_id() }
    }
}

impl Trail {
    fn from_wire(wire: TrailWire) -> Result<Self, JsonError> {
        let arn = arn(&required(wire.trail_arn, "TrailARN")?, "TrailARN")?;
        let log_group = wire.cloud_watch_logs_log_group_arn.filter(|arn| !arn.is_empty());
        Ok(Self {
            name: arn.resource().strip_prefix("trail/").unwrap_or(arn.resource()).to_owned(),
            log_group: log_group.as_deref().map(LogGroup::parse).transpose()?,
            has_custom_event_selectors: wire.has_custom_event_selectors,
            is_multi_region: wire.is_multi_region_trail,
            is_organization: wire.is_organization_trail == Some(true),
            log_file_validation: wire.log_file_validation_enabled,
            arn,
        })
    }

    /// Whether it applies to all Regions.
    ///
    /// # Errors
    /// If CloudTrail did not deliver it.
    pub fn is_multi_region(&self) -> Result<bool, MissingFact> {
        self.flag(self.is_multi_region, "IsMultiRegionTrail")
    }

    /// Whether log file validation is enabled.
    ///
    /// # Errors
    /// If CloudTrail did not deliver it.
    pub fn log_file_validation(&self) -> Result<bool, MissingFact> {
        self.flag(self.log_file_validation, "LogFileValidationEnabled")
    }

    /// Whether it is a trail of the organization.
    #[must_use]
    pub fn is_organization(&self) -> bool {
        self.is_organization
    }

    /// Its name, escaped for display and shortened to 60 characters.
    #[must_use]
    pub fn shown(&self) -> String {
        visible(&self.name, 60)
    }

    /// Whether `key` is how an output names this trail.
    pub(crate) fn is_named(&self, key: &str) -> bool {
        key == self.arn.as_str() || key == self.name
    }

    fn flag(&self, flag: Option<bool>, field: &str) -> Result<bool, MissingFact> {
        flag.ok_or_else(|| {
            MissingFact::new(format!("{field} of trail {}", self.shown()), "CloudTrail did not deliver it")
        })
    }
}

impl LogGroup {
    /// Reads the ARN of a log group, with or without `:*` at its end.
    fn parse(text: &str) -> Result<Self, JsonError> {
        const FIELD: &str = "CloudWatchLogsLogGroupArn";
        let arn = arn(text, FIELD)?;
        let refuse = |reason: String| JsonError::at(format!("$.{FIELD}"), reason);
        let region = arn.region().parse().map_err(|error| refuse(format!("{error}")))?;
        let name = arn.resource().strip_prefix("log-group:").map(|rest| rest.strip_suffix(":*").unwrap_or(rest));
        match name.filter(|name| !name.is_empty() && arn.service() == "logs") {
            Some(name) => Ok(Self { name: name.to_owned(), region, arn }),
            None => Err(refuse(format!("`{}` is not the ARN of a log group", visible(text, 80)))),
        }
    }
}

/// The trail that an output is of: as said around it, or in it.
pub(super) fn trail_of<const N: usize>(element: &Element<'_>, named: [Option<String>; N]) -> Result<String, JsonError> {
    let said = element.key.clone().into_iter().chain(named.into_iter().flatten()).next();
    said.ok_or_else(|| JsonError::at("$", "the trail is unknown: `TrailARN` and `Name` are both missing"))
}
