//! JSON: one array, each element as in [`super::ndjson`], on a line of its own.

use std::io::{self, Write};

use serde::Serialize;

use super::ndjson::write_value;

/// Prints `values` as one array.
pub(crate) fn write_array<T: Serialize>(out: &mut dyn Write, values: impl IntoIterator<Item = T>) -> io::Result<()> {
    let mut before = "[\n";
    for value in values {
        out.write_all(before.as_bytes())?;
        write_value(out, &value)?;
        before = ",\n";
    }
    out.write_all(if before == "[\n" { b"[]\n" } else { b"\n]\n" })
}
