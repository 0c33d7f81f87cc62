//! Files of exceptions.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use rules_core::exceptions::Exceptions;

use crate::error::CliError;

/// More than any file that people keep.
const MAX_BYTES: u64 = 4 << 20;

/// The exceptions in a file; none without one.
pub(super) fn read(path: Option<&Path>) -> Result<Exceptions, CliError> {
    let Some(path) = path else { return Ok(Exceptions::default()) };
    let failed = |source| CliError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(CliError::Usage(format!("{}: longer than {MAX_BYTES} bytes", path.display())));
    }
    Exceptions::parse(&text).map_err(|source| CliError::Exceptions { path: path.to_owned(), source })
}
