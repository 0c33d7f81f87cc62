//! One file that the AWS CLI wrote.

use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules_core::facts::FactKind;
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport, VirtualMfaDevices};
use rules_core::{AccountId, MissingFact, Timestamp, json};
use serde::Deserialize;

/// A file that can be read, known by its name.
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

/// What a file holds.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Summary(AccountSummary),
    /// Kept as it came, since how its dates are read depends on the moment at which it is judged.
    Report {
        content: Vec<u8>,
        generated_at: Option<Timestamp>,
        account: AccountId,
    },
    Details(AuthorizationDetails),
    Devices(VirtualMfaDevices),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ReportFile {
    content: String,
    generated_time: Option<Timestamp>,
}

impl Part {
    /// Reads a file's bytes; the error is the reason alone.
    pub(super) fn read(file: PartFile, bytes: &[u8]) -> Result<Self, String> {
        if file == PartFile::CredentialReportCsv {
            return Self::read_report(bytes.to_vec(), None);
        }
        let text = json::text(bytes).map_err(|error| error.to_string())?;
        match file {
            PartFile::AccountSummary => {
                AccountSummary::parse(text).map(Self::Summary).map_err(|error| error.to_string())
            }
            PartFile::AuthorizationDetails => {
                AuthorizationDetails::parse(text).map(Self::Details).map_err(|error| error.to_string())
            }
            PartFile::VirtualMfaDevices => {
                VirtualMfaDevices::parse(text).map(Self::Devices).map_err(|error| error.to_string())
            }
            PartFile::CredentialReportCsv | PartFile::CredentialReportJson => {
                let ReportFile { content, generated_time } = json::read_as(text).map_err(|error| error.to_string())?;
                let content = BASE64_STANDARD.decode(content).map_err(|error| format!("$.Content: {error}"))?;
                Self::read_report(content, generated_time)
            }
        }
    }

    fn read_report(content: Vec<u8>, generated_at: Option<Timestamp>) -> Result<Self, String> {
        let report =
            CredentialReport::parse(&content, generated_at, Timestamp::MAX).map_err(|error| error.to_string())?;
        let account = report.account().clone();
        Ok(Self::Report { content, generated_at, account })
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

    pub(super) fn generated_at(&self) -> Option<Timestamp> {
        match self {
            Self::Report { generated_at, .. } => *generated_at,
            Self::Summary(_) | Self::Details(_) | Self::Devices(_) => None,
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
