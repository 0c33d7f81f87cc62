//! Patterns in the form in which names are compared.

use super::tables::{MAX_NAME_LEN, MAX_PREFIX_LEN};

/// The longest text that a pattern is held against: `service:name`.
pub(super) const MAX_TEXT_LEN: usize = MAX_PREFIX_LEN + 1 + MAX_NAME_LEN;

/// With runs of `*` made one, there is at most one before each other character and one at the end.
const CAPACITY: usize = 2 * MAX_TEXT_LEN + 1;

/// A pattern in lower case and with each run of `*` made one `*`, which means the same. It lies on the stack: a
/// pattern that needs more room than this is longer than anything it could match.
pub(super) struct Folded {
    bytes: [u8; CAPACITY],
    length: usize,
    /// Characters other than `*`: no shorter text matches.
    least: usize,
}

impl Folded {
    /// Folds an ASCII pattern. `None` if it is not ASCII, or longer than every name, so that it matches nothing.
    pub(super) fn new(pattern: &str) -> Option<Self> {
        let mut folded = Self { bytes: [0; CAPACITY], length: 0, least: 0 };
        let mut last = 0;
        for byte in pattern.bytes() {
            if byte == b'*' && last == b'*' {
                continue;
            }
            if !byte.is_ascii() || folded.least > MAX_TEXT_LEN {
                return None;
            }
            *folded.bytes.get_mut(folded.length)? = byte.to_ascii_lowercase();
            folded.length += 1;
            folded.least += usize::from(byte != b'*');
            last = byte;
        }
        Some(folded)
    }

    /// The folded pattern.
    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }

    /// How long a text must be at the least to match.
    pub(super) fn least(&self) -> usize {
        self.least
    }
}
