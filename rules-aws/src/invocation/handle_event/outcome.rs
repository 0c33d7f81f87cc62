//! What becomes of an invocation, and why it fails.

use std::collections::BTreeSet;

use rules_core::config::{Evaluation, InvalidEvent, InvalidParameter, Verdict};
use rules_core::exceptions::RefusedException;
use rules_core::rules::RuleDefinition;
use rules_core::{AccountId, MissingFact};

use crate::call_error::{CallError, CallFailure};
use crate::delivery::evaluation_sink::DeliveryError;
use crate::facts::fact_source::AccountError;

/// What became of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handled {
    /// The rule that was asked.
    pub rule: &'static RuleDefinition,
    /// The account that was judged.
    pub account: AccountId,
    /// The verdict on every resource, judged or not. Only those that were reached have been delivered.
    pub verdicts: Vec<Verdict>,
    /// What the rule reads and could not be read, whether or not a verdict depended on it.
    pub unread: Vec<MissingFact>,
    /// Delivered after the verdicts: NOT_APPLICABLE for each resource of which AWS Config still shows a verdict, and which
    /// is gone.
    pub cleared: Vec<Evaluation>,
    /// Exceptions that may have been meant for the rule in the account, and do not apply.
    pub refused: Vec<RefusedException>,
    /// Notes that are not failures, such as that an exception has expired.
    pub notes: Vec<String>,
}

/// Why an invocation failed. Whatever it was, AWS Config has to hear of it: a result left out looks like the old one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandleError {
    /// The payload is not an AWS Config event.
    #[error(transparent)]
    Event(#[from] InvalidEvent),
    /// The parameter `rule` names no rule.
    #[error("rule parameters: {0}")]
    Rule(String),
    /// A parameter of the rule is wrong.
    #[error(transparent)]
    Parameter(#[from] InvalidParameter),
    /// Events of this account are not answered.
    #[error("the event is of account {0}, which is not among the allowed accounts (RULES_ALLOWED_ACCOUNTS)")]
    NotAllowed(AccountId),
    /// There are no credentials for the account of the event.
    #[error("{}", .0.missing.shortened(300))]
    Connection(CallError),
    /// The facts are not of the event's account, or whose they are is not known.
    #[error("{}", MissingFact::from(.0.clone()).shortened(300))]
    Account(AccountError),
    /// The exceptions cannot be read, so it is unknown which findings are accepted.
    #[error("{0}")]
    Exceptions(MissingFact),
    /// Verdicts were reached, but not all were accepted.
    #[error("rule {}, account {}: {error}", handled.rule.id, handled.account)]
    Delivery {
        /// Which and why.
        error: DeliveryError,
        /// What was judged.
        handled: Box<Handled>,
    },
    /// Something could not be read or judged. What was judged has been delivered.
    #[error("rule {}, account {}: {}", .0.rule.id, .0.account, .0.what_is_missing())]
    NotEvaluated(Box<Handled>),
    /// Every verdict was delivered, but some exceptions do not apply.
    #[error("rule {}, account {}: every verdict was delivered, but {}", .0.rule.id, .0.account, .0.what_is_refused())]
    ExceptionsRefused(Box<Handled>),
    /// Every verdict was delivered, but it is not known which older ones nothing stands behind any more.
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

    /// What was judged nevertheless.
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
    /// The verdicts that were reached.
    pub fn evaluations(&self) -> impl Iterator<Item = &Evaluation> {
        self.verdicts.iter().filter_map(|verdict| match verdict {
            Verdict::Evaluated(evaluation) => Some(evaluation),
            Verdict::NotEvaluated(_) => None,
        })
    }

    /// What was missing where no verdict was reached.
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
