//! One file that the AWS CLI wrote.

use std::collections::BTreeSet;
use std::path::Path;

use rules_core::facts::FactKind;
use rules_core::iam::credential_report::PrintedReport;
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport, VirtualMfaDevices};
use rules_core::{AccountId, Arn, MissingFact, Timestamp, json};
use serde::Deserialize;

use super::moments::latest_in;

/// The name of a file with facts of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartFile {
    AccountSummary,
    CredentialReportCsv,
    CredentialReportJson,
    AuthorizationDetails,
    VirtualMfaDevices,
}

impl PartFile {
    pub(super) const ALL: [Self; 5] = [
        Self::AccountSummary,
        Self::CredentialReportCsv,
        Self::CredentialReportJson,
        Self::AuthorizationDetails,
        Self::VirtualMfaDevices,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::AccountSummary => "account-summary.json",
            Self::CredentialReportCsv => "credential-report.csv",
            Self::CredentialReportJson => "credential-report.json",
            Self::AuthorizationDetails => "account-authorization-details.json",
            Self::VirtualMfaDevices => "virtual-mfa-devices.json",
        }
    }

    pub(super) fn kind(self) -> FactKind {
        match self {
            Self::AccountSummary => FactKind::AccountSummary,
            Self::CredentialReportCsv | Self::CredentialReportJson => FactKind::CredentialReport,
            Self::AuthorizationDetails => FactKind::AuthorizationDetails,
            Self::VirtualMfaDevices => FactKind::VirtualMfaDevices,
        }
    }

    /// The file in which AWS's own JSON of a kind is; none for what is read Region by Region.
    pub(super) fn of_kind(kind: FactKind) -> Option<Self> {
        match kind {
            FactKind::AccountSummary => Some(Self::AccountSummary),
            FactKind::CredentialReport => Some(Self::CredentialReportJson),
            FactKind::AuthorizationDetails => Some(Self::AuthorizationDetails),
            FactKind::VirtualMfaDevices => Some(Self::VirtualMfaDevices),
            FactKind::Regional(_) => None,
        }
    }

    pub(super) fn with_name_of(path: &Path) -> Option<Self> {
        let name = path.file_name()?;
        Self::ALL.into_iter().find(|file| name == file.name())
    }
}

/// The content of a file.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Summary(AccountSummary),
    /// The unparsed report, because the validity of its dates depends on the time of the evaluation.
    Report {
        content: Vec<u8>,
        generated_at: Option<Timestamp>,
        account: AccountId,
    },
    Details(AuthorizationDetails),
    Devices(VirtualMfaDevices),
}

impl Part {
    /// Reads the bytes of a file with facts of this kind; the error is the reason alone.
    pub(super) fn read(kind: FactKind, bytes: &[u8]) -> Result<Self, String> {
        if kind == FactKind::CredentialReport {
            let printed = PrintedReport::parse(bytes)?;
            let (csv, generated_at) = (printed.csv, printed.generated_at);
            let report =
                CredentialReport::parse(&csv, generated_at, Timestamp::MAX).map_err(|error| error.to_string())?;
            return Ok(Self::Report { account: report.account().clone(), content: csv, generated_at });
        }
        let text = &*json::text(bytes).map_err(|error| error.to_string())?;
        match kind {
            FactKind::AccountSummary => {
                AccountSummary::parse(text).map(Self::Summary).map_err(|error| error.to_string())
            }
            FactKind::AuthorizationDetails => {
                AuthorizationDetails::parse(text).map(Self::Details).map_err(|error| error.to_string())
            }
            FactKind::VirtualMfaDevices => {
                VirtualMfaDevices::parse(text).map(Self::Devices).map_err(|error| error.to_string())
            }
            FactKind::CredentialReport | FactKind::Regional(_) => Err(format!("{kind} is not in a file of this form")),
        }
    }

    /// The same, of which nothing can be missing at the end.
    pub(super) fn read_whole(self) -> Self {
        match self {
            Self::Details(details) => Self::Details(details.read_whole()),
            other => other,
        }
    }

    /// The latest moment that the file of which these are the bytes proves.
    pub(super) fn latest_moment(&self, bytes: &[u8]) -> Option<Timestamp> {
        match self.report(Timestamp::MAX) {
            Some(report) => report.ok()?.made_no_earlier_than(),
            None => latest_in(&json::text(bytes).ok()?),
        }
    }

    /// The account that the file names, if it names one.
    pub(super) fn account(&self) -> Option<AccountId> {
        match self {
            Self::Summary(_) => None,
            Self::Report { account, .. } => Some(account.clone()),
            Self::Details(details) => details.account(),
            Self::Devices(devices) => crate::facts::fact_source::owner_of_devices(devices),
        }
    }

    pub(super) fn summary(&self) -> Option<Result<AccountSummary, MissingFact>> {
        match self {
            Self::Summary(summary) => Some(Ok(summary.clone())),
            Self::Report { .. } | Self::Details(_) | Self::Devices(_) => None,
        }
    }

    pub(super) fn report(&self, as_of: Timestamp) -> Option<Result<CredentialReport, MissingFact>> {
        match self {
            Self::Report { content, generated_at, .. } => Some(
                CredentialReport::parse(content, *generated_at, as_of)
                    .map_err(|error| MissingFact::new("credential report", error)),
            ),
            Self::Summary(_) | Self::Details(_) | Self::Devices(_) => None,
        }
    }

    pub(super) fn details(&self) -> Option<Result<AuthorizationDetails, MissingFact>> {
        match self {
            Self::Details(details) => Some(Ok(details.clone())),
            Self::Summary(_) | Self::Report { .. } | Self::Devices(_) => None,
        }
    }

    pub(super) fn devices(&self) -> Option<Result<VirtualMfaDevices, MissingFact>> {
        match self {
            Self::Devices(devices) => Some(Ok(devices.clone())),
            Self::Summary(_) | Self::Report { .. } | Self::Details(_) => None,
        }
    }
}

/// The account of a file of which nothing else is taken, such as one page of many: that of all of its records.
pub(super) fn account_in(bytes: &[u8]) -> Option<AccountId> {
    #[derive(Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct Listing {
        user_detail_list: Vec<Record>,
        group_detail_list: Vec<Record>,
        role_detail_list: Vec<Record>,
        #[serde(rename = "VirtualMFADevices")]
        devices: Vec<Device>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Device {
        user: Option<Record>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Record {
        arn: Option<String>,
    }
    let listing: Listing = serde_json::from_str(&json::text(bytes).ok()?).ok()?;
    let Listing { user_detail_list, group_detail_list, role_detail_list, devices } = listing;
    let entities = user_detail_list.into_iter().chain(group_detail_list).chain(role_detail_list);
    let records = entities.chain(devices.into_iter().filter_map(|device| device.user));
    let arns = records.filter_map(|record| record.arn?.parse::<Arn>().ok());
    let mut accounts: BTreeSet<AccountId> = arns.filter_map(|arn| arn.account_id()).collect();
    let account = accounts.pop_first();
    account.filter(|_| accounts.is_empty())
}
