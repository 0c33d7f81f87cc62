//! How far each action is exposed by one policy, and by several together.

pub(crate) mod action_types;
pub(crate) mod allow;
pub(crate) mod combined;
pub(crate) mod guardrails;
pub(crate) mod harm_model;
pub(crate) mod harm_shares;
mod known_roles;
pub(crate) mod measure;
pub(crate) mod numbered;
pub(crate) mod passed_roles;
pub(crate) mod policy;
pub(crate) mod requester_shares;
pub(crate) mod scope;
pub(crate) mod settable_tags;
pub(crate) mod setting;
pub(crate) mod table;
pub(crate) mod type_cache;
pub(crate) mod unknown;
pub(crate) mod weights;
