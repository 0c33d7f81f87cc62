//! The connection of the command line, with profiles, roles and options.

use std::error::Error as _;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_sts::config::{BehaviorVersion, Region, SharedCredentialsProvider};
use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use rules_core::Arn;
use rules_core::text::visible;

use crate::aws::clients::Aws;
use crate::aws::environment::{FALLBACK_REGION, few_retries, retries, timeouts, variable};
use crate::aws::http;

/// The name of assumed sessions in CloudTrail.
const SESSION_NAME: &str = "aws-config-rules";

/// The options of a connection. Without an option, the chain of the SDK decides: environment, profile, container,
/// instance.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// The Region of the calls that have one.
    pub region: Option<String>,
    /// A role to assume first.
    pub role_arn: Option<String>,
    /// The URL for all services, instead of the endpoints of AWS.
    pub endpoint_url: Option<String>,
}

/// An option that is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The role is not the ARN of a role.
    #[error("`{0}` is not the ARN of a role")]
    RoleArn(String),
    /// The endpoint is not a URL.
    #[error("endpoint `{0}` is not a URL that begins with http:// or https://")]
    EndpointUrl(String),
}

impl Aws {
    /// Reads the configuration, without a call to AWS.
    ///
    /// # Errors
    /// If an option is invalid. Invalid credentials are an error of the first call.
    pub async fn connect(options: &ConnectionOptions) -> Result<Self, ConnectError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http::client())
            .timeout_config(timeouts())
            .retry_config(few_retries());
        let profile = options.profile.clone().or_else(profile_of_the_environment);
        if let Some(profile) = &profile {
            loader = loader.profile_name(profile);
        }
        // Without a Region here, the SDK would look for one again for each of its parts.
        loader = loader.region(region(options, profile.as_deref()).await);
        if let Some(url) = &options.endpoint_url {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(ConnectError::EndpointUrl(visible(url, 100)));
            }
            loader = loader.endpoint_url(url);
        }
        let mut config = loader.load().await.into_builder().retry_config(retries()).build();
        let sign_in = sign_in(&config, profile.as_deref());
        if let Some(profile) = profile {
            config = with_profile(config, profile);
        }
        if let Some(role) = &options.role_arn {
            config = assume(config, role).await?;
        }
        Ok(Self::with(config).signed_in_by(sign_in))
    }
}

/// The command with which a person signs in to the profile that is used, if it takes sessions and no keys.
fn sign_in(config: &SdkConfig, profile: Option<&str>) -> Option<String> {
    if profile.is_none() && variable("AWS_ACCESS_KEY_ID").is_some() {
        return None;
    }
    // The SDK reads the settings of services from the profile, and these stand beside them.
    let is_set = |name: &str| {
        let key = ServiceConfigKey::builder().service_id("signin").env("AWS_NO_VARIABLE").profile(name).build().ok()?;
        config.service_config()?.load_config(key)
    };
    let command = match () {
        () if is_set("login_session").is_some() => "aws login",
        () if is_set("sso_session").or_else(|| is_set("sso_start_url")).is_some() => "aws sso login",
        () => return None,
    };
    Some(profile.map_or_else(|| command.to_owned(), |profile| format!("{command} --profile {profile}")))
}

/// The Region that is named by the options, the environment or the profile, else that of the instance.
async fn region(options: &ConnectionOptions, profile: Option<&str>) -> Region {
    if let Some(region) = &options.region {
        return Region::new(region.clone());
    }
    let mut of_profile = ProfileFileRegionProvider::builder();
    if let Some(profile) = profile {
        of_profile = of_profile.profile_name(profile);
    }
    let of_instance = ImdsRegionProvider::builder().configure(&first_calls()).build();
    let regions = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
        .or_else(of_profile.build())
        .or_else(of_instance);
    regions.region().await.unwrap_or(FALLBACK_REGION)
}

/// How the calls are made that lead to credentials.
fn first_calls() -> ProviderConfig {
    ProviderConfig::without_region()
        .with_http_client(http::client())
        .with_retry_config(few_retries())
        .with_timeout_config(timeouts())
}

/// The profile that the environment names, unless it also has keys: these go first there, as with the AWS CLI.
fn profile_of_the_environment() -> Option<String> {
    variable("AWS_PROFILE").filter(|_| variable("AWS_ACCESS_KEY_ID").is_none())
}

/// Credentials of this profile and of nothing else: one that does not exist is an error when it is used, and no key of the
/// environment stands in for it.
fn with_profile(config: SdkConfig, profile: String) -> SdkConfig {
    let provider_config = first_calls()
        .with_region(config.region().cloned())
        .with_use_fips(config.use_fips())
        .with_use_dual_stack(config.use_dual_stack());
    let provider = ProfileFileCredentialsProvider::builder().configure(&provider_config).profile_name(&profile).build();
    let provider = Profile { name: profile, provider };
    config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// The credentials of a profile, whose errors contain its name.
#[derive(Debug)]
struct Profile {
    name: String,
    provider: ProfileFileCredentialsProvider,
}

impl ProvideCredentials for Profile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.provider.provide_credentials().await.map_err(|error| match error {
                // The SDK does not say which profile it was, nor that it may not exist.
                CredentialsError::CredentialsNotLoaded(_) if error.source().is_none() => CredentialsError::not_loaded(
                    format!("profile `{}` does not exist, or has no credentials", visible(&self.name, 100)),
                ),
                error => error,
            })
        })
    }
}

async fn assume(config: SdkConfig, role: &str) -> Result<SdkConfig, ConnectError> {
    let is_role = |arn: &Arn| arn.service() == "iam" && arn.resource().starts_with("role/");
    if !role.parse().as_ref().is_ok_and(is_role) {
        return Err(ConnectError::RoleArn(visible(role, 100)));
    }
    let first = config.to_builder().retry_config(few_retries()).build();
    let provider = AssumeRoleProvider::builder(role).session_name(SESSION_NAME).configure(&first).build().await;
    Ok(config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build())
}

#[cfg(test)]
mod tests {
    use super::{Aws, BehaviorVersion, ConnectError, ConnectionOptions, FALLBACK_REGION, assume, http};
    use crate::aws::loopback::{Loopback, iam_answer};

    #[tokio::test]
    async fn a_role_is_assumed_once_and_the_caller_asked_once() {
        let loopback = Loopback::start(|body, _| match body.contains("Action=AssumeRole") {
            true => iam_answer(
                "AssumeRole",
                "<Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>",
            ),
            false => iam_answer(
                "GetCallerIdentity",
                "<Arn>arn:aws:sts::444455556666:assumed-role/reader/x</Arn><Account>444455556666</Account>",
            ),
        })
        .await;
        let role = "arn:aws:iam::444455556666:role/path/reader";
        let here = loopback.aws.config();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .region(FALLBACK_REGION)
            .endpoint_url(here.endpoint_url().unwrap())
            .credentials_provider(here.credentials_provider().unwrap())
            .http_client(http::client())
            .load()
            .await;
        let aws = Aws::with(assume(config, role).await.unwrap());
        for _ in 0..2 {
            assert_eq!(aws.caller().await.unwrap().account(), "444455556666");
        }
        assert_eq!(loopback.bodies().len(), 2);
        assert!(loopback.bodies()[0].contains("RoleSessionName=aws-config-rules"));
    }

    #[tokio::test]
    async fn options_that_make_no_sense_are_refused() {
        let role = ConnectionOptions { role_arn: Some("reader".to_owned()), ..ConnectionOptions::default() };
        assert_eq!(Aws::connect(&role).await.unwrap_err(), ConnectError::RoleArn("reader".to_owned()));
        let user = "arn:aws:iam::444455556666:user/ada".to_owned();
        let user = ConnectionOptions { role_arn: Some(user), ..ConnectionOptions::default() };
        assert!(matches!(Aws::connect(&user).await, Err(ConnectError::RoleArn(_))));
        let endpoint = ConnectionOptions { endpoint_url: Some("localhost:5000".to_owned()), ..Default::default() };
        assert!(matches!(Aws::connect(&endpoint).await, Err(ConnectError::EndpointUrl(_))));
    }
}
