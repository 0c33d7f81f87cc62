//! The commands, one file each.

mod completions;
mod man;
mod rules;
mod score;

use crate::args::Command;
use crate::error::CliError;
use crate::exit::Exit;

/// Runs a command.
pub(crate) fn run(command: Command) -> Result<Exit, CliError> {
    match command {
        Command::Evaluate(_) => todo!(),
        Command::Score(args) => score::run(&args),
        Command::Collect(_) => todo!(),
        Command::Invoke(_) => todo!(),
        Command::Rules(args) => rules::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man => man::run(),
    }
}
