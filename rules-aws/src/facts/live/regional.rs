//! The facts of Regions: the Region of the connection, and the Regions that its resources refer to.

mod alarms;
mod cloudtrail;
mod event_bridge;
mod recorders;

use std::collections::{BTreeMap, BTreeSet};

use rules_core::Region;
use rules_core::audit::{
    DEFAULT_BUS, EventBridgeRule, Recipient, RegionFacts, RegionalFactKind, RootCoverage, RootEvents, Trail,
};
use rules_core::facts::Facts;
use rules_core::rules::alarm_reports_root_use;
use rules_core::{AccountId, Arn, MissingFact, Timestamp};
use serde_json::Value;

use super::LiveFacts;
use crate::facts::captured::{Captured, Regions};

/// The records of a listing, and what could not be read of it.
#[derive(Clone, Default)]
struct Listed {
    records: Vec<Value>,
    missing: Vec<MissingFact>,
}

impl Listed {
    /// Adds the answer to one of several calls.
    fn add(&mut self, answer: Result<impl IntoIterator<Item = Value>, MissingFact>) {
        match answer {
            Ok(records) => self.records.extend(records),
            Err(missing) => self.missing.push(missing),
        }
    }
}

/// Reads the regional facts of one account.
pub(super) struct RegionalReading<'a> {
    live: &'a LiveFacts,
    facts: Facts,
    regions: Regions,
    /// What was listed of several topics, and which they were: they are met on more than one way.
    subscriptions: BTreeMap<Region, Listed>,
    asked_topics: BTreeSet<Arn>,
    /// What was listed of several buses.
    rules: BTreeMap<Region, Listed>,
}

impl<'a> RegionalReading<'a> {
    pub(super) fn new(live: &'a LiveFacts, account: &AccountId) -> Self {
        // Nothing of what is read here depends on the moment.
        Self {
            live,
            facts: Facts::unread(account.clone(), Timestamp::MAX),
            regions: Regions::new(),
            subscriptions: BTreeMap::new(),
            asked_topics: BTreeSet::new(),
            rules: BTreeMap::new(),
        }
    }

    /// What of these kinds could be read, as facts and as it was.
    pub(super) async fn read(mut self, kinds: &BTreeSet<RegionalFactKind>) -> (BTreeMap<Region, RegionFacts>, Regions) {
        let asked = |kind| kinds.contains(&kind);
        let regions = self.live.regions();
        for here in &regions {
            if asked(RegionalFactKind::ConfigurationRecorders) || asked(RegionalFactKind::ConfigurationRecorderStatus) {
                self.read_recorders(here).await;
            }
            if asked(RegionalFactKind::Trails) {
                self.read_trails(here).await;
            }
        }
        // All that follows begins at a trail.
        if asked(RegionalFactKind::MetricFilters) {
            self.read_alarm_chain().await;
        }
        // One proof is enough, and EventBridge's is in a Region that the caller may have no access to. Without a trail there
        // is nothing that EventBridge could tell.
        let is_open = || !alarm_reports_root_use(&self.facts) && self.trails().next().is_some();
        if let Some(here) = regions.first()
            && asked(RegionalFactKind::EventBridgeRules)
            && is_open()
        {
            self.read_event_bridge(&here.of_root_sign_ins()).await;
        }
        (self.facts.regions, self.regions)
    }

    async fn read_recorders(&mut self, here: &Region) {
        let client = self.live.aws.config_service_in(here);
        let (recorders, status) = tokio::join!(
            self.live.within(recorders::RECORDERS, recorders::recorders(&client)),
            self.live.within(recorders::STATUS, recorders::status(&client)),
        );
        self.put(here, RegionalFactKind::ConfigurationRecorders, recorders);
        self.put(here, RegionalFactKind::ConfigurationRecorderStatus, status);
    }

    /// The trails that log here, wherever their home is, and there what is asked of each.
    async fn read_trails(&mut self, here: &Region) {
        let asked: BTreeSet<Arn> = self.trails().map(|trail| trail.arn.clone()).collect();
        let client = self.live.aws.cloudtrail(here);
        let trails = self.live.within(cloudtrail::DESCRIBE, cloudtrail::trails(&client)).await;
        self.put(here, RegionalFactKind::Trails, trails);
        if self.facts.regions.get(here).is_none_or(|region| region.trails.missing().is_some()) {
            return;
        }
        let (mut status, mut selectors) = (Listed::default(), Listed::default());
        let found: BTreeSet<Arn> = self.trails().map(|trail| trail.arn.clone()).collect();
        for arn in found.difference(&asked) {
            let home = arn.region().parse().unwrap_or_else(|_| here.clone());
            let client = self.live.aws.cloudtrail(&home);
            let (of_status, of_selectors) = tokio::join!(
                self.live.within(cloudtrail::STATUS, cloudtrail::status(&client, arn)),
                self.live.within(cloudtrail::SELECTORS, cloudtrail::event_selectors(&client, arn)),
            );
            status.add(of_status.map(Some));
            selectors.add(of_selectors.map(Some));
        }
        self.put_listed(here, RegionalFactKind::TrailStatus, status, Value::Array);
        self.put_listed(here, RegionalFactKind::EventSelectors, selectors, Value::Array);
    }

    /// Every trail that is known so far; shadow trails are listed as often as they are seen.
    fn trails(&self) -> impl Iterator<Item = &Trail> {
        self.facts.regions.values().filter_map(|region| region.trails.known()).flat_map(|trails| &trails.known)
    }

    /// The metric filters of the trails' log groups, the alarms on those that count the root user's acts, and the
    /// subscribers of what those notify: few calls, however many filters, alarms and topics there are besides.
    async fn read_alarm_chain(&mut self) {
        for (region, groups) in self.log_groups() {
            let client = self.live.aws.cloudwatch_logs(&region);
            let mut filters = Listed::default();
            for group in groups {
                filters.add(self.live.within(alarms::FILTERS, alarms::metric_filters(&client, &group)).await);
            }
            self.put_listed(&region, RegionalFactKind::MetricFilters, filters, |list| wrap("metricFilters", list));
            self.read_alarms(&region).await;
        }
    }

    /// By Region, the account's own log groups that trails of all Regions send to.
    fn log_groups(&self) -> BTreeMap<Region, BTreeSet<String>> {
        let mut groups: BTreeMap<Region, BTreeSet<String>> = BTreeMap::new();
        for trail in self.trails().filter(|trail| trail.is_multi_region() == Ok(true)) {
            if let Some(group) =
                trail.log_group.as_ref().filter(|group| is_own(&self.facts.account, group.arn.account_id()))
            {
                groups.entry(group.region.clone()).or_default().insert(group.name.clone());
            }
        }
        groups
    }

    async fn read_alarms(&mut self, region: &Region) {
        let filters = self.facts.regions.get(region).and_then(|region| region.metric_filters.known());
        let metrics: BTreeSet<_> = filters
            .iter()
            .flat_map(|filters| &filters.known)
            .filter(|filter| filter.root_coverage() == RootCoverage::Covers)
            .flat_map(|filter| &filter.transformations)
            .filter(|transformation| !transformation.has_dimensions)
            .map(|transformation| transformation.metric.clone())
            .collect();
        let mut listed = Listed::default();
        if !metrics.is_empty() {
            let client = self.live.aws.cloudwatch(region);
            for metric in &metrics {
                listed.add(self.live.within(alarms::ALARMS, alarms::alarms(&client, metric)).await);
            }
        }
        self.put_listed(region, RegionalFactKind::Alarms, listed, |list| wrap("MetricAlarms", list));
        let alarms = self.facts.regions.get(region).and_then(|region| region.alarms.known());
        let topics: BTreeSet<Arn> = alarms
            .iter()
            .flat_map(|alarms| &alarms.known)
            .filter(|alarm| alarm.metric.as_ref().is_some_and(|metric| metrics.contains(metric)))
            .flat_map(|alarm| &alarm.actions)
            .cloned()
            .collect();
        self.read_subscriptions(region, topics).await;
    }

    /// The subscribers of the account's own topics among these resources, each topic once.
    async fn read_subscriptions(&mut self, region: &Region, resources: BTreeSet<Arn>) {
        // A topic's subscribers are listed for its owner.
        let is_own_topic =
            |arn: &Arn| Recipient::of(arn) == Recipient::Topic && is_own(&self.facts.account, arn.account_id());
        let topics: Vec<Arn> = resources.into_iter().filter(is_own_topic).collect();
        let client = (!topics.is_empty()).then(|| self.live.aws.sns(region));
        let mut listed = self.subscriptions.remove(region).unwrap_or_default();
        for topic in topics {
            let Some(client) = client.as_ref().filter(|_| self.asked_topics.insert(topic.clone())) else { continue };
            listed.add(self.live.within(alarms::SUBSCRIPTIONS, alarms::subscriptions(client, &topic)).await);
        }
        self.subscriptions.insert(region.clone(), listed.clone());
        self.put_listed(region, RegionalFactKind::Subscriptions, listed, |list| wrap("Subscriptions", list));
    }

    /// The rules of the default bus, with the targets of those that are about the root user; of the buses among these the
    /// same, since events go no further than that; and the subscribers of the topics.
    async fn read_event_bridge(&mut self, origin: &Region) {
        self.read_bus(origin, DEFAULT_BUS, origin).await;
        let mut resources = self.targets_of(origin, DEFAULT_BUS, origin);
        let buses: BTreeSet<(Region, String)> = resources.iter().filter_map(|target| self.own_bus(target)).collect();
        for (region, bus) in buses.into_iter().filter(|(region, bus)| (region, bus.as_str()) != (origin, DEFAULT_BUS)) {
            self.read_bus(&region, &bus, origin).await;
            resources.extend(self.targets_of(&region, &bus, origin));
        }
        let mut by_region: BTreeMap<Region, BTreeSet<Arn>> = BTreeMap::new();
        for resource in resources {
            if let Ok(region) = resource.region().parse() {
                by_region.entry(region).or_default().insert(resource);
            }
        }
        for (region, resources) in by_region {
            if resources.iter().any(|resource| Recipient::of(resource) == Recipient::Topic) {
                self.read_subscriptions(&region, resources).await;
            }
        }
    }

    /// The rules of one bus, added to those of its Region.
    async fn read_bus(&mut self, region: &Region, bus: &str, origin: &Region) {
        let client = self.live.aws.event_bridge(region);
        let mut listed = self.rules.remove(region).unwrap_or_default();
        match self.live.within(event_bridge::RULES, event_bridge::rules(&client, bus)).await {
            Err(missing) => listed.missing.push(missing),
            Ok(mut rules) => {
                for name in self.rules_about_root(region, &wrap("Rules", rules.clone()), origin) {
                    match self.live.within(event_bridge::TARGETS, event_bridge::targets(&client, bus, &name)).await {
                        Ok(targets) => {
                            let is_named = |rule: &&mut Value| rule.get("Name").and_then(Value::as_str) == Some(&name);
                            if let Some(fields) = rules.iter_mut().find(is_named).and_then(Value::as_object_mut) {
                                fields.insert("Targets".to_owned(), Value::Array(targets));
                            }
                        }
                        Err(denied) => listed.missing.push(denied),
                    }
                }
                listed.records.extend(rules);
            }
        }
        self.rules.insert(region.clone(), listed.clone());
        self.put_listed(region, RegionalFactKind::EventBridgeRules, listed, |list| wrap("Rules", list));
    }

    fn rules_about_root(&self, region: &Region, output: &Value, origin: &Region) -> Vec<String> {
        let mut facts = RegionFacts::default();
        // What cannot be read says so when it is put where it belongs.
        let _ = facts.read(RegionalFactKind::EventBridgeRules, &output.to_string(), region);
        let rules = facts.event_bridge_rules.known().map(|rules| rules.known.as_slice()).unwrap_or_default();
        rules.iter().filter(|rule| self.is_about_root(rule, origin)).map(|rule| rule.name.clone()).collect()
    }

    fn is_about_root(&self, rule: &EventBridgeRule, origin: &Region) -> bool {
        rule.root_events(&self.facts.account, origin).is_ok_and(|events| events != RootEvents::default())
    }

    /// The targets of the rules of one bus that are about the root user.
    fn targets_of(&self, region: &Region, bus: &str, origin: &Region) -> BTreeSet<Arn> {
        let rules = self.facts.regions.get(region).and_then(|region| region.event_bridge_rules.known());
        let rules = rules.iter().flat_map(|rules| &rules.known);
        let of_bus = rules.filter(|rule| rule.bus == bus && self.is_about_root(rule, origin));
        of_bus.filter_map(|rule| rule.targets().ok()).flatten().cloned().collect()
    }

    /// The event bus that the resource is, if it is one of the account's own.
    fn own_bus(&self, resource: &Arn) -> Option<(Region, String)> {
        match Recipient::of(resource) {
            Recipient::EventBus(bus) if is_own(&self.facts.account, resource.account_id()) => {
                Some((resource.region().parse().ok()?, bus.to_owned()))
            }
            _ => None,
        }
    }

    fn put(&mut self, region: &Region, kind: RegionalFactKind, output: Result<Value, MissingFact>) {
        self.put_captured(region, kind, Captured::new(output));
    }

    /// Takes records that were asked for in several calls, some of which may have failed.
    fn put_listed(
        &mut self,
        region: &Region,
        kind: RegionalFactKind,
        listed: Listed,
        output: impl FnOnce(Vec<Value>) -> Value,
    ) {
        self.put_captured(region, kind, Captured::together(&output(listed.records), &listed.missing));
    }

    fn put_captured(&mut self, region: &Region, kind: RegionalFactKind, captured: Captured) {
        let facts = self.facts.regions.entry(region.clone()).or_default();
        // What is not known is said by the facts themselves.
        let _ = captured.tell(facts, kind, region, &format!("{kind} of {region}"));
        self.regions.entry(region.clone()).or_default().insert(kind, captured);
    }
}

fn is_own(account: &AccountId, owner: Option<AccountId>) -> bool {
    owner.is_none_or(|owner| owner == *account)
}

fn wrap(name: &str, list: Vec<Value>) -> Value {
    Value::Object([(name.to_owned(), Value::Array(list))].into_iter().collect())
}
