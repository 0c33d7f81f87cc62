//! GetResourceConfigHistory: the configuration item that was too large for its event.

use aws_sdk_config::Client;
use aws_sdk_config::types::{self, ResourceType};
use rules_core::MissingFact;
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};

pub(crate) use crate::aws::operation::GET_RESOURCE_CONFIG_HISTORY as ACTION;
use crate::aws::sdk_time;
use crate::facts::live::paging::Paging;

/// Newest first, from the announced moment backwards: the announced item is the first or near it.
const PAGE_SIZE: i32 = 10;

/// The item that `summary` announces.
pub(crate) async fn read(
    config: &Client,
    summary: &ConfigurationItemSummary,
) -> Result<ConfigurationItem, MissingFact> {
    let what = format!("{ACTION} for {} {}", summary.resource_type, summary.resource_id);
    // AWS Config looks at seven days per call, and the pages without an item are delivered too.
    let mut paging = Paging::new(&what);
    loop {
        let request = config
            .get_resource_config_history()
            .resource_type(ResourceType::from(summary.resource_type.as_str()))
            .resource_id(&summary.resource_id)
            .later_time(sdk_time::to_sdk(summary.capture_time))
            .limit(PAGE_SIZE)
            .set_next_token(paging.marker());
        let page = request.send().await.map_err(|error| crate::aws::error::missing(&what, &error))?;
        let items = page.configuration_items.unwrap_or_default();
        if !items.is_empty() {
            return announced(&items, summary).map_err(|reason| MissingFact::new(&what, reason));
        }
        if !paging.more_by_token(page.next_token)? {
            return Err(MissingFact::new(&what, "there is no item up to the time of the event"));
        }
    }
}

/// The announced item among these: the one with its state id, or else one recorded no earlier. An older one says
/// nothing of the change.
fn announced(
    items: &[types::ConfigurationItem],
    summary: &ConfigurationItemSummary,
) -> Result<ConfigurationItem, String> {
    let mut items: Vec<ConfigurationItem> = items.iter().map(read_item).collect::<Result<_, _>>()?;
    let is_of_another = |item: &ConfigurationItem| {
        (&item.summary.resource_type, &item.summary.resource_id) != (&summary.resource_type, &summary.resource_id)
    };
    if items.iter().any(is_of_another) {
        return Err("an item of another resource was delivered".to_owned());
    }
    if let Some(other) = items.iter().find(|item| item.summary.account != summary.account) {
        return Err(format!("an item of account {} was delivered", other.summary.account));
    }
    // What was announced exists. A deleted resource has a history too, and one that was made again has both.
    items.retain(|item| item.summary.status.is_recorded());
    let is_named = |item: &&ConfigurationItem| summary.state_id.is_some() && item.summary.state_id == summary.state_id;
    let is_recent = |item: &&ConfigurationItem| item.summary.capture_time >= summary.capture_time;
    let found = items.iter().find(is_named).or_else(|| items.iter().find(is_recent));
    found.cloned().ok_or_else(|| {
        let time = summary.capture_time;
        format!("only items older than {time}, or of a resource that was deleted, were delivered")
    })
}

/// Through the one reader of configuration items there is, in the form in which the API writes them.
fn read_item(item: &types::ConfigurationItem) -> Result<ConfigurationItem, String> {
    let capture_time = item.configuration_item_capture_time().and_then(sdk_time::from_sdk);
    let text = serde_json::json!({
        "accountId": item.account_id(),
        "configurationItemStatus": item.configuration_item_status().map(types::ConfigurationItemStatus::as_str),
        "configurationItemCaptureTime": capture_time,
        "resourceType": item.resource_type().map(ResourceType::as_str),
        "resourceId": item.resource_id(),
        "resourceName": item.resource_name(),
        "arn": item.arn(),
        "configurationStateId": item.configuration_state_id(),
        "configuration": item.configuration(),
    });
    ConfigurationItem::parse(&text.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use rules_core::config::ConfigurationItemStatus;
    use serde_json::json;

    use super::*;
    use crate::aws::loopback::Loopback;

    fn summary() -> ConfigurationItemSummary {
        ConfigurationItemSummary {
            account: "111122223333".parse().unwrap(),
            status: ConfigurationItemStatus::Ok,
            capture_time: "2026-01-31T12:00:00Z".parse().unwrap(),
            resource_type: "AWS::IAM::User".to_owned(),
            resource_id: "AIDAEXAMPLE".to_owned(),
            resource_name: Some("ada".to_owned()),
            arn: None,
            state_id: Some("7".to_owned()),
        }
    }

    fn item(state_id: &str, seconds_late: i64) -> serde_json::Value {
        json!({
            "accountId": "111122223333", "configurationItemStatus": "OK", "resourceType": "AWS::IAM::User",
            "resourceId": "AIDAEXAMPLE", "configurationStateId": state_id, "configuration": "{\"userName\":\"ada\"}",
            "configurationItemCaptureTime": summary().capture_time.unix_seconds() + seconds_late
        })
    }

    async fn read_from(pages: Vec<serde_json::Value>) -> Result<ConfigurationItem, MissingFact> {
        let loopback = Loopback::start(move |_, number| (200, pages[number.min(pages.len() - 1)].to_string())).await;
        read(loopback.aws.config_service(), &summary()).await
    }

    #[tokio::test]
    async fn empty_pages_are_passed_over() {
        let pages = vec![
            json!({ "configurationItems": [], "nextToken": "a" }),
            json!({ "nextToken": "b" }),
            json!({ "configurationItems": [item("8", 5), item("7", 0)] }),
        ];
        let found = read_from(pages).await.unwrap();
        assert_eq!(found.summary.state_id.as_deref(), Some("7"));
        assert_eq!(found.configuration.as_deref(), Some("{\"userName\":\"ada\"}"));
    }

    #[tokio::test]
    async fn an_older_item_is_not_taken() {
        let missing = read_from(vec![json!({ "configurationItems": [item("6", -60)] })]).await.unwrap_err();
        assert!(missing.to_string().contains("only items older than"), "{missing}");
    }

    #[tokio::test]
    async fn an_item_of_something_else_is_not_taken() {
        let changed = |field: &str, value: &str| {
            let mut item = item("7", 0);
            item[field] = json!(value);
            json!({ "configurationItems": [item] })
        };
        for (page, why) in [
            (changed("accountId", "444455556666"), "an item of account 444455556666 was delivered"),
            (changed("resourceId", "AIDAOTHER"), "an item of another resource was delivered"),
            (changed("resourceType", "AWS::IAM::Role"), "an item of another resource was delivered"),
            (changed("configurationItemStatus", "ResourceDeleted"), "of a resource that was deleted"),
            (changed("configurationItemStatus", "ResourceDeletedNotRecorded"), "of a resource that was deleted"),
        ] {
            let missing = read_from(vec![page]).await.unwrap_err();
            assert!(missing.to_string().contains(why), "{missing}");
        }
    }

    #[tokio::test]
    async fn the_item_before_a_deletion_is_taken() {
        let mut deleted = item("8", 5);
        deleted["configurationItemStatus"] = json!("ResourceDeleted");
        let found = read_from(vec![json!({ "configurationItems": [deleted, item("7", 0)] })]).await.unwrap();
        assert_eq!(found.summary.state_id.as_deref(), Some("7"));
    }

    #[tokio::test]
    async fn a_search_without_a_find_ends() {
        for (page, why) in
            [(json!({}), "there is no item"), (json!({ "nextToken": "same" }), "the marker is that of the page itself")]
        {
            let missing = read_from(vec![page]).await.unwrap_err();
            assert!(missing.to_string().contains(why), "{missing}");
        }
    }
}
