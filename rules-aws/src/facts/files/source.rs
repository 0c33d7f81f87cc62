//! The facts of files as a source.

use std::collections::BTreeSet;

use async_trait::async_trait;
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};
use rules_core::facts::{FactKind, Facts};
use rules_core::iam::credential_report::ReportAge;
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport};
use rules_core::{AccountId, Fact, MissingFact, Timestamp};

use super::FileFacts;
use super::part::{Part, PartFile};
use crate::facts::fact_source::{AccountError, FactSource, only_of, only_regions_of, other_account, owner_of_devices};

#[async_trait]
impl FactSource for FileFacts {
    async fn account(&self) -> Result<AccountId, MissingFact> {
        self.own_account()
    }

    /// Files that name no account are taken for whatever account is asked about.
    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError> {
        let accounts: BTreeSet<&AccountId> = self.given_account.iter().chain(self.accounts.keys()).collect();
        match accounts.into_iter().find(|own| *own != account) {
            Some(other) => Err(AccountError::Other(other_account(account, other))),
            None => Ok(()),
        }
    }

    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts {
        let mut facts = Facts::unread(account.clone(), as_of);
        for kind in kinds {
            match kind {
                FactKind::AccountSummary => {
                    facts.account_summary = self.part(account, *kind, Part::summary, |_: &AccountSummary| None);
                }
                FactKind::CredentialReport => {
                    let owner = |report: &CredentialReport| Some(report.account().clone());
                    facts.credential_report = self.part(account, *kind, |part| part.report(as_of), owner);
                }
                FactKind::AuthorizationDetails => {
                    facts.authorization_details =
                        self.part(account, *kind, Part::details, AuthorizationDetails::account);
                    self.look_for_hole(&mut facts);
                }
                FactKind::VirtualMfaDevices => {
                    facts.virtual_mfa_devices = self.part(account, *kind, Part::devices, owner_of_devices);
                }
                // All of them together, below.
                FactKind::Regional(_) => {}
            }
        }
        let regions = self.regions.iter().map(|(region, files)| (region.clone(), files.facts.clone()));
        facts.regions = only_regions_of(account, kinds, regions.collect());
        facts.problems.clone_from(&self.problems);
        facts
    }

    async fn configuration_item(&self, summary: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact> {
        let what = format!("configuration item of {} {}", summary.resource_type, summary.resource_id);
        Err(MissingFact::new(what, "the event does not contain it, and the files cannot"))
    }

    fn collected_at(&self) -> Option<Timestamp> {
        self.collected_at
    }

    fn latest_moment(&self) -> Option<Timestamp> {
        self.collected_at.or(self.latest)
    }
}

impl FileFacts {
    /// What other files count is known here whether or not anything else of them was asked for.
    fn look_for_hole(&self, facts: &mut Facts) {
        let held = |kind| self.parts.get(&kind)?.as_ref().ok();
        let summary = held(FactKind::AccountSummary).and_then(Part::summary).and_then(Result::ok);
        let report = held(FactKind::CredentialReport).and_then(|part| part.report(facts.as_of)).and_then(Result::ok);
        let report = report.filter(|report| !report.age_at(facts.as_of).is_some_and(ReportAge::is_too_old));
        let details = facts.authorization_details.known();
        if let Some(hole) = details.and_then(|details| details.hole(summary.as_ref(), report.as_ref())) {
            facts.authorization_details = Fact::Unavailable(hole);
        }
    }

    /// The part of one kind, when it is the account's.
    fn part<T>(
        &self,
        account: &AccountId,
        kind: FactKind,
        take: impl FnOnce(&Part) -> Option<Result<T, MissingFact>>,
        owner: impl FnOnce(&T) -> Option<AccountId>,
    ) -> Fact<T> {
        let not_given = || {
            let name = PartFile::of_kind(kind).map_or(kind.as_str(), PartFile::name);
            MissingFact::not_given(kind.as_str(), format!("{name} was not given"))
        };
        let part = match self.parts.get(&kind) {
            Some(Ok(part)) => take(part).unwrap_or_else(|| Err(not_given())),
            Some(Err(missing)) => Err(missing.clone()),
            None => Err(not_given()),
        };
        only_of(account, kind, owner, part)
    }
}
