//! The recorders of AWS Config and their status.

use aws_sdk_config::Client;
use aws_sdk_config::types;
use rules_core::MissingFact;
use serde_json::{Value, json};

pub(super) use crate::aws::operation::{
    DESCRIBE_CONFIGURATION_RECORDER_STATUS as STATUS, DESCRIBE_CONFIGURATION_RECORDERS as RECORDERS,
};

pub(super) async fn recorders(client: &Client) -> Result<Value, MissingFact> {
    let answer = client.describe_configuration_recorders().send().await;
    let answer = answer.map_err(|error| crate::aws::error::missing(RECORDERS, &error))?;
    let recorders = answer.configuration_recorders.ok_or_else(|| no_list(RECORDERS))?;
    let recorders: Vec<Value> = recorders
        .into_iter()
        .map(|recorder| {
            json!({
                "name": recorder.name,
                "arn": recorder.arn,
                "roleARN": recorder.role_arn,
                "recordingGroup": recorder.recording_group.as_ref().map(recording_group),
                "recordingScope": recorder.recording_scope.as_ref().map(types::RecordingScope::as_str),
                "servicePrincipal": recorder.service_principal,
            })
        })
        .collect();
    Ok(json!({ "ConfigurationRecorders": recorders }))
}

fn recording_group(group: &types::RecordingGroup) -> Value {
    fn names(types: &[types::ResourceType]) -> Vec<&str> {
        types.iter().map(types::ResourceType::as_str).collect()
    }
    let excluded = group.exclusion_by_resource_types().map(|excluded| excluded.resource_types.as_deref().map(names));
    let strategy = group.recording_strategy().and_then(types::RecordingStrategy::use_only);
    json!({
        "allSupported": group.all_supported(),
        "includeGlobalResourceTypes": group.include_global_resource_types(),
        "resourceTypes": group.resource_types.as_deref().map(names),
        "exclusionByResourceTypes": excluded.map(|excluded| json!({ "resourceTypes": excluded })),
        "recordingStrategy": strategy.map(|strategy| json!({ "useOnly": strategy.as_str() })),
    })
}

pub(super) async fn status(client: &Client) -> Result<Value, MissingFact> {
    let answer = client.describe_configuration_recorder_status().send().await;
    let answer = answer.map_err(|error| crate::aws::error::missing(STATUS, &error))?;
    let status = answer.configuration_recorders_status.ok_or_else(|| no_list(STATUS))?;
    let status: Vec<Value> = status
        .into_iter()
        .map(|status| {
            json!({
                "name": status.name,
                "arn": status.arn,
                "recording": status.recording,
                "lastStatus": status.last_status.as_ref().map(types::RecorderStatus::as_str),
                "lastErrorCode": status.last_error_code,
            })
        })
        .collect();
    Ok(json!({ "ConfigurationRecordersStatus": status }))
}

fn no_list(action: &str) -> MissingFact {
    MissingFact::new(action, "the response has no list of recorders")
}
