//! The facts of a live account, with few calls.

mod account_summary;
mod authorization_details;
mod configuration_history;
mod credential_report;
pub(crate) mod paging;
mod regional;
mod virtual_mfa_devices;
mod wire_types;

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use rules_core::Region;
use rules_core::audit::RegionFacts;
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};
use rules_core::facts::{FactKind, Facts};
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport, wire};
use rules_core::{AccountId, Arn, MissingFact, Timestamp};
use tokio::time::Instant;

use crate::aws::clients::{Aws, before};
use crate::aws::operation::GET_CALLER_IDENTITY;
use crate::call_error::CallError;
use crate::facts::captured::Regions;
use crate::facts::fact_source::{AccountError, FactSource, only_of, only_regions_of, other_account, owner_of_devices};

pub(crate) use account_summary::SummaryOutput;
pub(crate) use credential_report::ReportOutput;
use regional::RegionalReading;
pub(crate) use virtual_mfa_devices::DevicesOutput;

/// The account of the connection's credentials.
#[derive(Clone, Debug)]
pub struct LiveFacts {
    aws: Aws,
    further_regions: Vec<Region>,
    deadline: Option<Instant>,
}

/// What was read, in AWS's own shapes. A kind that was not asked for is none.
#[derive(Default)]
pub(crate) struct Outputs {
    pub(crate) account_summary: Option<Result<SummaryOutput, MissingFact>>,
    pub(crate) credential_report: Option<Result<ReportOutput, MissingFact>>,
    pub(crate) authorization_details: Option<Result<wire::AuthorizationDetails, MissingFact>>,
    pub(crate) virtual_mfa_devices: Option<Result<DevicesOutput, MissingFact>>,
    pub(crate) regions: Regions,
}

impl LiveFacts {
    /// Reads over this connection.
    #[must_use]
    pub fn new(aws: Aws) -> Self {
        Self { aws, further_regions: Vec::new(), deadline: None }
    }

    /// Also reads the facts of these Regions.
    #[must_use]
    pub fn also_in(mut self, regions: Vec<Region>) -> Self {
        self.further_regions = regions;
        self
    }

    /// Stops reading at `deadline`. Facts that have not been read by then are unavailable.
    #[must_use]
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// The account and its partition.
    pub(crate) async fn caller(&self) -> Result<(AccountId, String), CallError> {
        let caller = before(self.deadline, self.aws.caller()).await;
        let caller = caller.unwrap_or_else(|| Err(CallError::out_of_time(GET_CALLER_IDENTITY)))?;
        Ok((account_of(&caller)?, caller.partition().to_owned()))
    }

    /// The Regions to read, the connection's own first, each once. A connection to a name that is not an AWS Region has
    /// none of its own.
    fn regions(&self) -> Vec<Region> {
        let mut regions: Vec<Region> = self.aws.region().into_iter().collect();
        for region in &self.further_regions {
            if !regions.contains(region) {
                regions.push(region.clone());
            }
        }
        regions
    }

    /// Reads these kinds at the same time. What is read Region by Region comes as facts too.
    pub(crate) async fn read(
        &self,
        account: &AccountId,
        kinds: &BTreeSet<FactKind>,
    ) -> (Outputs, BTreeMap<Region, RegionFacts>) {
        let iam = self.aws.iam();
        let asked = |kind| kinds.contains(&kind);
        let regional = kinds.iter().filter_map(|kind| kind.regional()).collect();
        let (account_summary, credential_report, authorization_details, virtual_mfa_devices, regional) = tokio::join!(
            when(asked(FactKind::AccountSummary), self.within(account_summary::ACTION, account_summary::read(iam))),
            when(
                asked(FactKind::CredentialReport),
                self.within(credential_report::ACTION, credential_report::read(iam, self.deadline))
            ),
            when(
                asked(FactKind::AuthorizationDetails),
                self.within(authorization_details::ACTION, authorization_details::read(iam))
            ),
            when(
                asked(FactKind::VirtualMfaDevices),
                self.within(virtual_mfa_devices::ACTION, virtual_mfa_devices::read(iam))
            ),
            RegionalReading::new(self, account).read(&regional),
        );
        let (facts, regions) = regional;
        (Outputs { account_summary, credential_report, authorization_details, virtual_mfa_devices, regions }, facts)
    }

    async fn within<T>(
        &self,
        action: &str,
        read: impl Future<Output = Result<T, MissingFact>>,
    ) -> Result<T, MissingFact> {
        before(self.deadline, read)
            .await
            .unwrap_or_else(|| Err(MissingFact::new(action, "the time limit for reading was reached")))
    }
}

async fn when<T>(asked: bool, read: impl Future<Output = T>) -> Option<T> {
    if asked { Some(read.await) } else { None }
}

fn account_of(caller: &Arn) -> Result<AccountId, CallError> {
    let reason = || format!("the caller `{caller}` belongs to no account");
    caller.account_id().ok_or_else(|| CallError::other(GET_CALLER_IDENTITY, reason()))
}

#[async_trait]
impl FactSource for LiveFacts {
    async fn account(&self) -> Result<AccountId, MissingFact> {
        Ok(self.caller().await?.0)
    }

    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError> {
        match self.caller().await.map_err(AccountError::NotKnown)? {
            (own, _) if own == *account => Ok(()),
            (own, _) => {
                self.aws.forget_caller();
                Err(AccountError::Other(other_account(account, &own)))
            }
        }
    }

    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts {
        let mut facts = Facts::unread(account.clone(), as_of);
        let (outputs, regions) = self.read(account, kinds).await;
        facts.regions = only_regions_of(account, kinds, regions);
        if let Some(output) = outputs.account_summary {
            let summary = output.map(|output| output.summary());
            facts.account_summary = only_of(account, FactKind::AccountSummary, |_: &AccountSummary| None, summary);
        }
        if let Some(output) = outputs.credential_report {
            let report = output.and_then(|output| output.report(as_of));
            let owner = |report: &CredentialReport| Some(report.account().clone());
            facts.credential_report = only_of(account, FactKind::CredentialReport, owner, report);
        }
        if let Some(output) = outputs.authorization_details {
            let details = output.and_then(|output| {
                AuthorizationDetails::from_wire(output)
                    .map_err(|error| MissingFact::new(authorization_details::ACTION, error))
            });
            facts.authorization_details =
                only_of(account, FactKind::AuthorizationDetails, AuthorizationDetails::account, details);
        }
        if let Some(output) = outputs.virtual_mfa_devices {
            let devices = output.and_then(|output| output.devices());
            facts.virtual_mfa_devices = only_of(account, FactKind::VirtualMfaDevices, owner_of_devices, devices);
        }
        facts
    }

    async fn configuration_item(&self, summary: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact> {
        let read = configuration_history::read(self.aws.config_service(), summary);
        self.within(configuration_history::ACTION, read).await
    }

    fn collected_at(&self) -> Option<Timestamp> {
        None
    }
}
