//! Sources of facts.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use rules_core::Region;
use rules_core::audit::{RegionFacts, RegionalFactKind};
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};
use rules_core::facts::{FactKind, Facts};
use rules_core::iam::VirtualMfaDevices;
use rules_core::{AccountId, Arn, Fact, MissingFact, Timestamp};

use crate::call_error::CallError;

/// A source of facts about one account.
#[async_trait]
pub trait FactSource: Send + Sync {
    /// The account of the facts.
    ///
    /// # Errors
    /// If the source cannot determine it.
    async fn account(&self) -> Result<AccountId, MissingFact>;

    /// Checks that the facts belong to `account`.
    ///
    /// # Errors
    /// If they belong to another account, or if the source cannot determine their account.
    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError>;

    /// The facts of these kinds, as of `as_of`. A fact that cannot be read is unavailable with its reason, and so is
    /// every other kind.
    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts;

    /// The configuration item of `summary`.
    ///
    /// # Errors
    /// If it cannot be read.
    async fn configuration_item(&self, summary: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact>;

    /// When the facts were collected; none if they are collected on request.
    fn collected_at(&self) -> Option<Timestamp>;

    /// The default time of the evaluation: the time at which the facts were collected or, if that is unknown, the
    /// latest time in them. None if they are collected on request.
    fn latest_moment(&self) -> Option<Timestamp> {
        self.collected_at()
    }
}

/// The reason why facts are not those of the expected account.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// They belong to another account.
    #[error("{0}")]
    Other(MissingFact),
    /// Their account is unknown, because a call failed.
    #[error("{0}")]
    NotKnown(CallError),
}

impl From<AccountError> for MissingFact {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Other(missing) | AccountError::NotKnown(CallError { missing, .. }) => missing,
        }
    }
}

/// The facts of `own` were requested as facts of `asked`.
pub(crate) fn other_account(asked: &AccountId, own: &AccountId) -> MissingFact {
    MissingFact::new(format!("account {asked}"), format!("the source contains account {own}"))
}

/// The fact, unless it belongs to another account. Facts that name no account pass.
pub(crate) fn only_of<T>(
    account: &AccountId,
    kind: FactKind,
    owner: impl FnOnce(&T) -> Option<AccountId>,
    fact: Result<T, MissingFact>,
) -> Fact<T> {
    match fact {
        Ok(value) => match owner(&value) {
            Some(other) if other != *account => {
                Fact::unavailable(kind.as_str(), format!("it belongs to account {other}, not to {account}"))
            }
            _ => Fact::Known(value),
        },
        Err(missing) => Fact::Unavailable(missing),
    }
}

/// The parts of these kinds of the facts of Regions, unless they belong to another account.
pub(crate) fn only_regions_of(
    account: &AccountId,
    kinds: &BTreeSet<FactKind>,
    mut regions: BTreeMap<Region, RegionFacts>,
) -> BTreeMap<Region, RegionFacts> {
    for (region, facts) in &mut regions {
        for kind in RegionalFactKind::ALL {
            if !kinds.contains(&FactKind::Regional(kind)) {
                facts.withhold(kind, MissingFact::not_given(kind.as_str(), "it was not requested"));
            } else if let Some(other) = facts.account(kind).filter(|other| other != account) {
                let reason = format!("it belongs to account {other}, not to {account}");
                facts.withhold(kind, MissingFact::new(format!("{kind} of {region}"), reason));
            }
        }
    }
    regions
}

/// The account of the users who have devices; none when no device is assigned.
pub(crate) fn owner_of_devices(devices: &VirtualMfaDevices) -> Option<AccountId> {
    devices.assigned_to.iter().find_map(Arn::account_id)
}
