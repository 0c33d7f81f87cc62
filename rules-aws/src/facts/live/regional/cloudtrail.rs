//! The trails of CloudTrail, with the status and event selectors of each.

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types;
use rules_core::{Arn, MissingFact};
use serde_json::{Value, json};

pub(super) use crate::aws::operation::{
    DESCRIBE_TRAILS as DESCRIBE, GET_EVENT_SELECTORS as SELECTORS, GET_TRAIL_STATUS as STATUS,
};
use crate::aws::sdk_time;

/// The trails that log in the Region, with the shadows of those whose home is elsewhere.
pub(super) async fn trails(client: &Client) -> Result<Value, MissingFact> {
    let answer = client.describe_trails().include_shadow_trails(true).send().await;
    let answer = answer.map_err(|error| crate::aws::error::missing(DESCRIBE, &error))?;
    let trails = answer.trail_list.ok_or_else(|| MissingFact::new(DESCRIBE, "the response has no list of trails"))?;
    let trails: Vec<Value> = trails
        .into_iter()
        .map(|trail| {
            json!({
                "Name": trail.name,
                "TrailARN": trail.trail_arn,
                "HomeRegion": trail.home_region,
                "IsMultiRegionTrail": trail.is_multi_region_trail,
                "IsOrganizationTrail": trail.is_organization_trail,
                "IncludeGlobalServiceEvents": trail.include_global_service_events,
                "LogFileValidationEnabled": trail.log_file_validation_enabled,
                "CloudWatchLogsLogGroupArn": trail.cloud_watch_logs_log_group_arn,
                "HasCustomEventSelectors": trail.has_custom_event_selectors,
            })
        })
        .collect();
    Ok(json!({ "trailList": trails }))
}

/// Whether the trail is logging, and whether what it logs arrives. `client` is of the trail's home.
pub(super) async fn status(client: &Client, trail: &Arn) -> Result<Value, MissingFact> {
    let answer = client.get_trail_status().name(trail.as_str()).send().await;
    let answer = answer.map_err(|error| of_trail(crate::aws::error::missing(STATUS, &error), trail))?;
    let time = |moment: Option<&DateTime>| moment.and_then(sdk_time::from_sdk);
    Ok(json!({
        "TrailARN": trail.as_str(),
        "IsLogging": answer.is_logging,
        "LatestDeliveryError": answer.latest_delivery_error,
        "LatestDeliveryTime": time(answer.latest_delivery_time.as_ref()),
        "LatestDeliveryAttemptTime": answer.latest_delivery_attempt_time,
        "LatestDigestDeliveryError": answer.latest_digest_delivery_error,
        "LatestDigestDeliveryTime": time(answer.latest_digest_delivery_time.as_ref()),
        "LatestCloudWatchLogsDeliveryError": answer.latest_cloud_watch_logs_delivery_error,
        "LatestCloudWatchLogsDeliveryTime": time(answer.latest_cloud_watch_logs_delivery_time.as_ref()),
    }))
}

/// What the trail records. `client` is of the trail's home.
pub(super) async fn event_selectors(client: &Client, trail: &Arn) -> Result<Value, MissingFact> {
    let answer = client.get_event_selectors().trail_name(trail.as_str()).send().await;
    let answer = answer.map_err(|error| of_trail(crate::aws::error::missing(SELECTORS, &error), trail))?;
    let classic: Option<Vec<Value>> = answer.event_selectors.map(|list| list.iter().map(classic).collect());
    let advanced: Option<Vec<Value>> = answer.advanced_event_selectors.map(|list| list.iter().map(advanced).collect());
    Ok(json!({ "TrailARN": trail.as_str(), "EventSelectors": classic, "AdvancedEventSelectors": advanced }))
}

fn classic(selector: &types::EventSelector) -> Value {
    json!({
        "ReadWriteType": selector.read_write_type().map(types::ReadWriteType::as_str),
        "IncludeManagementEvents": selector.include_management_events(),
        "ExcludeManagementEventSources": selector.exclude_management_event_sources,
    })
}

fn advanced(selector: &types::AdvancedEventSelector) -> Value {
    let fields: Vec<Value> = selector
        .field_selectors()
        .iter()
        .map(|field| {
            json!({
                "Field": field.field(),
                "Equals": field.equals,
                "StartsWith": field.starts_with,
                "EndsWith": field.ends_with,
                "NotEquals": field.not_equals,
                "NotStartsWith": field.not_starts_with,
                "NotEndsWith": field.not_ends_with,
            })
        })
        .collect();
    json!({ "Name": selector.name(), "FieldSelectors": fields })
}

/// Which trail the failure was about.
fn of_trail(missing: MissingFact, trail: &Arn) -> MissingFact {
    MissingFact::new(format!("{} of {trail}", missing.what()), missing.reason())
}
