//! A connection to an account of AWS.

use std::borrow::Cow;
use std::collections::BTreeSet;

use async_trait::async_trait;
use rules_aws::{
    AccountError, Aws, AwsConfigSink, CallFailure, ConnectionOptions, EvaluationSink, FactSource, LiveDryRun,
    LiveFacts, Snapshot,
};
use rules_core::Region;
use rules_core::config::{ConfigurationItem, ConfigurationItemSummary};
use rules_core::facts::{FactKind, Facts};
use rules_core::{AccountId, MissingFact, Timestamp};

use crate::args::LiveArgs;
use crate::error::CliError;
use crate::output::diagnostics;
use crate::output::progress::Progress;

/// The account of the credentials that the options lead to.
pub(in crate::commands) struct Connection<'a> {
    aws: Aws,
    args: &'a LiveArgs,
    progress: Progress,
}

impl<'a> Connection<'a> {
    /// Sets up the connection that the options ask for.
    pub(in crate::commands) async fn open(args: &'a LiveArgs) -> Result<Self, CliError> {
        let options = ConnectionOptions {
            profile: args.profile.clone(),
            region: args.region.clone(),
            role_arn: args.role_arn.clone(),
            endpoint_url: args.endpoint_url.clone(),
        };
        let progress = Progress::default();
        let heard = progress.clone();
        let aws = Aws::connect(&options).await?.watched(move |call| heard.hear(call));
        let identity = aws.identity().await;
        progress.clear();
        let identity = identity.inspect_err(|error| diagnostics::note(&next_step(error.failure, aws.sign_in())))?;
        diagnostics::note(&format_args!("running as {identity}"));
        Ok(Self { aws, args, progress })
    }

    /// The Region of the calls that have one.
    pub(in crate::commands) fn region(&self) -> Option<Region> {
        self.aws.region().ok()
    }

    /// The account's facts.
    pub(in crate::commands) fn facts(&self) -> Box<dyn FactSource> {
        Box::new(ShownFacts { facts: self.live_facts(), progress: self.progress.clone() })
    }

    /// Takes evaluations to AWS Config, or only looks up what AWS Config shows.
    pub(in crate::commands) fn sink(&self, submit: bool) -> Box<dyn EvaluationSink> {
        match submit {
            true => Box::new(AwsConfigSink::new(self.aws.clone())),
            false => Box::new(LiveDryRun::new(self.aws.clone())),
        }
    }

    /// Everything that can be read of the account.
    pub(in crate::commands) async fn collect(&self) -> Result<Snapshot, CliError> {
        let collected = rules_aws::collect(&self.live_facts(), &FactKind::ALL.into()).await;
        self.progress.end();
        Ok(collected?)
    }

    fn live_facts(&self) -> LiveFacts {
        LiveFacts::new(self.aws.clone()).also_in(self.args.also_region.clone())
    }
}

impl Drop for Connection<'_> {
    fn drop(&mut self) {
        self.progress.clear();
    }
}

/// Facts of a live account, with a line that shows how they are read.
struct ShownFacts {
    facts: LiveFacts,
    progress: Progress,
}

#[async_trait]
impl FactSource for ShownFacts {
    async fn account(&self) -> Result<AccountId, MissingFact> {
        self.facts.account().await
    }

    async fn check_account(&self, account: &AccountId) -> Result<(), AccountError> {
        self.facts.check_account(account).await
    }

    async fn facts(&self, account: &AccountId, kinds: &BTreeSet<FactKind>, as_of: Timestamp) -> Facts {
        let facts = self.facts.facts(account, kinds, as_of).await;
        self.progress.end();
        facts
    }

    async fn configuration_item(&self, summary: &ConfigurationItemSummary) -> Result<ConfigurationItem, MissingFact> {
        self.facts.configuration_item(summary).await
    }

    fn collected_at(&self) -> Option<Timestamp> {
        self.facts.collected_at()
    }
}

/// What to do about a connection that does not work.
fn next_step(failure: CallFailure, sign_in: Option<&str>) -> Cow<'static, str> {
    let step = match (failure, sign_in) {
        (CallFailure::Credentials, Some(command)) => {
            return format!("the session of the profile is missing or has expired: sign in with `{command}`").into();
        }
        (CallFailure::Credentials, None) => {
            "no valid credentials were found: sign in (aws login, aws sso login), name a profile with --profile, or set \
             AWS_ACCESS_KEY_ID; to evaluate files, use --input or --sample"
        }
        (CallFailure::Denied, _) => "these credentials were refused: check the profile, and the role of --role-arn",
        (CallFailure::Throttled, _) => "AWS throttles the calls: wait a minute and run the command again",
        (CallFailure::Unreachable | CallFailure::OutOfTime, _) => {
            "AWS cannot be reached: check the network, the proxy (HTTPS_PROXY), --region and --endpoint-url"
        }
        _ => "to evaluate files instead of a live account, use --input or --sample",
    };
    step.into()
}
