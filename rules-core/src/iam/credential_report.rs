//! The credential report: which credentials every user and the root user have.
//!
//! The report is a CSV file that IAM makes anew at most every four hours. It is read strictly: a file that is torn, cut
//! or not from IAM is refused as a whole, so that no cell is ever read from the wrong column. A row whose cells make no
//! sense takes only its own user with it.

mod read;

use std::collections::BTreeMap;

pub use read::InvalidCredentialReport;

use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::{Fact, MissingFact};
use crate::timestamp::Timestamp;

/// The credentials of an account's users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialReport {
    /// When IAM made the report, where known. It may be four hours old.
    pub generated_at: Option<Timestamp>,
    newest_user: Option<Timestamp>,
    account: AccountId,
    root_arn: Arn,
    root: Fact<CredentialRow>,
    users: BTreeMap<Arn, Fact<CredentialRow>>,
}

/// One user's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// Whether there is a password for the console; none when the report does not say.
    pub password_enabled: Option<bool>,
    /// When the password was last used.
    pub password_last_used: LastUsed,
    /// Whether there is a device for multi-factor authentication; none when the report does not say.
    pub mfa_active: Option<bool>,
    /// The two access keys.
    pub access_keys: [AccessKeyColumns; 2],
    /// The two signing certificates.
    pub certificates: [CertificateColumns; 2],
}

/// What the report says of one access key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessKeyColumns {
    /// Whether it can be used.
    pub active: bool,
    /// When it was made; an inactive key keeps the date, so a date means that the key exists.
    pub last_rotated: Option<Timestamp>,
    /// When it was last used.
    pub last_used: LastUsed,
}

/// What the report says of one signing certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateColumns {
    /// Whether it can be used.
    pub active: bool,
    /// When it was uploaded; as with keys, a date means that the certificate exists.
    pub last_rotated: Option<Timestamp>,
}

/// When a credential was last used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastUsed {
    /// At this moment, to within some minutes.
    At(Timestamp),
    /// Never, or before IAM began to track it.
    Never,
    /// The report does not say.
    Unknown,
}

impl LastUsed {
    /// When that was, where it is known to have been.
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
    /// Whether the user has something to sign in or sign requests with; none when the report does not say.
    #[must_use]
    pub fn has_active_credential(&self) -> Option<bool> {
        if self.has_active_key() || self.certificates.iter().any(|certificate| certificate.active) {
            return Some(true);
        }
        self.password_enabled
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
    /// `as_of` is the moment at which it is judged, and dates after it make their row unusable.
    ///
    /// # Errors
    /// When the text is not a complete credential report of one account.
    pub fn parse(
        bytes: &[u8],
        generated_at: Option<Timestamp>,
        as_of: Timestamp,
    ) -> Result<Self, InvalidCredentialReport> {
        read::read(bytes, generated_at, as_of)
    }

    /// The account the report is of.
    #[must_use]
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// A moment before which the report was not made: when IAM says that it made it or, should a user in it be younger than
    /// that, when that user was created. None when IAM did not say.
    #[must_use]
    pub fn made_no_earlier_than(&self) -> Option<Timestamp> {
        self.generated_at.map(|generated| self.newest_user.map_or(generated, |created| created.max(generated)))
    }

    /// The root user's ARN, which tells the partition.
    #[must_use]
    pub fn root_arn(&self) -> &Arn {
        &self.root_arn
    }

    /// The root user's row.
    ///
    /// # Errors
    /// When its cells make no sense.
    pub fn root(&self) -> Result<&CredentialRow, MissingFact> {
        self.root.get()
    }

    /// The row of the user with this ARN.
    ///
    /// # Errors
    /// When the report has no such row, as for a user made after the report, or when its cells make no sense.
    pub fn user(&self, arn: &Arn) -> Result<&CredentialRow, MissingFact> {
        match self.users.get(arn) {
            Some(row) => row.get(),
            None => Err(MissingFact::new(format!("credential report row of {arn}"), self.no_row())),
        }
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
