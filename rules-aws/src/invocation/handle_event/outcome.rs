//! The result of an invocation, and its errors.

use std::collections::BTreeSet;

use rules_core::config::{Evaluation, InvalidEvent, InvalidParameter, Verdict};
use rules_core::exceptions::RefusedException;
use rules_core::rules::RuleDefinition;
use rules_core::{AccountId, MissingFact};

use crate::call_error::{CallError, CallFailure};
use crate::delivery::evaluation_sink::DeliveryError;
use crate::facts::fact_source::AccountError;

/// The result of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The rule.
    pub rule: &'static RuleDefinition,
    /// The account that was evaluated.
    pub account: AccountId,
    /// The verdict on every resource. Resources that were not evaluated were not delivered.
    pub verdicts: Vec<Verdict>,
    /// The facts of the rule that could not be read, whether or not a verdict depends on them.
    pub unread: Vec<MissingFact>,
    /// The results that were cleared after the verdicts: NOT_APPLICABLE for each deleted resource that has a result in
    /// AWS Config.
    pub cleared: Vec<Evaluation>,
    /// Refused exceptions that may be for the rule in the account.
    pub refused: Vec<RefusedException>,
    /// Notes that are not failures, such as that an exception has expired.
    pub notes: Vec<String>,
}

/// The reason why an invocation failed. Each one fails the invocation, because without a new result AWS Config still
/// shows the old one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// The payload is not an AWS Config event.
    #[error(transparent)]
    Event(#[from] InvalidEvent),
    /// The parameter `rule` names no rule.
    #[error("rule parameters: {0}")]
    Rule(String),
    /// A parameter of the rule is invalid.
    #[error(transparent)]
    Parameter(#[from] InvalidParameter),
    /// The function does not evaluate this account.
    #[error("the event is from account {0}, which is not one of the allowed accounts (RULES_ALLOWED_ACCOUNTS)")]
    NotAllowed(AccountId),
    /// There are no credentials for the account of the event.
    #[error("{}", .0.missing.shortened(300))]
    Connection(CallError),
    /// The facts belong to another account than the event, or their account is unknown.
    #[error("{}", MissingFact::from(.0.clone()).shortened(300))]
    Account(AccountError),
    /// The exceptions cannot be read, so it is unknown which findings are accepted.
    #[error("{0}")]
    Exceptions(MissingFact),
    /// AWS Config did not accept all verdicts.
    #[error("rule {}, account {}: {error}", handled.rule.id, handled.account)]
    Delivery {
        /// Which and why.
        error: DeliveryError,
        /// What was judged.
        handled: Box<Handled>,
    },
    /// A fact could not be read, or a resource not evaluated. All verdicts were delivered.
    #[error("rule {}, account {}: {}", .0.rule.id, .0.account, .0.what_is_missing())]
    NotEvaluated(Box<Handled>),
    /// Every verdict was delivered, but some exceptions do not apply.
    #[error("rule {}, account {}: every verdict was delivered, but {}", .0.rule.id, .0.account, .0.what_is_refused())]
    ExceptionsRefused(Box<Handled>),
    /// Every verdict was delivered, but the results of deleted resources could not be cleared.
    #[error("rule {}, account {}: the results of deleted resources were not cleared: {}", handled.rule.id, handled.account, missing.shortened(180))]
    NotCleared {
        /// What could not be read.
        missing: MissingFact,
        /// What was judged.
        handled: Box<Handled>,
    },
}

impl HandleError {
    /// A stable name of the kind of failure, for metrics and alarms.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Event(_) => "InvalidEvent",
            Self::Rule(_) | Self::Parameter(_) => "InvalidParameter",
            Self::NotAllowed(_) | Self::Account(AccountError::Other(_)) => "WrongAccount",
            Self::Account(AccountError::NotKnown(error)) | Self::Connection(error) => kind_of(error.failure),
            Self::Exceptions(_) => "ExceptionsNotRead",
            Self::ExceptionsRefused(_) => "ExceptionsRefused",
            Self::Delivery { .. } => "NotDelivered",
            Self::NotEvaluated(_) => "NotEvaluated",
            Self::NotCleared { .. } => "NotCleared",
        }
    }

    /// The verdicts, if resources were evaluated.
    #[must_use]
    pub fn handled(&self) -> Option<&Handled> {
        match self {
            Self::Delivery { handled, .. }
            | Self::NotEvaluated(handled)
            | Self::ExceptionsRefused(handled)
            | Self::NotCleared { handled, .. } => Some(handled),
            Self::Event(_)
            | Self::Rule(_)
            | Self::Parameter(_)
            | Self::NotAllowed(_)
            | Self::Connection(_)
            | Self::Exceptions(_)
            | Self::Account(_) => None,
        }
    }
}

fn kind_of(failure: CallFailure) -> &'static str {
    match failure {
        CallFailure::Credentials => "CredentialsNotValid",
        CallFailure::Throttled => "Throttled",
        CallFailure::Unreachable => "Unreachable",
        CallFailure::OutOfTime => "OutOfTime",
        CallFailure::Denied | CallFailure::Other => "NotConnected",
    }
}

impl Handled {
    /// The verdicts on evaluated resources.
    pub fn evaluations(&self) -> impl Iterator<Item = &Evaluation> {
        self.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Evaluated(evaluation) => Some(evaluation),
            Verdict::NotEvaluated(_) => None,
        })
    }

    /// The resources that were not evaluated, with the reasons.
    pub fn not_evaluated(&self) -> impl Iterator<Item = &MissingFact> {
        self.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Evaluated(_) => None,
            Verdict::NotEvaluated(not_evaluated) => Some(&not_evaluated.missing),
        })
    }

    fn what_is_refused(&self) -> String {
        let first = self.refused.first().map(ToString::to_string).unwrap_or_default();
        match self.refused.len().saturating_sub(1) {
            0 => first,
            more => format!("{first}; and {more} more"),
        }
    }

    fn what_is_missing(&self) -> String {
        let count = self.not_evaluated().count();
        let missing: BTreeSet<&MissingFact> = self.not_evaluated().chain(&self.unread).collect();
        let (shown, room) = if missing.len() == 1 { (1, 180) } else { (2, 95) };
        let reasons: Vec<String> = missing.iter().take(shown).map(|missing| missing.shortened(room)).collect();
        let reasons = reasons.join("; ");
        let more = match missing.len().saturating_sub(shown) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        match count {
            0 => format!("every resource was evaluated, but not everything could be read: {reasons}{more}"),
            _ => format!("{count} of {} resources not evaluated: {reasons}{more}", self.verdicts.len()),
        }
    }
}
