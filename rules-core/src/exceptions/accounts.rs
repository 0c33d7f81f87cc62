//! The accounts of an exception.

use std::collections::BTreeSet;

use crate::account::AccountId;

/// The accounts of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Accounts {
    /// Every one that the file is used for.
    Any,
    /// These.
    Listed(BTreeSet<AccountId>),
}

impl Accounts {
    pub(super) fn include(&self, account: &AccountId) -> bool {
        match self {
            Self::Any => true,
            Self::Listed(accounts) => accounts.contains(account),
        }
    }
}
