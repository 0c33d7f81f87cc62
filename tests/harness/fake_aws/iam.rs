use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use rules_core::Timestamp;
use serde_json::{Value, json};

use super::State;
use crate::account::{ACCOUNT_SUMMARY, AUTHORIZATION_DETAILS, CREDENTIAL_REPORT, VIRTUAL_MFA_DEVICES};

const LISTS: [(&str, &str); 4] =
    [("UserDetailList", "User"), ("GroupDetailList", "Group"), ("RoleDetailList", "Role"), ("Policies", "Policy")];

fn now() -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_unix(i64::try_from(seconds).unwrap(), 0).unwrap().to_string()
}

impl State {
    /// The result of an action of IAM or STS; none when there is no such action.
    pub(super) fn iam(&self, action: &str, parameters: &BTreeMap<String, String>) -> Option<Value> {
        match action {
            "GetCallerIdentity" => Some(json!({
                "Arn": format!("arn:aws:sts::{}:assumed-role/rules/rules", self.account),
                "UserId": "AROAEXAMPLE:rules",
                "Account": self.account,
            })),
            "GetAccountSummary" => Some(self.file(ACCOUNT_SUMMARY)),
            "GenerateCredentialReport" => Some(json!({ "State": "COMPLETE" })),
            "GetCredentialReport" => Some(json!({
                "Content": BASE64_STANDARD.encode(self.files.get(CREDENTIAL_REPORT).expect("the account has a report")),
                "ReportFormat": "text/csv",
                // The present, as a report that was just made has it.
                "GeneratedTime": now(),
            })),
            "GetAccountAuthorizationDetails" => Some(self.details_page(parameters)),
            "ListVirtualMFADevices" => Some(match self.files.contains_key(VIRTUAL_MFA_DEVICES) {
                true => self.file(VIRTUAL_MFA_DEVICES),
                false => json!({ "VirtualMFADevices": [], "IsTruncated": false }),
            }),
            _ => None,
        }
    }

    fn file(&self, name: &str) -> Value {
        let content = self.files.get(name).unwrap_or_else(|| panic!("the account has no {name}"));
        serde_json::from_slice(content).unwrap()
    }

    /// One page: all kinds together are what is counted.
    fn details_page(&self, parameters: &BTreeMap<String, String>) -> Value {
        let details = self.file(AUTHORIZATION_DETAILS);
        let all: Vec<(&str, &Value)> = LISTS
            .iter()
            .flat_map(|(list, _)| details[list].as_array().unwrap().iter().map(move |record| (*list, record)))
            .collect();
        let start: usize = parameters.get("Marker").map_or(0, |marker| marker.parse().unwrap());
        let asked: usize = parameters.get("MaxItems").map_or(100, |items| items.parse().unwrap());
        let end = (start + asked.min(self.page_size)).min(all.len());
        let mut page = json!({ "IsTruncated": end < all.len() });
        for (list, _) in LISTS {
            page[list] =
                all[start..end].iter().filter(|(of, _)| *of == list).map(|(_, record)| (*record).clone()).collect();
        }
        if end < all.len() {
            page["Marker"] = json!(end.to_string());
        }
        page
    }
}
