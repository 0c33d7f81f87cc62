//! The connection to AWS: configuration read once, clients built once.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use rules_core::{Arn, MissingFact};

/// One request and its answer. The SDK itself sets no limit, and one stalled call would use up a function's time.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// One call with all of its retries.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(60);

/// IAM and STS answer for the whole partition; a Region is needed to find them.
const FALLBACK_REGION: Region = Region::from_static("us-east-1");

/// The name of assumed sessions in CloudTrail.
const SESSION_NAME: &str = "aws-config-rules";

/// How to reach AWS where the SDK's own chain (environment, profile, container, instance) should not decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// A profile of the AWS configuration files.
    pub profile: Option<String>,
    /// The Region of the calls that have one.
    pub region: Option<String>,
    /// A role to assume first.
    pub role_arn: Option<String>,
    /// Where every service is, instead of AWS's endpoints.
    pub endpoint_url: Option<String>,
}

/// Options that cannot be connected with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The role is no ARN of a role.
    #[error("`{0}` is not the ARN of a role")]
    RoleArn(String),
    /// The endpoint is no URL.
    #[error("endpoint `{0}` is not a URL that begins with http:// or https://")]
    EndpointUrl(String),
}

/// A connection to AWS. Cheap to clone; clones share clients and what they learnt about their credentials.
#[derive(Clone, Debug)]
pub struct Aws(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: SdkConfig,
    iam: OnceLock<aws_sdk_iam::Client>,
    config_service: OnceLock<aws_sdk_config::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
    caller: tokio::sync::OnceCell<Arn>,
}

impl Aws {
    /// Reads the configuration. Nothing is called yet.
    ///
    /// # Errors
    /// When an option makes no sense. Credentials that do not work show when they are used.
    pub async fn connect(options: &ConnectionOptions) -> Result<Self, ConnectError> {
        let timeouts = TimeoutConfig::builder()
            .operation_timeout(OPERATION_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard());
        if let Some(profile) = &options.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = &options.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = &options.endpoint_url {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(ConnectError::EndpointUrl(rules_core::text::visible(url, 100)));
            }
            loader = loader.endpoint_url(url);
        }
        let mut config = loader.load().await;
        if config.region().is_none() {
            config = config.into_builder().region(FALLBACK_REGION).build();
        }
        if let Some(role) = &options.role_arn {
            config = assume(config, role).await?;
        }
        Ok(Self::with(config))
    }

    fn with(config: SdkConfig) -> Self {
        Self(Arc::new(Inner {
            config,
            iam: OnceLock::new(),
            config_service: OnceLock::new(),
            sts: OnceLock::new(),
            caller: tokio::sync::OnceCell::new(),
        }))
    }

    /// A connection to a server on this machine, with credentials that are none.
    #[cfg(test)]
    pub(crate) async fn loopback(url: &str) -> Self {
        let credentials = aws_sdk_sts::config::Credentials::new("AKIAEXAMPLE", "secret", None, None, "test");
        let loader = aws_config::defaults(BehaviorVersion::latest())
            .region(FALLBACK_REGION)
            .endpoint_url(url)
            .credentials_provider(credentials)
            .retry_config(RetryConfig::disabled());
        Self::with(loader.load().await)
    }

    /// The same connection in another role.
    #[cfg(test)]
    async fn in_role(&self, role: &str) -> Result<Self, ConnectError> {
        assume(self.0.config.clone(), role).await.map(Self::with)
    }

    /// Builds every client now, where time is cheaper than at the first call.
    pub fn warm_up(&self) {
        let _ = (self.iam(), self.config_service(), self.sts());
    }

    pub(crate) fn iam(&self) -> &aws_sdk_iam::Client {
        self.0.iam.get_or_init(|| aws_sdk_iam::Client::new(&self.0.config))
    }

    pub(crate) fn config_service(&self) -> &aws_sdk_config::Client {
        self.0.config_service.get_or_init(|| aws_sdk_config::Client::new(&self.0.config))
    }

    /// The Region of the calls that have one.
    ///
    /// # Errors
    /// When it is set to something that is no Region of AWS.
    pub(crate) fn region(&self) -> Result<rules_core::audit::Region, MissingFact> {
        let region = self.0.config.region().map(Region::as_ref).unwrap_or_default();
        region.parse().map_err(|error| MissingFact::new("Region of the connection", error))
    }

    /// The configuration for calls to a Region. A client of it is made where it is needed: most invocations need none.
    pub(crate) fn config_in(&self, region: &rules_core::audit::Region) -> SdkConfig {
        self.0.config.clone().into_builder().region(Region::new(region.as_str().to_owned())).build()
    }

    /// Who the credentials belong to, asked once. They belong to one account as long as the connection lives.
    pub(crate) async fn caller(&self) -> Result<&Arn, MissingFact> {
        const ACTION: &str = "sts:GetCallerIdentity";
        let ask = || async {
            let answer = self.sts().get_caller_identity().send().await;
            let answer = answer.map_err(|error| crate::error::missing(ACTION, &error))?;
            let arn = answer.arn().unwrap_or_default();
            arn.parse().map_err(|error| MissingFact::new(ACTION, format!("the answer's ARN: {error}")))
        };
        self.0.caller.get_or_try_init(ask).await
    }

    fn sts(&self) -> &aws_sdk_sts::Client {
        self.0.sts.get_or_init(|| aws_sdk_sts::Client::new(&self.0.config))
    }
}

async fn assume(config: SdkConfig, role: &str) -> Result<SdkConfig, ConnectError> {
    let is_role = |arn: &Arn| arn.service() == "iam" && arn.resource().starts_with("role/");
    if !role.parse().as_ref().is_ok_and(is_role) {
        return Err(ConnectError::RoleArn(rules_core::text::visible(role, 100)));
    }
    let provider = AssumeRoleProvider::builder(role).session_name(SESSION_NAME).configure(&config).build().await;
    let provider = aws_sdk_sts::config::SharedCredentialsProvider::new(provider);
    Ok(config.into_builder().credentials_provider(provider).build())
}

/// Runs `call` until `deadline` at the latest, if there is one.
pub(crate) async fn before<T>(deadline: Option<Instant>, call: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(call.await),
        Some(deadline) => tokio::time::timeout_at(deadline.into(), call).await.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Aws, ConnectError, ConnectionOptions};
    use crate::loopback::{Loopback, iam_answer};

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
        let aws = loopback.aws.in_role("arn:aws:iam::444455556666:role/path/reader").await.unwrap();
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
