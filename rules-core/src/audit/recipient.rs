//! The recipients of notifications.

use crate::arn::Arn;

/// What a resource does with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// An Amazon SNS topic sends it to its subscribers.
    Topic,
    /// An event bus with this name forwards it by its own rules.
    EventBus(&'a str),
    /// The resource acts on it or notifies a person, such as a function, a queue or an incident.
    Acts,
    /// The resource stores it or processes it, without notifying a recipient.
    NotNotified,
}

impl<'a> Recipient<'a> {
    /// What `resource` does with a notification.
    #[must_use]
    pub fn of(resource: &'a Arn) -> Self {
        let name = resource.resource();
        let is = |kind: &str| name.starts_with(kind);
        match resource.service() {
            "sns" => Self::Topic,
            "events" => match name.strip_prefix("event-bus/") {
                Some(bus) => Self::EventBus(bus),
                // Calls what is behind a URL, such as a pager's.
                None if is("api-destination/") => Self::Acts,
                None => Self::NotNotified,
            },
            "lambda" if is("function:") => Self::Acts,
            "states" if is("stateMachine:") => Self::Acts,
            "sqs" | "execute-api" => Self::Acts,
            // Incident Manager calls those who are on duty, OpsCenter opens an item for them.
            "ssm-incidents" if is("response-plan/") => Self::Acts,
            "ssm" if is("opsitem") => Self::Acts,
            _ => Self::NotNotified,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Recipient;

    #[test]
    fn what_keeps_a_notification_tells_nobody() {
        for (service, resource, expected) in [
            ("sns", "security", Recipient::Topic),
            ("events", "event-bus/security", Recipient::EventBus("security")),
            ("events", "api-destination/pager/0000", Recipient::Acts),
            ("events", "rule/security", Recipient::NotNotified),
            ("lambda", "function:tell", Recipient::Acts),
            ("lambda", "function:tell:live", Recipient::Acts),
            ("lambda", "layer:tell:1", Recipient::NotNotified),
            ("states", "stateMachine:tell", Recipient::Acts),
            ("sqs", "security", Recipient::Acts),
            ("execute-api", "abc/prod/POST/tell", Recipient::Acts),
            ("ssm-incidents", "response-plan/security", Recipient::Acts),
            ("ssm", "opsitem:1", Recipient::Acts),
            ("ssm", "document/x", Recipient::NotNotified),
            ("logs", "log-group:/aws/events/root:*", Recipient::NotNotified),
            ("kinesis", "stream/events", Recipient::NotNotified),
            ("firehose", "deliverystream/events", Recipient::NotNotified),
            ("automate", "ec2:stop", Recipient::NotNotified),
        ] {
            let arn = format!("arn:aws:{service}:us-east-1:111122223333:{resource}").parse().unwrap();
            assert_eq!(Recipient::of(&arn), expected, "{service} {resource}");
        }
    }
}
