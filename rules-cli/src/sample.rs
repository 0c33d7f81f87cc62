//! The sample account.
