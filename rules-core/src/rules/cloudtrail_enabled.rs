//! `cloudtrail-enabled`.

use super::candidate::{Candidate, judge};
use super::trail_with_status::{TrailWithStatus, trails};
use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::audit::{ManagementEvents, RegionalFactKind};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "cloudtrail-enabled",
    summary: "A trail of all Regions logs and delivers all management events, in files that can be validated.",
    severity: Severity::High,
    page: include_str!("cloudtrail_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[
        FindingCode::NoMultiRegionTrail,
        FindingCode::TrailNotLogging,
        FindingCode::TrailNotDelivering,
        FindingCode::TrailMissesManagementEvents,
        FindingCode::TrailWithoutLogValidation,
    ],
    parameters: &[ParameterDefinition {
        name: "requireLogValidation",
        kind: ParameterKind::Boolean,
        default: "true",
        description: "Whether the trail must have log file validation.",
    }],
    facts: &[
        FactKind::Regional(RegionalFactKind::Trails),
        FactKind::Regional(RegionalFactKind::TrailStatus),
        FactKind::Regional(RegionalFactKind::EventSelectors),
    ],
    controls: &[
        "CIS AWS 1.4: 3.1",
        "CIS AWS 1.4: 3.2",
        "CIS AWS 3.0: 3.1",
        "CIS AWS 3.0: 3.2",
        "CIS AWS 5.0: 3.1",
        "CIS AWS 5.0: 3.2",
        "CIS AWS 6.0: 4.1",
        "CIS AWS 6.0: 4.2",
        "CIS AWS 7.0: 4.1",
        "CIS AWS 7.0: 4.2",
        "Security Hub: CloudTrail.1",
        "Security Hub: CloudTrail.4",
        "NIST 800-53: AU-2",
        "NIST 800-53: AU-9",
        "NIST 800-53: AU-12",
    ],
    build: |parameters| Box::new(CloudTrailEnabled { validation_required: parameters.boolean("requireLogValidation") }),
};

struct CloudTrailEnabled {
    validation_required: bool,
}

impl Rule for CloudTrailEnabled {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let (trails, unread) = trails(facts)?;
        let candidates = trails.iter().map(|found| self.candidate(found)).collect();
        judge(candidates, unread, || Finding::new(NO_MULTI_REGION_TRAIL, "there is no trail"))
    }
}

const NO_MULTI_REGION_TRAIL: FindingCode = FindingCode::NoMultiRegionTrail;

impl CloudTrailEnabled {
    fn candidate(&self, found: &TrailWithStatus<'_>) -> Candidate {
        let trail = found.trail;
        let name = trail.shown();
        let is_multi_region = trail.is_multi_region();
        let mut candidate = Candidate {
            description: self.description(found),
            progress: usize::from(is_multi_region == Ok(true)),
            ..Candidate::default()
        };
        let finding = |code, what: &str| Finding::new(code, format!("trail {name} {what}"));
        candidate.demand(is_multi_region, || finding(NO_MULTI_REGION_TRAIL, "applies to one Region only"));
        candidate.reject(found.status().map(|status| match status.is_logging {
            false => Some(finding(FindingCode::TrailNotLogging, "is not logging")),
            true => status.log_files_failing().map(|why| {
                finding(FindingCode::TrailNotDelivering, &format!("cannot deliver log files to its bucket: {why}"))
            }),
        }));
        candidate.demand(found.management_events().map(|events| events == ManagementEvents::ALL), || {
            finding(FindingCode::TrailMissesManagementEvents, "does not record all management events")
        });
        if self.validation_required {
            candidate.demand(trail.log_file_validation(), || {
                finding(FindingCode::TrailWithoutLogValidation, "has no log file validation")
            });
            // What is not logged has no digest either; the status says the one or the other once.
            candidate.reject(Ok(found.status().ok().filter(|status| status.is_logging).and_then(|status| {
                let why = status.digests_failing()?;
                let what = format!("cannot deliver the digest files that validate its log files: {why}");
                Some(finding(FindingCode::TrailWithoutLogValidation, &what))
            })));
        }
        candidate
    }

    fn description(&self, found: &TrailWithStatus<'_>) -> String {
        let kind = if found.trail.is_organization() { "trail of the organization" } else { "trail" };
        let validation = if self.validation_required { ", with log file validation" } else { "" };
        format!("{kind} {} logs all management events of all Regions{validation}", found.trail.shown())
    }
}
