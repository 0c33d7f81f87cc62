//! Workflow commands of GitHub Actions, which shows them as annotations at lines of files.

use std::io::{self, Write};

use super::row::{shown, shown_name};
use crate::places::FilePlace;

mod evaluations;
mod scores;

pub(super) use evaluations::write;
pub(super) use scores::write_scores;

/// How an annotation is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Error,
    Warning,
}

/// Prints one annotation.
fn write_annotation(
    out: &mut dyn Write,
    mark: Mark,
    place: Option<&FilePlace>,
    title: &str,
    message: &str,
) -> io::Result<()> {
    let name = match mark {
        Mark::Error => "error",
        Mark::Warning => "warning",
    };
    write!(out, "::{name} ")?;
    if let Some(place) = place {
        write!(out, "file={},", property(&shown(&place.file)))?;
        if let Some(span) = place.span {
            write!(out, "line={},endLine={},", span.start.line, span.end.line)?;
            // GitHub takes columns of a single line only.
            if span.start.line == span.end.line {
                write!(out, "col={},endColumn={},", span.start.column, span.end.column)?;
            }
        }
    }
    writeln!(out, "title={}::{}", property(&shown_name(title)), data(message))
}

/// Text that ends no command and means nothing in one.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text that ends no property of a command either.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{Mark, write_annotation};
    use crate::places::{FilePlace, Position, Span};

    #[test]
    fn text_means_nothing_in_a_command() {
        let position = |line, column| Position { line, column };
        let span = Some(Span { start: position(3, 5), end: position(4, 2) });
        let place = FilePlace { file: "a,b:c.json\u{202e}".to_owned(), span };
        let mut out = Vec::new();
        write_annotation(&mut out, Mark::Error, Some(&place), "x,y::z\n", "100%\n::error::no").unwrap();
        let expected =
            "::error file=a%2Cb%3Ac.json\\u{202e},line=3,endLine=4,title=x%2Cy%3A%3Az\\u{a}::100%25%0A::error::no\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
