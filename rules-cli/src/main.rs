//! Dry runs of the AWS Config rules on a laptop or in CI.

mod args;
mod commands;
mod error;
mod exit;
mod output;
mod sample;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli.command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::diagnostics::error(&error);
            Exit::Incomplete.into()
        }
    }
}
