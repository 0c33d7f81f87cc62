//! `root-no-access-keys`.

use super::root::RootCredentials;
use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "root-no-access-keys",
    summary: "The root user has no access keys, active or not, and no signing certificates.",
    severity: Severity::Critical,
    page: include_str!("root_no_access_keys.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[FindingCode::RootAccessKey, FindingCode::RootSigningCertificate],
    parameters: &[ParameterDefinition {
        name: "certificates",
        kind: ParameterKind::Boolean,
        default: "true",
        description: "Whether a signing certificate is a finding too.",
    }],
    facts: &[FactKind::AccountSummary, FactKind::CredentialReport],
    controls: &[
        "CIS AWS 1.4: 1.4",
        "CIS AWS 3.0: 1.4",
        "CIS AWS 5.0: 1.3",
        "CIS AWS 6.0: 2.3",
        "CIS AWS 7.0: 2.4",
        "Security Hub: IAM.4",
        "NIST 800-53: AC-6(2)",
    ],
    build: |parameters| Box::new(RootNoAccessKeys { certificates: parameters.boolean("certificates") }),
};

struct RootNoAccessKeys {
    certificates: bool,
}

impl Rule for RootNoAccessKeys {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let root = RootCredentials::new(facts);
        let keys = root.access_keys();
        let certificates = if self.certificates { root.certificates() } else { Ok(false) };
        let mut findings = Vec::new();
        if keys == Ok(true) {
            let message = format!("the root user has an access key, active or not ({})", root.source());
            findings.push(Finding::new(FindingCode::RootAccessKey, message));
        }
        if certificates == Ok(true) {
            let message = format!("the root user has a signing certificate ({})", root.source());
            findings.push(Finding::new(FindingCode::RootSigningCertificate, message));
        }
        if findings.is_empty() {
            // Only a clean bill needs both answers; what was found is proven by itself.
            keys?;
            certificates?;
        }
        let what = if self.certificates { "access keys or certificates" } else { "access keys" };
        let compliant_because = format!("the root user has no {what} ({})", root.source());
        Ok(Outcome::Judged { findings, compliant_because, measure: None })
    }
}
