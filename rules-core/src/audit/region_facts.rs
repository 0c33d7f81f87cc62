//! The facts of one Region of an account.

use std::collections::BTreeSet;
use std::fmt;

use super::alarm::Alarm;
use super::configuration_recorder::{ConfigurationRecorder, ConfigurationRecorderStatus};
use super::event_bridge_rule::EventBridgeRule;
use super::event_selectors::EventSelectors;
use super::metric_filter::MetricFilter;
use super::records::{Record, Records};
use super::subscription::Subscription;
use super::trail::Trail;
use super::trail_status::TrailStatus;
use crate::account::AccountId;
use crate::fact::{Fact, MissingFact};
use crate::json::JsonError;
use crate::region::Region;

/// The facts of one Region, each known or unavailable with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegionFacts {
    /// DescribeTrails, with the shadow trails of trails in other Regions.
    pub trails: Fact<Records<Trail>>,
    /// GetTrailStatus of each of those trails.
    pub trail_status: Fact<Records<TrailStatus>>,
    /// GetEventSelectors of each of those trails.
    pub event_selectors: Fact<Records<EventSelectors>>,
    /// DescribeConfigurationRecorders.
    pub configuration_recorders: Fact<Records<ConfigurationRecorder>>,
    /// DescribeConfigurationRecorderStatus.
    pub configuration_recorder_status: Fact<Records<ConfigurationRecorderStatus>>,
    /// DescribeMetricFilters.
    pub metric_filters: Fact<Records<MetricFilter>>,
    /// DescribeAlarms, or DescribeAlarmsForMetric.
    pub alarms: Fact<Records<Alarm>>,
    /// ListSubscriptions, or ListSubscriptionsByTopic.
    pub subscriptions: Fact<Records<Subscription>>,
    /// ListRules of the default event bus, with ListTargetsByRule.
    pub event_bridge_rules: Fact<Records<EventBridgeRule>>,
}

/// The parts of [`RegionFacts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are those of the parts")]
pub enum RegionalFactKind {
    Trails,
    TrailStatus,
    EventSelectors,
    ConfigurationRecorders,
    ConfigurationRecorderStatus,
    MetricFilters,
    Alarms,
    Subscriptions,
    EventBridgeRules,
}

impl RegionalFactKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Trails,
        Self::TrailStatus,
        Self::EventSelectors,
        Self::ConfigurationRecorders,
        Self::ConfigurationRecorderStatus,
        Self::MetricFilters,
        Self::Alarms,
        Self::Subscriptions,
        Self::EventBridgeRules,
    ];

    /// The name of the kind in messages and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trails => "trails",
            Self::TrailStatus => "trail-status",
            Self::EventSelectors => "event-selectors",
            Self::ConfigurationRecorders => "configuration-recorders",
            Self::ConfigurationRecorderStatus => "configuration-recorder-status",
            Self::MetricFilters => "metric-filters",
            Self::Alarms => "alarms",
            Self::Subscriptions => "subscriptions",
            Self::EventBridgeRules => "eventbridge-rules",
        }
    }
}

impl fmt::Display for RegionalFactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Default for RegionFacts {
    /// The facts of a Region before anything was read.
    fn default() -> Self {
        fn not_read<T: Record>() -> Fact<Records<T>> {
            Fact::Unavailable(MissingFact::not_given(T::KIND.as_str(), "it was not read"))
        }
        Self {
            trails: not_read(),
            trail_status: not_read(),
            event_selectors: not_read(),
            configuration_recorders: not_read(),
            configuration_recorder_status: not_read(),
            metric_filters: not_read(),
            alarms: not_read(),
            subscriptions: not_read(),
            event_bridge_rules: not_read(),
        }
    }
}

impl RegionFacts {
    /// Reads a part from the JSON that the AWS CLI prints.
    ///
    /// # Errors
    /// If the text is not this output, belongs to another Region than `region`, or to more than one account.
    /// The part does not change then.
    pub fn read(&mut self, kind: RegionalFactKind, text: &str, region: &Region) -> Result<(), JsonError> {
        self.part_mut(kind).read(text, region)
    }

    /// Makes a part unavailable, with the reason.
    pub fn withhold(&mut self, kind: RegionalFactKind, missing: MissingFact) {
        self.part_mut(kind).withhold(missing);
    }

    /// Adds an unknown fact to a part whose records were requested one by one.
    pub fn add_unread(&mut self, kind: RegionalFactKind, missing: impl IntoIterator<Item = MissingFact>) {
        self.part_mut(kind).add_unread(&mut missing.into_iter());
    }

    /// The reason why a part is unavailable, if it is.
    #[must_use]
    pub fn missing(&self, kind: RegionalFactKind) -> Option<&MissingFact> {
        self.part(kind).missing()
    }

    /// The records of a known part that could not be read.
    #[must_use]
    pub fn unread(&self, kind: RegionalFactKind) -> &[MissingFact] {
        self.part(kind).unread()
    }

    /// The account that a part names.
    #[must_use]
    pub fn account(&self, kind: RegionalFactKind) -> Option<AccountId> {
        self.part(kind).account()
    }

    fn part(&self, kind: RegionalFactKind) -> &dyn FactPart {
        match kind {
            RegionalFactKind::Trails => &self.trails,
            RegionalFactKind::TrailStatus => &self.trail_status,
            RegionalFactKind::EventSelectors => &self.event_selectors,
            RegionalFactKind::ConfigurationRecorders => &self.configuration_recorders,
            RegionalFactKind::ConfigurationRecorderStatus => &self.configuration_recorder_status,
            RegionalFactKind::MetricFilters => &self.metric_filters,
            RegionalFactKind::Alarms => &self.alarms,
            RegionalFactKind::Subscriptions => &self.subscriptions,
            RegionalFactKind::EventBridgeRules => &self.event_bridge_rules,
        }
    }

    fn part_mut(&mut self, kind: RegionalFactKind) -> &mut dyn FactPart {
        match kind {
            RegionalFactKind::Trails => &mut self.trails,
            RegionalFactKind::TrailStatus => &mut self.trail_status,
            RegionalFactKind::EventSelectors => &mut self.event_selectors,
            RegionalFactKind::ConfigurationRecorders => &mut self.configuration_recorders,
            RegionalFactKind::ConfigurationRecorderStatus => &mut self.configuration_recorder_status,
            RegionalFactKind::MetricFilters => &mut self.metric_filters,
            RegionalFactKind::Alarms => &mut self.alarms,
            RegionalFactKind::Subscriptions => &mut self.subscriptions,
            RegionalFactKind::EventBridgeRules => &mut self.event_bridge_rules,
        }
    }
}

/// A part of any kind.
trait FactPart {
    fn read(&mut self, text: &str, region: &Region) -> Result<(), JsonError>;
    fn withhold(&mut self, missing: MissingFact);
    fn add_unread(&mut self, missing: &mut dyn Iterator<Item = MissingFact>);
    fn missing(&self) -> Option<&MissingFact>;
    fn unread(&self) -> &[MissingFact];
    fn account(&self) -> Option<AccountId>;
}

impl<T: Record> FactPart for Fact<Records<T>> {
    fn read(&mut self, text: &str, region: &Region) -> Result<(), JsonError> {
        let records = T::read(text)?;
        let accounts: BTreeSet<AccountId> = records.known.iter().filter_map(T::account).collect();
        let mut accounts = accounts.iter();
        if let (Some(first), Some(other)) = (accounts.next(), accounts.next()) {
            return Err(JsonError::at("$", format!("records of two accounts: {first} and {other}")));
        }
        if let Some(other) = records.known.iter().filter_map(T::region).find(|other| *other != region.as_str()) {
            let other = crate::text::visible(other, 40);
            return Err(JsonError::at("$", format!("a record of Region `{other}`, not of {region}")));
        }
        *self = Self::Known(records);
        Ok(())
    }

    fn withhold(&mut self, missing: MissingFact) {
        *self = Self::Unavailable(missing);
    }

    fn add_unread(&mut self, missing: &mut dyn Iterator<Item = MissingFact>) {
        if let Self::Known(records) = self {
            records.unread.extend(missing);
        }
    }

    fn missing(&self) -> Option<&MissingFact> {
        Fact::missing(self)
    }

    fn unread(&self) -> &[MissingFact] {
        self.known().map(|records| records.unread.as_slice()).unwrap_or_default()
    }

    fn account(&self) -> Option<AccountId> {
        self.known()?.known.iter().find_map(T::account)
    }
}
