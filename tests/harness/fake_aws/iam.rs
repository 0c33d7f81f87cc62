use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules_core::Timestamp;
use serde_json::{Value, json};

use super::{Member, State};
use crate::account::{ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, VIRTUAL_MFA_DEVICES};
use crate::fault::Fault;

const LISTS: [(&str, &str); 4] =
    [("UserDetailList", "User"), ("GroupDetailList", "Group"), ("RoleDetailList", "Role"), ("Policies", "Policy")];

/// A status, a code and a message.
pub(super) type Refusal = (u16, &'static str, String);

/// A moment from now, as IAM writes it.
pub(super) fn moment_in(wait: Duration) -> String {
    let seconds = (SystemTime::now() + wait).duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_unix(i64::try_from(seconds).unwrap(), 0).unwrap().to_string()
}

impl State {
    /// The result of an action of IAM.
    pub(super) fn iam(
        &mut self,
        action: &str,
        account: &str,
        parameters: &BTreeMap<String, String>,
        fault: Option<Fault>,
    ) -> Result<Value, Refusal> {
        let (page_size, report_time) = (self.page_size, self.report_time.clone());
        let member = self.member(account);
        match action {
            "GetAccountSummary" => Ok(member.file(ACCOUNT_SUMMARY)),
            "GenerateCredentialReport" => {
                let state = if fault == Some(Fault::ReportStarted) { "STARTED" } else { "COMPLETE" };
                Ok(json!({ "State": state }))
            }
            "GetCredentialReport" => {
                let report = member.files.get(CREDENTIAL_REPORT).expect("the account has a report");
                let report = String::from_utf8_lossy(report).into_owned();
                let report = fault.map_or(report.clone(), |fault| fault.spoil_report(&report));
                // The present, as a report that was just made has it.
                let made = report_time.unwrap_or_else(|| moment_in(Duration::ZERO));
                let made = if fault == Some(Fault::OldReport) { "2025-11-30T00:00:00Z".to_owned() } else { made };
                let content = BASE64_STANDARD.encode(report);
                Ok(json!({ "Content": content, "ReportFormat": "text/csv", "GeneratedTime": made }))
            }
            "GetAccountAuthorizationDetails" => member.page(parameters, page_size),
            "ListVirtualMFADevices" => {
                let has_any = member.files.contains_key(VIRTUAL_MFA_DEVICES);
                let mut listing =
                    if has_any { member.file(VIRTUAL_MFA_DEVICES) } else { json!({ "VirtualMFADevices": [] }) };
                listing["IsTruncated"] = json!(false);
                Ok(listing)
            }
            _ => Err((400, "InvalidAction", format!("Could not find operation {action}"))),
        }
    }
}

impl Member {
    fn file(&self, name: &str) -> Value {
        let content = self.files.get(name).unwrap_or_else(|| panic!("the account has no {name}"));
        serde_json::from_slice(content).unwrap()
    }

    /// One page: all kinds together are what is counted.
    fn page(&self, parameters: &BTreeMap<String, String>, page_size: usize) -> Result<Value, Refusal> {
        let details = self.file(AUTHORIZATION_DETAILS);
        let all: Vec<(&str, &Value)> = LISTS
            .iter()
            .flat_map(|(list, _)| details[list].as_array().unwrap().iter().map(move |record| (*list, record)))
            .collect();
        let start = match parameters.get("Marker").map(|marker| marker.trim_end_matches('+').parse()) {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => return Err((400, "ValidationError", "Marker".to_owned())),
        };
        let asked: usize = parameters.get("MaxItems").map_or(100, |items| items.parse().unwrap());
        let end = (start + asked.min(page_size)).min(all.len());
        let mut page = json!({ "IsTruncated": end < all.len() });
        for (list, _) in LISTS {
            page[list] =
                all[start..end].iter().filter(|(of, _)| *of == list).map(|(_, record)| (*record).clone()).collect();
        }
        if end < all.len() {
            page["Marker"] = json!(end.to_string());
        }
        Ok(page)
    }
}
