//! The search for an administrator that a person can use.

use std::collections::BTreeSet;

use crate::decision::Truth;
use crate::fact::MissingFact;
use crate::facts::Facts;
use crate::iam::{AuthorizationDetails, Identity, Role, User};
use crate::permissions::{AdminDefinition, PrincipalPermissions, RequestMfa, Witness, outsiders};
use crate::reach::Reach;
use crate::rules::Derived;
use crate::text::visible;

/// What came of the search.
pub(super) enum UsableAdministrator {
    /// An administrator, in words.
    Certain(String),
    /// Uncertain, with the unknown fact.
    Possible(MissingFact),
    /// Certainly none.
    Nobody,
}

pub(super) struct AdministratorSearch<'s, 'd> {
    definition: AdminDefinition,
    derived: &'s Derived<'d>,
    facts: &'s Facts,
    details: &'s AuthorizationDetails,
    /// Why the first possible administrator is not a certain one.
    doubt: Option<MissingFact>,
    /// Roles that are administrators and that no principal outside of the account can certainly assume.
    roles: Vec<AdministratorRole<'s>>,
}

struct AdministratorRole<'s> {
    role: &'s Role,
    /// Why it may be none.
    doubt: Option<MissingFact>,
}

/// A person who can use a role of the account.
struct Person {
    /// Such as `user ada`, or `role entry, for` and a person.
    name: String,
    /// Why it may be none.
    doubt: Option<MissingFact>,
}

impl<'s, 'd> AdministratorSearch<'s, 'd> {
    /// Whether a principal that can become an administrator counts.
    fn counts_escalating(&self) -> bool {
        self.definition == AdminDefinition::EffectiveOrEscalating
    }

    pub(super) fn new(
        definition: AdminDefinition,
        derived: &'s Derived<'d>,
        details: &'s AuthorizationDetails,
    ) -> Self {
        let facts = derived.facts();
        Self { definition, derived, facts, details, doubt: None, roles: Vec::new() }
    }

    pub(super) fn run(mut self) -> UsableAdministrator {
        if let Some(because) = self.direct().or_else(|| self.by_way_of_others()) {
            return UsableAdministrator::Certain(because);
        }
        self.doubt.map_or(UsableAdministrator::Nobody, UsableAdministrator::Possible)
    }

    /// A user with a credential, or a role that a principal outside of the account can assume.
    fn direct(&mut self) -> Option<String> {
        let details = self.details;
        details.users.iter().find_map(|user| self.user(user)).or_else(|| {
            let mut roles = details.roles.iter().filter(|role| !role.is_service_linked());
            roles.find_map(|role| self.role(role))
        })
    }

    fn user(&mut self, user: &'s User) -> Option<String> {
        let permissions = PrincipalPermissions::of_user(user, self.details, self.facts);
        // Most users are none whatever they bring, and then their credentials do not matter.
        if let Ok(permissions) = &permissions {
            permissions.administrator(self.definition, RequestMfa::Unknown)?;
        }
        let sign_ins = self.known(self.sign_ins(user)).filter(|sign_ins| !sign_ins.is_empty())?;
        let permissions = self.known(permissions)?;
        let witnesses = sign_ins.into_iter().filter_map(|mfa| permissions.administrator(self.definition, mfa));
        let witness = surest(witnesses)?;
        match doubt_about(&user.identity, &witness) {
            None => Some(format!("user {} is an administrator with an active credential", name(&user.identity))),
            Some(doubt) => {
                self.note(doubt);
                None
            }
        }
    }

    fn role(&mut self, role: &'s Role) -> Option<String> {
        let doubt = match PrincipalPermissions::of_role(role, self.details, self.facts) {
            Ok(permissions) => {
                let witness = permissions.administrator(self.definition, RequestMfa::Unknown)?;
                doubt_about(&role.identity, &witness)
            }
            Err(missing) => Some(missing),
        };
        if let Some(outsider) = self.outsider(role) {
            let Some(doubt) = doubt.clone().or(outsider.doubt) else {
                return Some(format!("role {} is an administrator for {}", name(&role.identity), outsider.name));
            };
            self.note(doubt);
        }
        self.roles.push(AdministratorRole { role, doubt });
        None
    }

    /// With what MFA a user can make requests: nothing for a user who cannot.
    ///
    /// # Errors
    /// When it is not known what credentials the user has.
    fn sign_ins(&self, user: &User) -> Result<Vec<RequestMfa>, MissingFact> {
        let row = self.facts.credential_report()?.row_of(user)?;
        let is_active = row.has_active_credential().ok_or_else(|| {
            let what = format!("{} of user {}", row.silent_column(), user.identity.name);
            MissingFact::new(what, "the credential report has no value")
        })?;
        if !is_active {
            return Ok(Vec::new());
        }
        let has_key = row.has_active_key() || row.certificates.iter().any(|certificate| certificate.active);
        let by_key = RequestMfa::WITHOUT_MFA.into_iter().filter(|_| has_key);
        Ok(match row.mfa_active {
            None => vec![RequestMfa::Unknown],
            // A key works without the device too.
            Some(true) => std::iter::once(RequestMfa::Given).chain(by_key).collect(),
            Some(false) if has_key => by_key.collect(),
            Some(false) => vec![RequestMfa::NotGiven],
        })
    }

    /// The person outside of the account that can assume a role; a certain one is preferred.
    fn outsider(&self, role: &'s Role) -> Option<Person> {
        let trust = match role.details.get().and_then(|details| details.trust.get()) {
            Ok(trust) => trust,
            Err(missing) => return Some(Person { name: "a person".to_owned(), doubt: Some(missing) }),
        };
        let context = PrincipalPermissions::at(self.facts.as_of);
        let found = outsiders(trust, &role.identity.arn, &context);
        let certain = found.iter().find(|outsider| outsider.truth == Truth::Holds);
        let outsider = certain.or_else(|| found.first())?;
        let outside = visible(outsider.name, 90);
        let reason = || format!("whether {outside} meets the conditions of its trust policy");
        let doubt = (outsider.truth < Truth::Holds).then(|| doubt(&role.identity, &reason()));
        Some(Person { name: outside, doubt })
    }

    /// An administrator role that a user of the account may assume, perhaps through other roles, or where a principal that can
    /// become an administrator counts, such a user or role.
    fn by_way_of_others(&mut self) -> Option<String> {
        if self.roles.is_empty() && !self.counts_escalating() {
            return None;
        }
        let derived = self.derived;
        let reach = self.known(derived.reach())?;
        let roles = std::mem::take(&mut self.roles);
        let certain = roles.iter().filter(|role| role.doubt.is_none());
        for AdministratorRole { role, .. } in certain {
            if let Some(person) = self.behind(reach, role, Truth::Holds) {
                return Some(format!(
                    "{} may assume role {}, which is an administrator",
                    person.name,
                    name(&role.identity)
                ));
            }
        }
        if self.counts_escalating()
            && let Some(found) = self.escalating(reach)
        {
            return Some(found);
        }
        // What is not certain matters only now.
        if self.doubt.is_none() {
            let possible = |role: &AdministratorRole<'s>| {
                let person = self.behind(reach, role.role, Truth::Undecided)?;
                let reason = "whether it may assume an administrator role";
                Some(role.doubt.clone().or(person.doubt).unwrap_or_else(|| doubt(&role.role.identity, reason)))
            };
            self.doubt = roles.iter().find_map(possible);
        }
        None
    }

    /// Walks backwards from a role to those that may assume it, until one is a person. Steps that are less certain than
    /// `least` are not taken.
    fn behind(&self, reach: &Reach<'_>, role: &'s Role, least: Truth) -> Option<Person> {
        let mut open = vec![role];
        let mut seen = BTreeSet::from([&role.identity.arn]);
        while let Some(next) = open.pop() {
            let user = self.details.users.iter().find_map(|user| self.user_behind(reach, user, next, least));
            if user.is_some() {
                return user;
            }
            for other in &self.details.roles {
                // A role that may assume itself, or an earlier role of the path, leads no further.
                if seen.contains(&other.identity.arn)
                    || reach.may_assume(&other.identity.arn, RequestMfa::Unknown, &next.identity.arn) < least
                {
                    continue;
                }
                if let Some(person) =
                    self.outsider(other).filter(|person| least < Truth::Holds || person.doubt.is_none())
                {
                    return Some(Person {
                        name: format!("role {}, for {},", name(&other.identity), person.name),
                        ..person
                    });
                }
                seen.insert(&other.identity.arn);
                open.push(other);
            }
        }
        None
    }

    /// The user, if it has a credential with which it may assume the role.
    fn user_behind(&self, reach: &Reach<'_>, user: &User, role: &Role, least: Truth) -> Option<Person> {
        let may = |mfa| reach.may_assume(&user.identity.arn, mfa, &role.identity.arn);
        // A user who cannot assume it with any MFA need not be looked at closely.
        if may(RequestMfa::Unknown) == Truth::Fails {
            return None;
        }
        let name = format!("user {}", name(&user.identity));
        let truth = match self.sign_ins(user) {
            Ok(sign_ins) => sign_ins.into_iter().map(may).max()?,
            Err(missing) if least < Truth::Holds => return Some(Person { name, doubt: Some(missing) }),
            Err(_) => return None,
        };
        let doubtful = || doubt(&user.identity, "whether it may assume an administrator role");
        (truth >= least).then(|| Person { name, doubt: (truth < Truth::Holds).then(doubtful) })
    }

    fn escalating(&mut self, reach: &Reach<'_>) -> Option<String> {
        let details = self.details;
        for user in &details.users {
            let sign_ins = match self.sign_ins(user) {
                Ok(sign_ins) => sign_ins,
                Err(missing) => {
                    // What credentials the user has matters where they would be of use.
                    if !matches!(reach.of(&user.identity.arn, RequestMfa::Unknown), Ok(None)) {
                        self.note(missing);
                    }
                    continue;
                }
            };
            for mfa in sign_ins {
                if let Some(found) = self.can_become(reach, &user.identity, mfa, None) {
                    return Some(format!("user {} can become an administrator: {found}", name(&user.identity)));
                }
            }
        }
        for role in details.roles.iter().filter(|role| !role.is_service_linked()) {
            let Some(outsider) = self.outsider(role) else { continue };
            let found = self.can_become(reach, &role.identity, RequestMfa::Unknown, outsider.doubt);
            if let Some(found) = found {
                let (role, outsider) = (name(&role.identity), outsider.name);
                return Some(format!("role {role}, for {outsider}, can become an administrator: {found}"));
            }
        }
        None
    }

    /// How a principal certainly becomes an administrator, in words. `unusable` is the reason why a person may not be
    /// able to use it.
    fn can_become(
        &mut self,
        reach: &Reach<'_>,
        identity: &Identity,
        mfa: RequestMfa,
        unusable: Option<MissingFact>,
    ) -> Option<String> {
        let escalation = self.known(reach.of(&identity.arn, mfa))??;
        if unusable.is_none() && escalation.proven {
            return Some(escalation.in_words());
        }
        let missing = escalation.missing.map(|missing| format!(" ({})", visible(&missing, 60))).unwrap_or_default();
        let reason = format!("whether it can become an administrator{missing}");
        self.note(unusable.unwrap_or_else(|| doubt(identity, &reason)));
        None
    }

    /// The datum; where there is none, the reason is kept.
    fn known<T>(&mut self, fact: Result<T, MissingFact>) -> Option<T> {
        fact.map_err(|missing| self.note(missing)).ok()
    }

    /// Keeps the first reason why there may be an administrator.
    fn note(&mut self, missing: MissingFact) {
        self.doubt.get_or_insert(missing);
    }
}

/// The witness that proves most.
fn surest(witnesses: impl Iterator<Item = Witness>) -> Option<Witness> {
    let mut first = None;
    for witness in witnesses {
        if witness.proven {
            return Some(witness);
        }
        first.get_or_insert(witness);
    }
    first
}

/// Why it is uncertain that a possible administrator is one.
fn doubt_about(identity: &Identity, witness: &Witness) -> Option<MissingFact> {
    let reason = || format!("its grant depends on {}", witness.conditional_on.join(", "));
    (!witness.proven).then(|| doubt(identity, &reason()))
}

fn doubt(identity: &Identity, reason: &str) -> MissingFact {
    let what = format!("an administrator that a person can use (uncertain: {})", name(identity));
    MissingFact::new(what, reason)
}

fn name(identity: &Identity) -> String {
    visible(&identity.name, 64)
}
