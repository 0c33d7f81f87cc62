//! One invocation.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use rules_aws::{
    Accounts, Aws, HandleError, Handled, InvalidExceptionsSource, InvalidMemberRole, Invocation, MemberRole, TimeLimits,
};
use rules_core::{AccountId, InvalidAccountId};
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::metrics::{Counts, Invoked};

/// The accounts whose events are answered, separated by commas. Not set: every account that the credentials fit.
const ALLOWED_ACCOUNTS: &str = "RULES_ALLOWED_ACCOUNTS";

/// The role with which events of other accounts are answered, by its name with its path. Not set: they are not.
const ASSUME_ROLE_NAME: &str = "RULES_ASSUME_ROLE_NAME";

/// What the roles of other accounts want to be told.
const EXTERNAL_ID: &str = "RULES_EXTERNAL_ID";

/// Where the file of exceptions is. Not set: there are none.
const EXCEPTIONS: &str = "RULES_EXCEPTIONS";

/// What outlives an invocation: connections and the configuration. Nothing of what was read does.
pub(crate) struct Function {
    accounts: Accounts,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("{ALLOWED_ACCOUNTS}: {0}")]
    AllowedAccounts(#[from] InvalidAccountId),
    #[error("{ASSUME_ROLE_NAME}, {EXTERNAL_ID}: {0}")]
    MemberRole(#[from] InvalidMemberRole),
    #[error("{EXCEPTIONS}: {0}")]
    Exceptions(#[from] InvalidExceptionsSource),
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

impl From<&HandleError> for Failure {
    fn from(error: &HandleError) -> Self {
        Self { kind: error.kind(), message: error.to_string() }
    }
}

impl Function {
    pub(crate) fn start() -> Result<Self, StartError> {
        let aws = Aws::from_environment();
        aws.warm_up();
        let mut accounts = Accounts::new(aws);
        if let Some(allowed) = allowed_accounts(&variable(ALLOWED_ACCOUNTS).unwrap_or_default())? {
            accounts = accounts.only(allowed);
        }
        if let Some(name) = variable(ASSUME_ROLE_NAME) {
            accounts = accounts.with_member_role(MemberRole::new(&name, variable(EXTERNAL_ID).as_deref())?);
        }
        if let Some(place) = variable(EXCEPTIONS) {
            accounts = accounts.with_exceptions(place.parse()?);
        }
        Ok(Self { accounts })
    }

    /// The payload is taken as it is, so that a bad one fails one invocation and with a message that says where.
    pub(crate) async fn invoke(&self, event: LambdaEvent<Box<RawValue>>) -> Result<(), Failure> {
        let since = Instant::now();
        let invocation = Invocation::parse(event.payload.get().as_bytes());
        let rule = invocation.as_ref().ok().map(Invocation::rule);
        let result = match invocation {
            Ok(invocation) => self.accounts.answer(invocation, time_limits(&event.context)).await,
            Err(error) => Err(error),
        };
        let handled = match &result {
            Ok(handled) => Some(handled),
            Err(error) => error.handled(),
        };
        let counts = handled.map(Counts::of).unwrap_or_default();
        if let Some(handled) = handled {
            log(handled, &counts);
        }
        Invoked { rule, duration: since.elapsed(), counts, failed: result.is_err() }.write();
        match &result {
            Ok(_) => Ok(()),
            Err(error) => {
                let failure = Failure::from(error);
                tracing::error!(rule, kind = failure.kind, error = failure.message, "invocation failed");
                Err(failure)
            }
        }
    }
}

/// An empty variable is how templates leave one unset.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
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

fn log(handled: &Handled, counts: &Counts) {
    tracing::info!(
        rule = handled.rule.id,
        account = handled.account.as_str(),
        compliant = counts.compliant,
        non_compliant = counts.non_compliant,
        not_applicable = counts.not_applicable,
        not_evaluated = counts.not_evaluated,
        cleared = counts.cleared,
        unread = handled.unread.len(),
        "judged"
    );
    for note in &handled.notes {
        tracing::warn!(rule = handled.rule.id, account = handled.account.as_str(), note, "note");
    }
    for refused in handled.refused.iter().take(20) {
        tracing::warn!(rule = handled.rule.id, account = handled.account.as_str(), %refused, "exception refused");
    }
    for missing in handled.not_evaluated().chain(&handled.unread).take(20) {
        tracing::warn!(rule = handled.rule.id, account = handled.account.as_str(), %missing, "not known");
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
