//! EventBridge's rules in the Region in which the root user's sign-ins are reported.

use crate::audit::{RootEvents, TrailWithStatus};
use crate::config::Finding;
use crate::fact::{Fact, MissingFact};
use crate::facts::Facts;
use crate::rules::candidate::Candidate;

/// The rules that together pass on every kind of event about the root user, if they do.
///
/// EventBridge is another way than the alarm: where its rules were not given, they are not asked for.
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
    let mut covered = RootEvents::default();
    let mut names = Vec::new();
    for rule in &records.known {
        let events = match rule.root_events(&facts.account, &sign_in_region) {
            Ok(events) if events == RootEvents::default() => continue,
            Ok(events) => events,
            Err(missing) => {
                unread.push(missing);
                continue;
            }
        };
        match rule.has_target() {
            Ok(true) => {
                covered = covered.or(events);
                names.push(rule.shown());
            }
            Ok(false) => {}
            Err(missing) => unread.push(missing),
        }
    }
    if covered != RootEvents::ALL {
        return None;
    }
    let description = format!(
        "EventBridge tells of the root user's sign-ins and of its calls in {sign_in_region}: {}",
        names.join(", ")
    );
    let mut candidate = Candidate { description, ..Candidate::default() };
    candidate.demand(feeds_event_bridge(trails, sign_in_region.as_str()), || {
        let message = format!("EventBridge is told nothing: no trail of {sign_in_region} logs management events");
        Finding::new("event-bridge-not-fed", message)
    });
    Some(candidate)
}

/// Whether a trail brings events to EventBridge: without one that is logging there are none. Those that only read are not
/// passed on in any case.
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
