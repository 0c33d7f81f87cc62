//! `reference`: the pages of the documentation that are made from the program itself.

mod commands;
mod fields;
mod names;

use crate::args::{ReferenceArgs, ReferencePage};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(args: &ReferenceArgs) -> Result<Exit, CliError> {
    let page = match args.page {
        ReferencePage::Commands => commands::page(),
        ReferencePage::Fields => fields::page(),
        ReferencePage::Findings => names::findings(),
        ReferencePage::Paths => names::paths(),
    };
    output::to(None, |out| writeln!(out, "{}", page.trim_end()))?;
    Ok(Exit::Clean)
}

/// The first lines of a page.
fn opening(title: &str, source: &str) -> String {
    format!("# {title}\n\n<!-- Written by `docs/update` from {source}. Do not edit. -->\n")
}

/// A table of Markdown; nothing without rows.
fn table<const N: usize>(header: [&str; N], rows: &[[String; N]]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let line = |cells: [&str; N]| format!("| {} |\n", cells.join(" | "));
    let rule = line([""; N].map(|_| "---"));
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    format!("\n{}{rule}{}", line(header), rows.collect::<String>())
}

/// Text in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace('\n', " ")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('|', "\\|"))
}

fn codes<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts.into_iter().map(code).collect::<Vec<_>>().join(", ")
}
