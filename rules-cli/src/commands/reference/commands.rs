//! The commands with their options.

use clap::{Arg, ArgAction, Command, CommandFactory as _};

use super::{cell, code, codes, opening, table};
use crate::args::Cli;

pub(super) fn page() -> String {
    let mut program = Cli::command();
    // Gives the commands their full names and the options of the program.
    program.build();
    let mut page = opening("Commands", "the command line");
    page.push_str("\nEvery command also has these options:\n");
    page.push_str(&options(program.get_arguments().filter(|arg| !is_everywhere(arg))));
    for command in program.get_subcommands().filter(|command| is_described(command)) {
        let usage = command.clone().render_usage().to_string();
        let usage = usage.strip_prefix("Usage: ").unwrap_or(&usage).trim();
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        page.push_str(&format!("\n## {}\n\n{}.\n\n```text\n{usage}\n```\n", command.get_name(), cell(&about)));
        page.push_str(&options(command.get_arguments().filter(|arg| !is_everywhere(arg) && !arg.is_global_set())));
    }
    if let Some(after) = program.get_after_help() {
        page.push_str(&format!("\n## Exit codes\n\n```text\n{after}\n```\n"));
    }
    page
}

fn is_described(command: &Command) -> bool {
    !command.is_hide_set() && command.get_name() != "help"
}

fn is_everywhere(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version")
}

fn options<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let rows: Vec<[String; 3]> =
        arguments.filter(|arg| !arg.is_hide_set()).map(|arg| [code(&name(arg)), meaning(arg), values(arg)]).collect();
    table(["option", "meaning", "values"], &rows)
}

fn name(arg: &Arg) -> String {
    let values: Vec<&str> = arg.get_value_names().unwrap_or_default().iter().map(|name| name.as_str()).collect();
    let short = arg.get_short().map(|short| format!("-{short}, ")).unwrap_or_default();
    match arg.get_long() {
        Some(long) if takes_value(arg) => format!("{short}--{long} {}", values.join(" ")),
        Some(long) => format!("{short}--{long}"),
        None => values.join(" "),
    }
}

fn takes_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let again = match arg.get_action() {
        ArgAction::Append if arg.get_long().is_some() && !help.contains("repeatable") => " (repeatable)",
        _ => "",
    };
    format!("{}{again}", cell(&help))
}

fn values(arg: &Arg) -> String {
    if !takes_value(arg) {
        return String::new();
    }
    let possible = arg.get_possible_values();
    let possible = codes(possible.iter().filter(|value| !value.is_hide_set()).map(|value| value.get_name()));
    let default: Vec<&str> = arg.get_default_values().iter().filter_map(|value| value.to_str()).collect();
    match (possible.is_empty(), default.is_empty()) {
        (_, true) => possible,
        (true, false) => format!("default {}", codes(default)),
        (false, false) => format!("{possible}; default {}", codes(default)),
    }
}
