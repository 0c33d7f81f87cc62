//! Facts of an account in files.

use std::path::PathBuf;

use rules_aws::FileFacts;
use rules_core::AccountId;

use crate::error::CliError;
use crate::output::diagnostics;

/// Opens the inputs and says what in them is not read.
pub(super) fn open(inputs: &[PathBuf], account: Option<AccountId>) -> Result<FileFacts, CliError> {
    let files = FileFacts::open(inputs, account)?;
    if let Some(passed_over) = files.passed_over() {
        diagnostics::note(&format!("no files of an account, or files with wrong names: {passed_over}"));
    }
    Ok(files)
}
