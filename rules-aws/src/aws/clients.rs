//! A connection to AWS, whose clients are created once.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aws_sdk_sts::config::SharedInterceptor;
use aws_sdk_sts::config::retry::{RetryConfig, RetryPartition};
use aws_types::SdkConfig;
use rules_core::Region;
use rules_core::{Arn, MissingFact};
use tokio::time::Instant;

use crate::aws::environment::few_retries;
use crate::aws::error::call_error;
use crate::aws::operation::GET_CALLER_IDENTITY;
use crate::aws::watch::{Call, Watcher};
use crate::aws::whole_answers::{Garbled, WholeJson, WholeXml};
use crate::call_error::CallError;

/// A connection to AWS with the credentials of one account. Clones are cheap: they share clients, cached credentials
/// and the retry budget, which different connections do not share.
#[derive(Clone, Debug)]
pub struct Aws(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: SdkConfig,
    iam: OnceLock<aws_sdk_iam::Client>,
    config_service: OnceLock<aws_sdk_config::Client>,
    sts: OnceLock<aws_sdk_sts::Client>,
    ssm: OnceLock<aws_sdk_ssm::Client>,
    s3: OnceLock<aws_sdk_s3::Client>,
    caller: Mutex<Option<Arn>>,
    watcher: Option<Watcher>,
    sign_in: Option<String>,
}

/// The configuration of a client that shares its quota of retries with no other.
macro_rules! config {
    ($sdk:ident, $aws:expr) => {{
        let mut config = $sdk::config::Builder::from(&$aws.0.config)
            .retry_partition(RetryPartition::custom(stringify!($sdk)).build())
            .retry_classifier(Garbled);
        if let Some(watcher) = &$aws.0.watcher {
            config.push_interceptor(SharedInterceptor::new(watcher.clone()));
        }
        config
    }};
    ($sdk:ident, $aws:expr, $region:expr) => {
        config!($sdk, $aws).region(aws_types::region::Region::new($region.as_str().to_owned()))
    };
}

impl Aws {
    pub(crate) fn with(config: SdkConfig) -> Self {
        Self::build(config, None, None)
    }

    /// The same connection, to which a person signs in with this command.
    #[cfg(feature = "profiles")]
    pub(crate) fn signed_in_by(self, command: Option<String>) -> Self {
        Self::build(self.0.config.clone(), self.0.watcher.clone(), command)
    }

    /// The same connection, with `watch` called at the beginning and end of each call.
    #[must_use]
    pub fn watched(self, watch: impl Fn(Call<'_>) + Send + Sync + 'static) -> Self {
        Self::build(self.0.config.clone(), Some(Watcher::new(watch)), self.0.sign_in.clone())
    }

    /// The command with which a person signs in, if the profile that is used has sessions and no keys.
    #[must_use]
    pub fn sign_in(&self) -> Option<&str> {
        self.0.sign_in.as_deref()
    }

    fn build(config: SdkConfig, watcher: Option<Watcher>, sign_in: Option<String>) -> Self {
        Self(Arc::new(Inner {
            config,
            iam: OnceLock::new(),
            config_service: OnceLock::new(),
            sts: OnceLock::new(),
            ssm: OnceLock::new(),
            s3: OnceLock::new(),
            caller: Mutex::default(),
            watcher,
            sign_in,
        }))
    }

    /// Creates every client now, so that the first call takes less time.
    pub fn warm_up(&self) {
        let _ = (self.iam(), self.config_service(), self.sts());
    }

    pub(crate) fn config(&self) -> &SdkConfig {
        &self.0.config
    }

    pub(crate) fn iam(&self) -> &aws_sdk_iam::Client {
        self.0
            .iam
            .get_or_init(|| aws_sdk_iam::Client::from_conf(config!(aws_sdk_iam, self).interceptor(WholeXml).build()))
    }

    pub(crate) fn config_service(&self) -> &aws_sdk_config::Client {
        self.0.config_service.get_or_init(|| {
            aws_sdk_config::Client::from_conf(config!(aws_sdk_config, self).interceptor(WholeJson).build())
        })
    }

    pub(crate) fn sts(&self) -> &aws_sdk_sts::Client {
        self.0
            .sts
            .get_or_init(|| aws_sdk_sts::Client::from_conf(config!(aws_sdk_sts, self).interceptor(WholeXml).build()))
    }

    pub(crate) fn ssm(&self) -> &aws_sdk_ssm::Client {
        self.0
            .ssm
            .get_or_init(|| aws_sdk_ssm::Client::from_conf(config!(aws_sdk_ssm, self).interceptor(WholeJson).build()))
    }

    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        self.0.s3.get_or_init(|| {
            let config = config!(aws_sdk_s3, self);
            // A bucket's name need not be the name of a host.
            aws_sdk_s3::Client::from_conf(config.force_path_style(true).build())
        })
    }

    /// The Region of the calls that have one.
    ///
    /// # Errors
    /// If it is set to something that is not an AWS Region.
    pub fn region(&self) -> Result<Region, MissingFact> {
        let region = self.0.config.region().map(AsRef::as_ref).unwrap_or_default();
        region.parse().map_err(|error| MissingFact::new("Region of the connection", error))
    }

    // A client of a service that most invocations have no use for is made where it is needed, for the Region it is to ask.

    pub(crate) fn cloudtrail(&self, region: &Region) -> aws_sdk_cloudtrail::Client {
        aws_sdk_cloudtrail::Client::from_conf(config!(aws_sdk_cloudtrail, self, region).interceptor(WholeJson).build())
    }

    pub(crate) fn cloudwatch(&self, region: &Region) -> aws_sdk_cloudwatch::Client {
        aws_sdk_cloudwatch::Client::from_conf(config!(aws_sdk_cloudwatch, self, region).build())
    }

    pub(crate) fn cloudwatch_logs(&self, region: &Region) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::from_conf(
            config!(aws_sdk_cloudwatchlogs, self, region).interceptor(WholeJson).build(),
        )
    }

    pub(crate) fn config_service_in(&self, region: &Region) -> aws_sdk_config::Client {
        aws_sdk_config::Client::from_conf(config!(aws_sdk_config, self, region).interceptor(WholeJson).build())
    }

    pub(crate) fn event_bridge(&self, region: &Region) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::from_conf(
            config!(aws_sdk_eventbridge, self, region).interceptor(WholeJson).build(),
        )
    }

    pub(crate) fn sns(&self, region: &Region) -> aws_sdk_sns::Client {
        let config = config!(aws_sdk_sns, self, region).interceptor(WholeXml);
        aws_sdk_sns::Client::from_conf(config.build())
    }

    /// Who the credentials belong to, asked once. They belong to one account as long as the connection lives.
    pub(crate) async fn caller(&self) -> Result<Arn, CallError> {
        self.caller_after(None).await
    }

    async fn caller_after(&self, retries: Option<RetryConfig>) -> Result<Arn, CallError> {
        if let Some(caller) = self.known_caller().clone() {
            return Ok(caller);
        }
        let mut call = self.sts().get_caller_identity().customize();
        if let Some(retries) = retries {
            call = call.config_override(aws_sdk_sts::config::Builder::new().retry_config(retries));
        }
        let answer = call.send().await;
        let answer = answer.map_err(|error| call_error(GET_CALLER_IDENTITY, &error))?;
        let arn = answer.arn().unwrap_or_default().parse();
        let caller: Arn =
            arn.map_err(|error| CallError::other(GET_CALLER_IDENTITY, format!("the ARN in the response: {error}")))?;
        *self.known_caller() = Some(caller.clone());
        Ok(caller)
    }

    /// The ARN of the user or role that the credentials belong to. A person waits for the result, so a connection that
    /// does not work fails after a second.
    ///
    /// # Errors
    /// If the call fails.
    pub async fn identity(&self) -> Result<Arn, CallError> {
        self.caller_after(Some(few_retries())).await
    }

    /// Asks again next time: an answer that fits no event is not worth keeping.
    pub(crate) fn forget_caller(&self) {
        *self.known_caller() = None;
    }

    fn known_caller(&self) -> MutexGuard<'_, Option<Arn>> {
        self.0.caller.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `call` until `deadline` at the latest, if there is one. After it nothing is begun.
pub(crate) async fn before<T>(deadline: Option<Instant>, call: impl Future<Output = T>) -> Option<T> {
    match deadline {
        None => Some(call.await),
        Some(deadline) if deadline <= Instant::now() => None,
        Some(deadline) => tokio::time::timeout_at(deadline, call).await.ok(),
    }
}
