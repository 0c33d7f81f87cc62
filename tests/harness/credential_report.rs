//! Credential reports from a few words per user.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::account::Account;

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

/// The report's text.
#[must_use]
pub fn csv(account: &Account, report: &Report) -> String {
    let mut text = COLUMNS.join(",") + "\n";
    let prefix = format!("arn:{}:iam::{}:", account.partition, account.id);
    push(&mut text, report, ROOT, &format!("{prefix}root"), &report.root);
    for (name, user) in account.users.iter().flatten() {
        if !report.without.contains(name) {
            push(&mut text, report, name, &format!("{prefix}user{}{name}", user.path), &user.credentials);
        }
    }
    for name in &report.also {
        push(&mut text, report, name, &format!("{prefix}user/{name}"), &[Credential::Password]);
    }
    text
}

fn push(text: &mut String, report: &Report, name: &str, arn: &str, credentials: &[Credential]) {
    let has = |credential| credentials.contains(&credential);
    let flag = |yes: bool| if yes { "true" } else { "false" }.to_owned();
    let date = |yes: bool| if yes { MADE } else { "N/A" }.to_owned();
    let cells: Vec<String> = COLUMNS
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
    text.push_str(&(cells.join(",") + "\n"));
}
