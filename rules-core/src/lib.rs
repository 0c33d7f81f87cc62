//! AWS Config rules for the root user, administrators and least privilege.

mod account;
mod arn;
pub mod decision;
mod fact;
mod glob;
pub mod iam;
mod json;
mod percent;
pub mod policy;
pub mod text;
mod timestamp;

pub use account::{AccountId, InvalidAccountId};
pub use arn::{Arn, InvalidArn};
pub use fact::{Fact, MissingFact};
pub use json::JsonError;
pub use timestamp::{InvalidTimestamp, Timestamp};
