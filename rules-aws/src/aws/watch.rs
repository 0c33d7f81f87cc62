//! Notifications of calls, for the progress line of the command line. The function does not use them.

use std::fmt;
use std::sync::Arc;

use aws_sdk_sts::config::interceptors::{BeforeSerializationInterceptorContextRef, FinalizerInterceptorContextRef};
use aws_sdk_sts::config::{ConfigBag, Intercept, Region, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

use crate::aws::operation::OPERATIONS;

/// A call to AWS that begins or ends, with all of its attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The action, as IAM names it, such as `iam:GetAccountSummary`.
    pub action: &'static str,
    /// The Region, for services that have one in each.
    pub region: Option<&'a str>,
    /// Whether it begins or ends.
    pub moment: CallMoment,
}

/// The beginning or end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a call has a beginning and an end")]
pub enum CallMoment {
    /// It begins.
    Begins,
    /// It has ended, with or without a valid response.
    Ends,
}

/// Services that are the same from every Region.
const GLOBAL_SERVICES: [&str; 2] = ["iam:", "sts:"];

/// Is called at the beginning and end of each call of a connection.
#[derive(Clone)]
pub(crate) struct Watcher(Arc<dyn Fn(Call<'_>) + Send + Sync>);

impl Watcher {
    pub(crate) fn new(watch: impl Fn(Call<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(watch))
    }

    fn tell(&self, config: &ConfigBag, moment: CallMoment) {
        let name = config.load::<Metadata>().map(Metadata::name);
        let is_called = |action: &str| action.split_once(':').map(|(_, operation)| operation) == name;
        if let Some(action) = OPERATIONS.iter().map(|operation| operation.action).find(|action| is_called(action)) {
            let is_global = GLOBAL_SERVICES.iter().any(|service| action.starts_with(service));
            let region = config.load::<Region>().map(AsRef::as_ref).filter(|_| !is_global);
            self.0(Call { action, region, moment });
        }
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Watcher")
    }
}

#[dyn_dispatch_hint]
impl Intercept for Watcher {
    fn name(&self) -> &'static str {
        "Watcher"
    }

    /// Before it, the operation is not known.
    fn read_before_serialization(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.tell(config, CallMoment::Begins);
        Ok(())
    }

    fn read_after_execution(
        &self,
        _: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.tell(config, CallMoment::Ends);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{CallMoment, OPERATIONS};
    use crate::aws::loopback::{Loopback, iam_answer, iam_error};

    #[tokio::test]
    async fn calls_are_told_when_they_begin_and_when_they_end() {
        let loopback = Loopback::start(|_, number| match number {
            0 => iam_answer(
                "GetCallerIdentity",
                "<Arn>arn:aws:iam::111122223333:user/ada</Arn><Account>111122223333</Account>",
            ),
            _ => iam_error(403, "AccessDenied", "no"),
        })
        .await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let aws = loopback.aws.clone().watched(move |call| {
            heard.lock().unwrap().push((call.action, call.region.map(str::to_owned), call.moment));
        });
        aws.caller().await.unwrap();
        aws.iam().get_account_summary().send().await.unwrap_err();
        aws.event_bridge(&"eu-west-1".parse().unwrap()).list_rules().send().await.unwrap_err();
        let expected: Vec<_> =
            [("sts:GetCallerIdentity", None), ("iam:GetAccountSummary", None), ("events:ListRules", Some("eu-west-1"))]
                .into_iter()
                .flat_map(|(action, region)| {
                    [CallMoment::Begins, CallMoment::Ends].map(|moment| (action, region.map(str::to_owned), moment))
                })
                .collect();
        assert_eq!(*told.lock().unwrap(), expected);
    }

    #[test]
    fn the_name_of_an_operation_is_enough_to_find_its_action() {
        let name = |action: &'static str| action.split_once(':').unwrap().1;
        let names: std::collections::BTreeSet<_> = OPERATIONS.iter().map(|operation| name(operation.action)).collect();
        assert_eq!(names.len(), OPERATIONS.len());
    }
}
