//! The credential report: the credentials of each user and of the root user.
//!
//! The report is a CSV file that IAM generates at most every four hours. It is read strictly: a file that is damaged,
//! truncated or not from IAM is refused as a whole, so that no cell is read from the wrong column. A row with invalid
//! cells affects only its own user.

mod age;
mod printed;
mod read;

use std::collections::BTreeMap;

pub use age::{OLDEST_JUDGED, OLDEST_UNSAID, ReportAge};
pub use printed::PrintedReport;
pub use read::InvalidCredentialReport;

use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::{Fact, MissingFact};
use crate::iam::entity::User;
use crate::timestamp::Timestamp;

/// The credentials of an account's users.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialReport {
    /// The time at which IAM generated the report, if known.
    pub generated_at: Option<Timestamp>,
    /// When the youngest user was created.
    newest_user: Option<Timestamp>,
    /// The latest of all dates that are not to come.
    newest_date: Option<Timestamp>,
    account: AccountId,
    root_arn: Arn,
    root: Fact<CredentialRow>,
    users: BTreeMap<Arn, Fact<CredentialRow>>,
}

/// The row of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CredentialRow {
    /// When the user was created, which distinguishes users with the same name.
    pub created: Option<Timestamp>,
    /// Whether the user has a console password; none if the report does not contain it.
    pub password_enabled: Option<bool>,
    /// When the password was last used.
    pub password_last_used: LastUsed,
    /// Whether the user has an MFA device; none if the report does not contain it.
    pub mfa_active: Option<bool>,
    /// The two access keys.
    pub access_keys: [AccessKeyColumns; 2],
    /// The two signing certificates.
    pub certificates: [CertificateColumns; 2],
    /// The text of the report about further access keys and certificates, which can be active; none if there are no
    /// more.
    pub further_credentials: Option<String>,
}

/// The columns of an access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessKeyColumns {
    /// Whether it can be used.
    pub active: bool,
    /// When it was created. An inactive key keeps the date, so a key with a date exists.
    pub last_rotated: Option<Timestamp>,
    /// When it was last used.
    pub last_used: LastUsed,
}

/// The columns of a signing certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateColumns {
    /// Whether it can be used.
    pub active: bool,
    /// When it was uploaded. A certificate with a date exists.
    pub last_rotated: Option<Timestamp>,
}

/// When a credential was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUsed {
    /// At this time, give or take some minutes.
    At(Timestamp),
    /// Never, or before IAM began to track it.
    Never,
    /// The report does not contain it.
    Unknown,
}

impl LastUsed {
    /// The time, if it is known.
    #[must_use]
    pub fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(moment) => Some(moment),
            Self::Never | Self::Unknown => None,
        }
    }
}

impl AccessKeyColumns {
    /// Whether the key exists, active or not.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.active || self.last_rotated.is_some()
    }
}

impl CertificateColumns {
    /// Whether the certificate exists, active or not.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.active || self.last_rotated.is_some()
    }
}

impl CredentialRow {
    /// Whether the user has an active password, access key or certificate; none if the report does not contain it.
    #[must_use]
    pub fn has_active_credential(&self) -> Option<bool> {
        if self.has_active_key() || self.certificates.iter().any(|certificate| certificate.active) {
            return Some(true);
        }
        // Which of the credentials beyond the columns are active the report leaves open.
        self.password_enabled.filter(|enabled| *enabled || self.further_credentials.is_none())
    }

    /// The column that leaves open whether there is an active credential, where one does.
    pub(crate) fn silent_column(&self) -> &'static str {
        if self.password_enabled.is_none() { "password_enabled" } else { "additional_credentials_info" }
    }

    /// Whether an access key exists, active or not.
    #[must_use]
    pub fn has_key(&self) -> bool {
        self.access_keys.iter().any(AccessKeyColumns::exists) || self.has_further("key")
    }

    /// Whether a signing certificate exists, active or not.
    #[must_use]
    pub fn has_certificate(&self) -> bool {
        self.certificates.iter().any(CertificateColumns::exists) || self.has_further("certificate")
    }

    /// Whether there is more of a kind than the columns hold. Words that name no kind may be about any.
    fn has_further(&self, kind: &str) -> bool {
        self.further_credentials.as_ref().is_some_and(|words| {
            let words = words.to_lowercase();
            words.contains(kind) || !(words.contains("key") || words.contains("certificate"))
        })
    }

    /// Whether the user has an access key that can be used.
    #[must_use]
    pub fn has_active_key(&self) -> bool {
        self.access_keys.iter().any(|key| key.active)
    }
}

impl CredentialReport {
    /// Reads the report's CSV text.
    ///
    /// `as_of` is the time of the evaluation. A row with a later date is invalid.
    ///
    /// # Errors
    /// If the text is not a complete credential report of one account.
    pub fn parse(
        bytes: &[u8],
        generated_at: Option<Timestamp>,
        as_of: Timestamp,
    ) -> Result<Self, InvalidCredentialReport> {
        read::read(bytes, generated_at, as_of)
    }

    /// Reads the output of `aws iam get-credential-report`: JSON with the report in base64, or one of the other forms that
    /// [`PrintedReport`] reads.
    ///
    /// # Errors
    /// As [`Self::parse`], and if the output has no report.
    pub fn parse_printed(bytes: &[u8], as_of: Timestamp) -> Result<Self, InvalidCredentialReport> {
        let printed = PrintedReport::parse(bytes).map_err(InvalidCredentialReport::Encoding)?;
        Self::parse(&printed.csv, printed.generated_at, as_of)
    }

    /// The account of the report.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The ARN of the root user, which contains the partition.
    #[must_use]
    pub fn root_arn(&self) -> &Arn {
        &self.root_arn
    }

    /// The row of the root user.
    ///
    /// # Errors
    /// If its cells are invalid.
    pub fn root(&self) -> Result<&CredentialRow, MissingFact> {
        self.root.get()
    }

    /// The row with this ARN. It can be the row of an earlier user with the same name.
    ///
    /// # Errors
    /// If the report has no row with this ARN, as for a user created after the report, or if its cells are
    /// invalid.
    pub fn row(&self, arn: &Arn) -> Result<&CredentialRow, MissingFact> {
        match self.users.get(arn) {
            Some(row) => row.get(),
            None => Err(MissingFact::new(format!("credential report row of {arn}"), self.no_row())),
        }
    }

    /// The row of this user, and not of an earlier user with the same name.
    ///
    /// # Errors
    /// As [`Self::row`], and if the user of the row was created at another time, or one of the two times is
    /// unknown.
    pub fn row_of(&self, user: &User) -> Result<&CredentialRow, MissingFact> {
        let arn = &user.identity.arn;
        let row = self.row(arn)?;
        let missing = |reason: String| MissingFact::new(format!("credential report row of {arn}"), reason);
        // IAM says it to the second in both places.
        match (user.created, row.created) {
            (Some(created), Some(of_row)) if created.unix_seconds() == of_row.unix_seconds() => Ok(row),
            (Some(created), Some(of_row)) => Err(missing(format!(
                "the row is of another user with this name, created at {of_row}; this user was created at {created}"
            ))),
            (None, _) => Err(missing(
                "`CreateDate` of the user is missing, so the row can be of an earlier user with the same name"
                    .to_owned(),
            )),
            (_, None) => Err(missing(
                "user_creation_time is missing, so the row can be of an earlier user with the same name".to_owned(),
            )),
        }
    }

    /// The ARN of every user with a row, without the root user.
    pub fn users(&self) -> impl Iterator<Item = &Arn> {
        self.users.keys()
    }

    fn no_row(&self) -> String {
        match self.generated_at {
            Some(moment) => format!("the report of {moment} does not have it (a new user?)"),
            None => "the report does not have it (a new user?)".to_owned(),
        }
    }

    /// Every row that could not be read.
    pub fn unread(&self) -> impl Iterator<Item = &MissingFact> {
        std::iter::once(&self.root).chain(self.users.values()).filter_map(Fact::missing)
    }
}
