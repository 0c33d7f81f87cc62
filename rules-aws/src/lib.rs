//! Aws.
