//! The parser of the CSV.

use std::collections::{BTreeMap, BTreeSet};

use super::{AccessKeyColumns, CertificateColumns, CredentialReport, CredentialRow, LastUsed};
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::{Fact, MissingFact};
use crate::iam::entity::last_of_path;
use crate::json;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// The reason why a credential report was refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCredentialReport {
    /// The bytes are not text.
    #[error("{0}")]
    Encoding(String),
    /// The text is not a credential report.
    #[error("the file is not a credential report: {0}")]
    Header(String),
    /// A line does not fit the header, or its user is invalid.
    #[error("line {line}: {reason}")]
    Line {
        /// One-based.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
}

/// More than any account can have, and little enough to hold.
const MAX_BYTES: usize = 64 << 20;
const MAX_ROWS: usize = 100_000;
const MAX_COLUMNS: usize = 200;

/// The columns that are read. IAM has more, and may add to them.
const COLUMNS: [&str; 16] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// A column that IAM writes since there can be more credentials than columns.
const FURTHER_CREDENTIALS: &str = "additional_credentials_info";

/// The column with dates that are to come.
const NEXT_ROTATION: &str = "password_next_rotation";

const ROOT_USER: &str = "<root_account>";

pub(super) fn read(
    bytes: &[u8],
    generated_at: Option<Timestamp>,
    as_of: Timestamp,
) -> Result<CredentialReport, InvalidCredentialReport> {
    let text = &*json::text(bytes).map_err(|error| InvalidCredentialReport::Encoding(error.message().to_owned()))?;
    let header_error = |reason: &str| Err(InvalidCredentialReport::Header(reason.to_owned()));
    if text.trim_ascii().is_empty() {
        return header_error("it is empty");
    }
    if text.len() > MAX_BYTES {
        return header_error("it is longer than 64 MiB");
    }
    let mut reader = csv::ReaderBuilder::new().from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| InvalidCredentialReport::Header(csv_reason(&error)))?.clone();
    let columns = Columns::find(&header)?;

    let mut root = None;
    let mut users = BTreeMap::new();
    let mut names: BTreeMap<String, (Arn, u64)> = BTreeMap::new();
    let mut account: Option<AccountId> = None;
    let (mut newest_user, mut newest_date) = (None, None);
    for record in reader.records() {
        let record = record.map_err(|error| {
            let reason = unclosed_quote(text).unwrap_or_else(|| csv_reason(&error));
            line_error(error.position().map_or(0, csv::Position::line), reason)
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        let refuse = |reason: String| Err(line_error(line, reason));
        // A quote that is never closed takes the lines below into its cell.
        if record.iter().any(|cell| cell.contains(['\n', '\r'])) {
            return refuse("a line break inside a cell".to_owned());
        }
        if names.len() >= MAX_ROWS {
            return refuse(format!("more than {MAX_ROWS} rows"));
        }
        let row = ReportRow { record: &record, header: &header, columns: &columns, as_of };
        let (name, arn) = match row.identity() {
            Ok(identity) => identity,
            Err(reason) => return refuse(reason),
        };
        let owner = arn.account_id().ok_or_else(|| line_error(line, format!("`{arn}` names no account")))?;
        match &account {
            Some(account) if *account != owner => {
                return refuse(format!("a row of account `{owner}` in the report of account `{account}`"));
            }
            _ => account = Some(owner),
        }
        let what = format!("credential report row of {name} (line {line})");
        newest_user = newest_user.max(row.newest(|column| column == "user_creation_time"));
        newest_date = newest_date.max(row.newest(|column| column != NEXT_ROTATION));
        let mut parsed = Fact::from(row.parse().map_err(|reason| MissingFact::new(&what, reason)));
        if arn.resource() == "root" {
            if root.is_some() {
                return refuse(format!("a second row for user `{name}`"));
            }
            root = Some((arn, parsed));
            continue;
        }
        // Names are unique without regard to case. Which of two rows is right cannot be told.
        if let Some((other, other_line)) = names.insert(name.to_lowercase(), (arn.clone(), line)) {
            let earlier = format!("credential report row of {} (line {other_line})", last_of_path(&other));
            parsed = Fact::unavailable(what, format!("line {other_line} is of the same user"));
            users.insert(other, Fact::unavailable(earlier, format!("line {line} is of the same user")));
        }
        users.insert(arn, parsed);
    }
    match (root, account) {
        (Some((root_arn, root)), Some(account)) => {
            Ok(CredentialReport { generated_at, newest_user, newest_date, account, root_arn, root, users })
        }
        _ => header_error("it has no row for the root user, which every account has"),
    }
}

fn line_error(line: u64, reason: String) -> InvalidCredentialReport {
    InvalidCredentialReport::Line { line, reason }
}

/// Every quoted cell has an even number of quotes.
fn unclosed_quote(text: &str) -> Option<String> {
    (text.matches('"').count() % 2 == 1).then(|| "a quotation mark is not closed".to_owned())
}

/// The error's reason without the place, which is said apart.
fn csv_reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} cells where the header has {expected_len}")
        }
        _ => visible(&error.to_string(), 120),
    }
}

/// Where each column that is read stands in this file.
struct Columns {
    positions: BTreeMap<&'static str, usize>,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self, InvalidCredentialReport> {
        let refuse = |reason: String| Err(InvalidCredentialReport::Header(reason));
        if header.len() > MAX_COLUMNS {
            return refuse(format!("more than {MAX_COLUMNS} columns"));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = header.iter().find(|name| !seen.insert(*name)) {
            return refuse(format!("column `{}` occurs twice", visible(twice, 60)));
        }
        let mut positions = BTreeMap::new();
        for name in COLUMNS {
            match header.iter().position(|column| column == name) {
                Some(position) => positions.insert(name, position),
                None => return refuse(format!("column `{name}` is missing")),
            };
        }
        Ok(Self { positions })
    }
}

struct ReportRow<'a> {
    record: &'a csv::StringRecord,
    header: &'a csv::StringRecord,
    columns: &'a Columns,
    as_of: Timestamp,
}

impl ReportRow<'_> {
    fn cell(&self, column: &'static str) -> &str {
        self.columns.positions.get(column).and_then(|position| self.record.get(*position)).unwrap_or_default()
    }

    /// The latest date in columns of these names that is not after the moment of judging.
    fn newest(&self, is_asked: impl Fn(&str) -> bool) -> Option<Timestamp> {
        let cells = self.header.iter().zip(self.record).filter(|(column, _)| is_asked(column));
        cells.filter_map(|(_, cell)| cell.parse().ok()).filter(|date| *date <= self.as_of).max()
    }

    /// Name and ARN, which must fit each other.
    fn identity(&self) -> Result<(String, Arn), String> {
        let (name, arn) = (self.cell("user"), self.cell("arn"));
        let shown = visible(name, 64);
        let arn: Arn = arn.parse().map_err(|error| format!("user `{shown}`: {error}"))?;
        let is_root = arn.resource() == "root";
        if is_root != (name == ROOT_USER) {
            return Err(format!("user `{shown}` has the ARN `{}`", visible(arn.as_str(), 100)));
        }
        // What IAM allows in a user's name.
        let legal = |character: char| character.is_ascii_alphanumeric() || "_+=,.@-".contains(character);
        if !is_root && (name.is_empty() || !name.chars().all(legal)) {
            return Err(format!("`{shown}` is not a valid user name"));
        }
        if !is_root && arn.resource().rsplit('/').next() != Some(name) {
            return Err(format!("user `{shown}` has the ARN `{}`", visible(arn.as_str(), 100)));
        }
        Ok((name.to_owned(), arn))
    }

    fn parse(&self) -> Result<CredentialRow, String> {
        Ok(CredentialRow {
            created: self.moment("user_creation_time")?,
            password_enabled: self.boolean("password_enabled")?,
            password_last_used: self.last_used("password_last_used")?,
            mfa_active: self.boolean("mfa_active")?,
            access_keys: [
                self.access_key("access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date")?,
                self.access_key("access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date")?,
            ],
            certificates: [
                self.certificate("cert_1_active", "cert_1_last_rotated")?,
                self.certificate("cert_2_active", "cert_2_last_rotated")?,
            ],
            further_credentials: self.further_credentials()?,
        })
    }

    fn further_credentials(&self) -> Result<Option<String>, String> {
        let position = self.header.iter().position(|column| column == FURTHER_CREDENTIALS);
        match position.and_then(|position| self.record.get(position)).map(str::trim_ascii) {
            None | Some("N/A" | "no_information" | "not_supported") => Ok(None),
            Some("") => Err(format!("{FURTHER_CREDENTIALS} is empty")),
            Some(words) => Ok(Some(words.to_owned())),
        }
    }

    fn access_key(
        &self,
        active: &'static str,
        last_rotated: &'static str,
        last_used: &'static str,
    ) -> Result<AccessKeyColumns, String> {
        let is_active = self.certain(active)?;
        let rotated = self.moment(last_rotated)?;
        if is_active && rotated.is_none() {
            return Err(format!("{active} is true and {last_rotated} is not a date"));
        }
        if rotated.is_some_and(|rotated| rotated > self.as_of) {
            return Err(format!("{last_rotated} `{}` is after {}", self.cell(last_rotated), self.as_of));
        }
        Ok(AccessKeyColumns { active: is_active, last_rotated: rotated, last_used: self.last_used(last_used)? })
    }

    fn certificate(&self, active: &'static str, last_rotated: &'static str) -> Result<CertificateColumns, String> {
        Ok(CertificateColumns { active: self.certain(active)?, last_rotated: self.moment(last_rotated)? })
    }

    /// A boolean that the report always has.
    fn certain(&self, column: &'static str) -> Result<bool, String> {
        self.boolean(column)?.ok_or_else(|| format!("{column} is `{}`", visible(self.cell(column), 40)))
    }

    /// `true`, `false`, or none for the words with which the report says nothing.
    fn boolean(&self, column: &'static str) -> Result<Option<bool>, String> {
        match self.cell(column) {
            text if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            text if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            "not_supported" | "N/A" | "no_information" => Ok(None),
            other => Err(format!("{column} is `{}`, neither true nor false", visible(other, 40))),
        }
    }

    fn moment(&self, column: &'static str) -> Result<Option<Timestamp>, String> {
        match self.cell(column) {
            "N/A" | "no_information" | "not_supported" => Ok(None),
            text => text.parse().map(Some).map_err(|error| format!("{column}: {error}")),
        }
    }

    fn last_used(&self, column: &'static str) -> Result<LastUsed, String> {
        if self.cell(column) == "not_supported" {
            return Ok(LastUsed::Unknown);
        }
        Ok(self.moment(column)?.map_or(LastUsed::Never, LastUsed::At))
    }
}
