//! One invocation.

use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use rules_aws::{
    Accounts, Aws, HandleError, Handled, InvalidExceptionsSource, InvalidMemberRole, Invocation, MemberRole, TimeLimits,
};
use rules_core::InvalidAccountId;
use rules_core::InvalidRegion;
use tokio::time::Instant;

use crate::memory::Memory;
use crate::metrics::{Counts, Invoked};
use crate::payload::Payload;

/// The accounts whose events are answered, separated by commas. Not set: every account that the credentials fit.
const ALLOWED_ACCOUNTS: &str = "RULES_ALLOWED_ACCOUNTS";

/// The role with which events of other accounts are answered, by its name with its path. Not set: they are not.
const ASSUME_ROLE_NAME: &str = "RULES_ASSUME_ROLE_NAME";

/// The external id that the roles of other accounts require.
const EXTERNAL_ID: &str = "RULES_EXTERNAL_ID";

/// Where the file of exceptions is. Not set: there are none.
const EXCEPTIONS: &str = "RULES_EXCEPTIONS";

/// The Regions in which trails, recorders and alarms are read besides the function's own, separated by commas. Not set: none.
const REGIONS: &str = "RULES_REGIONS";

/// What outlives an invocation: connections and the configuration. Nothing of what was read does.
pub(crate) struct Function {
    accounts: Accounts,
    /// None where it is not known how much there is.
    memory: Option<Memory>,
}

/// Why the function cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("{ALLOWED_ACCOUNTS}: {0}")]
    AllowedAccounts(#[from] InvalidAccountId),
    #[error("{REGIONS}: {0}")]
    Regions(#[from] InvalidRegion),
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
        if let Some(allowed) = listed(ALLOWED_ACCOUNTS)? {
            accounts = accounts.only(allowed);
        }
        if let Some(regions) = listed(REGIONS)? {
            accounts = accounts.also_in(regions);
        }
        if let Some(name) = variable(ASSUME_ROLE_NAME) {
            accounts = accounts.with_member_role(MemberRole::new(&name, variable(EXTERNAL_ID).as_deref())?);
        }
        if let Some(place) = variable(EXCEPTIONS) {
            accounts = accounts.with_exceptions(place.parse()?);
        }
        let memory = Memory::of_the_function();
        if let Some(memory) = memory {
            memory.watch();
        }
        Ok(Self { accounts, memory })
    }

    fn within_memory(&self, invocation: Invocation) -> Invocation {
        match self.memory {
            Some(memory) => invocation.until(move || memory.nearly_used_up()),
            None => invocation,
        }
    }

    /// The payload is taken as it is, so that a bad one fails one invocation and with a message that says where.
    pub(crate) async fn invoke(&self, event: LambdaEvent<Payload>) -> Result<(), Failure> {
        let since = Instant::now();
        let invocation = Invocation::parse(event.payload.as_bytes());
        let rule = invocation.as_ref().ok().map(Invocation::rule);
        let result = match invocation {
            Ok(invocation) => self.accounts.answer(self.within_memory(invocation), time_limits(&event.context)).await,
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

/// The variable's values, separated by commas; none when it is not set.
fn listed<T: FromStr, C: FromIterator<T>>(name: &str) -> Result<Option<C>, T::Err> {
    variable(name).map(|list| values(&list)).transpose()
}

fn values<T: FromStr, C: FromIterator<T>>(list: &str) -> Result<C, T::Err> {
    list.split(',').map(|value| value.trim().parse()).collect()
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
        "evaluated"
    );
    for note in &handled.notes {
        tracing::warn!(rule = handled.rule.id, account = handled.account.as_str(), note, "note");
    }
    for refused in handled.refused.iter().take(20) {
        tracing::warn!(rule = handled.rule.id, account = handled.account.as_str(), %refused, "exception refused");
    }
    for missing in handled.not_evaluated().chain(&handled.unread).take(20) {
        tracing::warn!(rule = handled.rule.id, account = handled.account.as_str(), %missing, "unknown");
    }
}

#[cfg(test)]
mod tests {
    use rules_core::AccountId;
    use rules_core::Region;

    use super::values;

    #[test]
    fn a_list_is_read_strictly() {
        assert_eq!(values::<AccountId, Vec<_>>("111122223333, 444455556666").unwrap().len(), 2);
        for list in ["1111-2222-3333", "111122223333,", ",", "all"] {
            assert!(values::<AccountId, Vec<_>>(list).is_err(), "{list}");
        }
        assert_eq!(values::<Region, Vec<_>>("eu-west-1,us-east-1").unwrap().len(), 2);
        for list in ["Frankfurt", "eu-west-1;us-east-1", "eu-west-1,", "*"] {
            assert!(values::<Region, Vec<_>>(list).is_err(), "{list}");
        }
    }
}
