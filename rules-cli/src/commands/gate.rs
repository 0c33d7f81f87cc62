//! `--baseline` and `--write-baseline`.

use rules_core::Timestamp;

use crate::args::GateArgs;
use crate::baseline::{Baseline, Entry};
use crate::error::CliError;
use crate::output::diagnostics;

/// How many entries that are gone are named.
const NAMED: usize = 20;

/// What a baseline says of findings.
pub(super) struct Known {
    /// The moment as of which the baseline was written, where it names one.
    pub(super) as_of: Option<Timestamp>,
    /// Of each finding, whether it is known.
    pub(super) each: Vec<bool>,
    /// What is in the baseline and is not found any more; none where only one is written.
    pub(super) gone: Option<Vec<Entry>>,
}

/// What the baseline says of the findings, if one is asked for. A baseline that is written knows all of them, and names the
/// moment as of which they were found.
pub(super) fn known(args: &GateArgs, findings: &[Entry], as_of: Option<Timestamp>) -> Result<Option<Known>, CliError> {
    let known = args.baseline.as_deref().map(Baseline::read).transpose()?.map(|baseline| {
        let compared = baseline.compare(findings);
        name_gone(&compared.gone);
        Known { as_of: baseline.as_of, each: compared.known, gone: Some(compared.gone) }
    });
    let Some(path) = &args.write_baseline else { return Ok(known) };
    Baseline::new(findings.iter().cloned(), as_of).write(path)?;
    let each = vec![true; findings.len()];
    let before = known.as_ref().and_then(|known| known.as_of);
    Ok(Some(Known { as_of: before, each, gone: known.and_then(|known| known.gone) }))
}

fn name_gone(gone: &[Entry]) {
    for entry in gone.iter().take(NAMED) {
        diagnostics::note(&format!("no longer found, but in the baseline: {} of {}", entry.code, entry.resource));
    }
    if let Some(more @ 1..) = gone.len().checked_sub(NAMED) {
        diagnostics::note(&format!("no longer found, but in the baseline: {more} more"));
    }
    if !gone.is_empty() {
        diagnostics::note(&"--write-baseline writes a baseline without these");
    }
}
