#![doc = include_str!("../README.md")]
//!
//! # Where to find things
//!
//! | to | use |
//! | --- | --- |
//! | read a policy | [`parse`], [`PolicyDocument`] |
//! | score a policy | [`score`](score()), [`score_layers`](score::score_layers) under boundaries and organization policies |
//! | evaluate an account | [`Facts`], [`ConfiguredRule`], [`assess`], [`Verdict`] |
//! | evaluate a change event of AWS Config | [`config::ConfigEvent`], [`assessment::assess_item`] |
//! | find out whether a principal is an administrator or can become one | [`permissions::PrincipalPermissions`], [`reach::Reach`] |
//! | decide one request | [`decision`] |
//! | accept findings until a date | [`Exceptions`] |
//! | print verdicts, findings and scores as JSON | [`record`]; they implement `serde::Serialize` |
//! | write a rule | [`rules::Rule`], [`rules::RuleDefinition`] |

mod account;
mod arn;
pub mod assessment;
pub mod audit;
pub mod catalogue;
pub mod config;
pub mod decision;
mod escalation;
pub mod exceptions;
mod fact;
pub mod facts;
mod glob;
pub mod iam;
#[doc(hidden)]
pub mod json;
pub mod paths;
mod percent;
pub mod permissions;
pub mod policy;
pub mod reach;
pub mod record;
mod region;
mod resource;
pub mod rules;
pub mod score;
#[cfg(test)]
mod slow_search;
pub mod text;
mod timestamp;

pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn};
pub use assessment::{Assessment, ConfiguredRule, assess};
pub use config::{ComplianceType, Evaluation, Finding, FindingCode, NotEvaluated, RuleParameters, Verdict};
pub use exceptions::{AccountExceptions, Exceptions};
pub use fact::{Fact, MissingFact};
pub use facts::Facts;
pub use json::JsonError;
pub use policy::{ParsePolicyError, PolicyDocument, PolicyType};
pub use region::{InvalidRegion, Region};
pub use score::{LeastPrivilegeScore, score};
pub use timestamp::{InvalidTimestamp, Timestamp};

/// Parses an identity policy, as JSON. [`PolicyDocument`] has functions for other policy types and encodings.
///
/// # Errors
/// If the text is not a policy document that IAM accepts. The error has the path, line and column.
pub fn parse(text: &str) -> Result<PolicyDocument, ParsePolicyError> {
    PolicyDocument::parse(text, PolicyType::Identity)
}
