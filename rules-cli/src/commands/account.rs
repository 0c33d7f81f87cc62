//! The facts of the account that a command is about.

use std::collections::BTreeSet;

use rules_aws::{FactSource, FileFacts};
use rules_core::MissingFact;
use rules_core::facts::{FactKind, Facts};

use super::connection::{Connection, block_on};
use super::limits;
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
        read(&FileFacts::open(&args.input, None)?, args, kinds).await
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
    let as_of = args.as_of.or_else(|| source.collected_at()).unwrap_or_else(rules_aws::now);
    let facts = Facts { organization, ..source.facts(&account, kinds, as_of).await };
    facts.not_read(kinds).iter().for_each(|missing| diagnostics::not_read(missing));
    Ok(facts)
}
