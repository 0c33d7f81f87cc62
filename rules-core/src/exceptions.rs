//! Exceptions: findings that are accepted until a date, with the person or team that is responsible.
//!
//! A file of exceptions is TOML. Each one names the rule, the resource by ARN, id or name (`*` and `?` are wildcards), the
//! account, the person or team that is responsible, why, and the last day on which it applies:
//!
//! ```toml
//! max_days = 366
//!
//! [[exception]]
//! rule = "policy-least-privilege"
//! resource = "arn:aws:iam::111122223333:policy/legacy-*"
//! account = "111122223333"
//! owner = "platform team"
//! reason = "replaced by the new pipeline"
//! expires = 2026-12-31
//! ```
//!
//! A resource under an exception is reported as compliant, with its findings, the owner and the last day. An invalid
//! entry, or an entry that is too broad or too long, is refused, and the others apply.

mod accounts;
mod read;

use std::collections::BTreeSet;
use std::fmt;

use accounts::Accounts;
pub use read::InvalidExceptions;

use crate::account::AccountId;
use crate::config::{ComplianceType, Evaluation, Verdict};
pub use crate::config::{Date, Exception};
use crate::rules::{RULES, RuleDefinition};
use crate::text::visible;
use crate::timestamp::Timestamp;

/// For how many days an exception may hold at most, unless the file's header says another number.
const MAX_DAYS: u32 = 366;

/// The exceptions of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceptions {
    max_days: u32,
    entries: Vec<Entry>,
    refused: Vec<RefusedException>,
}

/// An exception and where it is in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    place: String,
    /// None where it names no account.
    accounts: Option<Accounts>,
    exception: Exception,
}

/// The account of an exception that names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unaddressed {
    /// The account that is evaluated: the file is for one account only.
    OwnAccount,
    /// None: the exception is refused, because the file is for several accounts, and a user of each of them can choose a name
    /// that the exception matches.
    Refused,
}

/// The exceptions of one account, at the time of the evaluation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountExceptions {
    exceptions: Vec<Exception>,
    refused: Vec<RefusedException>,
}

/// An entry of the file that does not apply, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedException {
    place: String,
    /// The rule it is about, where it names one that exists.
    rule: Option<String>,
    /// The accounts it is about, where it names any.
    accounts: Option<Accounts>,
    resource: Option<String>,
    reason: String,
}

/// The exceptions that matched a resource, after they were applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedExceptions {
    used: BTreeSet<usize>,
    expired: BTreeSet<usize>,
    rules: BTreeSet<String>,
}

impl Default for Exceptions {
    fn default() -> Self {
        Self { max_days: MAX_DAYS, entries: Vec::new(), refused: Vec::new() }
    }
}

impl Exceptions {
    /// Reads the text of a file. [`AccountExceptions::refused`] lists the refused entries.
    ///
    /// # Errors
    /// If it is not TOML, has an unknown or invalid header, or contains too many entries.
    pub fn parse(text: &str) -> Result<Self, InvalidExceptions> {
        read::read(text, RULES)
    }

    /// Reads the text of a file, for a program with its own rules: exceptions can be from `rules`, and from no others.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_for(text: &str, rules: &[&RuleDefinition]) -> Result<Self, InvalidExceptions> {
        read::read(text, rules)
    }

    /// The exceptions of an account, at this time.
    #[must_use]
    pub fn of_account(&self, account: &AccountId, unaddressed: Unaddressed, at: Timestamp) -> AccountExceptions {
        self.about(|accounts| accounts.include(account), unaddressed, at)
    }

    /// The exceptions for policy documents without an account: those that name no account, and those for any account.
    #[must_use]
    pub fn of_documents(&self, at: Timestamp) -> AccountExceptions {
        self.about(|accounts| matches!(accounts, Accounts::Any), Unaddressed::OwnAccount, at)
    }

    fn about(&self, include: impl Fn(&Accounts) -> bool, unaddressed: Unaddressed, at: Timestamp) -> AccountExceptions {
        let is_about = |accounts: &Option<Accounts>| accounts.as_ref().is_none_or(&include);
        let mut own = AccountExceptions::default();
        own.refused.extend(self.refused.iter().filter(|refused| is_about(&refused.accounts)).cloned());
        for entry in self.entries.iter().filter(|entry| is_about(&entry.accounts)) {
            let reason = match &entry.accounts {
                None if unaddressed == Unaddressed::Refused => Some(
                    "`account` is missing, and the file serves several accounts: an account id, a list of them, or `any`"
                        .to_owned(),
                ),
                _ => entry.exception.expires.is_beyond(at, self.max_days).then(|| {
                    let (expires, days) = (entry.exception.expires, self.max_days);
                    format!("`expires` is {expires}, more than {days} days ahead (`max_days`)")
                }),
            };
            match reason {
                None => own.exceptions.push(entry.exception.clone()),
                Some(reason) => own.refused.push(RefusedException::new(entry, reason)),
            }
        }
        own
    }
}

impl AccountExceptions {
    /// Accepts the findings under an exception that applies at the time of the verdict.
    pub fn apply(&self, rule: &str, verdicts: &mut [Verdict], applied: &mut AppliedExceptions) {
        if self.exceptions.is_empty() {
            return;
        }
        applied.rules.insert(rule.to_owned());
        for verdict in verdicts {
            let Verdict::Evaluated(evaluation) = verdict else { continue };
            if let Some(exception) = self.for_evaluation(rule, evaluation, applied) {
                *evaluation = evaluation.clone().excepted(exception.clone());
            }
        }
    }

    /// The exception that applies to an evaluation; of several, the one with the latest last day. Every exception that
    /// matches is recorded.
    fn for_evaluation(
        &self,
        rule: &str,
        evaluation: &Evaluation,
        applied: &mut AppliedExceptions,
    ) -> Option<&Exception> {
        let mut found: Option<&Exception> = None;
        for (index, exception) in self.exceptions.iter().enumerate() {
            if exception.rule != rule || !exception.matches(&evaluation.resource) {
                continue;
            }
            if exception.expires.end() <= evaluation.ordering_timestamp {
                applied.expired.insert(index);
                continue;
            }
            applied.used.insert(index);
            if found.is_none_or(|found| exception.expires > found.expires) {
                found = Some(exception);
            }
        }
        found.filter(|_| evaluation.compliance_type == ComplianceType::NonCompliant)
    }

    /// Exceptions that matched a resource but have expired.
    pub fn expired<'e>(&'e self, applied: &AppliedExceptions) -> impl Iterator<Item = &'e Exception> {
        applied.expired.clone().into_iter().filter_map(|index| self.exceptions.get(index))
    }

    /// Exceptions that matched no resource, of rules that ran.
    pub fn unmatched<'e>(&'e self, applied: &'e AppliedExceptions) -> impl Iterator<Item = &'e Exception> {
        let matched = |index: usize| applied.used.contains(&index) || applied.expired.contains(&index);
        let indexed = self.exceptions.iter().enumerate();
        indexed
            .filter(move |(index, exception)| applied.rules.contains(&exception.rule) && !matched(*index))
            .map(|(_, it)| it)
    }

    /// Refused entries that may be for one of these rules. It is unknown which findings they accept.
    pub fn refused<'e>(&'e self, rules: &'e [&str]) -> impl Iterator<Item = &'e RefusedException> {
        let is_about = |rule: &String| rules.contains(&rule.as_str());
        self.refused.iter().filter(move |refused| refused.rule.as_ref().is_none_or(is_about))
    }
}

impl RefusedException {
    fn new(entry: &Entry, reason: String) -> Self {
        Self {
            place: entry.place.clone(),
            rule: Some(entry.exception.rule.clone()),
            accounts: entry.accounts.clone(),
            resource: Some(entry.exception.resource.clone()),
            reason,
        }
    }
}

impl fmt::Display for RefusedException {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the exception in {}", self.place)?;
        if let Some(rule) = &self.rule {
            write!(f, " from {rule}")?;
        }
        if let Some(resource) = &self.resource {
            write!(f, " for `{}`", visible(resource, 60))?;
        }
        write!(f, " does not apply: {}", self.reason)
    }
}

#[cfg(test)]
mod tests;
