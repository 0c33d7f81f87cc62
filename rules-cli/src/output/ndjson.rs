//! Newline-delimited JSON: one object per line.
//!
//! Names and policy text can contain control characters, line ends and invisible characters. They are escaped, so that
//! programs read them unchanged and terminals never receive them.

use std::io::{self, Write};

use rules_core::text::is_hidden;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Prints each value on a line.
pub(crate) fn write_lines<T: Serialize>(out: &mut dyn Write, values: impl IntoIterator<Item = T>) -> io::Result<()> {
    for value in values {
        write_value(out, &value)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Prints one value without a line end.
pub(super) fn write_value<T: Serialize>(out: &mut dyn Write, value: &T) -> io::Result<()> {
    value.serialize(&mut Serializer::with_formatter(out, VisibleFormatter)).map_err(io::Error::from)
}

/// Compact JSON in which characters that do not show are escaped.
struct VisibleFormatter;

impl Formatter for VisibleFormatter {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_hidden) {
            let (plain, tail) = rest.split_at(at);
            out.write_all(plain.as_bytes())?;
            let mut characters = tail.chars();
            for unit in characters.next().iter().flat_map(|character| utf16(*character)) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

fn utf16(character: char) -> impl Iterator<Item = u16> {
    let mut units = [0; 2];
    let length = character.encode_utf16(&mut units).len();
    units.into_iter().take(length)
}

#[cfg(test)]
mod tests {
    use super::write_lines;

    #[test]
    fn what_does_not_show_is_escaped_and_reads_back() {
        let text = "a\"\\\u{1b}[2J\u{7f}\u{9b}\u{2028}\u{202e}\u{e0041}é\u{1f600}\n";
        let mut out = Vec::new();
        write_lines(&mut out, [text]).unwrap();
        let shown = "\"a\\\"\\\\\\u001b[2J\\u007f\\u009b\\u2028\\u202e\\udb40\\udc41é\u{1f600}\\n\"\n";
        assert_eq!(String::from_utf8(out.clone()).unwrap(), shown);
        assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
    }
}
