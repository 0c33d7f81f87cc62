//! The comparison of an account with an older snapshot.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::Path;

use rules_core::facts::{FactKind, Facts};

use crate::commands::diff::{AccountChanges, Side};
use crate::error::CliError;
use crate::output::AccountReport;
use crate::output::context::{ComparedWith, Comparison};

/// Adds what changed since `earlier`, judged under the same policies of the organization.
pub(super) async fn compare(
    earlier: &Path,
    facts: &Facts,
    held: &BTreeSet<FactKind>,
    report: &mut AccountReport,
) -> Result<(), CliError> {
    let mut old = Side::read(earlier).await?;
    old.facts.to_mut().organization.clone_from(&facts.organization);
    let moment = old.facts.as_of;
    let new = Side { facts: Cow::Borrowed(facts), held: held.clone() };
    let found = AccountChanges::between(&old, &new)?;
    let changes = found.changes.into_iter().map(|change| (change.direction, change.message)).collect();
    report.context.comparison = Some(Comparison { with: ComparedWith::Earlier(moment), changes, unread: found.unread });
    Ok(())
}
