//! The connection of the function, from the environment variables that AWS Lambda sets.
//!
//! A function has no profiles, no sign-in and no metadata service. Without the code for them it is smaller and starts
//! faster.

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::config::timeout::TimeoutConfig;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, Region, retry::RetryConfig};
use aws_types::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};

use crate::aws::clients::Aws;
use crate::aws::http;

/// IAM and STS answer for the whole partition; a Region is needed to find them.
pub(crate) const FALLBACK_REGION: Region = Region::from_static("us-east-1");

/// To a connection, in all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// One request and its answer. The SDK itself sets no limit, and one stalled call would use up a function's time.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// One call with all of its retries.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

/// The calls of an account share one rate of IAM's with whatever else runs there, so that a few refusals are normal.
const MAX_ATTEMPTS: u32 = 5;

/// The attempts of a call that a person waits for before anything else happens, and the longest wait before the second.
const FEW_ATTEMPTS: u32 = 3;
const FIRST_BACKOFF: Duration = Duration::from_millis(250);

/// The longest wait between two attempts.
const MAX_BACKOFF: Duration = Duration::from_secs(10);

impl Aws {
    /// A connection with the credentials, the Region and the endpoints in the environment, without a call to AWS.
    /// Missing or invalid credentials are an error of the first call.
    #[must_use]
    pub fn from_environment() -> Self {
        let flag = |name| variable(name).map(|value| value.eq_ignore_ascii_case("true"));
        let region = variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION")).map(Region::new);
        let mut builder = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region.unwrap_or(FALLBACK_REGION))
            .credentials_provider(SharedCredentialsProvider::new(Environment))
            .http_client(http::client())
            .timeout_config(timeouts())
            .retry_config(retries());
        builder.set_use_fips(flag("AWS_USE_FIPS_ENDPOINT"));
        builder.set_use_dual_stack(flag("AWS_USE_DUALSTACK_ENDPOINT"));
        if flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != Some(true) {
            builder.set_endpoint_url(variable("AWS_ENDPOINT_URL"));
            builder.set_service_config(Some(Environment));
        }
        Self::with(builder.build())
    }
}

pub(crate) fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}

pub(crate) fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS).with_max_backoff(MAX_BACKOFF)
}

/// The retries of the first calls of a person's connection: most failures here do not pass by themselves.
pub(crate) fn few_retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(FEW_ATTEMPTS).with_initial_backoff(FIRST_BACKOFF)
}

/// An empty variable is how templates leave one unset.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

#[derive(Debug)]
struct Environment;

impl ProvideCredentials for Environment {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let needed = |name| {
            variable(name).ok_or_else(|| CredentialsError::not_loaded(format!("{name} is not set in the environment")))
        };
        let credentials = needed("AWS_ACCESS_KEY_ID").and_then(|id| {
            let secret = needed("AWS_SECRET_ACCESS_KEY")?;
            Ok(Credentials::new(id, secret, variable("AWS_SESSION_TOKEN"), None, "environment"))
        });
        future::ProvideCredentials::ready(credentials)
    }
}

impl LoadServiceConfig for Environment {
    /// Such as `AWS_ENDPOINT_URL_IAM`.
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_ascii_uppercase().replace(' ', "_");
        variable(&format!("{}_{service}", key.env()))
    }
}
