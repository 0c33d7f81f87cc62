//! Dry runs of the AWS Config rules on a laptop or in CI.

mod args;
mod baseline;
mod commands;
mod config;
mod error;
mod exit;
mod explanation;
mod interrupt;
mod meaning;
mod output;
mod places;
mod remedy;
mod sample;
mod suggest;
mod widening;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::Cli;
use crate::exit::Exit;

fn main() -> ExitCode {
    let cli = Cli::parse();
    output::diagnostics::speak(cli.global.speech());
    output::table::use_colours(cli.global.color);
    interrupt::watch(output::diagnostics::interrupted);
    match commands::run(cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            output::diagnostics::error(&error);
            Exit::Incomplete.into()
        }
    }
}
