//! `root-mfa-enabled`.

use super::root::{MfaScope, MfaState, RootCredentials};
use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "root-mfa-enabled",
    summary: "The root user has MFA, or has no credentials that need it.",
    severity: Severity::Critical,
    page: include_str!("root_mfa_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[FindingCode::RootMfaOff, FindingCode::RootCredentialExists],
    parameters: &[
        ParameterDefinition {
            name: "scope",
            kind: ParameterKind::Choice(&[ANY_CREDENTIAL, CONSOLE_ONLY]),
            default: ANY_CREDENTIAL,
            description: "Which credentials need MFA: any of them, or only a console password.",
        },
        ParameterDefinition {
            name: REQUIRE_NO_CREDENTIALS,
            kind: ParameterKind::Boolean,
            default: "false",
            description: "Whether the root user must have none of these credentials, with or without MFA.",
        },
    ],
    facts: &[FactKind::AccountSummary, FactKind::CredentialReport],
    controls: &[
        "CIS AWS 1.4: 1.5",
        "CIS AWS 3.0: 1.5",
        "CIS AWS 5.0: 1.4",
        "CIS AWS 6.0: 2.4",
        "CIS AWS 7.0: 2.5",
        "Security Hub: IAM.9",
        "NIST 800-53: IA-2(1)",
    ],
    build: |parameters| {
        let scope = match parameters.choice("scope") {
            CONSOLE_ONLY => MfaScope::ConsoleOnly,
            _ => MfaScope::AnyCredential,
        };
        Box::new(RootMfaEnabled { scope, credentials_forbidden: parameters.boolean(REQUIRE_NO_CREDENTIALS) })
    },
};

const ANY_CREDENTIAL: &str = "any-credential";
const CONSOLE_ONLY: &str = "console-only";
const REQUIRE_NO_CREDENTIALS: &str = "requireNoCredentials";

struct RootMfaEnabled {
    scope: MfaScope,
    /// No credential is allowed, even with MFA.
    credentials_forbidden: bool,
}

impl Rule for RootMfaEnabled {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let root = RootCredentials::new(facts);
        if self.credentials_forbidden {
            return Ok(match root.present(self.scope)? {
                None => Outcome::compliant(format!("{} ({})", self.scope.no_credential(), root.source())),
                Some(credentials) => {
                    let source = root.source();
                    let message =
                        format!("the root user has credentials ({credentials}; {source}), but must have none");
                    Outcome::finding(Finding::new(FindingCode::RootCredentialExists, message))
                }
            });
        }
        Ok(match root.mfa_state(self.scope)? {
            MfaState::NotNeeded => Outcome::not_applicable(self.scope.no_credential()),
            MfaState::On => Outcome::compliant(format!("the root user has MFA ({})", root.source())),
            MfaState::Off(credentials) => Outcome::finding(root.mfa_off(&credentials)),
        })
    }
}
