//! `root-hardware-mfa-enabled`.

use super::root::{MfaScope, MfaState, RootCredentials};
use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "root-hardware-mfa-enabled",
    summary: "The root user's MFA uses hardware: a token, a security key or a passkey.",
    severity: Severity::Critical,
    page: include_str!("root_hardware_mfa_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[FindingCode::RootMfaOff, FindingCode::RootVirtualMfa],
    parameters: &[ParameterDefinition {
        name: "require",
        kind: ParameterKind::Choice(&[ALL_HARDWARE, AT_LEAST_ONE]),
        default: ALL_HARDWARE,
        description: "Which MFA devices of the root user must be hardware: all, or at least one. A virtual device is a finding with both.",
    }],
    facts: &[FactKind::AccountSummary, FactKind::CredentialReport, FactKind::VirtualMfaDevices],
    controls: &[
        "CIS AWS 1.4: 1.6",
        "CIS AWS 3.0: 1.6",
        "CIS AWS 5.0: 1.5",
        "CIS AWS 6.0: 2.5",
        "CIS AWS 7.0: 2.6",
        "Security Hub: IAM.6",
        "NIST 800-53: IA-2(1)",
        "NIST 800-53: IA-2(2)",
    ],
    build: |parameters| {
        Box::new(RootHardwareMfaEnabled { one_is_enough: parameters.choice("require") == AT_LEAST_ONE })
    },
};

const ALL_HARDWARE: &str = "all-hardware";
const AT_LEAST_ONE: &str = "at-least-one";

struct RootHardwareMfaEnabled {
    one_is_enough: bool,
}

impl Rule for RootHardwareMfaEnabled {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let root = RootCredentials::new(facts);
        let scope = MfaScope::AnyCredential;
        Ok(match root.mfa_state(scope)? {
            MfaState::NotNeeded => Outcome::not_applicable(scope.no_credential()),
            MfaState::Off(credentials) => Outcome::finding(root.mfa_off(&credentials)),
            MfaState::On if facts.virtual_mfa_devices.get()?.root_has_one() => Outcome::finding(self.virtual_device()),
            // No API lists the hardware devices of the root user. MFA that is on without a virtual device uses one of them.
            MfaState::On => Outcome::compliant(format!(
                "the root user has MFA and no virtual device, so its MFA uses hardware or a passkey ({})",
                root.source()
            )),
        })
    }
}

impl RootHardwareMfaEnabled {
    fn virtual_device(&self) -> Finding {
        let message = if self.one_is_enough {
            "the root user has a virtual MFA device; whether it also has a hardware device cannot be determined"
        } else {
            "the root user has a virtual MFA device"
        };
        Finding::new(FindingCode::RootVirtualMfa, message)
    }
}
