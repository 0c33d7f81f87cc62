//! The sample account: files as the AWS CLI writes them, built into the program.

use rules_aws::FileFacts;
use rules_core::AccountId;

const FILES: [(&str, &[u8]); 12] = [
    ("account-authorization-details.json", include_bytes!("../sample/account-authorization-details.json")),
    ("account-summary.json", include_bytes!("../sample/account-summary.json")),
    ("credential-report.json", include_bytes!("../sample/credential-report.json")),
    ("virtual-mfa-devices.json", include_bytes!("../sample/virtual-mfa-devices.json")),
    ("eu-west-1/alarms.json", include_bytes!("../sample/eu-west-1/alarms.json")),
    (
        "eu-west-1/configuration-recorder-status.json",
        include_bytes!("../sample/eu-west-1/configuration-recorder-status.json"),
    ),
    ("eu-west-1/configuration-recorders.json", include_bytes!("../sample/eu-west-1/configuration-recorders.json")),
    ("eu-west-1/event-selectors.json", include_bytes!("../sample/eu-west-1/event-selectors.json")),
    ("eu-west-1/metric-filters.json", include_bytes!("../sample/eu-west-1/metric-filters.json")),
    ("eu-west-1/subscriptions.json", include_bytes!("../sample/eu-west-1/subscriptions.json")),
    ("eu-west-1/trail-status.json", include_bytes!("../sample/eu-west-1/trail-status.json")),
    ("eu-west-1/trails.json", include_bytes!("../sample/eu-west-1/trails.json")),
];

/// The facts of the sample account.
pub(crate) fn facts(account: Option<AccountId>) -> FileFacts {
    FileFacts::from_memory(FILES, account)
}
