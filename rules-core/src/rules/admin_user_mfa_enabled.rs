//! `admin-user-mfa-enabled`.

use super::{Rule, RuleDefinition, Trigger};
use crate::config::{Finding, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::User;
use crate::iam::credential_report::CredentialRow;
use crate::permissions::{AdminDefinition, PrincipalPermissions, Witness};
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "admin-user-mfa-enabled",
    summary: "Each user who is an administrator, however it came to be one, has multi-factor authentication.",
    page: include_str!("admin_user_mfa_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User],
    parameters: &[ParameterDefinition {
        name: "adminDefinition",
        kind: ParameterKind::Choice(&[EFFECTIVE, ATTACHED_POLICY]),
        default: EFFECTIVE,
        description: "Who counts as an administrator: by all policies after Deny and boundary, or by attached ones alone.",
    }],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: IA-2(1)", "NIST 800-53: AC-6(7)"],
    build: |parameters| {
        let definition = match parameters.choice("adminDefinition") {
            ATTACHED_POLICY => AdminDefinition::AttachedPolicy,
            _ => AdminDefinition::Effective,
        };
        Box::new(AdminUserMfaEnabled { definition })
    },
};

const EFFECTIVE: &str = "effective";
const ATTACHED_POLICY: &str = "attached-policy";

struct AdminUserMfaEnabled {
    definition: AdminDefinition,
}

impl Rule for AdminUserMfaEnabled {
    fn evaluate(&self, resource: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let Resource::User(user) = resource else {
            return Ok(Outcome::not_applicable("the rule is about users"));
        };
        let details = facts.authorization_details.get()?;
        let permissions = PrincipalPermissions::of_user(user, details, facts)?;
        let Some(witness) = permissions.administrator(self.definition) else {
            return Ok(Outcome::not_applicable("the user is not an administrator"));
        };
        let report = facts.credential_report.get()?;
        let row = report.user(&user.identity.arn)?;
        let as_of = report.generated_at.map(|moment| format!(" (report of {moment})")).unwrap_or_default();
        self.judge(user, row, &permissions, &witness, &as_of)
    }
}

impl AdminUserMfaEnabled {
    fn judge(
        &self,
        user: &User,
        row: &CredentialRow,
        permissions: &PrincipalPermissions<'_>,
        witness: &Witness,
        as_of: &str,
    ) -> Result<Outcome, MissingFact> {
        let unknown = |column: &str| {
            MissingFact::new(format!("{column} of user {}", user.identity.name), "the credential report does not say")
        };
        if !row.has_active_credential().ok_or_else(|| unknown("password_enabled"))? {
            return Ok(Outcome::not_applicable(format!("an administrator without an active credential{as_of}")));
        }
        if row.mfa_active.ok_or_else(|| unknown("mfa_active"))? {
            return Ok(Outcome::compliant(format!("an administrator with MFA{as_of}")));
        }
        let password = row.password_enabled.ok_or_else(|| unknown("password_enabled"))?;
        if !password && permissions.administrator_without_mfa(self.definition).is_none() {
            let reason = format!("an administrator whose credentials are useless without MFA by policy{as_of}");
            return Ok(Outcome::compliant(reason));
        }
        let credential = match (password, row.has_active_key()) {
            (true, _) => "a password",
            (false, true) => "access keys",
            (false, false) => "signing certificates",
        };
        let name = visible(&user.identity.name, 40);
        let message = format!("{name} is an administrator with {credential} and no MFA: {}{as_of}", witness.in_words());
        Ok(Outcome::finding(Finding {
            code: "admin-without-mfa",
            message,
            policy: Some(witness.policy.clone()),
            statement: Some(witness.statement.clone()),
            path: witness.path(&user.identity.name),
        }))
    }
}
