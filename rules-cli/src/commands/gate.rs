//! What is known already: `--baseline` and `--write-baseline`.

use crate::args::GateArgs;
use crate::baseline::{Baseline, Entry};
use crate::error::CliError;
use crate::output::diagnostics;

/// How many entries that are gone are named.
const NAMED: usize = 20;

/// Whether each of the findings is known, if a baseline is asked for. A baseline that is written knows all of them.
pub(super) fn known(args: &GateArgs, findings: &[Entry]) -> Result<Option<Vec<bool>>, CliError> {
    let compared = args.baseline.as_deref().map(Baseline::read).transpose()?.map(|baseline| baseline.compare(findings));
    if let Some(compared) = &compared {
        name_gone(&compared.gone);
    }
    if let Some(path) = &args.write_baseline {
        Baseline::new(findings.iter().cloned()).write(path)?;
        return Ok(Some(vec![true; findings.len()]));
    }
    Ok(compared.map(|compared| compared.known))
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
