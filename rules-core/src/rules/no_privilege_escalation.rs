//! `no-privilege-escalation`.

use super::{Judge, Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, FindingCode, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::Identity;
use crate::permissions::{AdminDefinition, RequestMfa};
use crate::reach::{Escalation, Reach};
use crate::rules::Derived;
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "no-privilege-escalation",
    summary: "No user or role that is not an administrator can become one.",
    severity: Severity::High,
    page: include_str!("no_privilege_escalation.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::User, ResourceType::Role],
    findings: &[FindingCode::CanBecomeAdministrator, FindingCode::CanBecomeAdministratorUncertain],
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
        self.judge(resource, &Reach::new(facts)?)
    }

    fn for_derived<'a>(&'a self, derived: &'a Derived<'_>) -> Box<Judge<'a>> {
        Box::new(move |resource| self.judge(resource, derived.reach()?))
    }
}

impl NoPrivilegeEscalation {
    fn judge(&self, resource: &Resource<'_>, reach: &Reach<'_>) -> Result<Outcome, MissingFact> {
        let (identity, mfa) = match resource {
            Resource::Role(role) if role.is_service_linked() => {
                return Ok(Outcome::not_applicable("a service-linked role's policies belong to AWS"));
            }
            Resource::User(user) => (&user.identity, reach.own_mfa(&user.identity.arn)),
            Resource::Role(role) => (&role.identity, RequestMfa::Unknown),
            Resource::Account(_) | Resource::Group(_) | Resource::Policy(_) => {
                return Ok(Outcome::not_applicable("the rule evaluates users and roles"));
            }
        };
        let permissions = reach.permissions(&identity.arn)?;
        if let Some(witness) = permissions.administrator(AdminDefinition::Effective, RequestMfa::Unknown) {
            if !witness.proven {
                // What is in doubt may be what was not read.
                know_tags(resource)?;
            }
            return Ok(Outcome::not_applicable(format!("an administrator: {}", witness.in_words())));
        }
        let Some(escalation) = reach.of(&identity.arn, mfa)? else {
            return Ok(Outcome::compliant("cannot become an administrator"));
        };
        if !escalation.proven && !self.reports_uncertain {
            let missing = escalation.missing.as_deref().map(|it| visible(it, 80)).unwrap_or_default();
            let because = format!("an uncertain path to an administrator depends on an unknown fact: {missing}");
            return Ok(Outcome::not_applicable(because));
        }
        Ok(Outcome::finding(finding(identity, escalation)))
    }
}

/// That the tags are known by which conditions may tell principals.
fn know_tags(resource: &Resource<'_>) -> Result<(), MissingFact> {
    let tags = match resource {
        Resource::User(user) => &user.details.get()?.tags,
        Resource::Role(role) => &role.details.get()?.tags,
        Resource::Account(_) | Resource::Group(_) | Resource::Policy(_) => return Ok(()),
    };
    tags.get().map(|_| ())
}

fn finding(identity: &Identity, escalation: Escalation) -> Finding {
    let name = visible(&identity.name, 40);
    let (code, certainty) = match escalation.proven {
        true => (FindingCode::CanBecomeAdministrator, ""),
        false => (FindingCode::CanBecomeAdministratorUncertain, " (uncertain)"),
    };
    let first = escalation.steps.first().and_then(|step| step.actions.first()?.allowed_by.as_ref());
    Finding {
        code,
        message: format!("{name} can become an administrator{certainty}: {}", escalation.in_full()),
        policy: first.map(|statement| statement.policy.clone()),
        statement: first.map(|statement| statement.statement.clone()),
        path: escalation.path(&identity.name),
        escalation: Some(Box::new(escalation)),
    }
}
