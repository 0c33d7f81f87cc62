//! The effective options, one row each.

use std::io::{self, Write};

use super::{Look, cell, header, lines};

/// A setting, as `rules-cli config` shows it.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Setting {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) from: String,
}

/// Prints what is in force, and why.
pub(crate) fn write_settings(out: &mut dyn Write, look: Look, settings: &[Setting]) -> io::Result<()> {
    let mut table = look.table();
    table.set_header(header(&["Option", "Value", "From"]));
    for setting in settings {
        table.add_row([cell(&setting.key), cell(&setting.value), cell(&setting.from)]);
    }
    out.write_all(lines(&table).as_bytes())
}
