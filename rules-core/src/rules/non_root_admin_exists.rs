//! `non-root-admin-exists`.

use std::collections::BTreeSet;

use super::{Rule, RuleDefinition, Severity, Trigger};
use crate::config::{Finding, Outcome, ParameterDefinition, ParameterKind, ResourceType};
use crate::decision::Truth;
use crate::fact::MissingFact;
use crate::facts::{FactKind, Facts, Resource};
use crate::iam::{AuthorizationDetails, Identity, Role, User};
use crate::permissions::{AdminDefinition, PrincipalPermissions, SecondFactor, outsiders};
use crate::reach::Reach as Escalations;
use crate::text::visible;

pub(super) static DEFINITION: RuleDefinition = RuleDefinition {
    id: "non-root-admin-exists",
    summary: "A person can work as an administrator without the root user: by a user or a role.",
    severity: Severity::Medium,
    page: include_str!("non_root_admin_exists.md"),
    trigger: Trigger::Periodic,
    resource_types: &[ResourceType::Account],
    parameters: &[ParameterDefinition {
        name: "adminDefinition",
        kind: ParameterKind::Choice(&[EFFECTIVE, EFFECTIVE_OR_ESCALATING, ATTACHED_POLICY]),
        default: EFFECTIVE,
        description: "Who counts as an administrator: by all policies after Deny and boundary, also whoever can become \
                      one, or by attached policies alone.",
    }],
    facts: &[FactKind::AuthorizationDetails, FactKind::CredentialReport],
    controls: &["NIST 800-53: AC-2", "NIST 800-53: AC-6(5)"],
    build: |parameters| {
        Box::new(NonRootAdminExists {
            definition: match parameters.choice("adminDefinition") {
                ATTACHED_POLICY => AdminDefinition::AttachedPolicy,
                _ => AdminDefinition::Effective,
            },
            escalating: parameters.choice("adminDefinition") == EFFECTIVE_OR_ESCALATING,
        })
    },
};

const EFFECTIVE: &str = "effective";
const EFFECTIVE_OR_ESCALATING: &str = "effective-or-escalating";
const ATTACHED_POLICY: &str = "attached-policy";

struct NonRootAdminExists {
    definition: AdminDefinition,
    escalating: bool,
}

impl Rule for NonRootAdminExists {
    fn evaluate(&self, _: &Resource<'_>, facts: &Facts) -> Result<Outcome, MissingFact> {
        let details = facts.authorization_details.get()?;
        let mut search = Search { rule: self, facts, details, doubts: Vec::new(), roles: Vec::new() };
        if let Some(because) = search.direct().or_else(|| search.by_way_of_others()) {
            return Ok(Outcome::compliant(because));
        }
        match search.doubts.into_iter().next() {
            Some(doubt) => Err(doubt),
            None => Ok(Outcome::finding(Finding::new(
                "no-administrator",
                "no user or role that a person can use is an administrator, so that only the root user is left",
            ))),
        }
    }
}

/// The search for an administrator that a person can use.
struct Search<'s> {
    rule: &'s NonRootAdminExists,
    facts: &'s Facts,
    details: &'s AuthorizationDetails,
    /// What kept the search from a certain answer, first things first.
    doubts: Vec<MissingFact>,
    /// Administrators that nobody outside the account may assume.
    roles: Vec<&'s Role>,
}

impl<'s> Search<'s> {
    /// A user who can sign in, or a role that somebody outside the account may assume.
    fn direct(&mut self) -> Option<String> {
        let details = self.details;
        details.users.iter().find_map(|user| self.user(user)).or_else(|| {
            let roles = details.roles.iter().filter(|role| !role.is_service_linked());
            roles.into_iter().find_map(|role| self.role(role))
        })
    }

    fn user(&mut self, user: &'s User) -> Option<String> {
        let permissions = self.known(PrincipalPermissions::of_user(user, self.details, self.facts))?;
        // Most users are none whatever they bring, and then their credentials do not matter.
        permissions.administrator(self.rule.definition, SecondFactor::Unknown)?;
        let second_factor = self.sign_in(user)?;
        self.proven(&permissions, second_factor)?;
        Some(format!("user {} is an administrator with an active credential", name(&user.identity)))
    }

    /// What second factor a user can bring; none for a user who cannot sign in or sign requests.
    fn sign_in(&mut self, user: &User) -> Option<SecondFactor> {
        let row = self.facts.credential_report.get().and_then(|report| report.user(&user.identity.arn));
        let row = self.known(row)?;
        let unknown = |column: &str| {
            let what = format!("{column} of user {}", user.identity.name);
            MissingFact::new(what, "the credential report does not say")
        };
        if !self.known(row.has_active_credential().ok_or_else(|| unknown("password_enabled")))? {
            return None;
        }
        Some(match row.mfa_active {
            Some(true) => SecondFactor::Given,
            Some(false) => SecondFactor::Never,
            None => SecondFactor::Unknown,
        })
    }

    fn role(&mut self, role: &'s Role) -> Option<String> {
        let permissions = self.known(PrincipalPermissions::of_role(role, self.details, self.facts))?;
        self.proven(&permissions, SecondFactor::Unknown)?;
        match self.outsider(role) {
            Some(outsider) => Some(format!("role {} is an administrator for {outsider}", name(&role.identity))),
            None => {
                self.roles.push(role);
                None
            }
        }
    }

    /// Who outside the account may assume a role.
    fn outsider(&mut self, role: &'s Role) -> Option<String> {
        let details = self.known(role.details.get())?;
        let trust = self.known(details.trust.get())?;
        let context = self.known(PrincipalPermissions::of_role(role, self.details, self.facts))?.trust_context();
        let outsiders = outsiders(trust, self.facts.account.as_str(), &context);
        outsiders.first().map(|outsider| visible(outsider, 90))
    }

    /// An administrator, for certain; a possible one is a doubt.
    fn proven(&mut self, permissions: &PrincipalPermissions<'_>, second_factor: SecondFactor) -> Option<()> {
        let witness = permissions.administrator(self.rule.definition, second_factor)?;
        if witness.proven {
            return Some(());
        }
        self.doubt(permissions.identity(), &format!("its grant depends on {}", witness.conditional_on.join(", ")));
        None
    }

    /// An administrator role that a user of the account may assume, perhaps through other roles, or where whoever can
    /// become an administrator counts, a user or role that can.
    fn by_way_of_others(&mut self) -> Option<String> {
        if self.roles.is_empty() && !self.rule.escalating {
            return None;
        }
        let escalations = self.known(Escalations::new(self.facts))?;
        let roles = std::mem::take(&mut self.roles);
        if let Some(found) = roles.into_iter().find_map(|role| self.assumed(&escalations, role)) {
            return Some(found);
        }
        if self.rule.escalating { self.escalating(&escalations) } else { None }
    }

    /// Walks backwards from a role to whoever may assume it, until that is a person.
    fn assumed(&mut self, escalations: &Escalations<'_>, role: &'s Role) -> Option<String> {
        let details = self.details;
        let mut open = vec![role];
        let mut seen = BTreeSet::from([&role.identity.arn]);
        while let Some(next) = open.pop() {
            for user in &details.users {
                let may = |factor| escalations.may_assume(&user.identity.arn, factor, &next.identity.arn);
                // Whoever cannot assume it with any factor need not be looked at closely.
                if may(SecondFactor::Unknown) == Truth::Fails {
                    continue;
                }
                let Some(second_factor) = self.sign_in(user) else { continue };
                match may(second_factor) {
                    Truth::Fails => {}
                    Truth::Undecided => self.doubt(&user.identity, "whether it may assume an administrator role"),
                    Truth::Holds => {
                        let (user, role) = (name(&user.identity), name(&role.identity));
                        return Some(format!("user {user} may assume role {role}, which is an administrator"));
                    }
                }
            }
            for other in &details.roles {
                // That a role may assume itself, or one on the way to it, helps nobody.
                if seen.contains(&other.identity.arn) {
                    continue;
                }
                match escalations.may_assume(&other.identity.arn, SecondFactor::Unknown, &next.identity.arn) {
                    Truth::Fails => {}
                    Truth::Undecided => self.doubt(&other.identity, "whether it may assume an administrator role"),
                    Truth::Holds => match self.outsider(other) {
                        Some(outsider) => {
                            let (other, role) = (name(&other.identity), name(&role.identity));
                            return Some(format!(
                                "role {other}, for {outsider}, may assume role {role}, which is an administrator"
                            ));
                        }
                        None => {
                            seen.insert(&other.identity.arn);
                            open.push(other);
                        }
                    },
                }
            }
        }
        None
    }

    fn escalating(&mut self, escalations: &Escalations<'_>) -> Option<String> {
        let details = self.details;
        for user in &details.users {
            let Some(second_factor) = self.sign_in(user) else { continue };
            if let Some(found) = self.can_become(escalations, &user.identity, second_factor) {
                return Some(format!("user {} can become an administrator: {found}", name(&user.identity)));
            }
        }
        for role in &details.roles {
            if self.outsider(role).is_none() {
                continue;
            }
            if let Some(found) = self.can_become(escalations, &role.identity, SecondFactor::Unknown) {
                return Some(format!("role {} can become an administrator: {found}", name(&role.identity)));
            }
        }
        None
    }

    fn can_become(
        &mut self,
        escalations: &Escalations<'_>,
        identity: &Identity,
        second_factor: SecondFactor,
    ) -> Option<String> {
        let escalation = self.known(escalations.of(&identity.arn, second_factor))??;
        if escalation.proven {
            return Some(escalation.in_words());
        }
        self.doubt(identity, "whether it can become an administrator");
        None
    }

    /// The datum; where there is none, the reason is kept.
    fn known<T>(&mut self, fact: Result<T, MissingFact>) -> Option<T> {
        fact.map_err(|missing| self.doubts.push(missing)).ok()
    }

    fn doubt(&mut self, identity: &Identity, reason: &str) {
        let what = format!("an administrator that a person can use (perhaps {})", name(identity));
        self.doubts.push(MissingFact::new(what, reason));
    }
}

fn name(identity: &Identity) -> String {
    visible(&identity.name, 64)
}
