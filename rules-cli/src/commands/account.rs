//! The facts of the account that a command reads.

use std::collections::BTreeSet;

use rules_aws::FactSource;
use rules_core::facts::{FactKind, Facts};
use rules_core::{MissingFact, Timestamp};

use super::connection::{Connection, block_on};
use super::{files, limits};
use crate::args::AccountArgs;
use crate::error::CliError;
use crate::output::diagnostics;
use crate::sample;

/// The facts of these kinds, of the sample, files or the live account.
pub(super) fn facts(args: &AccountArgs, kinds: &BTreeSet<FactKind>) -> Result<Facts, CliError> {
    block_on(async {
        if args.sample {
            return read(&sample::facts(None), args, kinds).await;
        }
        if args.input.is_empty() {
            let connection = Connection::open(&args.live).await?;
            return read(connection.facts().as_ref(), args, kinds).await;
        }
        read(&files::open(&args.input, None)?, args, kinds).await
    })
}

/// The facts of these kinds from one source.
pub(super) async fn read(
    source: &dyn FactSource,
    args: &AccountArgs,
    kinds: &BTreeSet<FactKind>,
) -> Result<Facts, CliError> {
    let organization = limits::read_organization(&args.organization)?;
    let account = source.account().await?;
    source.check_account(&account).await.map_err(MissingFact::from)?;
    let as_of = moment(source, args.as_of);
    let facts =
        Facts { as_of_is_given: args.as_of.is_some(), organization, ..source.facts(&account, kinds, as_of).await };
    facts.not_read(kinds).iter().for_each(|missing| diagnostics::not_read(missing));
    Ok(facts)
}

/// The moment to judge at: the one that was given, else the latest that the input proves, else now.
pub(super) fn moment(source: &dyn FactSource, given: Option<Timestamp>) -> Timestamp {
    given.or_else(|| source.latest_moment()).unwrap_or_else(rules_aws::now)
}
