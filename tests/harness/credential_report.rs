//! Credential reports from a few words per user.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::json;

use crate::account::{Account, CREDENTIAL_REPORT, CREDENTIAL_REPORT_JSON};

/// The columns in IAM's order.
pub const COLUMNS: [&str; 22] = [
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    "access_key_1_active",
    "access_key_1_last_rotated",
    "access_key_1_last_used_date",
    "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active",
    "access_key_2_last_rotated",
    "access_key_2_last_used_date",
    "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active",
    "cert_1_last_rotated",
    "cert_2_active",
    "cert_2_last_rotated",
];

/// The name in the root user's row.
pub const ROOT: &str = "<root_account>";

const MADE: &str = "2023-01-01T00:00:00+00:00";

/// A report.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Report {
    /// The root user's credentials; no password means `false`.
    pub root: Vec<Credential>,
    /// Single cells, by user and column.
    pub cells: BTreeMap<String, BTreeMap<String, String>>,
    /// Users without a row, as ones that were made after the report.
    pub without: Vec<String>,
    /// Users with a row who are no longer in IAM.
    pub also: Vec<String>,
    /// When IAM made it. The file is then what the AWS CLI prints, else the CSV alone.
    pub generated: Option<String>,
}

/// A credential, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Credential {
    /// A password for the console.
    Password,
    /// A device for multi-factor authentication.
    Mfa,
    /// An active access key.
    Key,
    /// An access key that is not active.
    InactiveKey,
    /// An active second access key.
    SecondKey,
    /// A second access key that is not active.
    InactiveSecondKey,
    /// An active signing certificate.
    Certificate,
    /// An active second signing certificate.
    SecondCertificate,
}

/// The report's file and its name.
#[must_use]
pub fn file(account: &Account, report: &Report) -> (String, Vec<u8>) {
    let csv = csv(account, report);
    match &report.generated {
        None => (CREDENTIAL_REPORT.to_owned(), csv.into_bytes()),
        Some(generated) => {
            let content = BASE64_STANDARD.encode(csv);
            let output = json!({ "Content": content, "ReportFormat": "text/csv", "GeneratedTime": generated });
            (CREDENTIAL_REPORT_JSON.to_owned(), output.to_string().into_bytes())
        }
    }
}

/// The report's text.
#[must_use]
pub fn csv(account: &Account, report: &Report) -> String {
    let columns = columns(report);
    let mut text = columns.join(",") + "\n";
    let mut push = |name: &str, arn: &str, credentials: &[Credential]| {
        text.push_str(&row(&columns, report, name, arn, credentials));
    };
    let prefix = format!("arn:{}:iam::{}:", account.partition, account.id);
    push(ROOT, &format!("{prefix}root"), &report.root);
    for (name, user) in account.users.iter().flatten() {
        if !report.without.contains(name) {
            push(name, &format!("{prefix}user{}{name}", user.path), &user.credentials);
        }
    }
    for name in &report.also {
        push(name, &format!("{prefix}user/{name}"), &[Credential::Password]);
    }
    text
}

/// IAM's columns, and those further ones of which a cell is given.
fn columns(report: &Report) -> Vec<&str> {
    let given = report.cells.values().flat_map(BTreeMap::keys).map(String::as_str);
    let further: BTreeSet<&str> = given.filter(|column| !COLUMNS.contains(column)).collect();
    COLUMNS.into_iter().chain(further).collect()
}

fn row(columns: &[&str], report: &Report, name: &str, arn: &str, credentials: &[Credential]) -> String {
    let has = |credential| credentials.contains(&credential);
    let flag = |yes: bool| if yes { "true" } else { "false" }.to_owned();
    let date = |yes: bool| if yes { MADE } else { "N/A" }.to_owned();
    let cells: Vec<String> = columns
        .iter()
        .map(|column| {
            let given = report.cells.get(name).and_then(|cells| cells.get(*column));
            given.cloned().unwrap_or_else(|| match *column {
                "user" => name.to_owned(),
                "arn" => arn.to_owned(),
                "user_creation_time" => MADE.to_owned(),
                "password_enabled" => flag(has(Credential::Password)),
                "password_last_used" if has(Credential::Password) => "no_information".to_owned(),
                "password_last_changed" => date(has(Credential::Password)),
                "mfa_active" => flag(has(Credential::Mfa)),
                "access_key_1_active" => flag(has(Credential::Key)),
                "access_key_1_last_rotated" => date(has(Credential::Key) || has(Credential::InactiveKey)),
                "access_key_2_active" => flag(has(Credential::SecondKey)),
                "access_key_2_last_rotated" => date(has(Credential::SecondKey) || has(Credential::InactiveSecondKey)),
                "cert_1_active" => flag(has(Credential::Certificate)),
                "cert_1_last_rotated" => date(has(Credential::Certificate)),
                "cert_2_active" => flag(has(Credential::SecondCertificate)),
                "cert_2_last_rotated" => date(has(Credential::SecondCertificate)),
                _ => "N/A".to_owned(),
            })
        })
        .map(|cell| if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell })
        .collect();
    cells.join(",") + "\n"
}

/// A report with the users that an input of authorization details names: a password and no device.
///
/// # Panics
/// When the account that it makes is not one that the harness reads.
#[must_use]
pub fn of_users_in(input: &[u8]) -> String {
    let input = String::from_utf8_lossy(input);
    let named = ["alice", "a", "b"].into_iter().filter(|name| input.contains(&format!(":user/{name}\"")));
    let users: serde_json::Map<_, _> =
        named.map(|name| (name.to_owned(), json!({ "credentials": ["password"] }))).collect();
    let account = json!({ "users": users, "report": { "root": ["password", "mfa"] } });
    let account: Account = serde_json::from_value(account).unwrap();
    csv(&account, account.report.as_ref().unwrap())
}
