//! `man`: the manual page of the program, followed by one of each command.

use std::io::{self, Write};

use clap::{Command, CommandFactory as _};

use crate::args::Cli;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

pub(crate) fn run() -> Result<Exit, CliError> {
    let mut program = Cli::command();
    // Gives the commands their full names.
    program.build();
    output::to(None, |out| write_pages(out, &program))?;
    Ok(Exit::Clean)
}

fn write_pages(mut out: &mut dyn Write, command: &Command) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(&mut out)?;
    command.get_subcommands().filter(|command| !command.is_hide_set()).try_for_each(|command| write_pages(out, command))
}
