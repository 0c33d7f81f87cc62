//! `no-privilege-escalation`.

use super::{Judge, Rule, RuleDefinition, Severity, Trigger};
use crate::assessment::Derived;
use crate::config::{Finding, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::{Identity, User};
use crate::permissions::{AdminDefinition, SecondFactor};
use crate::reach::{Escalation, Reach};
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "no-privilege-escalation",
    summary: "No user or role that is not an administrator can become one.",
    severity: Severity::High,
    page: include_str!("no_privilege_escalation.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User, ResourceType::Role],
    parameters: &[ParameterDefinition {
        name: "uncertain",
        kind: ParameterKind::Choice(&[REPORT, SKIP]),
        default: REPORT,
        description: "What to do with paths that depend on a fact that was not read: report them, or skip them.",
    }],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: AC-6", "NIST 800-53: AC-6(7)"],
    build: |parameters| Box::new(NoPrivilegeEscalation { reports_uncertain: parameters.choice("uncertain") == REPORT }),
};

const REPORT: &str = "report";
const SKIP: &str = "skip";

struct NoPrivilegeEscalation {
    reports_uncertain: bool,
}

impl Rule for NoPrivilegeEscalation {
    fn evaluate(&self, resource: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        self.judge(resource, facts, &Reach::new(facts)?)
    }

    fn for_derived<'a>(&'a self, derived: &'a Derived<'_>) -> Box<Judge<'a>> {
        Box::new(move |resource| self.judge(resource, derived.facts(), derived.reach()?))
    }
}

impl NoPrivilegeEscalation {
    fn judge(&self, resource: &Resource<'_>, facts: &Facts, reach: &Reach<'_>) -> Result<Outcome, MissingFact> {
        let (identity, second_factor) = match resource {
            Resource::Role(role) if role.is_service_linked() => {
                return Ok(Outcome::not_applicable("a service-linked role's policies belong to AWS"));
            }
            Resource::User(user) => (&user.identity, own_factor(user, facts)),
            Resource::Role(role) => (&role.identity, SecondFactor::Unknown),
            Resource::Account(_) | Resource::Group(_) | Resource::Policy(_) => {
                return Ok(Outcome::not_applicable("the rule evaluates users and roles"));
            }
        };
        let permissions = reach.permissions(&identity.arn)?;
        if let Some(witness) = permissions.administrator(AdminDefinition::Effective, SecondFactor::Unknown) {
            return Ok(Outcome::not_applicable(format!("an administrator: {}", witness.in_words())));
        }
        let Some(escalation) = reach.of(&identity.arn, second_factor)? else {
            return Ok(Outcome::compliant("cannot become an administrator"));
        };
        if !escalation.proven && !self.reports_uncertain {
            let missing = escalation.missing.as_deref().map(|it| visible(it, 80)).unwrap_or_default();
            let because = format!("a possible path to an administrator depends on an unknown fact: {missing}");
            return Ok(Outcome::not_applicable(because));
        }
        Ok(Outcome::finding(finding(identity, escalation)))
    }
}

/// What a user has of multi-factor authentication, as the credential report says.
fn own_factor(user: &User, facts: &Facts) -> SecondFactor {
    let row = facts.credential_report().ok().and_then(|report| report.row_of(user).ok());
    match row.and_then(|row| row.mfa_active) {
        Some(true) => SecondFactor::Given,
        // One that has no device yet may be given one.
        Some(false) | None => SecondFactor::Unknown,
    }
}

fn finding(identity: &Identity, escalation: Escalation) -> Finding {
    let name = visible(&identity.name, 40);
    let (code, can) = match escalation.proven {
        true => ("can-become-administrator", "can become"),
        false => ("perhaps-can-become-administrator", "can possibly become"),
    };
    let first = escalation.steps.first().and_then(|step| step.actions.first()?.allowed_by.as_ref());
    Finding {
        code,
        message: format!("{name} {can} an administrator: {}", escalation.in_full()),
        policy: first.map(|statement| statement.policy.clone()),
        statement: first.map(|statement| statement.statement.clone()),
        path: escalation.path(&identity.name),
        escalation: Some(Box::new(escalation)),
    }
}
