//! `fix`: policy changes that close all paths to an administrator.

use rules_core::Arn;
use rules_core::cut::Cut;
use rules_core::facts::FactKind;

use super::{account, paths};
use crate::args::{FixArgs, FixFormat};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, diagnostics, fix, ndjson};

pub(super) fn run(args: &FixArgs) -> Result<Exit, CliError> {
    let facts = account::facts(&args.account, &[FactKind::AuthorizationDetails, FactKind::CredentialReport].into())?;
    let principals = paths::principals(&facts)?;
    let from = args.from.iter().map(|name| paths::find(&principals, name).cloned());
    let from: Vec<Arn> = from.collect::<Result<_, _>>()?;
    let cut = Cut::of(&facts, &from, &|| None)?;
    for missing in &cut.unread {
        diagnostics::not_read(missing);
    }
    output::to(None, |out| match args.format {
        FixFormat::Diff => fix::write(out, &cut),
        FixFormat::Json => ndjson::write_lines(out, [fix::FixRecord::new(&cut)]),
    })?;
    let exit = if cut.left.is_empty() { Exit::Clean } else { Exit::BelowBar };
    Ok(exit.and(if cut.unread.is_empty() { Exit::Clean } else { Exit::Incomplete }))
}
