//! The way to AWS.

use std::future::Future;

use rules_aws::{Aws, ConnectionOptions, LiveFacts};
use rules_core::audit::Region;

use crate::args::LiveArgs;
use crate::error::CliError;

/// Waits for `work` on this thread: the commands do one thing after another.
pub(super) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::Runtime)?.block_on(work)
}

/// Sets up the connection that the options ask for.
pub(super) async fn connect(args: &LiveArgs) -> Result<Aws, CliError> {
    let options = ConnectionOptions {
        profile: args.profile.clone(),
        region: args.region.clone(),
        role_arn: args.role_arn.clone(),
        endpoint_url: args.endpoint_url.clone(),
    };
    Ok(Aws::connect(&options).await?)
}

/// The Region that is asked for where there is no connection, by option or in the environment.
pub(super) fn region(args: &LiveArgs) -> Option<Region> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let name = args.region.clone().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
    name.and_then(|name| name.parse().ok())
}

/// The facts of the account that the connection leads to.
pub(super) fn live_facts(aws: Aws, args: &LiveArgs) -> LiveFacts {
    LiveFacts::new(aws).also_in(args.also_region.clone())
}
