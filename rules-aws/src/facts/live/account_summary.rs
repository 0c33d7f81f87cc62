//! GetAccountSummary.

use std::collections::BTreeMap;

use aws_sdk_iam::Client;
use rules_core::MissingFact;
use rules_core::iam::AccountSummary;
use serde::Serialize;

pub(super) use crate::aws::operation::GET_ACCOUNT_SUMMARY as ACTION;

/// The output, as the AWS CLI writes it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SummaryOutput {
    summary_map: BTreeMap<String, i32>,
}

pub(super) async fn read(iam: &Client) -> Result<SummaryOutput, MissingFact> {
    let answer = iam.get_account_summary().send().await.map_err(|error| crate::aws::error::missing(ACTION, &error))?;
    let summary_map: BTreeMap<String, i32> = answer
        .summary_map
        .unwrap_or_default()
        .into_iter()
        .map(|(key, value)| (key.as_str().to_owned(), value))
        .collect();
    if summary_map.is_empty() {
        return Err(MissingFact::new(ACTION, "the response has no summary map"));
    }
    match summary_map.iter().find(|(_, value)| **value < 0) {
        Some((key, value)) => Err(MissingFact::new(ACTION, format!("{key} is `{value}`, which is not a count"))),
        None => Ok(SummaryOutput { summary_map }),
    }
}

impl SummaryOutput {
    pub(super) fn summary(self) -> AccountSummary {
        self.summary_map.into_iter().map(|(key, value)| (key, i64::from(value))).collect()
    }
}
