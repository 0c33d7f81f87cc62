//! `diff`: the changes in an account, by the meaning of its policies.

mod administrators;
mod grants;
pub(super) mod verdicts;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use rules_aws::FileFacts;
use rules_core::facts::{FactKind, Facts};

use super::account;
use super::connection::block_on;
use crate::args::{AccountArgs, DiffArgs, FailOnChange, Format};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::changes::{self, Change, Direction};
use crate::output::table::Look;
use crate::output::{self, json, ndjson};

pub(super) fn run(args: &DiffArgs) -> Result<Exit, CliError> {
    let (old, new) = block_on(async { Ok((Side::read(&args.old).await?, Side::read(&args.new).await?)) })?;
    let found = AccountChanges::between(&old, &new)?;
    output::to(None, |out| match args.format {
        Format::Table => changes::write(out, Look::of_stdout(), &found.changes),
        Format::Json => json::write_array(out, &found.changes),
        Format::Ndjson => ndjson::write_lines(out, &found.changes),
    })?;
    let is_worse = found.changes.iter().any(|change| change.direction == Direction::Worse);
    let fails = args.fail_on == Some(FailOnChange::Worse) && is_worse;
    let read = if found.unread == 0 { Exit::Clean } else { Exit::Incomplete };
    Ok(read.and(if fails { Exit::BelowBar } else { Exit::Clean }))
}

/// The account at one time.
pub(super) struct Side<'a> {
    pub(super) facts: Cow<'a, Facts>,
    /// What there is a file for.
    pub(super) held: BTreeSet<FactKind>,
}

impl Side<'_> {
    pub(super) async fn read(path: &Path) -> Result<Self, CliError> {
        let inputs = [path.to_owned()];
        let source = FileFacts::open(&inputs, None)?;
        let held = source.kinds();
        let facts = account::read(&source, &AccountArgs::default(), &held).await?;
        Ok(Self { facts: Cow::Owned(facts), held })
    }
}

/// What was found.
#[derive(Default)]
pub(super) struct AccountChanges {
    pub(super) changes: Vec<Change>,
    /// How much could not be compared.
    pub(super) unread: usize,
}

impl AccountChanges {
    /// What changed, the worst first; what is equally good stays in the order in which it was found.
    pub(super) fn between(old: &Side<'_>, new: &Side<'_>) -> Result<Self, CliError> {
        if old.facts.account != new.facts.account {
            let (old, new) = (&old.facts.account, &new.facts.account);
            return Err(CliError::Usage(format!("OLD is account {old}, and NEW is account {new}")));
        }
        let mut found = Self::default();
        found.compare(old, new)?;
        found.changes.sort_by_key(|change| change.direction);
        Ok(found)
    }

    fn compare(&mut self, old: &Side<'_>, new: &Side<'_>) -> Result<(), CliError> {
        for side in [old, new] {
            self.unread += side.facts.not_read(&side.held).len();
        }
        let kinds: BTreeSet<FactKind> = old.held.intersection(&new.held).copied().collect();
        if kinds.is_empty() {
            return Err(CliError::Usage("OLD and NEW contain nothing to compare".to_owned()));
        }
        if kinds.contains(&FactKind::AuthorizationDetails) {
            let (before, after) = (old.facts.authorization_details.get()?, new.facts.authorization_details.get()?);
            self.compare_administrators(&old.facts, &new.facts, before, after)?;
            self.compare_grants(&old.facts, &new.facts, before, after);
        }
        self.compare_verdicts(&old.facts, &new.facts, &kinds)
    }
}
