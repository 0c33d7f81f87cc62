//! `schema`: the JSON schemas of input and output.

use crate::args::{SchemaArgs, SchemaName};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(args: &SchemaArgs) -> Result<Exit, CliError> {
    output::to(None, |out| out.write_all(text(args.of).as_bytes()))?;
    Ok(Exit::Clean)
}

/// The schema as it is printed.
pub(super) fn text(of: SchemaName) -> &'static str {
    match of {
        SchemaName::Evaluate => include_str!("../../schemas/evaluate.json"),
        SchemaName::Score => include_str!("../../schemas/score.json"),
        SchemaName::Simulate => include_str!("../../schemas/simulate.json"),
        SchemaName::Requests => include_str!("../../schemas/requests.json"),
    }
}
