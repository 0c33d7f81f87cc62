//! `admin-user-mfa-enabled`.

use super::{Judge, Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::User;
use crate::iam::credential_report::CredentialRow;
use crate::permissions::{AdminDefinition, PrincipalPermissions, SecondFactor, Witness};
use crate::reach::{Escalation, Reach as Escalations};
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "admin-user-mfa-enabled",
    summary: "Each user who is an administrator, however it came to be one, has multi-factor authentication.",
    severity: Severity::High,
    page: include_str!("admin_user_mfa_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User],
    parameters: &[
        ParameterDefinition {
            name: "adminDefinition",
            kind: ParameterKind::Choice(&[EFFECTIVE, EFFECTIVE_OR_ESCALATING, ATTACHED_POLICY]),
            default: EFFECTIVE,
            description: "Who counts as an administrator: by all policies after Deny and boundary, also whoever can \
                          become one, or by attached policies alone.",
        },
        ParameterDefinition {
            name: "requireHardware",
            kind: ParameterKind::Boolean,
            default: "false",
            description: "Whether a virtual device counts as no MFA.",
        },
    ],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: IA-2(1)", "NIST 800-53: AC-6(7)"],
    build: |parameters| {
        Box::new(AdminUserMfaEnabled {
            who: match parameters.choice("adminDefinition") {
                ATTACHED_POLICY => Who::AttachedPolicy,
                EFFECTIVE_OR_ESCALATING => Who::EffectiveOrEscalating,
                _ => Who::Effective,
            },
            require_hardware: parameters.boolean("requireHardware"),
        })
    },
};

const EFFECTIVE: &str = "effective";
const EFFECTIVE_OR_ESCALATING: &str = "effective-or-escalating";
const ATTACHED_POLICY: &str = "attached-policy";

struct AdminUserMfaEnabled {
    who: Who,
    require_hardware: bool,
}

/// Who counts as an administrator.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Effective,
    EffectiveOrEscalating,
    AttachedPolicy,
}

/// Why a user counts as an administrator.
enum Reason {
    Administrator(Witness),
    Escalation(Escalation),
}

impl Rule for AdminUserMfaEnabled {
    fn evaluate(&self, resource: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        self.judge(resource, facts, self.escalations(facts).as_ref())
    }

    fn for_account<'a>(&'a self, facts: &'a Facts) -> Box<Judge<'a>> {
        let escalations = self.escalations(facts);
        Box::new(move |resource| self.judge(resource, facts, escalations.as_ref()))
    }

    fn further_facts(&self) -> &'static [FactKind] {
        if self.require_hardware { &[FactKind::VirtualMfaDevices] } else { &[] }
    }
}

impl AdminUserMfaEnabled {
    /// The ways to become an administrator, where they count.
    fn escalations<'a>(&self, facts: &'a Facts) -> Option<Result<Escalations<'a>, MissingFact>> {
        (self.who == Who::EffectiveOrEscalating).then(|| Escalations::new(facts))
    }

    fn judge(
        &self,
        resource: &Resource<'_>,
        facts: &Facts,
        escalations: Option<&Result<Escalations<'_>, MissingFact>>,
    ) -> Result<Outcome, MissingFact> {
        let Resource::User(user) = resource else {
            return Ok(Outcome::not_applicable("the rule is about users"));
        };
        let escalations = match escalations {
            None => None,
            Some(Ok(escalations)) => Some(escalations),
            Some(Err(missing)) => return Err(missing.clone()),
        };
        let details = facts.authorization_details.get()?;
        let permissions = PrincipalPermissions::of_user(user, details, facts)?;
        Judged { rule: self, facts, escalations, user, permissions }.outcome()
    }
}

/// A user who is judged.
struct Judged<'j, 'a> {
    rule: &'j AdminUserMfaEnabled,
    facts: &'j Facts,
    escalations: Option<&'j Escalations<'a>>,
    user: &'j User,
    permissions: PrincipalPermissions<'j>,
}

impl Judged<'_, '_> {
    fn outcome(&self) -> Result<Outcome, MissingFact> {
        let Some(reason) = self.administrator(SecondFactor::Unknown)? else {
            return Ok(Outcome::not_applicable(match self.rule.who {
                Who::EffectiveOrEscalating => "the user is not an administrator and cannot become one",
                Who::Effective | Who::AttachedPolicy => "the user is not an administrator",
            }));
        };
        let report = self.facts.credential_report.get()?;
        let row = report.user(&self.user.identity.arn)?;
        let as_of = report.generated_at.map(|moment| format!(" (report of {moment})")).unwrap_or_default();
        if !row.has_active_credential().ok_or_else(|| self.unknown("password_enabled"))? {
            return Ok(Outcome::not_applicable(format!("{} without an active credential{as_of}", reason.who())));
        }
        if row.mfa_active.ok_or_else(|| self.unknown("mfa_active"))? {
            return self.with_mfa(&reason, &as_of);
        }
        self.without_mfa(row, &reason, &as_of)
    }

    fn unknown(&self, column: &str) -> MissingFact {
        let what = format!("{column} of user {}", self.user.identity.name);
        MissingFact::new(what, "the credential report does not say")
    }

    /// Why the user counts as an administrator, with what is known of its second factor.
    fn administrator(&self, second_factor: SecondFactor) -> Result<Option<Reason>, MissingFact> {
        let definition = match self.rule.who {
            Who::AttachedPolicy => AdminDefinition::AttachedPolicy,
            Who::Effective | Who::EffectiveOrEscalating => AdminDefinition::Effective,
        };
        if let Some(witness) = self.permissions.administrator(definition, second_factor) {
            return Ok(Some(Reason::Administrator(witness)));
        }
        let Some(escalations) = self.escalations else { return Ok(None) };
        Ok(escalations.of(&self.user.identity.arn, second_factor)?.map(Reason::Escalation))
    }

    fn with_mfa(&self, reason: &Reason, as_of: &str) -> Result<Outcome, MissingFact> {
        let who = reason.who();
        if !self.rule.require_hardware {
            return Ok(Outcome::compliant(format!("{who} with MFA{as_of}")));
        }
        let devices = self.facts.virtual_mfa_devices.get()?;
        if !devices.assigned_to.contains(&self.user.identity.arn) {
            return Ok(Outcome::compliant(format!("{who} with MFA, by no virtual device{as_of}")));
        }
        let name = visible(&self.user.identity.name, 40);
        let message = format!("{name} is {who} with a virtual MFA device: {}{as_of}", reason.in_words());
        Ok(Outcome::finding(self.finding("admin-with-virtual-mfa", message, reason)))
    }

    fn without_mfa(&self, row: &CredentialRow, reason: &Reason, as_of: &str) -> Result<Outcome, MissingFact> {
        let password = row.password_enabled.ok_or_else(|| self.unknown("password_enabled"))?;
        let bound = self.administrator(SecondFactor::Never)?.is_none();
        if !password && bound {
            let because = format!("{} whose credentials are useless without MFA by policy{as_of}", reason.who());
            return Ok(Outcome::compliant(because));
        }
        let credential = match (password, row.has_active_key()) {
            (true, _) => "a password",
            (false, true) => "access keys",
            (false, false) => "signing certificates",
        };
        // Policy binds the grant to a device, but whoever holds the password can bring one.
        let enrol = if bound && self.permissions.may_enrol_a_device() { " that can enrol a device" } else { "" };
        let name = visible(&self.user.identity.name, 40);
        let message =
            format!("{name} is {} with {credential}{enrol} and no MFA: {}{as_of}", reason.who(), reason.in_words());
        Ok(Outcome::finding(self.finding("admin-without-mfa", message, reason)))
    }

    fn finding(&self, code: &'static str, message: String, reason: &Reason) -> Finding {
        let witness = reason.witness();
        Finding {
            code,
            message,
            policy: witness.map(|witness| witness.policy.clone()),
            statement: witness.map(|witness| witness.statement.clone()),
            path: reason.path(&self.user.identity.name),
            escalation: None,
        }
    }
}

impl Reason {
    fn who(&self) -> &'static str {
        match self {
            Self::Administrator(_) => "an administrator",
            Self::Escalation(escalation) if escalation.proven => "able to become an administrator",
            Self::Escalation(_) => "perhaps able to become an administrator",
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Administrator(witness) => witness.in_words(),
            Self::Escalation(escalation) => escalation.in_words(),
        }
    }

    fn witness(&self) -> Option<&Witness> {
        match self {
            Self::Administrator(witness) => Some(witness),
            Self::Escalation(escalation) => escalation.witness.as_ref(),
        }
    }

    fn path(&self, principal: &str) -> Vec<String> {
        match self {
            Self::Administrator(witness) => witness.path(principal),
            Self::Escalation(escalation) => escalation.path(principal),
        }
    }
}
