//! Accepted low scores: `--exceptions`, and files beside the policies.
//!
//! A file `NAME.exceptions.toml` beside `NAME.json` has the exceptions for this policy only.

use std::path::{Path, PathBuf};

use rules_core::Timestamp;
use rules_core::config::{EvaluatedResource, Finding, FindingCode, Outcome, Verdict};
use rules_core::exceptions::{AccountExceptions, AppliedExceptions, Exception, Unaddressed};

use crate::commands::exceptions;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::diagnostics;
use crate::output::scored::{PolicyScore, ScoreReport, Standing};

/// The rule that such exceptions are from.
const RULE: &str = "policy-least-privilege";
/// What the names of files beside policies end in.
pub(super) const SUFFIX: &str = ".exceptions.toml";

/// Accepts what the exceptions hold for. An exception that is refused leaves the run incomplete.
pub(super) fn accept(path: Option<&Path>, report: &mut ScoreReport) -> Result<Exit, CliError> {
    let now = rules_aws::now();
    let account = report.account.clone();
    let read = |path: Option<&Path>| -> Result<AccountExceptions, CliError> {
        let exceptions = exceptions::read(path)?;
        Ok(match &account {
            Some(account) => exceptions.of_account(account, Unaddressed::OwnAccount, now),
            None => exceptions.of_documents(now),
        })
    };
    let exceptions = read(path)?;
    let mut exit = name_refused(&exceptions);
    let mut applied = AppliedExceptions::default();
    let bar = report.bar;
    for policy in &mut report.policies {
        if bar.standing(policy) != Standing::Fails {
            continue;
        }
        policy.exception = accepted(&exceptions, policy, now, &mut applied);
        let own = beside(policy).filter(|path| policy.exception.is_none() && path.is_file());
        if let Some(path) = own {
            let own = read(Some(&path))?;
            exit = exit.and(name_refused(&own));
            let mut applied = AppliedExceptions::default();
            policy.exception = accepted(&own, policy, now, &mut applied);
            note(&own, &applied);
        }
    }
    note(&exceptions, &applied);
    Ok(exit)
}

/// Names the exceptions that are refused.
fn name_refused(exceptions: &AccountExceptions) -> Exit {
    exceptions.refused(&[RULE]).fold(Exit::Clean, |_, refused| {
        diagnostics::refused(refused);
        Exit::Incomplete
    })
}

/// The exception that applies to a policy, by its name or its file.
fn accepted(
    exceptions: &AccountExceptions,
    policy: &PolicyScore,
    now: Timestamp,
    applied: &mut AppliedExceptions,
) -> Option<Exception> {
    let resource = EvaluatedResource {
        resource_type: "policy".to_owned(),
        id: policy.policy.clone(),
        name: policy.file.clone(),
        arn: None,
    };
    let finding = Finding::new(FindingCode::ScoreBelowMinimum, "the score is below the minimum");
    let mut verdicts = [Verdict::new(resource, Ok(Outcome::finding(finding)), now)];
    exceptions.apply(RULE, &mut verdicts, applied);
    let [verdict] = verdicts;
    match verdict {
        Verdict::Evaluated(evaluation) => evaluation.exception,
        Verdict::NotEvaluated(_) => None,
    }
}

fn note(exceptions: &AccountExceptions, applied: &AppliedExceptions) {
    for exception in exceptions.expired(applied) {
        diagnostics::note(&exception.expired_in_words());
    }
    for exception in exceptions.unmatched(applied) {
        diagnostics::note(&exception.unmatched_in_words());
    }
}

/// Where the exceptions of a policy alone would be.
fn beside(policy: &PolicyScore) -> Option<PathBuf> {
    let file = Path::new(policy.file.as_deref()?);
    let stem = file.file_stem()?.to_str()?;
    Some(file.with_file_name(format!("{stem}{SUFFIX}")))
}
