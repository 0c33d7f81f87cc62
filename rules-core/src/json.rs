//! JSON from outside: decoded strictly, and every error says where.
//!
//! Public so that whoever reads further files around the rules gives the same errors for them.

use std::fmt;

use serde::de::DeserializeSeed;

/// Why a JSON text was refused, and where.
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

    /// Where in the document, such as `$.Statement[0].Action`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// One-based line and column, where known.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        self.position
    }

    /// What is wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The same error seen from the document that holds this one at `outer`.
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

/// The text in `bytes`: UTF-8, with one byte order mark removed.
///
/// # Errors
/// Names the encoding when it is UTF-16, and the offset of the first byte that is not UTF-8.
pub fn text(bytes: &[u8]) -> Result<&str, JsonError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(JsonError::at("$", "the text is UTF-16, not UTF-8: save it as UTF-8"));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        JsonError::at("$", format!("the text is not UTF-8: bad byte at offset {}", error.valid_up_to()))
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
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

/// Reads one JSON document into `T`.
///
/// # Errors
/// When the text is not one document of that shape and nothing after it.
pub fn read_as<'de, T: serde::Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    read(text, std::marker::PhantomData)
}

/// Errors are rare, so the path is found by reading a second time with every step recorded.
fn with_path<'de, S: DeserializeSeed<'de>>(text: &'de str, seed: S, error: &serde_json::Error) -> JsonError {
    let mut track = serde_path_to_error::Track::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let path = match seed.deserialize(serde_path_to_error::Deserializer::new(&mut deserializer, &mut track)) {
        Ok(_) => "$".to_owned(),
        Err(_) => dollar(&track.path().to_string()),
    };
    let (line, column) = (error.line(), error.column());
    // serde_json ends its messages with the place, which is said apart here.
    let full = error.to_string();
    let message = full.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&full);
    JsonError { path, position: (line > 0).then_some((line, column)), message: crate::text::visible(message, 160) }
}

fn dollar(path: &str) -> String {
    let shown = crate::text::visible(path, 80);
    match shown.as_str() {
        "." | "" => "$".to_owned(),
        path if path.starts_with('[') => format!("${path}"),
        path => format!("$.{path}"),
    }
}
