//! The connection to AWS, if the program was built with the feature `live`.

#[cfg(feature = "live")]
mod live;
#[cfg(not(feature = "live"))]
mod offline;

use std::future::Future;

use rules_core::Region;

#[cfg(feature = "live")]
pub(super) use self::live::Connection;
#[cfg(not(feature = "live"))]
pub(super) use self::offline::Connection;
use crate::args::LiveArgs;
use crate::error::CliError;

/// Waits for `work` on this thread: the commands do one thing after another.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::Runtime)?.block_on(work)
}

/// The Region from the options or the environment, if there is no connection.
pub(super) fn region(args: &LiveArgs) -> Option<Region> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let name = args.region.clone().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    name.and_then(|name| name.parse().ok())
}
