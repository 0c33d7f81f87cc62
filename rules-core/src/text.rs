//! Text that others wrote, made safe to show.
//!
//! Names, paths and policy text may hold control characters, terminal sequences and anything that JSON escapes decode
//! to. Whatever of it reaches a message goes through here.

use std::fmt::Write as _;

/// `text` with everything but visible ASCII written as `\u{…}`, cut after `limit` characters with `…` as `...`.
///
/// The result has at most `limit` characters.
#[must_use]
pub fn visible(text: &str, limit: usize) -> String {
    let mut shown = String::with_capacity(text.len().min(limit));
    for character in text.chars() {
        push_visible(&mut shown, character);
        if shown.len() > limit {
            break;
        }
    }
    shorten(shown, limit)
}

fn push_visible(shown: &mut String, character: char) {
    if character == ' ' || character.is_ascii_graphic() {
        shown.push(character);
    } else {
        // Writing to a String cannot fail.
        let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
    }
}

/// Whether two texts are the same, for the compiler.
#[expect(clippy::indexing_slicing, reason = "both are as long")]
pub(crate) const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut place = 0;
    while place < one.len() {
        if one[place] != other[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// Cuts ASCII text to `limit` characters, ending in `...` when something was cut.
pub(crate) fn shorten(mut text: String, limit: usize) -> String {
    const MARK: &str = "...";
    if text.len() <= limit {
        return text;
    }
    let mut end = limit.saturating_sub(MARK.len());
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.truncate(end);
    if limit >= MARK.len() {
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(visible("a\u{1b}[2J\u{2028}b", 100), "a\\u{1b}[2J\\u{2028}b");
    }

    #[test]
    fn long_text_is_cut_to_the_limit() {
        assert_eq!(visible("abcdefgh", 6), "abc...");
        assert_eq!(visible("abcdef", 6), "abcdef");
        assert!(visible("\u{2028}\u{2028}\u{2028}", 10).len() <= 10);
    }
}
