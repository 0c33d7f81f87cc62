//! The codes of findings.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use thiserror::Error;

use crate::text::visible;

/// One line for each code: the documentation of the variant is also its description.
macro_rules! finding_codes {
    ($(#[doc = $description:literal] $variant:ident = $code:literal,)*) => {
        /// The kind of a finding. Codes are stable, so programs can filter and group by them. They are ordered by their text.
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub enum FindingCode {
            $(#[doc = $description] $variant,)*
            /// The code of a finding of a rule that is not in [`RULES`](crate::rules::RULES).
            Custom(&'static str),
        }

        impl FindingCode {
            /// The codes of all rules in [`RULES`](crate::rules::RULES).
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code, such as `root-mfa-off`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Custom(code) => code,
                }
            }

            /// What the code means, in one sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$variant => $description.trim_ascii(),)*
                    Self::Custom(_) => "A finding of a rule that is not built in.",
                }
            }
        }
    };
}

finding_codes! {
    /// The root user has no MFA.
    RootMfaOff = "root-mfa-off",
    /// The root user has credentials, and the rule requires that it has none.
    RootCredentialExists = "root-credential-exists",
    /// The root user has a virtual MFA device, and the rule requires hardware MFA.
    RootVirtualMfa = "root-virtual-mfa",
    /// The root user has an access key.
    RootAccessKey = "root-access-key",
    /// The root user has a signing certificate.
    RootSigningCertificate = "root-signing-certificate",
    /// The password or an access key of the root user was used within the number of days that the rule checks.
    RootUsed = "root-used",
    /// The account has no trail that applies to all Regions.
    NoMultiRegionTrail = "no-multi-region-trail",
    /// The trail is not logging.
    TrailNotLogging = "trail-not-logging",
    /// CloudTrail cannot deliver the log files of the trail to its bucket.
    TrailNotDelivering = "trail-not-delivering",
    /// The trail does not record all management events.
    TrailMissesManagementEvents = "trail-misses-management-events",
    /// The trail has no log file validation, or CloudTrail cannot deliver its digest files.
    TrailWithoutLogValidation = "trail-without-log-validation",
    /// The trail does not send events to CloudWatch Logs.
    NoLogGroup = "no-log-group",
    /// CloudTrail cannot deliver the events of the trail to its log group.
    LogGroupDeliveryFailing = "log-group-delivery-failing",
    /// No metric filter of the log group counts every use of the root user.
    NoMetricFilter = "no-metric-filter",
    /// No alarm watches the metric of the metric filter.
    NoAlarm = "no-alarm",
    /// The alarm does not go into ALARM state after one use of the root user.
    AlarmSleepsThrough = "alarm-sleeps-through",
    /// The alarm has no enabled action that notifies a topic, invokes a function, or creates an incident or an OpsItem.
    AlarmWithoutAction = "alarm-without-action",
    /// The topic of the alarm has no confirmed subscriber.
    TopicWithoutSubscriber = "topic-without-subscriber",
    /// An EventBridge rule matches root user events but notifies no recipient.
    EventBridgeWithoutRecipient = "event-bridge-without-recipient",
    /// EventBridge does not receive all root user events: no trail of its Region is logging all write management events.
    EventBridgeNotFed = "event-bridge-not-fed",
    /// No user or role lets a person work as an administrator, so only the root user can.
    NoAdministrator = "no-administrator",
    /// A user who is an administrator, or who can become one, has no MFA.
    AdminWithoutMfa = "admin-without-mfa",
    /// A user who is an administrator, or who can become one, has a virtual MFA device, and the rule requires hardware MFA.
    AdminWithVirtualMfa = "admin-with-virtual-mfa",
    /// The least-privilege score of a policy is below the minimum.
    ScoreBelowMinimum = "score-below-minimum",
    /// The least-privilege score of all policies of a user or role together is below the minimum.
    PrincipalScoreBelowMinimum = "principal-score-below-minimum",
    /// A user or role that is not an administrator can become one.
    CanBecomeAdministrator = "can-become-administrator",
    /// A user or role can become an administrator if a fact that was not read is true.
    CanBecomeAdministratorUncertain = "can-become-administrator-uncertain",
    /// AWS Config has no recorder in the Region.
    NoRecorder = "no-recorder",
    /// The recorder of AWS Config is not recording.
    RecorderStopped = "recorder-stopped",
    /// The last status of the recorder of AWS Config is not SUCCESS.
    RecorderFailing = "recorder-failing",
    /// The recorder of AWS Config records a list of resource types, not all supported types.
    RecorderOfListedTypes = "recorder-of-listed-types",
    /// No recorder of AWS Config records IAM users, groups, roles and policies.
    IamTypesNotRecorded = "iam-types-not-recorded",
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl PartialEq for FindingCode {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for FindingCode {}

impl PartialOrd for FindingCode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FindingCode {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for FindingCode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

/// A text that is not the code of a finding.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown finding code `{}`", visible(.0, 60))]
pub struct UnknownFindingCode(String);

impl FromStr for FindingCode {
    type Err = UnknownFindingCode;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().copied().find(|code| code.as_str() == text);
        found.ok_or_else(|| UnknownFindingCode(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::FindingCode;

    #[test]
    fn codes_are_distinct_and_are_read_as_they_are_written() {
        let texts: BTreeSet<&str> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), FindingCode::ALL.len());
        for code in FindingCode::ALL {
            assert_eq!(code.as_str().parse(), Ok(*code));
            assert!(code.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{code}");
            assert!(code.description().ends_with('.') && code.description().len() > 20, "{code}");
        }
        let error = "root-mfa-of".parse::<FindingCode>().unwrap_err();
        assert_eq!(error.to_string(), "unknown finding code `root-mfa-of`");
    }
}
