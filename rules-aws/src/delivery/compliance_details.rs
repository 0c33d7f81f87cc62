//! GetComplianceDetailsByConfigRule: the results of a rule in AWS Config.

use aws_sdk_config::types::{self, ComplianceType};
use rules_core::MissingFact;
use rules_core::config::EvaluatedResource;
use tokio::time::Instant;

use crate::aws::clients::{Aws, before};
use crate::aws::operation::GET_COMPLIANCE_DETAILS_BY_CONFIG_RULE as ACTION;
use crate::aws::sdk_time;
use crate::delivery::evaluation_sink::StoredEvaluation;
use crate::facts::live::paging::Paging;

/// The most that the service delivers in one page.
const PAGE_SIZE: i32 = 100;

/// Every verdict that is shown for the rule with this name, to the last page.
pub(crate) async fn read(
    aws: &Aws,
    config_rule_name: &str,
    deadline: Option<Instant>,
) -> Result<Vec<StoredEvaluation>, MissingFact> {
    before(deadline, pages(aws, config_rule_name))
        .await
        .unwrap_or_else(|| Err(MissingFact::new(ACTION, "the time for the invocation ran out")))
}

async fn pages(aws: &Aws, config_rule_name: &str) -> Result<Vec<StoredEvaluation>, MissingFact> {
    let mut paging = Paging::new(ACTION);
    let mut stored = Vec::new();
    loop {
        let request = aws
            .config_service()
            .get_compliance_details_by_config_rule()
            .config_rule_name(config_rule_name)
            .compliance_types(ComplianceType::Compliant)
            .compliance_types(ComplianceType::NonCompliant)
            .limit(PAGE_SIZE)
            .set_next_token(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(ACTION, &error))?;
        for result in page.evaluation_results.unwrap_or_default() {
            let read = read_result(&result).ok_or_else(|| MissingFact::new(ACTION, "a result has no resource"));
            stored.push(read?);
        }
        if !paging.more_by_token(page.next_token)? {
            return Ok(stored);
        }
    }
}

/// Nothing but what identifies a result: the rest of it includes a result token.
fn read_result(result: &types::EvaluationResult) -> Option<StoredEvaluation> {
    let identifier = result.evaluation_result_identifier()?;
    let qualifier = identifier.evaluation_result_qualifier()?;
    Some(StoredEvaluation {
        resource: EvaluatedResource {
            resource_type: qualifier.resource_type()?.to_owned(),
            id: qualifier.resource_id()?.to_owned(),
            name: None,
            arn: None,
        },
        ordering_timestamp: sdk_time::from_sdk(identifier.ordering_timestamp()?)?,
        is_proactive: qualifier.evaluation_mode() == Some(&types::EvaluationMode::Proactive),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::read;
    use crate::aws::loopback::Loopback;

    fn result(id: &str, mode: &str) -> Value {
        json!({
            "EvaluationResultIdentifier": {
                "EvaluationResultQualifier": {
                    "ConfigRuleName": "rule", "ResourceType": "AWS::IAM::User", "ResourceId": id, "EvaluationMode": mode
                },
                "OrderingTimestamp": 1_769_860_800.5,
            },
            "ComplianceType": "NON_COMPLIANT", "ResultToken": "canary-token",
        })
    }

    #[tokio::test]
    async fn every_page_is_read() {
        let pages = [
            json!({ "EvaluationResults": [result("AIDA1", "DETECTIVE")], "NextToken": "a" }),
            json!({ "EvaluationResults": [], "NextToken": "b" }),
            json!({ "EvaluationResults": [result("AIDA2", "PROACTIVE")] }),
        ];
        let loopback = Loopback::start(move |_, number| (200, pages[number].to_string())).await;
        let stored = read(&loopback.aws, "rule", None).await.unwrap();
        let seen: Vec<_> = stored.iter().map(|one| (one.resource.id.as_str(), one.is_proactive)).collect();
        assert_eq!(seen, [("AIDA1", false), ("AIDA2", true)]);
        assert_eq!(stored[0].ordering_timestamp.to_string(), "2026-01-31T12:00:00.5Z");
        assert!(!format!("{stored:?}").contains("canary"));
        let first: Value = serde_json::from_str(&loopback.bodies()[0]).unwrap();
        assert_eq!(
            first,
            json!({ "ConfigRuleName": "rule", "ComplianceTypes": ["COMPLIANT", "NON_COMPLIANT"], "Limit": 100 })
        );
    }

    #[tokio::test]
    async fn what_is_incomplete_is_an_error() {
        let mut nameless = result("AIDA1", "DETECTIVE");
        nameless["EvaluationResultIdentifier"].as_object_mut().unwrap().remove("OrderingTimestamp");
        for (page, why) in [
            (json!({ "EvaluationResults": [nameless] }), "a result has no resource"),
            (json!({ "EvaluationResults": [], "NextToken": "same" }), "the marker is that of the page itself"),
        ] {
            let loopback = Loopback::start(move |_, _| (200, page.to_string())).await;
            let missing = read(&loopback.aws, "rule", None).await.unwrap_err().to_string();
            assert!(missing.contains(why), "{missing}");
        }
    }
}
