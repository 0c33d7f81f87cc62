//! Tables for people.
//!
//! Text from an account or a file goes through [`shown`] before it is printed.

mod compared;
mod evaluations;
mod registry;
mod scores;
mod settings;

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;

use crate::output::diagnostics::wants_plain_text;
use crate::output::format::ColorArg;
use crate::output::row::shown;
use comfy_table::{Attribute, Cell, ContentArrangement, Table, presets};

pub(crate) use compared::write_comparison;
pub(crate) use evaluations::write_evaluations;
pub(crate) use registry::write_registry;
pub(super) use scores::policies;
pub(crate) use scores::write_scores;
pub(crate) use settings::{Setting, write_settings};

/// What the place that a table is printed to can show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    width: u16,
    colour: Colour,
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colour {
    Never,
    Always,
}

/// When colours are used, once it is known.
static COLOURS: OnceLock<ColorArg> = OnceLock::new();

/// Uses colours so from now on. What was said first holds.
pub(crate) fn use_colours(when: ColorArg) {
    let _ = COLOURS.set(when);
}

/// The width without a terminal, which logs and reviews show without wrapping.
const PLAIN_WIDTH: u16 = 120;
/// Below this, columns would be a few letters wide.
const MIN_WIDTH: u16 = 60;

impl Look {
    /// For a file: no colours, and the same width everywhere.
    pub(crate) const PLAIN: Self = Self { width: PLAIN_WIDTH, colour: Colour::Never };

    /// For standard output.
    pub(crate) fn of_stdout() -> Self {
        let is_terminal = io::stdout().is_terminal();
        let colour = match COLOURS.get().copied().unwrap_or_default() {
            ColorArg::Always => Colour::Always,
            ColorArg::Auto if is_terminal && !wants_plain_text() => Colour::Always,
            ColorArg::Auto | ColorArg::Never => Colour::Never,
        };
        let width = if is_terminal { Table::new().width().unwrap_or(PLAIN_WIDTH).max(MIN_WIDTH) } else { PLAIN_WIDTH };
        Self { width, colour }
    }

    pub(super) fn table(self) -> Table {
        let mut table = Table::new();
        // Without a terminal of its own a table neither asks for a width nor decides on colours.
        table.force_no_tty().load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(self.width);
        if self.colour == Colour::Always {
            table.enforce_styling();
        }
        table
    }

    /// A line of its own that stands out.
    fn heading(self, text: &str) -> String {
        match self.colour {
            Colour::Always => format!("\u{1b}[1m{text}\u{1b}[0m"),
            Colour::Never => text.to_owned(),
        }
    }
}

pub(super) fn cell(text: &str) -> Cell {
    Cell::new(shown(text))
}

pub(super) fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::new(name).add_attribute(Attribute::Dim)).collect()
}

/// The table's lines, without the blanks that pad them.
pub(super) fn lines(table: &Table) -> String {
    let mut text = table.trim_fmt();
    text.push('\n');
    text
}
