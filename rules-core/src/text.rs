//! Escaping of text from outside for display.
//!
//! Names, paths and policy text can contain control characters, terminal sequences and every character that a JSON
//! escape can produce. Text goes through [`visible`] before it is shown to a person, and through [`ascii`] where AWS or
//! another program takes ASCII only.

use std::fmt::Write as _;

/// `text` with characters for which [`is_hidden`] is true written as `\u{…}`, shortened to `limit` characters, with
/// `...` at the end if it was shortened.
///
/// ```
/// use rules_core::text::visible;
/// assert_eq!(visible("Jürgen Müller", 100), "Jürgen Müller");
/// assert_eq!(visible("a\u{1b}[2J\u{202e}b", 100), "a\\u{1b}[2J\\u{202e}b");
/// ```
#[must_use]
pub fn visible(text: &str, limit: usize) -> String {
    shown(text, limit, is_hidden)
}

/// As [`visible`], but writes all characters except visible ASCII as `\u{…}`: for annotations of AWS Config, and for
/// names that other programs read.
#[must_use]
pub fn ascii(text: &str, limit: usize) -> String {
    shown(text, limit, |character| !matches!(character, ' '..='~'))
}

/// Whether a character controls a terminal, changes the direction of text, or is invisible: controls, characters of
/// format and bidirectional text, zero-width and ignorable characters, ends of lines, and those without a meaning.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control() || HIDDEN.iter().any(|(first, last)| (*first..=*last).contains(&character))
}

/// Unicode's format characters (Cf), separators of lines and paragraphs (Zl, Zp), ignorable characters
/// (`Default_Ignorable_Code_Point`), private use (Co) and noncharacters, in order.
const HIDDEN: [(char, char); 31] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{e000}', '\u{f8ff}'),
    ('\u{fdd0}', '\u{fdef}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{fffe}', '\u{ffff}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{1fffe}', '\u{1ffff}'),
    ('\u{2fffe}', '\u{2ffff}'),
    ('\u{3fffe}', '\u{3ffff}'),
    // The planes behind hold ignorable and private characters only.
    ('\u{4fffe}', '\u{10ffff}'),
];

fn shown(text: &str, limit: usize, is_escaped: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len().min(limit));
    let mut length = 0;
    for character in text.chars() {
        let before = shown.len();
        if is_escaped(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
            length += shown.len() - before;
        } else {
            shown.push(character);
            length += 1;
        }
        if length > limit {
            break;
        }
    }
    shorten(shown, limit)
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

/// Cuts text to `limit` characters, ending in `...` when something was cut.
pub(crate) fn shorten(mut text: String, limit: usize) -> String {
    const MARK: &str = "...";
    // Bytes bound characters from above.
    if text.len() <= limit || text.chars().count() <= limit {
        return text;
    }
    let kept = limit.saturating_sub(MARK.len());
    let end = text.char_indices().nth(kept).map_or(text.len(), |(end, _)| end);
    text.truncate(end);
    if limit >= MARK.len() {
        text.push_str(MARK);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{ascii, is_hidden, visible};

    #[test]
    fn what_shows_stays_as_it_is() {
        for text in ["Jürgen Müller", "Zoë", "加藤", "Ελένη", "مريم", "naïve café", "a\u{a0}b", "😀"]
        {
            assert_eq!(visible(text, 100), text);
        }
    }

    #[test]
    fn what_does_not_show_is_written_out() {
        assert_eq!(visible("a\u{1b}[2J\u{2028}b", 100), "a\\u{1b}[2J\\u{2028}b");
        for hidden in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{9b}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{e000}',
            '\u{e0041}',
            '\u{e0100}',
            '\u{f0003}',
            '\u{10ffff}',
        ] {
            assert!(is_hidden(hidden), "{}", u32::from(hidden));
        }
    }

    #[test]
    fn ascii_is_for_those_that_take_no_more() {
        assert_eq!(ascii("Jürgen", 100), "J\\u{fc}rgen");
        assert_eq!(ascii("a b~", 100), "a b~");
    }

    #[test]
    fn long_text_is_cut_to_the_limit() {
        assert_eq!(visible("abcdefgh", 6), "abc...");
        assert_eq!(visible("abcdef", 6), "abcdef");
        assert_eq!(visible("äöüäöüäö", 6), "äöü...");
        assert_eq!(visible("äöüäöü", 6), "äöüäöü");
        for limit in 0..12 {
            assert!(visible("\u{2028}ä\u{2028}\u{2028}", limit).chars().count() <= limit, "{limit}");
            assert!(ascii("\u{2028}ä\u{2028}\u{2028}", limit).len() <= limit, "{limit}");
        }
    }
}
