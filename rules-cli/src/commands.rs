//! The commands, one file each.

mod account;
mod admins;
mod collect;
mod completions;
mod config;
mod connection;
mod diff;
mod documents;
mod evaluate;
mod exceptions;
mod explain;
mod files;
mod fix;
mod gate;
mod invoke;
mod limits;
mod man;
mod pack;
pub(crate) mod paths;
mod policy_file;
mod reference;
mod rules;
mod schema;
mod score;
mod simulate;
mod worst;

use crate::args::{Cli, Command};
use crate::config::Config;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::diagnostics;

/// Runs a command.
pub(crate) fn run(cli: Cli) -> Result<Exit, CliError> {
    let config = || {
        let config = Config::find(cli.global.config.as_deref())?;
        if let Some(path) = &config.file {
            diagnostics::detail(&format!("options are read from {}", path.display()));
        }
        Ok::<_, CliError>(config)
    };
    match cli.command {
        Command::Evaluate(mut args) => {
            config()?.complete_evaluate(&mut args);
            evaluate::run(&args)
        }
        Command::Score(mut args) => {
            config()?.complete_score(&mut args);
            score::run(&args)
        }
        Command::Config(args) => config::run(&args, &config()?),
        Command::Simulate(args) => simulate::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Invoke(args) => invoke::run(&args),
        Command::Rules(args) => rules::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Worst(args) => worst::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Paths(args) => paths::run(&args),
        Command::Fix(args) => fix::run(&args),
        Command::Admins(args) => admins::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Pack(args) => pack::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Man => man::run(),
        Command::Reference(args) => reference::run(&args),
    }
}
