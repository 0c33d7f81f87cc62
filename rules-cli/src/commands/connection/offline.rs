//! The build without access to AWS, which has no connection.

use std::marker::PhantomData;

use rules_aws::{EvaluationSink, FactSource, Snapshot};
use rules_core::Region;

use crate::args::LiveArgs;
use crate::error::CliError;

/// There is none.
pub(in crate::commands) struct Connection<'a> {
    none: std::convert::Infallible,
    args: PhantomData<&'a LiveArgs>,
}

impl<'a> Connection<'a> {
    pub(in crate::commands) async fn open(_: &'a LiveArgs) -> Result<Self, CliError> {
        Err(CliError::BuiltOffline)
    }

    pub(in crate::commands) fn region(&self) -> Option<Region> {
        match self.none {}
    }

    pub(in crate::commands) fn facts(&self) -> Box<dyn FactSource> {
        match self.none {}
    }

    pub(in crate::commands) fn sink(&self, _: bool) -> Box<dyn EvaluationSink> {
        match self.none {}
    }

    pub(in crate::commands) async fn collect(&self) -> Result<Snapshot, CliError> {
        match self.none {}
    }
}
