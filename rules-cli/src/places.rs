//! The place of a statement in the text with its policy document.
//!
//! The parser of policies keeps no positions. The text is parsed a second time to find them, for reports that show
//! places only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde_json::value::RawValue;

/// A position in a text: line and column, both counted from one, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Span {
    pub(crate) start: Position,
    /// The position behind the last character.
    pub(crate) end: Position,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FilePlace {
    /// The file's path, as it was given or below the argument, with `/` between its parts.
    pub(crate) file: String,
    /// Where in the file; none where only the file is known.
    pub(crate) span: Option<Span>,
}

/// `policies/a.json:12:5`, as compilers write it.
impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        match self.span {
            Some(span) => write!(f, ":{}:{}", span.start.line, span.start.column),
            None => Ok(()),
        }
    }
}

/// Where a document and its statements are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentPlaces {
    document: Option<Span>,
    statements: Vec<Span>,
}

/// The members of a JSON object, as they are in the text.
pub(crate) type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

impl DocumentPlaces {
    /// Where `document`, a part of `text`, and its statements are. A document that is a string, or encoded, has no
    /// statements to be shown apart.
    pub(crate) fn of(text: &Text<'_>, document: &str) -> Self {
        Self { document: text.span_of(document), statements: statements(text, document) }
    }

    /// The place of a statement, counted from zero; where that is not known, of the document.
    pub(crate) fn statement(&self, index: Option<usize>) -> Option<Span> {
        index.and_then(|index| self.statements.get(index)).copied().or(self.document)
    }
}

fn statements(text: &Text<'_>, document: &str) -> Vec<Span> {
    let Ok(members) = serde_json::from_str::<Members<'_>>(document) else { return Vec::new() };
    let Some(statement) = members.get("Statement") else { return Vec::new() };
    let spans = match serde_json::from_str::<Vec<&RawValue>>(statement.get()) {
        Ok(list) => list.iter().map(|statement| text.span_of(statement.get())).collect(),
        Err(_) => vec![text.span_of(statement.get())],
    };
    // All or none: an index has to mean the statement that it counts.
    spans.into_iter().collect::<Option<_>>().unwrap_or_default()
}

/// A text whose lines are known.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    /// The number of characters that begin before each block of bytes: a large file is often one line.
    characters: Vec<usize>,
}

/// The bytes of a block.
const BLOCK: usize = 4096;

/// The number of characters that begin in some bytes of a text.
fn characters_in(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count()
}

impl<'a> Text<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let before = text.as_bytes().chunks(BLOCK).scan(0, |before, block| {
            *before += characters_in(block);
            Some(*before)
        });
        let characters = [0].into_iter().chain(before).collect();
        Self { text, lines: [0].into_iter().chain(ends).collect(), characters }
    }

    pub(crate) fn as_str(&self) -> &'a str {
        self.text
    }

    /// Where `part` is, a slice of this text and not a copy.
    pub(crate) fn span_of(&self, part: &str) -> Option<Span> {
        let start = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        let Range { start, end } = start..start.checked_add(part.len())?;
        self.text.get(start..end)?;
        Some(Span { start: self.position(start)?, end: self.position(end)? })
    }

    fn position(&self, offset: usize) -> Option<Position> {
        let line = self.lines.partition_point(|start| *start <= offset);
        let start = *self.lines.get(line.checked_sub(1)?)?;
        self.text.is_char_boundary(offset).then_some(())?;
        let before = self.characters_before(offset)?.checked_sub(self.characters_before(start)?)?;
        Some(Position { line, column: before + 1 })
    }

    fn characters_before(&self, offset: usize) -> Option<usize> {
        let block = offset / BLOCK;
        let rest = self.text.as_bytes().get(block * BLOCK..offset)?;
        Some(self.characters.get(block)? + characters_in(rest))
    }
}

/// A path as reports show it: below the working directory without that, with `/` between its parts.
pub(crate) fn shown_path(path: &std::path::Path) -> String {
    let below = std::env::current_dir().ok().and_then(|folder| path.strip_prefix(folder).ok().map(ToOwned::to_owned));
    let path = below.as_deref().unwrap_or(path);
    let path = path.strip_prefix(".").unwrap_or(path);
    let text = path.to_string_lossy();
    if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace(std::path::MAIN_SEPARATOR, "/") }
}

#[cfg(test)]
mod tests {
    use super::{DocumentPlaces, Position, Span, Text};

    fn span(start: (usize, usize), end: (usize, usize)) -> Span {
        let position = |(line, column)| Position { line, column };
        Span { start: position(start), end: position(end) }
    }

    #[test]
    fn columns_count_characters_of_long_lines() {
        let text = format!("\n{}", "aé→".repeat(3_000));
        let counted = Text::new(&text);
        for (characters, (offset, _)) in text.char_indices().enumerate().skip(1) {
            assert_eq!(counted.position(offset), Some(Position { line: 2, column: characters }), "{offset}");
        }
        assert_eq!(counted.position(text.len()), Some(Position { line: 2, column: 9_001 }));
        assert_eq!(counted.position(3), None, "in the middle of a character");
    }

    #[test]
    fn statements_are_found_in_any_layout() {
        let text = "{\r\n  \"Statement\": [\n    {\"Effect\": \"Allow\"},\n\t{\"Sid\": \"é\"} , {}]}";
        let places = DocumentPlaces::of(&Text::new(text), text);
        assert_eq!(places.statement(Some(0)), Some(span((3, 5), (3, 24))));
        assert_eq!(places.statement(Some(1)), Some(span((4, 2), (4, 14))));
        assert_eq!(places.statement(Some(2)), Some(span((4, 17), (4, 19))));
        assert_eq!(places.statement(Some(3)), Some(span((1, 1), (4, 21))), "the document");
        let one = r#"{"Statement":{"Effect":"Allow"}}"#;
        let places = DocumentPlaces::of(&Text::new(one), one);
        assert_eq!(places.statement(Some(0)), Some(span((1, 14), (1, 32))));
    }

    #[test]
    fn what_is_not_a_part_has_no_place() {
        let text = Text::new("{}");
        assert_eq!(text.span_of("{\"Statement\":[]}"), None);
        assert_eq!(DocumentPlaces::of(&text, "elsewhere"), DocumentPlaces::default());
        let encoded = Text::new("\"%7B%7D\"");
        let places = DocumentPlaces::of(&encoded, encoded.as_str());
        assert_eq!(places.statement(Some(0)), Some(span((1, 1), (1, 9))));
    }
}
