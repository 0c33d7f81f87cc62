//! `root-mfa-enabled`.

use super::root::RootCredentials;
use super::{Rule, RuleDefinition, Trigger};
use crate::config::{Finding, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "root-mfa-enabled",
    summary: "The root user has multi-factor authentication, or has no credentials that would need it.",
    page: include_str!("root_mfa_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    parameters: &[ParameterDefinition {
        name: "scope",
        kind: ParameterKind::Choice(&[ANY_CREDENTIAL, CONSOLE_ONLY]),
        default: ANY_CREDENTIAL,
        description: "Which credentials call for MFA: any of them, or only a console password.",
    }],
    facts: &[FactKind::AccountSummary, FactKind::CredentialReport],
    controls: &[
        "CIS AWS 1.4: 1.5",
        "CIS AWS 3.0: 1.5",
        "CIS AWS 5.0: 1.4",
        "Security Hub: IAM.9",
        "NIST 800-53: IA-2(1)",
    ],
    build: |parameters| Box::new(RootMfaEnabled { console_only: parameters.choice("scope") == CONSOLE_ONLY }),
};

const ANY_CREDENTIAL: &str = "any-credential";
const CONSOLE_ONLY: &str = "console-only";

/// The partition whose root user cannot sign in to a console.
const WITHOUT_ROOT_CONSOLE: &str = "aws-us-gov";

struct RootMfaEnabled {
    console_only: bool,
}

impl Rule for RootMfaEnabled {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let root = RootCredentials::new(facts);
        let password = match facts.partition() {
            Some(WITHOUT_ROOT_CONSOLE) => Ok(false),
            _ => root.password(),
        };
        let mut credentials = vec![("a password", password)];
        if !self.console_only {
            credentials.push(("access keys", root.access_keys()));
            credentials.push(("signing certificates", root.certificates()));
        }
        // Nothing to protect: an account whose root credentials are managed centrally.
        if credentials.iter().all(|(_, exists)| *exists == Ok(false)) {
            return Ok(self.no_credential());
        }
        if root.mfa()? {
            return Ok(Outcome::compliant(format!("the root user has MFA ({})", root.source())));
        }
        let mut existing: Vec<&str> =
            credentials.iter().filter(|(_, exists)| *exists == Ok(true)).map(|(name, _)| *name).collect();
        if existing.is_empty() {
            // A password that may exist is a finding while MFA is off. That a key may exist is not known to anybody who
            // could not read the account summary or the report, and those say it.
            match credentials.into_iter().find_map(|(name, exists)| exists.err().map(|missing| (name, missing))) {
                Some(("a password", _)) | None => existing.push("password presence unknown"),
                Some((_, missing)) => return Err(missing),
            }
        }
        let message = format!("the root user has no MFA ({}; {})", existing.join(", "), root.source());
        Ok(Outcome::finding(Finding::new("root-mfa-off", message)))
    }
}

impl RootMfaEnabled {
    fn no_credential(&self) -> Outcome {
        Outcome::not_applicable(if self.console_only {
            "the root user has no password"
        } else {
            "the root user has no password, access keys or certificates"
        })
    }
}
