//! A connection to an account of AWS.

use rules_aws::{
    Aws, AwsConfigSink, CallFailure, ConnectionOptions, EvaluationSink, FactSource, LiveDryRun, LiveFacts, Snapshot,
};
use rules_core::audit::Region;
use rules_core::facts::FactKind;

use crate::args::LiveArgs;
use crate::error::CliError;
use crate::output::diagnostics;

/// The account of the credentials that the options lead to.
pub(in crate::commands) struct Connection<'a> {
    aws: Aws,
    args: &'a LiveArgs,
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
        let aws = Aws::connect(&options).await?;
        let identity = aws.identity().await.inspect_err(|error| diagnostics::note(&next_step(error.failure)))?;
        diagnostics::note(&format_args!("running as {identity}"));
        Ok(Self { aws, args })
    }

    /// The Region of the calls that have one.
    pub(in crate::commands) fn region(&self) -> Option<Region> {
        self.aws.region().ok()
    }

    /// The account's facts.
    pub(in crate::commands) fn facts(&self) -> Box<dyn FactSource> {
        Box::new(self.live_facts())
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
        Ok(rules_aws::collect(&self.live_facts(), &FactKind::ALL.into()).await?)
    }

    fn live_facts(&self) -> LiveFacts {
        LiveFacts::new(self.aws.clone()).also_in(self.args.also_region.clone())
    }
}

/// What to do about a connection that does not work.
fn next_step(failure: CallFailure) -> &'static str {
    match failure {
        CallFailure::Credentials => {
            "no valid credentials were found: sign in (aws login, aws sso login), name a profile with --profile, or set \
             AWS_ACCESS_KEY_ID; to evaluate files, use --input or --sample"
        }
        CallFailure::Denied => "these credentials were refused: check the profile, and the role of --role-arn",
        CallFailure::Throttled => "AWS throttles the calls: wait a minute and run the command again",
        CallFailure::Unreachable | CallFailure::OutOfTime => {
            "AWS cannot be reached: check the network, the proxy (HTTPS_PROXY), --region and --endpoint-url"
        }
        _ => "to evaluate files instead of a live account, use --input or --sample",
    }
}
