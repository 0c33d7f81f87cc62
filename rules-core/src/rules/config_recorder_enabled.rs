//! `config-recorder-enabled`.

use std::collections::BTreeMap;

use super::candidate::{Candidate, judge};
use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::audit::{
    ConfigurationRecorder, ConfigurationRecorderStatus, RecordingGroup, Records, RegionFacts, RegionalFactKind,
};
use crate::config::{Finding, FindingCode, Outcome, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::region::Region;
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "config-recorder-enabled",
    summary: "AWS Config records all resource types in each Region that was read, and the IAM types in at least one of them.",
    severity: Severity::Critical,
    page: include_str!("config_recorder_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[
        FindingCode::NoRecorder,
        FindingCode::RecorderStopped,
        FindingCode::RecorderFailing,
        FindingCode::RecorderOfListedTypes,
        FindingCode::IamTypesNotRecorded,
    ],
    parameters: &[],
    facts: &[
        FactKind::Regional(RegionalFactKind::ConfigurationRecorders),
        FactKind::Regional(RegionalFactKind::ConfigurationRecorderStatus),
    ],
    controls: &[
        "CIS AWS 1.4: 3.5",
        "CIS AWS 3.0: 3.3",
        "CIS AWS 5.0: 3.3",
        "CIS AWS 6.0: 4.3",
        "CIS AWS 7.0: 4.3",
        "Security Hub: Config.1",
        "NIST 800-53: CM-3",
        "NIST 800-53: CM-8",
    ],
    build: |_| Box::new(ConfigRecorderEnabled),
};

/// The controls that ask for every Region, where the rule judges those that were read.
pub(super) const OF_EVERY_REGION: [&str; 5] =
    ["CIS AWS 1.4: 3.5", "CIS AWS 3.0: 3.3", "CIS AWS 5.0: 3.3", "CIS AWS 6.0: 4.3", "CIS AWS 7.0: 4.3"];

struct ConfigRecorderEnabled;

impl Rule for ConfigRecorderEnabled {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        // A Region counts as read when either of the two parts was read in it.
        let with_recorders = facts.regions_with(|region| &region.configuration_recorders);
        let with_status = facts.regions_with(|region| &region.configuration_recorder_status);
        let regions: BTreeMap<_, _> = with_recorders.chain(with_status).collect();
        // What the source has of recorders and could not read may be of a Region of its own.
        let is_of_recorders = |kind: &FactKind| DEFINITION.facts.contains(kind);
        let problems = facts.problems.iter().filter(|(kind, _)| kind.as_ref().is_some_and(is_of_recorders));
        let mut missing: Vec<MissingFact> = problems.map(|(_, problem)| problem.clone()).collect();
        if regions.is_empty() {
            let none = || MissingFact::not_given("configuration recorders", "no Region was read");
            return Err(missing.into_iter().next().unwrap_or_else(none));
        }
        let mut findings = Vec::new();
        let mut with_iam = None;
        for (name, region) in &regions {
            match in_region(name, region) {
                Ok(Outcome::Judged { findings: found, .. }) => findings.extend(found),
                Ok(Outcome::NotApplicable { .. }) => {}
                Err(unknown) => missing.push(unknown),
            }
            match is_set_to_record_iam(region) {
                Ok(true) => with_iam = with_iam.or(Some(*name)),
                Ok(false) => {}
                Err(unknown) => missing.push(unknown),
            }
        }
        let names = || Region::list(regions.keys().copied());
        match (with_iam, missing.into_iter().next()) {
            // A fault in one Region is proven by itself.
            (_, Some(missing)) if findings.is_empty() => return Err(missing),
            (None, None) => findings.push(Finding::new(
                FindingCode::IamTypesNotRecorded,
                format!(
                    "no recorder in the Regions that were read ({}) records IAM users, groups, roles and policies",
                    names()
                ),
            )),
            _ => {}
        }
        let iam = with_iam.map(Region::to_string).unwrap_or_default();
        let compliant_because = format!(
            "AWS Config records all resource types in each Region that was read ({}), and the IAM types in {iam}; other Regions were not read",
            names()
        );
        Ok(Outcome::Judged { findings, compliant_because, measure: None })
    }
}

/// Whether one recorder of the Region is right in every respect.
fn in_region(name: &Region, region: &RegionFacts) -> Result<Outcome, MissingFact> {
    let records = region.configuration_recorders.get()?;
    let candidates = own(records).map(|recorder| candidate(name, region, recorder)).collect();
    judge(candidates, records.unread.clone(), || {
        let services: Vec<String> = records
            .known
            .iter()
            .filter_map(|recorder| recorder.service.as_deref())
            .map(|service| visible(service, 60))
            .collect();
        let message = match services.as_slice() {
            [] => format!("there is no recorder in {name}"),
            services => {
                format!("there is no recorder in {name} except the service-linked one of {}", services.join(", "))
            }
        };
        Finding::new(FindingCode::NoRecorder, message)
    })
}

/// The recorders that are not another service's.
fn own(records: &Records<ConfigurationRecorder>) -> impl Iterator<Item = &ConfigurationRecorder> {
    records.known.iter().filter(|recorder| recorder.service.is_none())
}

fn candidate(name: &Region, region: &RegionFacts, recorder: &ConfigurationRecorder) -> Candidate {
    let mut candidate = Candidate::default();
    match status(name, region, recorder) {
        Ok(status) if status.is_recording => {
            let last = status.last_status.as_deref();
            let answer = last.map(|last| last == "SUCCESS").ok_or_else(|| {
                MissingFact::new(format!("last status of the recorder of {name}"), "AWS Config did not deliver it")
            });
            candidate.demand(answer, || {
                let last = visible(last.unwrap_or_default(), 30);
                let message = format!("the last status of the recorder of {name} is {last}, not SUCCESS");
                Finding::new(FindingCode::RecorderFailing, message)
            });
        }
        Ok(_) => {
            let message = format!("the recorder of {name} is not recording");
            candidate.findings.push(Finding::new(FindingCode::RecorderStopped, message));
        }
        Err(missing) => candidate.missing.push(missing),
    }
    if matches!(recorder.recording_group, RecordingGroup::Only(_)) {
        let message = format!("the recorder of {name} records a list of resource types, not all supported types");
        candidate.findings.push(Finding::new(FindingCode::RecorderOfListedTypes, message));
    }
    candidate
}

fn status<'a>(
    name: &Region,
    region: &'a RegionFacts,
    recorder: &ConfigurationRecorder,
) -> Result<&'a ConfigurationRecorderStatus, MissingFact> {
    let records = region.configuration_recorder_status.get()?;
    let found = records.known.iter().find(|status| status.recorder == recorder.name);
    found.ok_or_else(|| match records.unread.first() {
        Some(missing) => missing.clone(),
        None => MissingFact::new(format!("status of the recorder of {name}"), "it is not in the input"),
    })
}

/// Whether a recorder of the Region is set to record every type of IAM. That it does so is a question of its own.
fn is_set_to_record_iam(region: &RegionFacts) -> Result<bool, MissingFact> {
    let records = region.configuration_recorders.get()?;
    if own(records).any(|recorder| recorder.recording_group.records_iam()) {
        return Ok(true);
    }
    records.unread.first().cloned().map_or(Ok(false), Err)
}
