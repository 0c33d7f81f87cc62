//! From a trail over a log group, a metric filter and an alarm to a subscriber.

use crate::account::AccountId;
use crate::arn::Arn;
use crate::audit::{
    Alarm, LogGroup, ManagementEvents, Metric, MetricFilter, MetricTransformation, Recipient, Records, RegionFacts,
    RootCoverage, Subscription, TrailStatus,
};
use crate::config::{Finding, FindingCode};
use crate::fact::{Fact, MissingFact};
use crate::facts::Facts;
use crate::rules::candidate::Candidate;
use crate::rules::trail_with_status::TrailWithStatus;
use crate::text::visible;

/// Every chain that starts at a trail, up to its first missing link.
pub(super) fn candidates(
    facts: &Facts,
    trails: &[TrailWithStatus<'_>],
    unread: &mut Vec<MissingFact>,
) -> Vec<Candidate> {
    let mut chains = Vec::new();
    for found in trails {
        match found.trail.is_multi_region() {
            Ok(true) => chains.extend(behind_trail(facts, found, unread)),
            // No later link can replace the events of the other Regions.
            Ok(false) => {}
            Err(missing) => unread.push(missing),
        }
    }
    chains
}

fn behind_trail(facts: &Facts, found: &TrailWithStatus<'_>, unread: &mut Vec<MissingFact>) -> Vec<Candidate> {
    let trail = found.trail;
    let name = trail.shown();
    let mut start = Chain::new(&trail.name);
    let finding = |code, what: &str| Finding::new(code, format!("trail {name} {what}"));
    start.demand(found.is_logging(), || finding(FindingCode::TrailNotLogging, "is not logging"));
    start.demand(found.management_events().map(|events| events == ManagementEvents::ALL), || {
        finding(FindingCode::TrailMissesManagementEvents, "does not record all management events")
    });
    let Some(group) = &trail.log_group else {
        return vec![start.broken(finding(FindingCode::NoLogGroup, "does not send events to CloudWatch Logs"))];
    };
    // Whether the status is known has been asked above, with whether the trail is logging.
    if let Some(why) = found.status().ok().filter(|status| status.is_logging).and_then(TrailStatus::log_events_failing)
    {
        let message = format!("cannot deliver to log group {}: {why}", visible(&group.name, 60));
        start.find(finding(FindingCode::LogGroupDeliveryFailing, &message));
    }
    let chain = start.link(&format!("log group {}", visible(&group.name, 60)), &group.name);
    match region_of(facts, found, group) {
        Ok(region) => Links { account: &facts.account, region, unread }.behind_log_group(group, &chain),
        Err(missing) => vec![chain.unknown(missing)],
    }
}

/// The Region of the log group, if its owner is the account.
fn region_of<'a>(
    facts: &'a Facts,
    found: &TrailWithStatus<'_>,
    group: &LogGroup,
) -> Result<&'a RegionFacts, MissingFact> {
    let what = || format!("metric filters of the log group of trail {}", found.trail.shown());
    if group.arn.account_id().is_some_and(|owner| owner != facts.account) {
        let reason = format!("the log group belongs to account {}", visible(group.arn.account(), 20));
        return Err(MissingFact::new(what(), reason));
    }
    let region = facts.regions.get(&group.region);
    region.ok_or_else(|| MissingFact::not_given(what(), format!("Region {} was not read", group.region)))
}

/// The known links after the trail. They are all in one Region.
struct Links<'a> {
    account: &'a AccountId,
    region: &'a RegionFacts,
    unread: &'a mut Vec<MissingFact>,
}

impl<'a> Links<'a> {
    fn behind_log_group(&mut self, group: &LogGroup, chain: &Chain) -> Vec<Candidate> {
        let filters = match self.known(&self.region.metric_filters) {
            Ok(filters) => filters,
            Err(missing) => return vec![chain.clone().unknown(missing)],
        };
        let mut chains = Vec::new();
        let mut nearly = Vec::new();
        for filter in filters.iter().filter(|filter| filter.log_group == group.name) {
            let name = filter.shown();
            match filter.root_coverage() {
                RootCoverage::Covers => {
                    let chain = chain.link(&format!("metric filter {name}"), &filter.name);
                    chains.extend(self.behind_filter(filter, filters, &chain));
                }
                RootCoverage::Misses(reason) => nearly.push(format!("{name}: {reason}")),
                RootCoverage::Unknown(reason) => {
                    chains.push(chain.clone().unknown(MissingFact::new(format!("metric filter {name}"), reason)));
                }
            }
        }
        if chains.is_empty() {
            let why = if nearly.is_empty() { String::new() } else { format!(" ({})", nearly.join("; ")) };
            let group = visible(&group.name, 60);
            let message = format!("no metric filter of log group {group} counts every use of the root user{why}");
            chains.push(chain.clone().broken(Finding::new(FindingCode::NoMetricFilter, message)));
        }
        chains
    }

    fn behind_filter(&mut self, filter: &MetricFilter, all: &[MetricFilter], chain: &Chain) -> Vec<Candidate> {
        let alarms = match self.known(&self.region.alarms) {
            Ok(alarms) => alarms,
            Err(missing) => return vec![chain.clone().unknown(missing)],
        };
        let mut chains = Vec::new();
        for transformation in &filter.transformations {
            for alarm in alarms.iter().filter(|alarm| watches(alarm, transformation)) {
                let chain = chain.link(&format!("alarm {}", alarm.shown()), &alarm.name);
                let sleeps = alarm.sleeps_through(transformation, &defaults_of(&transformation.metric, all));
                chains.extend(self.behind_alarm(alarm, sleeps, chain));
            }
        }
        if chains.is_empty() {
            let metrics: Vec<String> = filter.transformations.iter().map(metric_in_words).collect();
            let metrics = metrics.join(", ");
            let message = format!("no alarm watches the metric of metric filter {}: {metrics}", filter.shown());
            chains.push(chain.clone().broken(Finding::new(FindingCode::NoAlarm, message)));
        }
        chains
    }

    fn behind_alarm(
        &mut self,
        alarm: &Alarm,
        sleeps: Result<Option<String>, MissingFact>,
        mut chain: Chain,
    ) -> Vec<Candidate> {
        let name = alarm.shown();
        match sleeps {
            Ok(None) => {}
            Ok(Some(reason)) => {
                let message =
                    format!("alarm {name} does not go into ALARM state after one use of the root user: {reason}");
                chain.find(Finding::new(FindingCode::AlarmSleepsThrough, message));
            }
            Err(missing) => chain.candidate.missing.push(missing),
        }
        let that = |recipient| alarm.actions.iter().filter(move |action| Recipient::of(action) == recipient);
        if let Some(action) = that(Recipient::Acts).next() {
            let shown = visible(action.resource(), 60);
            return vec![chain.link(&shown, action.resource()).candidate];
        }
        let topics: Vec<&Arn> = that(Recipient::Topic).collect();
        if topics.is_empty() {
            let message = format!(
                "alarm {name} has no enabled action that notifies a topic, invokes a function, or creates an incident or an \
                 OpsItem"
            );
            return vec![chain.broken(Finding::new(FindingCode::AlarmWithoutAction, message))];
        }
        match self.known(&self.region.subscriptions) {
            Ok(subscriptions) => {
                topics.into_iter().map(|topic| self.behind_topic(topic, subscriptions, &name, &chain)).collect()
            }
            Err(missing) => vec![chain.unknown(missing)],
        }
    }

    fn behind_topic(&self, topic: &Arn, subscriptions: &[Subscription], alarm: &str, chain: &Chain) -> Candidate {
        let shown = visible(topic.resource(), 60);
        let chain = chain.link(&format!("topic {shown}"), topic.resource());
        if subscriptions.iter().any(|subscription| subscription.topic == *topic && subscription.is_confirmed) {
            return chain.candidate;
        }
        // Only the owner of a topic can list its subscribers.
        if topic.account_id().is_some_and(|owner| owner != *self.account) {
            let reason = format!("the topic belongs to account {}", visible(topic.account(), 20));
            return chain.unknown(MissingFact::new(format!("subscriptions of topic {shown}"), reason));
        }
        let message = format!("topic {shown} of alarm {alarm} has no confirmed subscriber");
        chain.broken(Finding::new(FindingCode::TopicWithoutSubscriber, message))
    }

    /// The records of a part. A record that could not be read may be the one that is needed.
    fn known<T>(&mut self, part: &'a Fact<Records<T>>) -> Result<&'a [T], MissingFact> {
        let records = part.get()?;
        self.unread.extend(records.unread.iter().cloned());
        Ok(&records.known)
    }
}

/// Whether the alarm watches every value of the metric. An alarm watches only one combination of dimensions.
fn watches(alarm: &Alarm, transformation: &MetricTransformation) -> bool {
    !transformation.has_dimensions && alarm.metric.as_ref() == Some(&transformation.metric)
}

/// The values that the metric filters of a metric publish for events that they do not match.
fn defaults_of(metric: &Metric, filters: &[MetricFilter]) -> Vec<f64> {
    let transformations = filters.iter().flat_map(|filter| &filter.transformations);
    let on_metric = transformations.filter(|transformation| transformation.metric == *metric);
    on_metric.filter_map(MetricTransformation::default_value).collect()
}

fn metric_in_words(transformation: &MetricTransformation) -> String {
    let split = if transformation.has_dimensions { ", which is split by dimensions" } else { "" };
    format!("{}{split}", transformation.metric)
}

/// A chain up to the current link.
#[derive(Clone)]
struct Chain {
    candidate: Candidate,
    path: Vec<String>,
}

impl Chain {
    fn new(trail: &str) -> Self {
        let description = format!("use of the root user triggers an alarm: trail {}", visible(trail, 60));
        Self { candidate: Candidate { description, ..Candidate::default() }, path: vec![trail.to_owned()] }
    }

    fn demand(&mut self, answer: Result<bool, MissingFact>, otherwise: impl FnOnce() -> Finding) {
        self.candidate.demand(answer, otherwise);
    }

    fn find(&mut self, finding: Finding) {
        self.candidate.findings.push(Finding { path: self.path.clone(), ..finding });
    }

    /// The same chain with one more link.
    fn link(&self, description: &str, name: &str) -> Self {
        let mut longer = self.clone();
        longer.candidate.description.push_str(&format!(" -> {description}"));
        longer.candidate.progress += 1;
        longer.path.push(name.to_owned());
        longer
    }

    /// The chain ends here, because a link is missing.
    fn broken(mut self, finding: Finding) -> Candidate {
        self.find(finding);
        self.candidate
    }

    /// The next link is unknown.
    fn unknown(mut self, missing: MissingFact) -> Candidate {
        self.candidate.missing.push(missing);
        self.candidate
    }
}
