//! Where facts come from.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use rules_core::audit::{Region, RegionFacts, RegionalFactKind};
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};
use rules_core::facts::{FactKind, Facts};
use rules_core::iam::VirtualMfaDevices;
use rules_core::{AccountId, Arn, Fact, MissingFact, Timestamp};

use crate::call_error::CallError;

/// A source of facts about one account.
#[async_trait]
pub trait FactSource: Send + Sync {
    /// The account the facts are of.
    ///
    /// # Errors
    /// When the source cannot tell.
    async fn account(&self) -> Result<AccountId, MissingFact>;

    /// Whether the facts are of `account`.
    ///
    /// # Errors
    /// When they are of another account, or when the source ought to know and does not.
    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError>;

    /// The facts of these kinds, as judged at `as_of`. What cannot be had is unavailable with its reason, and so is
    /// every other kind.
    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts;

    /// The configuration item that `summary` announces.
    ///
    /// # Errors
    /// When it cannot be had.
    async fn configuration_item(&self, summary: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact>;

    /// When the facts were collected; none when they are collected on request.
    fn collected_at(&self) -> Option<Timestamp>;

    /// The moment as of which the facts are judged when nobody gives one: when they were collected or, where nothing says
    /// that, the latest moment that they prove. None when they are collected on request.
    fn latest_moment(&self) -> Option<Timestamp> {
        self.collected_at()
    }
}

/// Why facts are not those of the account that was asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// They are of another account.
    #[error("{0}")]
    Other(MissingFact),
    /// Whose they are is not known, because a call was not answered.
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

/// Facts of `own` were asked for as facts of `asked`.
pub(crate) fn other_account(asked: &AccountId, own: &AccountId) -> MissingFact {
    MissingFact::new(format!("account {asked}"), format!("the source is of account {own}"))
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
                Fact::unavailable(kind.as_str(), format!("it is of account {other}, not of {account}"))
            }
            _ => Fact::Known(value),
        },
        Err(missing) => Fact::Unavailable(missing),
    }
}

/// Of what is known of Regions, the parts of these kinds, unless they belong to another account.
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
                let reason = format!("it is of account {other}, not of {account}");
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
