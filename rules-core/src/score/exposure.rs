//! How far each action is exposed by one policy, and by several together.

pub(crate) mod action_types;
pub(crate) mod allow;
pub(crate) mod combined;
pub(crate) mod escalation;
pub(crate) mod guardrails;
pub(crate) mod numbered;
pub(crate) mod policy;
pub(crate) mod scope;
pub(crate) mod table;
pub(crate) mod type_cache;
pub(crate) mod unknown;
pub(crate) mod weights;
