//! The accounts whose events are evaluated, and the connection for each.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use rules_core::Region;
use rules_core::exceptions::Unaddressed;
use rules_core::{AccountId, MissingFact};
use tokio::time::Instant;

use crate::aws::clients::{Aws, before};
use crate::aws::member_role::{Assumed, MemberRole};
use crate::aws::operation::ASSUME_ROLE;
use crate::call_error::CallError;
use crate::delivery::put_evaluations::AwsConfigSink;
use crate::facts::live::LiveFacts;
use crate::invocation::exceptions_source::{ExceptionsSource, KeptExceptions};
use crate::invocation::handle_event::{HandleError, Handled, Invocation};
use crate::invocation::time_limits::TimeLimits;

/// How many assumed connections are kept. Each is one rule in one account.
const KEPT: usize = 128;

/// How much longer than the invocation credentials have to last to be used again.
const MARGIN: Duration = Duration::from_secs(30);

/// How long an invocation without a limit is expected to take.
const WITHOUT_A_LIMIT: Duration = Duration::from_secs(300);

/// Evaluates events with the credentials of the function, or with those of a role in the account of the event.
///
/// Only this type selects the credentials for an event. A connection belongs to one account and is never used for
/// another one.
#[derive(Debug)]
pub struct Accounts {
    own: Aws,
    allowed: Option<BTreeSet<AccountId>>,
    member_role: Option<MemberRole>,
    exceptions: Option<KeptExceptions>,
    further_regions: Vec<Region>,
    assumed: Mutex<BTreeMap<(AccountId, &'static str), Assumed>>,
}

impl Accounts {
    /// Evaluates the account of this connection.
    #[must_use]
    pub fn new(own: Aws) -> Self {
        Self {
            own,
            allowed: None,
            member_role: None,
            exceptions: None,
            further_regions: Vec::new(),
            assumed: Mutex::default(),
        }
    }

    /// Evaluates only these accounts.
    #[must_use]
    pub fn only(mut self, allowed: BTreeSet<AccountId>) -> Self {
        self.allowed = Some(allowed);
        self
    }

    /// Also evaluates other accounts, with a role in each.
    #[must_use]
    pub fn with_member_role(mut self, role: MemberRole) -> Self {
        self.member_role = Some(role);
        self
    }

    /// Applies the exceptions from this source.
    #[must_use]
    pub fn with_exceptions(mut self, source: ExceptionsSource) -> Self {
        self.exceptions = Some(KeptExceptions::new(source));
        self
    }

    /// Also reads the facts of these Regions, in addition to the Region of the connection.
    #[must_use]
    pub fn also_in(mut self, regions: Vec<Region>) -> Self {
        self.further_regions = regions;
        self
    }

    /// Evaluates the event and delivers the verdicts, with credentials of the account of the event.
    ///
    /// # Errors
    /// If the account is not allowed, if there are no credentials for it, and as [`Invocation::run`].
    pub async fn answer(&self, invocation: Invocation, limits: Option<TimeLimits>) -> Result<Handled, HandleError> {
        if self.allowed.as_ref().is_some_and(|allowed| !allowed.contains(invocation.account())) {
            return Err(HandleError::NotAllowed(invocation.account().clone()));
        }
        let invocation = match &self.exceptions {
            None => invocation,
            Some(exceptions) => {
                let read = before(limits.map(|limits| limits.read_until), exceptions.read(&self.own)).await;
                let out_of_time = || MissingFact::new("exceptions", "the time limit for reading was reached");
                let read = read.unwrap_or_else(|| Err(out_of_time()));
                // With a role in other accounts, one file serves all of them.
                let unaddressed =
                    if self.member_role.is_some() { Unaddressed::Refused } else { Unaddressed::OwnAccount };
                invocation.with_exceptions(&read.map_err(HandleError::Exceptions)?, unaddressed)
            }
        };
        let aws = self.connection(invocation.account(), invocation.rule(), limits).await?;
        let mut source = LiveFacts::new(aws.clone()).also_in(self.further_regions.clone());
        let mut sink = AwsConfigSink::new(aws);
        let mut invocation = invocation;
        if let Some(limits) = limits {
            source = source.until(limits.read_until);
            invocation = invocation.until(move || (Instant::now() >= limits.judge_until).then(too_late));
            sink = sink.until(limits.deliver_until);
        }
        invocation.run(&source, &sink).await
    }

    /// Without a member role there is only one choice. What is read is checked to be of the event's account when it is
    /// read, and AWS Config takes a result token from no other account.
    async fn connection(
        &self,
        account: &AccountId,
        rule: &'static str,
        limits: Option<TimeLimits>,
    ) -> Result<Aws, HandleError> {
        let Some(role) = &self.member_role else { return Ok(self.own.clone()) };
        let deadline = limits.map(|limits| limits.read_until);
        let caller = before(deadline, self.own.caller()).await;
        let caller = caller.unwrap_or_else(|| Err(CallError::out_of_time(ASSUME_ROLE)));
        let caller = caller.map_err(HandleError::Connection)?;
        if caller.account_id().as_ref() == Some(account) {
            return Ok(self.own.clone());
        }
        let left = |limits: TimeLimits| limits.deliver_until.saturating_duration_since(Instant::now());
        let needed = SystemTime::now() + limits.map_or(WITHOUT_A_LIMIT, left) + MARGIN;
        let key = (account.clone(), rule);
        if let Some(assumed) = self.kept().get(&key).filter(|assumed| assumed.expires >= needed) {
            return Ok(assumed.aws.clone());
        }
        let assume = role.assume(&self.own, caller.partition(), account, rule);
        let assumed = before(deadline, assume).await.unwrap_or_else(|| Err(CallError::out_of_time(ASSUME_ROLE)));
        let assumed = assumed.map_err(|error| {
            // Whose the own credentials are may be what was wrong.
            self.own.forget_caller();
            HandleError::Connection(error)
        })?;
        let aws = assumed.aws.clone();
        self.keep(key, assumed);
        Ok(aws)
    }

    fn keep(&self, key: (AccountId, &'static str), assumed: Assumed) {
        let mut kept = self.kept();
        kept.insert(key, assumed);
        if kept.len() > KEPT {
            let next = kept.iter().min_by_key(|(_, assumed)| assumed.expires).map(|(key, _)| key.clone());
            next.and_then(|key| kept.remove(&key));
        }
    }

    fn kept(&self) -> MutexGuard<'_, BTreeMap<(AccountId, &'static str), Assumed>> {
        self.assumed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn too_late() -> MissingFact {
    MissingFact::new("verdict", "the time for the evaluation ran out")
}
