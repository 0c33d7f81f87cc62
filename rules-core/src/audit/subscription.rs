//! Subscriptions of Amazon SNS.

use serde::Deserialize;

use super::records::{Record, Records, arn, each, listing, required};
use super::region_facts::RegionalFactKind;
use crate::arn::Arn;
use crate::json::JsonError;

/// A subscription to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// The topic.
    pub topic: Arn,
    /// Whether the subscriber has confirmed it. Before that, nothing is delivered.
    pub is_confirmed: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wire {
    subscription_arn: Option<String>,
    topic_arn: Option<String>,
}

impl Record for Subscription {
    const KIND: RegionalFactKind = RegionalFactKind::Subscriptions;

    /// Reads the JSON that `aws sns list-subscriptions` and `list-subscriptions-by-topic` print.
    fn read(text: &str) -> Result<Records<Self>, JsonError> {
        Ok(each(text, listing(text, "Subscriptions")?, |wire: Wire, _| {
            let topic = arn(&required(wire.topic_arn, "TopicArn")?, "TopicArn")?;
            // Not an ARN: `PendingConfirmation`, or `Deleted`.
            let is_confirmed = required(wire.subscription_arn, "SubscriptionArn")?.parse::<Arn>().is_ok();
            Ok(Self { topic, is_confirmed })
        }))
    }

    fn region(&self) -> Option<&str> {
        Some(self.topic.region())
    }
}
