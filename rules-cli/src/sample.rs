//! The sample account: files as the AWS CLI writes them, built into the program.

use rules_aws::FileFacts;
use rules_core::AccountId;

const FILES: [(&str, &[u8]); 4] = [
    ("account-authorization-details.json", include_bytes!("../sample/account-authorization-details.json")),
    ("account-summary.json", include_bytes!("../sample/account-summary.json")),
    ("credential-report.json", include_bytes!("../sample/credential-report.json")),
    ("virtual-mfa-devices.json", include_bytes!("../sample/virtual-mfa-devices.json")),
];

/// The facts of the sample account.
pub(crate) fn facts(account: Option<AccountId>) -> FileFacts {
    FileFacts::from_memory(FILES, account)
}
