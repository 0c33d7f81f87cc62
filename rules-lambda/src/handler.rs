//! One invocation.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use rules_aws::{Aws, AwsConfigSink, ConnectError, ConnectionOptions, HandleError, Handled, Invocation, LiveFacts};
use rules_core::config::ComplianceType;
use rules_core::{AccountId, InvalidAccountId};
use serde_json::value::RawValue;

use crate::time_limits::TimeLimits;

/// The accounts whose events are answered, separated by commas. Not set: every account that the credentials fit.
const ALLOWED_ACCOUNTS: &str = "RULES_ALLOWED_ACCOUNTS";

/// What outlives an invocation: the connection and the configuration. Nothing of what was read does.
pub(crate) struct Function {
    aws: Aws,
    allowed_accounts: Option<BTreeSet<AccountId>>,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("{ALLOWED_ACCOUNTS}: {0}")]
    AllowedAccounts(#[from] InvalidAccountId),
}

/// Why an invocation failed. AWS Config invokes asynchronously, so that only a failed invocation is ever heard of.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: &'static str,
    message: String,
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.kind.to_owned(), error_message: failure.message }
    }
}

impl From<HandleError> for Failure {
    fn from(error: HandleError) -> Self {
        Self { kind: error.kind(), message: error.to_string() }
    }
}

impl Function {
    pub(crate) async fn start() -> Result<Self, StartError> {
        let allowed_accounts = allowed_accounts(&std::env::var(ALLOWED_ACCOUNTS).unwrap_or_default())?;
        let aws = Aws::connect(&ConnectionOptions::default()).await?;
        aws.warm_up();
        Ok(Self { aws, allowed_accounts })
    }

    /// The payload is taken as it is, so that a bad one fails one invocation and with a message that says where.
    pub(crate) async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> Result<(), Failure> {
        let result = self.run(event.payload.get().as_bytes(), &event.context).await;
        if let Err(failure) = &result {
            tracing::error!(kind = failure.kind, error = failure.message, "invocation failed");
        }
        result
    }

    async fn run(&self, payload: &[u8], context: &Context) -> Result<(), Failure> {
        let invocation = Invocation::parse(payload)?;
        self.check_allowed(invocation.account())?;
        let mut source = LiveFacts::new(self.aws.clone());
        let mut sink = AwsConfigSink::new(self.aws.clone());
        if let Some(limits) = time_limits(context) {
            source = source.until(limits.read_until);
            sink = sink.until(limits.deliver_until);
        }
        let result = invocation.run(&source, &sink).await;
        let handled = match &result {
            Ok(handled) => Some(handled),
            Err(error) => error.handled(),
        };
        if let Some(handled) = handled {
            log_counts(handled);
        }
        result?;
        Ok(())
    }

    fn check_allowed(&self, account: &AccountId) -> Result<(), Failure> {
        match &self.allowed_accounts {
            Some(allowed) if !allowed.contains(account) => Err(Failure {
                kind: "WrongAccount",
                message: format!("the event is of account {account}, which is not in {ALLOWED_ACCOUNTS}"),
            }),
            _ => Ok(()),
        }
    }
}

fn allowed_accounts(list: &str) -> Result<Option<BTreeSet<AccountId>>, InvalidAccountId> {
    if list.trim().is_empty() {
        return Ok(None);
    }
    list.split(',').map(|account| account.trim().parse()).collect::<Result<_, _>>().map(Some)
}

/// None when the runtime does not say when it will end the invocation.
fn time_limits(context: &Context) -> Option<TimeLimits> {
    let deadline = (context.deadline > 0).then(|| UNIX_EPOCH + Duration::from_millis(context.deadline))?;
    let remaining = deadline.duration_since(SystemTime::now()).unwrap_or_default();
    Some(TimeLimits::new(Instant::now(), remaining))
}

fn log_counts(handled: &Handled) {
    let count = |kind| handled.evaluations().filter(|evaluation| evaluation.compliance_type == kind).count();
    tracing::info!(
        rule = handled.rule,
        account = handled.account.as_str(),
        compliant = count(ComplianceType::Compliant),
        non_compliant = count(ComplianceType::NonCompliant),
        not_applicable = count(ComplianceType::NotApplicable),
        not_evaluated = handled.not_evaluated().count(),
        unread = handled.unread.len(),
        "judged"
    );
    for missing in handled.not_evaluated().chain(&handled.unread).take(20) {
        tracing::warn!(rule = handled.rule, account = handled.account.as_str(), %missing, "not known");
    }
}

#[cfg(test)]
mod tests {
    use super::allowed_accounts;

    #[test]
    fn a_list_of_accounts_is_read_strictly() {
        assert_eq!(allowed_accounts(" ").unwrap(), None);
        assert_eq!(allowed_accounts("111122223333, 444455556666").unwrap().unwrap().len(), 2);
        for list in ["1111-2222-3333", "111122223333,", ",", "all"] {
            assert!(allowed_accounts(list).is_err(), "{list}");
        }
    }
}
