//! How many of the resources of one type a pattern, or several of them together, match.

pub(crate) mod constraint;
pub(crate) mod exclusions;
pub(crate) mod extents;
pub(crate) mod matching;
pub(crate) mod pattern;
pub(crate) mod pattern_list;
pub(crate) mod problem;
pub(crate) mod scale;
pub(crate) mod search;
pub(crate) mod template;
