//! `admin-user-mfa-enabled`.

use std::cell::RefCell;

use super::principal_least_privilege::default_minimum;
use super::{ADMIN_DEFINITION, Judge, Rule, RuleDefinition, Severity, Trigger, admin_definition};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::User;
use crate::iam::credential_report::CredentialRow;
use crate::permissions::{AdminDefinition, BareKey, PrincipalPermissions, RequestMfa, Witness};
use crate::reach::Escalation;
use crate::rules::Derived;
use crate::score::PrincipalScorer;
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "admin-user-mfa-enabled",
    summary: "Each user with administrator permissions has MFA, whichever policy grants them.",
    severity: Severity::High,
    page: include_str!("admin_user_mfa_enabled.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User],
    findings: &[FindingCode::AdminWithoutMfa, FindingCode::AdminWithVirtualMfa],
    parameters: &[
        ADMIN_DEFINITION,
        ParameterDefinition {
            name: "requireHardware",
            kind: ParameterKind::Boolean,
            default: "false",
            description: "Whether only hardware MFA counts, not a virtual device.",
        },
    ],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: IA-2(1)", "NIST 800-53: AC-6(7)"],
    build: |parameters| {
        Box::new(AdminUserMfaEnabled {
            definition: admin_definition(parameters),
            require_hardware: parameters.boolean("requireHardware"),
        })
    },
};

struct AdminUserMfaEnabled {
    definition: AdminDefinition,
    require_hardware: bool,
}

/// Why a user counts as an administrator.
enum Reason {
    Administrator(Witness),
    Escalation(Escalation),
}

impl Rule for AdminUserMfaEnabled {
    fn evaluate(&self, resource: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        self.judge(resource, &SharedWork::new(&Derived::new(facts)))
    }

    fn for_derived<'a>(&'a self, derived: &'a Derived<'_>) -> Box<Judge<'a>> {
        let account = SharedWork::new(derived);
        Box::new(move |resource| self.judge(resource, &account))
    }

    fn further_facts(&self) -> &'static [FactKind] {
        if self.require_hardware { &[FactKind::VirtualMfaDevices] } else { &[] }
    }
}

impl AdminUserMfaEnabled {
    fn judge<'a>(&self, resource: &Resource<'a>, account: &SharedWork<'a, '_>) -> Result<Outcome, MissingFact> {
        let Resource::User(user) = *resource else {
            return Ok(Outcome::not_applicable("the rule evaluates users"));
        };
        let details = account.facts.authorization_details.get()?;
        let permissions = PrincipalPermissions::of_user(user, details, account.facts)?;
        Judged { rule: self, account, user, permissions }.outcome()
    }
}

/// An account, with what serves all of its users once it is asked for.
struct SharedWork<'a, 'd> {
    facts: &'a Facts,
    derived: &'a Derived<'d>,
    scorer: RefCell<PrincipalScorer<'a>>,
}

impl<'a, 'd> SharedWork<'a, 'd> {
    fn new(derived: &'a Derived<'d>) -> Self {
        Self { facts: derived.facts(), derived, scorer: RefCell::default() }
    }

    /// How a user becomes an administrator.
    fn escalation(&self, user: &User, mfa: RequestMfa) -> Result<Option<Escalation>, MissingFact> {
        self.derived.reach()?.of(&user.identity.arn, mfa)
    }
}

/// A user who is judged.
struct Judged<'j, 'a, 'd> {
    rule: &'j AdminUserMfaEnabled,
    account: &'j SharedWork<'a, 'd>,
    user: &'a User,
    permissions: PrincipalPermissions<'a>,
}

impl Judged<'_, '_, '_> {
    fn outcome(&self) -> Result<Outcome, MissingFact> {
        let Some(reason) = self.administrator()? else {
            return Ok(Outcome::not_applicable(match self.rule.definition {
                AdminDefinition::EffectiveOrEscalating => "the user is not an administrator and cannot become one",
                AdminDefinition::Effective | AdminDefinition::AttachedPolicy => "the user is not an administrator",
            }));
        };
        let report = self.account.facts.credential_report()?;
        let row = report.row_of(self.user)?;
        let as_of = report.dated_at(self.account.facts.as_of).map(|dated| format!(" ({dated})")).unwrap_or_default();
        if !row.has_active_credential().ok_or_else(|| self.unknown(row.silent_column()))? {
            return Ok(Outcome::not_applicable(format!("{} without an active credential{as_of}", reason.who())));
        }
        if row.mfa_active.ok_or_else(|| self.unknown("mfa_active"))? {
            return self.with_mfa(&reason, &as_of);
        }
        self.without_mfa(row, &reason, &as_of)
    }

    fn unknown(&self, column: &str) -> MissingFact {
        let what = format!("{column} of user {}", self.user.identity.name);
        MissingFact::new(what, "the credential report has no value")
    }

    /// Why the user counts as an administrator.
    fn administrator(&self) -> Result<Option<Reason>, MissingFact> {
        if let Some(witness) = self.permissions.administrator(self.rule.definition, RequestMfa::Unknown) {
            return Ok(Some(Reason::Administrator(witness)));
        }
        if self.rule.definition != AdminDefinition::EffectiveOrEscalating {
            return Ok(None);
        }
        Ok(self.account.escalation(self.user, RequestMfa::Unknown)?.map(Reason::Escalation))
    }

    fn with_mfa(&self, reason: &Reason, as_of: &str) -> Result<Outcome, MissingFact> {
        let who = reason.who();
        if !self.rule.require_hardware {
            return Ok(Outcome::compliant(format!("{who} with MFA{as_of}")));
        }
        let devices = self.account.facts.virtual_mfa_devices.get()?;
        if !devices.assigned_to.contains(&self.user.identity.arn) {
            return Ok(Outcome::compliant(format!("{who} with MFA and without a virtual device{as_of}")));
        }
        let name = visible(&self.user.identity.name, 40);
        let message = format!("{name} is {who} with a virtual MFA device: {}{as_of}", reason.in_words());
        Ok(Outcome::finding(self.finding(FindingCode::AdminWithVirtualMfa, message, reason)))
    }

    fn without_mfa(&self, row: &CredentialRow, reason: &Reason, as_of: &str) -> Result<Outcome, MissingFact> {
        let credential = if row.password_enabled.ok_or_else(|| self.unknown("password_enabled"))? {
            self.password(reason)
        } else {
            let key = if row.has_active_key() { "access keys" } else { "signing certificates" };
            match self.bare_key()? {
                BareKey::Nothing => {
                    let because = format!("{} whose {key} are bound to MFA by policy{as_of}", reason.who());
                    return Ok(Outcome::compliant(because));
                }
                BareKey::Administer(_) => key.to_owned(),
                BareKey::RegisterDevice => format!("{key} that can register an MFA device"),
                BareKey::KeepPower(score) => {
                    format!(
                        "{key} that keep broad permissions without MFA (score {score}, minimum {})",
                        default_minimum()
                    )
                }
                BareKey::Escalate(escalation) => {
                    let step = visible(&escalation.in_words(), 80);
                    format!("{key} that can become an administrator without MFA ({step})")
                }
            }
        };
        let (name, who) = (visible(&self.user.identity.name, 40), reason.who());
        let message = format!("{name} is {who} with {credential} and no MFA: {}{as_of}", reason.in_words());
        Ok(Outcome::finding(self.finding(FindingCode::AdminWithoutMfa, message, reason)))
    }

    fn bare_key(&self) -> Result<BareKey<Escalation>, MissingFact> {
        let mut scorer = self.account.scorer.borrow_mut();
        let escalation = |mfa| self.account.escalation(self.user, mfa);
        self.permissions.bare_key(self.rule.definition, default_minimum(), &mut scorer, escalation)
    }

    /// A policy can require MFA, but a person with the password may be able to register a device.
    fn password(&self, reason: &Reason) -> String {
        let is_open = |mfa| self.permissions.administrator(self.rule.definition, mfa).is_some();
        let is_bound = matches!(reason, Reason::Administrator(_)) && !RequestMfa::WITHOUT_MFA.into_iter().any(is_open);
        let registers = is_bound && self.permissions.may_register_a_device();
        if registers { "a password that can register an MFA device".to_owned() } else { "a password".to_owned() }
    }

    fn finding(&self, code: FindingCode, message: String, reason: &Reason) -> Finding {
        let witness = reason.witness();
        Finding {
            code,
            message,
            policy: witness.map(|witness| witness.policy.clone()),
            statement: witness.map(|witness| witness.statement.clone()),
            path: reason.path(&self.user.identity.name),
            escalation: reason.escalation().cloned().map(Box::new),
        }
    }
}

impl Reason {
    fn who(&self) -> &'static str {
        match self {
            Self::Administrator(_) => "an administrator",
            Self::Escalation(escalation) if escalation.proven => "able to become an administrator",
            Self::Escalation(_) => "able to become an administrator (uncertain)",
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

    fn escalation(&self) -> Option<&Escalation> {
        match self {
            Self::Administrator(_) => None,
            Self::Escalation(escalation) => Some(escalation),
        }
    }

    fn path(&self, principal: &str) -> Vec<String> {
        match self {
            Self::Administrator(witness) => witness.path(principal),
            Self::Escalation(escalation) => escalation.path(principal),
        }
    }
}
