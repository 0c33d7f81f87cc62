//! The strict JSON decoder. Every error has its place.
//!
//! Public so that programs that read other files of an account return the same errors.

use std::borrow::Cow;
use std::fmt;

use serde::de::DeserializeSeed;

/// The reason why a JSON text was refused, and its place.
///
/// Paths read `$.Statement[0].Action`; line and column are one-based and name the end of what was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    path: String,
    position: Option<(usize, usize)>,
    message: String,
}

impl JsonError {
    pub(crate) fn at(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), position: None, message: message.into() }
    }

    /// The place in the document, such as `$.Statement[0].Action`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// One-based line and column, if known.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// The reason, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same error, with the path of the outer document that contains this one at `outer`.
    pub(crate) fn inside(mut self, outer: &str) -> Self {
        self.path = format!("{outer}{}", self.path.strip_prefix('$').unwrap_or(&self.path));
        self
    }

    /// The same error with its position counted from the start of `whole`, of which `part` is a slice.
    pub(crate) fn moved_to(mut self, whole: &str, part: &str) -> Self {
        // Where a part begins is the distance of the two addresses; a part from elsewhere has none.
        let offset = part.as_ptr().addr().checked_sub(whole.as_ptr().addr());
        let before = offset.and_then(|offset| whole.get(..offset));
        self.position = self.position.zip(before).map(|((line, column), before)| {
            let last_line = before.rsplit('\n').next().unwrap_or_default();
            let lines_before = before.matches('\n').count();
            (line + lines_before, if line == 1 { column + last_line.len() } else { column })
        });
        self
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some((line, column)) = self.position {
            write!(f, " (line {line}, column {column})")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for JsonError {}

/// The text in `bytes`: UTF-8, or UTF-16 as Windows PowerShell writes it, with one byte order mark removed.
///
/// # Errors
/// Names the offset of the first invalid byte.
pub fn text(bytes: &[u8]) -> Result<Cow<'_, str>, JsonError> {
    match utf_16(bytes) {
        Some((units, order)) => from_utf_16(units, order).map(Cow::Owned),
        None => utf_8(bytes).map(Cow::Borrowed),
    }
}

/// The text in `bytes`: UTF-8, with one byte order mark removed.
///
/// # Errors
/// Names the offset of the first byte that is not UTF-8.
pub fn utf_8(bytes: &[u8]) -> Result<&str, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        JsonError::at("$", format!("the text is not UTF-8: bad byte at offset {}", error.valid_up_to()))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.starts_with('\u{feff}') {
        return Err(JsonError::at("$", "the text begins with two byte order marks"));
    }
    Ok(text)
}

/// Which of the two bytes of a unit comes first.
type Order = fn([u8; 2]) -> u16;

/// The bytes after the byte order mark of UTF-16, with how to read two of them; none for any other text.
fn utf_16(bytes: &[u8]) -> Option<(&[u8], Order)> {
    match bytes {
        [0xff, 0xfe, rest @ ..] => Some((rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some((rest, u16::from_be_bytes)),
        // Without a mark: what is read here begins with a character of ASCII, and has no other zero bytes.
        [first, 0, ..] if *first != 0 => Some((bytes, u16::from_le_bytes)),
        [0, first, ..] if *first != 0 => Some((bytes, u16::from_be_bytes)),
        _ => None,
    }
}

fn from_utf_16(bytes: &[u8], order: Order) -> Result<String, JsonError> {
    let pairs = bytes.chunks_exact(2);
    let is_cut = !pairs.remainder().is_empty();
    let units = pairs.filter_map(|pair| pair.try_into().ok()).map(order);
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut read = 0;
    for character in char::decode_utf16(units) {
        match character {
            Ok(character) => {
                read += 2 * character.len_utf16();
                text.push(character);
            }
            Err(_) => return Err(JsonError::at("$", format!("the text is not UTF-16: bad bytes at offset {read}"))),
        }
    }
    match is_cut {
        true => Err(JsonError::at("$", "the text is UTF-16 and ends in the middle of a character")),
        false => Ok(text),
    }
}

/// Reads one JSON document with `seed` and refuses anything after it.
pub(crate) fn read<'de, S>(text: &'de str, seed: S) -> Result<S::Value, JsonError>
where
    S: DeserializeSeed<'de> + Clone,
{
    if text.bytes().all(|byte| byte.is_ascii_whitespace()) {
        return Err(JsonError::at("$", "the document is empty"));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    match seed.clone().deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value)) {
        Ok(value) => Ok(value),
        Err(error) => Err(with_path(text, seed, &error)),
    }
}

/// Reads one JSON document, which must be an object, into `T`.
///
/// The derived code of serde would also accept a list of the fields in order, and its errors contain the name of the
/// struct.
///
/// # Errors
/// If the text is not exactly one document of this form.
pub fn read_as<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    let found = match text.trim_ascii_start().as_bytes().first() {
        None | Some(b'{') => return read(text, std::marker::PhantomData),
        Some(b'[') => "a list",
        Some(b'"') => "a string (is it encoded twice?)",
        Some(_) => "something else",
    };
    let before = text.get(..text.len() - text.trim_ascii_start().len()).unwrap_or_default();
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    let position = Some((before.matches('\n').count() + 1, last_line.len() + 1));
    Err(JsonError { path: "$".to_owned(), position, message: format!("expected a JSON object, found {found}") })
}

/// The maximum depth of nesting.
const MAX_DEPTH: usize = 32;

/// Where `text` is nested more deeply than [`MAX_DEPTH`], as line and column.
fn too_deep(text: &str) -> Option<(usize, usize)> {
    let (mut depth, mut line, mut line_start) = (0_usize, 1, 0);
    let (mut in_string, mut escaped) = (false, false);
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'\n' => (line, line_start) = (line + 1, offset + 1),
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Some((line, offset - line_start + 1));
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// Errors are rare, so the path is found by reading a second time with every step recorded.
fn with_path<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S, error: &serde_json::Error) -> JsonError {
    let mut track = serde_path_to_error::Track::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let path = match seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track)) {
        Ok(_) => "$".to_owned(),
        Err(_) => dollar(&track.path().to_string()),
    };
    // Nothing that is nested so deeply is ever accepted, but what a parser stumbles over first may be something else.
    if let Some(position) = too_deep(text) {
        let message = format!("nested more than {MAX_DEPTH} levels deep");
        return JsonError { path, position: Some(position), message };
    }
    let (line, column) = (error.line(), error.column());
    // serde_json ends its messages with the place, which is said apart here.
    let full = error.to_string();
    let message = full.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&full);
    let message = crate::text::visible(&without_text(message), 160);
    JsonError { path, position: (line > 0).then_some((line, column)), message }
}

/// The message without the text that stands where something else is expected: it may be anything, and long.
fn without_text(message: &str) -> Cow<'_, str> {
    let shortened = ["invalid type: string", "invalid value: string"].into_iter().find_map(|what| {
        let (_, expected) = message.strip_prefix(what)?.strip_prefix(" \"")?.rsplit_once("\", expected ")?;
        Some(format!("{what}, expected {expected}"))
    });
    shortened.map_or(message.into(), Cow::Owned)
}

fn dollar(path: &str) -> String {
    let shown = crate::text::visible(path, 80);
    match shown.as_str() {
        "." | "" => "$".to_owned(),
        path if path.starts_with('[') => format!("${path}"),
        path => format!("$.{path}"),
    }
}
