//! `root-usage-alarm-exists`.

mod alarm_chain;
mod event_bridge;

use super::candidate::{Candidate, judge};
use super::trail_with_status::trails;
use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::audit::RegionalFactKind;
use crate::config::{Finding, FindingCode, Outcome, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "root-usage-alarm-exists",
    summary: "Use of the root user sends a notification: by a CloudWatch alarm on CloudTrail logs, or by an EventBridge rule.",
    severity: Severity::Low,
    page: include_str!("root_usage_alarm_exists.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[
        FindingCode::NoMultiRegionTrail,
        FindingCode::TrailNotLogging,
        FindingCode::TrailMissesManagementEvents,
        FindingCode::NoLogGroup,
        FindingCode::LogGroupDeliveryFailing,
        FindingCode::NoMetricFilter,
        FindingCode::NoAlarm,
        FindingCode::AlarmSleepsThrough,
        FindingCode::AlarmWithoutAction,
        FindingCode::TopicWithoutSubscriber,
        FindingCode::EventBridgeWithoutRecipient,
        FindingCode::EventBridgeNotFed,
    ],
    parameters: &[],
    facts: &[
        FactKind::Regional(RegionalFactKind::Trails),
        FactKind::Regional(RegionalFactKind::TrailStatus),
        FactKind::Regional(RegionalFactKind::EventSelectors),
        FactKind::Regional(RegionalFactKind::MetricFilters),
        FactKind::Regional(RegionalFactKind::Alarms),
        FactKind::Regional(RegionalFactKind::Subscriptions),
        FactKind::Regional(RegionalFactKind::EventBridgeRules),
    ],
    controls: &[
        "CIS AWS 1.4: 4.3",
        "CIS AWS 3.0: 4.3",
        "CIS AWS 5.0: 4.3",
        "CIS AWS 6.0: 5.3",
        "CIS AWS 7.0: 5.3",
        "Security Hub: CloudWatch.1",
        "NIST 800-53: AU-6",
        "NIST 800-53: SI-4",
    ],
    build: |_| Box::new(RootUsageAlarmExists),
};

struct RootUsageAlarmExists;

impl Rule for RootUsageAlarmExists {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let (candidates, unread) = chains(facts);
        judge(candidates, unread, || Finding::new(FindingCode::NoMultiRegionTrail, "there is no trail of all Regions"))
    }
}

/// Every chain from root user activity to a recipient, complete or not, and the facts of the chains that could not be read.
fn chains(facts: &Facts) -> (Vec<Candidate>, Vec<MissingFact>) {
    let (mut candidates, mut unread) = (Vec::new(), Vec::new());
    match trails(facts) {
        Ok((trails, missing)) => {
            candidates.extend(alarm_chain::candidates(facts, &trails, &mut unread));
            candidates.extend(event_bridge::candidate(facts, &trails, &mut unread));
            unread.extend(missing);
        }
        Err(missing) => unread.push(missing),
    }
    (candidates, unread)
}

/// Whether an alarm is certain to notify a recipient after each use of the root user.
///
/// A source of facts checks this before it reads EventBridge rules, which are not needed then.
#[must_use]
pub fn alarm_reports_root_use(facts: &Facts) -> bool {
    let mut unread = Vec::new();
    let chains = trails(facts).map(|(trails, _)| alarm_chain::candidates(facts, &trails, &mut unread));
    chains.is_ok_and(|chains| chains.iter().any(Candidate::is_certain))
}
