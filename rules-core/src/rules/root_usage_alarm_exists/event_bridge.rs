//! EventBridge rules in the Region in which the sign-ins of the root user are reported.

use crate::arn::Arn;
use crate::audit::{DEFAULT_BUS, EventBridgeRule, Recipient, RegionFacts, RootEvents};
use crate::config::{Finding, FindingCode};
use crate::fact::{Fact, MissingFact};
use crate::facts::Facts;
use crate::region::Region;
use crate::rules::candidate::Candidate;
use crate::rules::trail_with_status::TrailWithStatus;
use crate::text::{shorten, visible};

/// The events that rules of one Region do not receive: all sign-ins of the root user are reported in that Region, but calls
/// are reported in the Region of the call.
const UNSEEN: &str = "they do not match calls with root access keys and sts:AssumeRoot sessions in other Regions";

/// The rules that together send every type of root user event to a recipient, if there are any.
///
/// EventBridge is an alternative to the alarm: if its rules were not given, they are not required.
pub(super) fn candidate(
    facts: &Facts,
    trails: &[TrailWithStatus<'_>],
    unread: &mut Vec<MissingFact>,
) -> Option<Candidate> {
    let sign_in_region = facts.regions.keys().next()?.of_root_sign_ins();
    let region = facts.regions.get(&sign_in_region)?;
    let records = match &region.event_bridge_rules {
        Fact::Known(records) => records,
        Fact::Unavailable(missing) => {
            unread.extend(Some(missing.clone()).filter(MissingFact::is_failure));
            return None;
        }
    };
    unread.extend(records.unread.iter().cloned());
    let routes = Routes { facts, origin: &sign_in_region };
    let mut coverage = EventCoverage::default();
    for rule in records.known.iter().filter(|rule| rule.bus == DEFAULT_BUS) {
        match rule.root_events(&facts.account, &sign_in_region) {
            Ok(events) if events == RootEvents::default() => {}
            Ok(events) => routes.follow(rule, events, &mut coverage),
            Err(missing) => unread.push(missing),
        }
    }
    let mut candidate = coverage.candidate(&sign_in_region)?;
    candidate.demand(feeds_event_bridge(trails, sign_in_region.as_str()), || {
        let message = format!(
            "EventBridge does not receive all events: no trail that covers {sign_in_region} is logging all write \
             management events"
        );
        Finding::new(FindingCode::EventBridgeNotFed, message)
    });
    Some(candidate)
}

/// The root user events that reach a recipient, and those that do not.
#[derive(Default)]
struct EventCoverage {
    /// Events that reach a recipient.
    certain: RootEvents,
    /// Events that reach a recipient if an unknown fact is true.
    uncertain: RootEvents,
    /// Events that reach no recipient.
    lost: RootEvents,
    /// The rules whose events reach a recipient.
    names: Vec<String>,
    missing: Vec<MissingFact>,
    findings: Vec<Finding>,
}

impl EventCoverage {
    /// None if the rules do not match every type of event, even with those that notify no recipient.
    fn candidate(self, region: &Region) -> Option<Candidate> {
        let description = || {
            let names = shorten(self.names.join(", "), 80);
            format!("EventBridge rules match sign-ins of the root user, and its calls in {region}: {names}; {UNSEEN}")
        };
        if self.certain == RootEvents::ALL {
            return Some(Candidate { description: description(), ..Candidate::default() });
        }
        if self.certain.or(self.uncertain) == RootEvents::ALL {
            return Some(Candidate { missing: self.missing, ..Candidate::default() });
        }
        let is_complete = self.certain.or(self.uncertain).or(self.lost) == RootEvents::ALL;
        // Three steps done, as for an alarm that notifies a topic without a subscriber.
        is_complete.then(|| Candidate { findings: self.findings, progress: 3, ..Candidate::default() })
    }
}

/// Follows events from a rule to its targets.
struct Routes<'a> {
    facts: &'a Facts,
    /// The Region of the events. It stays the same if an event is forwarded.
    origin: &'a Region,
}

/// The result for events: those that reach a recipient, or why none does.
type TargetResult = Result<RootEvents, String>;

impl Routes<'_> {
    fn follow(&self, rule: &EventBridgeRule, events: RootEvents, coverage: &mut EventCoverage) {
        let targets = match rule.targets() {
            Ok(targets) => targets,
            Err(missing) => {
                coverage.uncertain = coverage.uncertain.or(events);
                coverage.missing.push(missing);
                return;
            }
        };
        let name = rule.shown();
        let lost = |reason: String, path: &[&str], coverage: &mut EventCoverage| {
            coverage.lost = coverage.lost.or(events);
            let message = format!("EventBridge rule {name} matches root user events, but {reason}");
            let path = path.iter().map(|step| (*step).to_owned()).collect();
            coverage.findings.push(Finding { path, ..Finding::new(FindingCode::EventBridgeWithoutRecipient, message) });
        };
        if targets.is_empty() {
            lost("it has no target".to_owned(), &[&rule.name], coverage);
        }
        for target in targets {
            match self.end(target, events, true) {
                Ok(Ok(reached)) => {
                    coverage.certain = coverage.certain.or(reached);
                    if coverage.names.last() != Some(&name) {
                        coverage.names.push(name.clone());
                    }
                }
                Ok(Err(reason)) => lost(reason, &[&rule.name, target.resource()], coverage),
                Err(missing) => {
                    coverage.uncertain = coverage.uncertain.or(events);
                    coverage.missing.push(missing);
                }
            }
        }
    }

    /// The result for events that are sent to `target`.
    fn end(&self, target: &Arn, events: RootEvents, may_hop: bool) -> Result<TargetResult, MissingFact> {
        let shown = visible(target.resource(), 60);
        match Recipient::of(target) {
            Recipient::Acts => Ok(Ok(events)),
            Recipient::NotNotified => {
                let service = visible(target.service(), 30);
                Ok(Err(format!("its target {shown} of {service} notifies no recipient")))
            }
            Recipient::Topic => {
                self.is_own(target, || format!("subscriptions of topic {shown}"))?;
                let subscriptions = self.region(target)?.subscriptions.get()?;
                if subscriptions.known.iter().any(|found| found.topic == *target && found.is_confirmed) {
                    return Ok(Ok(events));
                }
                match subscriptions.unread.first() {
                    Some(missing) => Err(missing.clone()),
                    None => Ok(Err(format!("its topic {shown} has no confirmed subscriber"))),
                }
            }
            Recipient::EventBus(_) if !may_hop => {
                Ok(Err(format!("its events come from another bus and are not forwarded to {shown}")))
            }
            Recipient::EventBus(bus) => self.behind_bus(target, bus, events),
        }
    }

    fn behind_bus(&self, target: &Arn, bus: &str, events: RootEvents) -> Result<TargetResult, MissingFact> {
        let shown = visible(bus, 60);
        self.is_own(target, || format!("rules of event bus {shown}"))?;
        let rules = self.region(target)?.event_bridge_rules.get()?;
        let mut reached = RootEvents::default();
        let mut unknown = rules.unread.first().cloned();
        let mut reason = format!("its event bus {shown} has no rule that forwards the event");
        for rule in rules.known.iter().filter(|rule| rule.bus == bus) {
            let passed = match rule.root_events(&self.facts.account, self.origin) {
                Ok(passed) => passed.and(events),
                Err(missing) => {
                    unknown = Some(missing);
                    continue;
                }
            };
            if passed == RootEvents::default() {
                continue;
            }
            let targets = match rule.targets() {
                Ok(targets) => targets,
                Err(missing) => {
                    unknown = Some(missing);
                    continue;
                }
            };
            for next in targets {
                match self.end(next, passed, false) {
                    Ok(Ok(coverage)) => reached = reached.or(coverage),
                    Ok(Err(why)) => {
                        reason =
                            format!("rule {} of its event bus {shown} does not notify a recipient: {why}", rule.shown())
                    }
                    Err(missing) => unknown = Some(missing),
                }
            }
        }
        match unknown {
            _ if reached == events => Ok(Ok(reached)),
            Some(missing) => Err(missing),
            None if reached == RootEvents::default() => Ok(Err(reason)),
            None => Ok(Ok(reached)),
        }
    }

    /// Resources of another account can be listed only in that account.
    fn is_own(&self, resource: &Arn, what: impl Fn() -> String) -> Result<(), MissingFact> {
        match resource.account_id() {
            Some(owner) if owner != self.facts.account => {
                let kind = if resource.service() == "sns" { "topic" } else { "event bus" };
                Err(MissingFact::new(what(), format!("the {kind} belongs to account {owner}")))
            }
            _ => Ok(()),
        }
    }

    fn region(&self, resource: &Arn) -> Result<&RegionFacts, MissingFact> {
        let found = self.facts.regions.iter().find(|(name, _)| name.as_str() == resource.region());
        found.map(|(_, region)| region).ok_or_else(|| {
            let region = visible(resource.region(), 40);
            MissingFact::not_given(
                format!("delivery of events to {}", visible(resource.as_str(), 80)),
                format!("Region {region} was not read"),
            )
        })
    }
}

/// Whether EventBridge receives all events that it can receive: a trail of the Region must be logging all write management
/// events. EventBridge does not receive read-only events.
fn feeds_event_bridge(trails: &[TrailWithStatus<'_>], region: &str) -> Result<bool, MissingFact> {
    let mut unknown = None;
    for found in trails {
        let feeds = || -> Result<bool, MissingFact> {
            let is_there = found.trail.arn.region() == region || found.trail.is_multi_region()?;
            Ok(is_there && found.is_logging()? && found.management_events()?.writes)
        };
        match feeds() {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(missing) => unknown = unknown.or(Some(missing)),
        }
    }
    unknown.map_or(Ok(false), Err)
}
