use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::State;
use super::iam::{Refusal, moment_in};
use crate::canary::{SECRET_ACCESS_KEY, SESSION_TOKEN};
use crate::fault::Fault;

/// A role that others may assume.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Its name, with its path.
    pub role: String,
    /// What it wants to be told.
    pub external_id: Option<String>,
    /// Whether a session may say on whose behalf it is.
    pub takes_source_identity: bool,
}

/// A session of an assumed role.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are STS's own")]
pub struct Session {
    pub role_arn: String,
    pub role_session_name: String,
    pub source_identity: Option<String>,
    pub duration_seconds: String,
}

/// Assumed credentials carry their account in the key id.
const KEY_PREFIX: &str = "ASIAMEMBER";

pub(super) fn account_of_key(key: &str) -> Option<&str> {
    key.strip_prefix(KEY_PREFIX)
}

pub(super) fn session_token(account: &str) -> String {
    format!("{SESSION_TOKEN}-of-{account}")
}

impl State {
    pub(super) fn sts(
        &mut self,
        action: &str,
        account: &str,
        parameters: &BTreeMap<String, String>,
        fault: Option<Fault>,
    ) -> Result<Value, Refusal> {
        if action == "AssumeRole" {
            return self.assume_role(parameters, fault);
        }
        let account = if fault == Some(Fault::StrangeCaller) { "999900001111" } else { account };
        let role = if account == self.own.account { "rules" } else { "member" };
        Ok(json!({
            "Arn": format!("arn:aws:sts::{account}:assumed-role/{role}/rules"),
            "UserId": "AROAEXAMPLE:rules",
            "Account": account,
        }))
    }

    fn assume_role(&mut self, parameters: &BTreeMap<String, String>, fault: Option<Fault>) -> Result<Value, Refusal> {
        let parameter = |name: &str| parameters.get(name).cloned();
        let arn = parameter("RoleArn").unwrap_or_default();
        let denied = |action: &str| {
            let message = format!("User: rules is not authorized to perform: {action} on resource: {arn}");
            Err((403, "AccessDenied", message))
        };
        let found = self
            .others
            .iter()
            .find(|(account, (_, trust))| arn == format!("arn:aws:iam::{account}:role/{}", trust.role));
        let Some((account, (_, trust))) = found else { return denied("sts:AssumeRole") };
        if trust.external_id != parameter("ExternalId") {
            return denied("sts:AssumeRole");
        }
        if parameter("SourceIdentity").is_some() && !trust.takes_source_identity {
            return denied("sts:SetSourceIdentity");
        }
        let seconds = parameter("DurationSeconds").unwrap_or_default();
        let Some(lifetime) = seconds.parse().ok().filter(|seconds| (900..=43_200).contains(seconds)) else {
            return Err((400, "ValidationError", "DurationSeconds".to_owned()));
        };
        let session = Session {
            role_arn: arn.clone(),
            role_session_name: parameter("RoleSessionName").unwrap_or_default(),
            source_identity: parameter("SourceIdentity"),
            duration_seconds: seconds,
        };
        let credentials = json!({
            "AccessKeyId": format!("{KEY_PREFIX}{account}"),
            "SecretAccessKey": SECRET_ACCESS_KEY,
            "SessionToken": session_token(account),
            "Expiration": moment_in(Duration::from_secs(lifetime)),
        });
        self.sessions.push(session);
        Ok(if fault == Some(Fault::NoCredentials) { json!({}) } else { json!({ "Credentials": credentials }) })
    }
}
