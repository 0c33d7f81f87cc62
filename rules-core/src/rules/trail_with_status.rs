//! Trails with the status and event selectors of each.

use crate::audit::{ManagementEvents, RegionFacts, Trail, TrailStatus};
use crate::fact::{Fact, MissingFact};
use crate::facts::Facts;
use crate::region::Region;

/// A trail, and the Regions with facts about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TrailWithStatus<'a> {
    pub(crate) trail: &'a Trail,
    facts: &'a Facts,
    seen_from: &'a Region,
}

/// Every trail that was listed in a Region that was read, each once, ordered by ARN, and the trails that could not be
/// read.
///
/// # Errors
/// If the trails of all Regions are unknown.
pub(crate) fn trails(facts: &Facts) -> Result<(Vec<TrailWithStatus<'_>>, Vec<MissingFact>), MissingFact> {
    let mut trails: Vec<TrailWithStatus<'_>> = Vec::new();
    let mut unread = Vec::new();
    let mut regions = 0;
    for (seen_from, region) in facts.regions_with(|region| &region.trails) {
        match &region.trails {
            Fact::Known(records) => {
                regions += 1;
                trails.extend(records.known.iter().map(|trail| TrailWithStatus { trail, facts, seen_from }));
                unread.extend(records.unread.iter().cloned());
            }
            Fact::Unavailable(missing) => unread.push(missing.clone()),
        }
    }
    if regions == 0 {
        let none = || MissingFact::not_given("trails", "no Region was read");
        return Err(unread.into_iter().next().unwrap_or_else(none));
    }
    // A shadow trail has the same settings as the trail. The record of the home Region is preferred.
    let distance = |found: &TrailWithStatus<'_>| found.trail.arn.region() != found.seen_from.as_str();
    trails.sort_by(|one, other| {
        (&one.trail.arn, distance(one), one.seen_from).cmp(&(&other.trail.arn, distance(other), other.seen_from))
    });
    trails.dedup_by(|one, other| one.trail.arn == other.trail.arn);
    Ok((trails, unread))
}

impl<'a> TrailWithStatus<'a> {
    /// The status of the trail.
    pub(crate) fn status(&self) -> Result<&'a TrailStatus, MissingFact> {
        self.ask("status", |region| {
            let records = region.trail_status.get()?;
            let is_named =
                |status: &&TrailStatus| status.trail.as_deref().is_some_and(|name| self.trail.is_named(name));
            match (records.known.iter().find(is_named), records.known.as_slice()) {
                (Some(status), _) => Ok(status),
                (None, [status]) if status.trail.is_none() => self.status_of_only_trail(status, region),
                (None, _) => Err(self.not_delivered("status", &records.unread)),
            }
        })
    }

    /// A status without the name of its trail, if this is the only trail.
    fn status_of_only_trail(
        &self,
        status: &'a TrailStatus,
        region: &RegionFacts,
    ) -> Result<&'a TrailStatus, MissingFact> {
        let trails = region.trails.get()?;
        match trails.known.as_slice() {
            [only] if only.arn == self.trail.arn && trails.unread.is_empty() => Ok(status),
            _ => Err(MissingFact::new(
                format!("status of trail {}", self.trail.shown()),
                "the status does not name its trail, and there are other trails",
            )),
        }
    }

    /// Whether the trail is logging now.
    pub(crate) fn is_logging(&self) -> Result<bool, MissingFact> {
        self.status().map(|status| status.is_logging)
    }

    /// Which management events the trail records without exception.
    pub(crate) fn management_events(&self) -> Result<ManagementEvents, MissingFact> {
        let selectors = self.ask("event selectors", |region| {
            let records = region.event_selectors.get()?;
            let found = records.known.iter().find(|selectors| self.trail.is_named(&selectors.trail));
            found
                .map(|selectors| selectors.management_events)
                .ok_or_else(|| self.not_delivered("event selectors", &records.unread))
        });
        match (selectors, self.trail.has_custom_event_selectors) {
            (Ok(Some(events)), _) => Ok(events),
            // Without selectors of its own a trail records every management event.
            (Ok(None) | Err(_), Some(false)) => Ok(ManagementEvents::ALL),
            (Ok(None), _) => Ok(ManagementEvents::default()),
            (Err(missing), _) => Err(missing),
        }
    }

    /// Reads the fact from the Region that listed the trail, then from its home Region, then from the others.
    fn ask<T>(&self, what: &str, read: impl Fn(&'a RegionFacts) -> Result<T, MissingFact>) -> Result<T, MissingFact> {
        let regions = &self.facts.regions;
        let home = regions.iter().filter(|(name, _)| name.as_str() == self.trail.arn.region());
        let first = regions.iter().filter(|(name, _)| *name == self.seen_from).chain(home);
        let mut failure = None;
        for (_, region) in first.chain(regions) {
            match read(region) {
                Ok(answer) => return Ok(answer),
                // A fact that failed is a better reason than a fact that was not given.
                Err(missing) if failure.as_ref().is_none_or(|other: &MissingFact| !other.is_failure()) => {
                    failure = Some(missing);
                }
                Err(_) => {}
            }
        }
        Err(failure.unwrap_or_else(|| MissingFact::not_given(format!("{what} of trail {}", self.trail.shown()), "")))
    }

    /// The reason why there is no record of this trail: a record that could not be read, if it can be the record of
    /// this trail.
    fn not_delivered(&self, what: &str, unread: &[MissingFact]) -> MissingFact {
        let own = unread.iter().find(|missing| missing.what().contains(self.trail.arn.as_str()));
        own.or(unread.first()).cloned().unwrap_or_else(|| {
            MissingFact::new(format!("{what} of trail {}", self.trail.shown()), "it is not in the input")
        })
    }
}
