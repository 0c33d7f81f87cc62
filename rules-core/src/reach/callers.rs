//! The principals that may assume a role, and their credentials.

use super::Reach;
use crate::arn::Arn;
use crate::decision::Truth;
use crate::iam::credential_report::CredentialRow;
use crate::permissions::{PrincipalPermissions, RequestMfa, outsiders};
use crate::timestamp::Timestamp;

/// The principals that may assume a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callers {
    /// Users and roles of the account, certain and uncertain.
    pub principals: Vec<Arn>,
    /// Persons outside the account: identity providers, other accounts, `*` for all principals.
    pub outsiders: Vec<String>,
    /// AWS services.
    pub services: Vec<String>,
    /// Whether its trust policy is unknown.
    pub is_unknown: bool,
}

impl Callers {
    /// Whether a principal may assume it, certainly or uncertainly.
    #[must_use]
    pub fn are_there(&self) -> bool {
        !self.principals.is_empty() || !self.outsiders.is_empty() || !self.services.is_empty() || self.is_unknown
    }
}

impl Reach<'_> {
    /// The principals that may assume a role.
    #[must_use]
    pub fn callers(&self, role: &Arn) -> Callers {
        let known = self.place(role).ok().and_then(|place| self.account.principals.get(place));
        let Some(trust) = known.and_then(|known| known.trust()) else { return Callers::default() };
        let Ok(trust) = trust else { return Callers { is_unknown: true, ..Callers::default() } };
        let others = self.account.principals.iter().map(|principal| &principal.identity.arn).filter(|arn| *arn != role);
        let may = |arn: &&Arn| self.may_assume(arn, self.own_mfa(arn), role) > Truth::Fails;
        let context = PrincipalPermissions::at(self.account.facts.as_of);
        let mut outside: Vec<String> =
            outsiders(trust, role, &context).into_iter().map(|outsider| outsider.name.to_owned()).collect();
        outside.dedup();
        Callers {
            principals: others.filter(may).cloned().collect(),
            outsiders: outside,
            services: known
                .into_iter()
                .flat_map(|it| &it.trusted_services)
                .map(|(service, _)| (*service).to_owned())
                .collect(),
            is_unknown: false,
        }
    }

    /// The row of a user in the credential report; none for a role, and for a user without a row.
    #[must_use]
    pub fn credentials(&self, arn: &Arn) -> Option<&CredentialRow> {
        let known = self.account.principals.get(self.place(arn).ok()?)?;
        self.account.credentials(&known.identity)
    }

    /// When a user or role was last used; none if that is not known, or if it was not used in the time that IAM tracks. Of a
    /// user, it is the last use of any credential.
    #[must_use]
    pub fn last_used(&self, arn: &Arn) -> Option<Timestamp> {
        if let Some(row) = self.credentials(arn) {
            let keys = row.access_keys.iter().filter_map(|key| key.last_used.moment());
            return keys.chain(row.password_last_used.moment()).max();
        }
        let role = self.account.principals.get(self.place(arn).ok()?)?.role?;
        role.details.known()?.last_used.known().copied().flatten()
    }

    /// The MFA state of a user by the credential report. For a user without a device, the state is unknown, because a
    /// device can be assigned to the user.
    #[must_use]
    pub fn own_mfa(&self, arn: &Arn) -> RequestMfa {
        match self.credentials(arn).and_then(|row| row.mfa_active) {
            Some(true) => RequestMfa::Given,
            Some(false) | None => RequestMfa::Unknown,
        }
    }
}
