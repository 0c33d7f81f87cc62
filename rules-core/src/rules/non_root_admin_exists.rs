//! `non-root-admin-exists`.

mod search;

use search::{AdministratorSearch, UsableAdministrator};

use super::{ADMIN_DEFINITION, Judge, Rule, RuleDefinition, Severity, Trigger, admin_definition};
use crate::config::{Finding, FindingCode, Outcome, ResourceType};
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::permissions::AdminDefinition;
use crate::rules::Derived;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "non-root-admin-exists",
    summary: "A person can work as an administrator with a user or a role, without the root user.",
    severity: Severity::Medium,
    page: include_str!("non_root_admin_exists.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    findings: &[FindingCode::NoAdministrator],
    parameters: &[ADMIN_DEFINITION],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: AC-2", "NIST 800-53: AC-6(5)"],
    build: |parameters| Box::new(NonRootAdminExists { definition: admin_definition(parameters) }),
};

struct NonRootAdminExists {
    definition: AdminDefinition,
}

impl Rule for NonRootAdminExists {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        self.judge(&Derived::new(facts))
    }

    fn for_derived<'a>(&'a self, derived: &'a Derived<'_>) -> Box<Judge<'a>> {
        Box::new(|_| self.judge(derived))
    }
}

impl NonRootAdminExists {
    fn judge(&self, derived: &Derived<'_>) -> Result<Outcome, MissingFact> {
        let details = derived.facts().authorization_details.get()?;
        match AdministratorSearch::new(self.definition, derived, details).run() {
            UsableAdministrator::Certain(because) => Ok(Outcome::compliant(because)),
            UsableAdministrator::Possible(missing) => Err(missing),
            UsableAdministrator::Nobody => {
                Ok(Outcome::finding(Finding::new(FindingCode::NoAdministrator, self.nobody())))
            }
        }
    }

    /// Only a search that includes principals that can become an administrator proves that only the root user can work as one.
    fn nobody(&self) -> &'static str {
        match self.definition {
            AdminDefinition::EffectiveOrEscalating => {
                "no user or role that a person can use is an administrator or can certainly become one, so only the root user \
                 can work as an administrator"
            }
            AdminDefinition::Effective => {
                "no user or role that a person can use is an administrator; principals that can become one do not count \
                 (adminDefinition is effective)"
            }
            AdminDefinition::AttachedPolicy => {
                "no user or role that a person can use has an administrator policy attached; inline policies and \
                 principals that can become one do not count (adminDefinition is attached-policy)"
            }
        }
    }
}
