//! AWS Config rules for the root user, administrators and least privilege.

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
pub mod json;
pub mod paths;
mod percent;
pub mod permissions;
pub mod policy;
pub mod reach;
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
pub use fact::{Fact, MissingFact};
pub use json::JsonError;
pub use timestamp::{InvalidTimestamp, Timestamp};
