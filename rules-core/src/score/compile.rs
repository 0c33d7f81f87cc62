//! Policies compiled for scoring: for each statement its actions, its resources, and when it applies.

pub(crate) mod circumstance;
pub(crate) mod condition_key;
pub(crate) mod conditions;
pub(crate) mod layer;
pub(crate) mod policy;
pub(crate) mod principal;
pub(crate) mod requester;
mod requester_key;
pub(crate) mod statement;
mod union;
