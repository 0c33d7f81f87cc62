//! Percent-encoding (RFC 3986), decoded strictly and exactly once.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Why percent-encoded text was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PercentError {
    #[error("bad percent escape at offset {offset}")]
    Escape { offset: usize },
    #[error("percent escapes decode to bytes that are not UTF-8")]
    NotUtf8,
}

/// Decodes every `%XX`; `+` stays `+`.
///
/// The library leaves a bad escape as it stands, which would let a cut document pass for a whole one, so the escapes
/// are checked first.
pub(crate) fn decode(text: &str) -> Result<Cow<'_, str>, PercentError> {
    let bytes = text.as_bytes();
    for (offset, _) in text.match_indices('%') {
        let digits = bytes.get(offset + 1..offset + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(PercentError::Escape { offset });
        }
    }
    percent_decode_str(text).decode_utf8().map_err(|_| PercentError::NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn decodes_once_and_keeps_the_plus() {
        assert_eq!(decode("a%2Fb%252F+c").unwrap(), "a/b%2F+c");
    }

    #[test]
    fn refuses_what_is_cut_or_wrong() {
        for text in ["%", "%2", "%zz", "%ff"] {
            assert!(decode(text).is_err(), "{text}");
        }
    }
}
