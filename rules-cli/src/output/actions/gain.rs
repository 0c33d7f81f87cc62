//! What the account gains when findings go away, in words.

use rules_core::config::FindingCode;

use crate::output::posture::plural;

/// The gain if `number` resources no longer have findings of this kind.
pub(super) fn of_check(code: FindingCode, number: usize) -> String {
    let of = |noun: &str, one: &str, several: &str| {
        format!("{} {}", plural(number, noun), if number == 1 { one } else { several })
    };
    let said = match code {
        FindingCode::RootMfaOff => "the root user gets MFA: a stolen password alone cannot sign in",
        FindingCode::RootCredentialExists => "the root user has no credentials that can be stolen",
        FindingCode::RootVirtualMfa => "the root user signs in with a hardware device or a passkey",
        FindingCode::RootAccessKey => "no access key can act as the root user",
        FindingCode::RootSigningCertificate => "no signing certificate can act as the root user",
        FindingCode::RootUsed => "the root user is kept for emergencies: CloudTrail names the role that does the task",
        FindingCode::NoMultiRegionTrail => "CloudTrail records the API calls of all Regions",
        FindingCode::TrailNotLogging => "CloudTrail records API calls again",
        FindingCode::TrailNotDelivering => "the log files of CloudTrail reach their bucket",
        FindingCode::TrailMissesManagementEvents => "CloudTrail records all management events",
        FindingCode::TrailWithoutLogValidation => "changed and deleted log files are detected",
        FindingCode::NoLogGroup | FindingCode::LogGroupDeliveryFailing => {
            "CloudWatch Logs receives the events of CloudTrail, so that an alarm can watch them"
        }
        FindingCode::NoMetricFilter => "each use of the root user is counted, so that an alarm can watch it",
        FindingCode::NoAlarm | FindingCode::AlarmSleepsThrough => "an alarm reports each use of the root user",
        FindingCode::AlarmWithoutAction
        | FindingCode::TopicWithoutSubscriber
        | FindingCode::EventBridgeWithoutRecipient => "a recipient is notified of each use of the root user",
        FindingCode::EventBridgeNotFed => "EventBridge receives the events of the root user",
        FindingCode::NoAdministrator => "a person can administer the account without the root user",
        FindingCode::NoRecorder | FindingCode::RecorderStopped => "AWS Config records changes of resources",
        FindingCode::RecorderFailing => "AWS Config delivers what it records",
        FindingCode::RecorderOfListedTypes => "AWS Config records all supported resource types",
        FindingCode::IamTypesNotRecorded => "AWS Config records changes of IAM users, groups, roles and policies",
        FindingCode::AdminWithoutMfa => {
            return of(
                "administrator",
                "gets MFA: a stolen password alone cannot sign in as an administrator",
                "get MFA: a stolen password alone cannot sign in as an administrator",
            );
        }
        FindingCode::AdminWithVirtualMfa => {
            return of(
                "administrator",
                "signs in with a hardware device or a passkey",
                "sign in with a hardware device or a passkey",
            );
        }
        FindingCode::CanBecomeAdministrator | FindingCode::CanBecomeAdministratorUncertain => {
            return of("principal", "can no longer become an administrator", "can no longer become administrators");
        }
        // The gain of a score is its points.
        _ => return of("finding", "goes away", "go away"),
    };
    said.to_owned()
}

#[cfg(test)]
mod tests {
    use rules_core::config::FindingCode;

    use super::of_check;

    #[test]
    fn each_finding_has_a_gain_in_words() {
        let scores = [FindingCode::ScoreBelowMinimum, FindingCode::PrincipalScoreBelowMinimum];
        for code in FindingCode::ALL.iter().filter(|code| !scores.contains(code)) {
            assert!(!of_check(*code, 2).contains("findings go away"), "{code}");
        }
    }
}
