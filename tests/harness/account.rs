//! Accounts written down briefly, and the files that the AWS CLI would write of them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules_core::Region;
use rules_core::audit::RegionalFactKind;
use rules_core::facts::Facts;
use rules_core::iam::{AccountSummary, AuthorizationDetails, CredentialReport, VirtualMfaDevices};
use rules_core::{AccountId, Fact, MissingFact, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::credential_report::{self, Report};
use crate::details::{self, Fields, GroupSpec, PolicySpec, RoleSpec, UserSpec};
use crate::region::{self, RegionSpec};

/// The account id of a case that names none.
pub const ACCOUNT: &str = "111122223333";

/// An account. What is not given is a file that is not there.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Account {
    /// The twelve digits.
    pub id: String,
    /// The partition of its ARNs.
    pub partition: String,
    /// GetAccountSummary, key by key.
    pub summary: Option<BTreeMap<String, i64>>,
    /// The credential report. Every user has a row in it.
    pub report: Option<Report>,
    /// GetAccountAuthorizationDetails is given when any of these is.
    pub users: Option<BTreeMap<String, UserSpec>>,
    /// Groups by name.
    pub groups: Option<BTreeMap<String, GroupSpec>>,
    /// Roles by name.
    pub roles: Option<BTreeMap<String, RoleSpec>>,
    /// Managed policies by name, or by ARN for those of AWS.
    pub policies: Option<BTreeMap<String, PolicySpec>>,
    /// ListVirtualMFADevices: the ARN of each assigned device's user.
    pub virtual_mfa_devices: Option<Vec<String>>,
    /// What is in Regions, by their names.
    pub regions: BTreeMap<String, RegionSpec>,
    /// Fields of GetAccountAuthorizationDetails besides its records.
    pub listing: Fields,
    /// Files that are in UTF-16, as Windows PowerShell writes them.
    pub utf_16: Vec<String>,
    /// Whole files, which replace what the other fields would make: text, lines of text, or JSON.
    pub files: BTreeMap<String, Value>,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            id: ACCOUNT.to_owned(),
            partition: "aws".to_owned(),
            summary: None,
            report: None,
            users: None,
            groups: None,
            roles: None,
            policies: None,
            virtual_mfa_devices: None,
            regions: BTreeMap::new(),
            listing: Fields::default(),
            utf_16: Vec::new(),
            files: BTreeMap::new(),
        }
    }
}

/// When everything was made.
const MADE: &str = "2023-01-01T00:00:00Z";

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The file names that the programs know.
pub const ACCOUNT_SUMMARY: &str = "account-summary.json";
/// The credential report as CSV.
pub const CREDENTIAL_REPORT: &str = "credential-report.csv";
/// The credential report as the AWS CLI prints it.
pub const CREDENTIAL_REPORT_JSON: &str = "credential-report.json";
/// GetAccountAuthorizationDetails.
pub const AUTHORIZATION_DETAILS: &str = "account-authorization-details.json";
/// ListVirtualMFADevices.
pub const VIRTUAL_MFA_DEVICES: &str = "virtual-mfa-devices.json";

impl Account {
    /// The account's files.
    #[must_use]
    pub fn files(&self) -> Files {
        let mut files = Files::new();
        if let Some(summary) = &self.summary {
            files.insert(ACCOUNT_SUMMARY.to_owned(), json!({ "SummaryMap": summary }).to_string().into_bytes());
        }
        if let Some(report) = &self.report {
            files.extend([credential_report::file(self, report)]);
        }
        if self.users.is_some() || self.groups.is_some() || self.roles.is_some() || self.policies.is_some() {
            files.insert(AUTHORIZATION_DETAILS.to_owned(), details::json(self).to_string().into_bytes());
        }
        if let Some(arns) = &self.virtual_mfa_devices {
            let device = |arn: &String| {
                let user = json!({ "Path": "/", "UserName": arn, "UserId": arn, "Arn": arn, "CreateDate": MADE });
                json!({ "SerialNumber": format!("{arn}/device"), "User": user, "EnableDate": MADE })
            };
            let devices: Vec<Value> = arns.iter().map(device).collect();
            let output = json!({ "VirtualMFADevices": devices });
            files.insert(VIRTUAL_MFA_DEVICES.to_owned(), output.to_string().into_bytes());
        }
        for (region, spec) in &self.regions {
            region::add_files(&mut files, self, region, spec);
        }
        for (name, content) in &self.files {
            files.insert(name.clone(), raw(content));
        }
        for name in &self.utf_16 {
            let text = String::from_utf8(files.remove(name).unwrap()).unwrap();
            let units = text.replace('\n', "\r\n");
            let bytes = [0xff, 0xfe].into_iter().chain(units.encode_utf16().flat_map(u16::to_le_bytes));
            files.insert(name.clone(), bytes.collect());
        }
        files
    }
}

/// Text as it stands, a list of text as lines, anything else as JSON.
fn raw(content: &Value) -> Vec<u8> {
    match content {
        Value::String(text) => text.clone().into_bytes(),
        Value::Array(lines) if lines.iter().all(Value::is_string) => {
            lines.iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect::<String>().into_bytes()
        }
        other => other.to_string().into_bytes(),
    }
}

/// Writes files into a directory.
pub fn write(files: &Files, directory: &Path) {
    for (name, content) in files {
        let path = directory.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

/// What the core makes of files, without any adapter.
#[must_use]
pub fn facts(account: &str, files: &Files, as_of: Timestamp) -> Facts {
    fn read<T, E: std::fmt::Display>(
        files: &Files,
        name: &str,
        parse: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Option<Fact<T>> {
        let parsed = parse(files.get(name)?);
        Some(parsed.map_or_else(|error| Fact::unavailable(name, error), Fact::Known))
    }
    // A file that is not text cannot be read.
    let text = |bytes: &[u8]| rules_core::json::text(bytes).map_or_else(|error| error.to_string(), Cow::into_owned);
    let id: AccountId = account.parse().unwrap();
    let mut facts = Facts::unread(id, as_of);
    if let Some(fact) = read(files, ACCOUNT_SUMMARY, |bytes| AccountSummary::parse(&text(bytes))) {
        facts.account_summary = fact;
    }
    if let Some(fact) = read(files, CREDENTIAL_REPORT, |bytes| CredentialReport::parse(bytes, None, as_of)) {
        facts.credential_report = fact;
    }
    if let Some(fact) = read(files, CREDENTIAL_REPORT_JSON, |bytes| printed_report(bytes, as_of)) {
        facts.credential_report = fact;
    }
    if let Some(fact) = read(files, AUTHORIZATION_DETAILS, |bytes| AuthorizationDetails::parse(&text(bytes))) {
        facts.authorization_details = fact;
    }
    if let Some(fact) = read(files, VIRTUAL_MFA_DEVICES, |bytes| VirtualMfaDevices::parse(&text(bytes))) {
        facts.virtual_mfa_devices = fact;
    }
    for (path, content) in files {
        let Some((name, file)) = path.split_once('/') else { continue };
        let region: Region = name.parse().unwrap();
        let kind = RegionalFactKind::ALL.into_iter().find(|kind| region::file(name, *kind) == *path);
        let kind = kind.unwrap_or_else(|| panic!("no regional file is called {file}"));
        let parts = facts.regions.entry(region.clone()).or_default();
        if let Err(error) = parts.read(kind, &text(content), &region) {
            parts.withhold(kind, MissingFact::new(path, error));
        }
    }
    facts
}

/// The report that the AWS CLI printed.
fn printed_report(bytes: &[u8], as_of: Timestamp) -> Result<CredentialReport, String> {
    let output: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let field = |name: &str| output[name].as_str().ok_or_else(|| format!("no {name}"));
    let content = BASE64_STANDARD.decode(field("Content")?).map_err(|error| error.to_string())?;
    let generated = field("GeneratedTime")?.parse().map_err(|error| format!("GeneratedTime: {error}"))?;
    CredentialReport::parse(&content, Some(generated), as_of).map_err(|error| error.to_string())
}
