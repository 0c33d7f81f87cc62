//! `collect`: a live account, read into one file.

use super::connection::{Connection, block_on};
use crate::args::CollectArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt;
use crate::output::diagnostics;

pub(crate) fn run(args: &CollectArgs) -> Result<Exit, CliError> {
    let snapshot = block_on(async { Connection::open(&args.live).await?.collect().await })?;
    // What could be read is worth keeping; what could not is in the file too, with its reason.
    interrupt::shielded(|| snapshot.write(&args.output))?;
    let unavailable = snapshot.unavailable();
    unavailable.iter().for_each(|(_, missing)| diagnostics::not_read(missing));
    Ok(if unavailable.is_empty() { Exit::Clean } else { Exit::Incomplete })
}
