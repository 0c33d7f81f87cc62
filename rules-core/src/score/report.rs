//! What is reported beside the score: where the points went, what to change, and what has no effect.

pub(crate) mod fix;
pub(crate) mod lints;
pub(crate) mod losses;
pub(crate) mod words;
