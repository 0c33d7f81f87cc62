//! The commands, one file each.

mod collect;
mod completions;
mod connection;
mod evaluate;
mod exceptions;
mod files;
mod invoke;
mod limits;
mod man;
mod pack;
mod policy_file;
mod rules;
mod score;
mod simulate;

use crate::args::Command;
use crate::error::CliError;
use crate::exit::Exit;

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Evaluate(args) => evaluate::run(&args),
        Command::Score(args) => score::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Invoke(args) => invoke::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man => man::run(),
    }
}
