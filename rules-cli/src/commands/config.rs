//! `config`: the effective options, and where each is set.

use crate::args::{ConfigArgs, RulesFormat};
use crate::config::Config;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::table::Look;
use crate::output::{self, json, table};

pub(super) fn run(args: &ConfigArgs, config: &Config) -> Result<Exit, CliError> {
    let settings = config.settings();
    output::to(None, |out| match args.format {
        RulesFormat::Table => table::write_settings(out, Look::of_stdout(), &settings),
        RulesFormat::Json => json::write_array(out, &settings),
    })?;
    Ok(Exit::Clean)
}
