//! The token that AWS Config requires with results.

use std::fmt;

/// The token that ties results to an invocation. It is treated as a credential: nothing displays it.
#[derive(Clone, PartialEq, Eq)]
pub struct ResultToken(String);

/// A part of the token that is shorter than this says nothing of it, in characters.
const TELLING: usize = 12;

/// AWS Config's tokens have thousands of characters. One of less than this is a test's, and stands in any text.
const SHORTEST: usize = 4;

/// What stands where the token was.
const HIDDEN: &str = "[result token]";

impl ResultToken {
    /// The token for local runs, by the convention of AWS's rule development kit.
    pub const TEST_MODE: &'static str = "TESTMODE";

    pub(super) fn new(token: String) -> Self {
        Self(token)
    }

    /// The token's text, for the one request that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether results go nowhere.
    #[must_use]
    pub fn is_test_mode(&self) -> bool {
        self.0 == Self::TEST_MODE
    }

    /// The text without the token and without long parts of it, because a service can quote the token that it refuses.
    #[must_use]
    pub fn hidden_in(&self, text: &str) -> String {
        let telling = TELLING.min(self.0.chars().count());
        if telling < SHORTEST || self.is_test_mode() {
            return text.to_owned();
        }
        let mut hidden = String::with_capacity(text.len());
        let mut rest = text.chars();
        while !rest.as_str().is_empty() {
            let shared = self.shared_with(rest.as_str(), telling);
            if shared == 0 {
                hidden.extend(rest.next());
            } else {
                hidden.push_str(HIDDEN);
                rest.nth(shared - 1);
            }
        }
        hidden
    }

    /// How many characters at the beginning of `text` stand in the token, if that is at least `telling`; else 0.
    fn shared_with(&self, text: &str, telling: usize) -> usize {
        let is_shared = |length: &usize| {
            let end = text.char_indices().nth(*length).map_or(text.len(), |(end, _)| end);
            text.get(..end).is_some_and(|part| self.0.contains(part))
        };
        let length = text.chars().count();
        (telling..=length).take_while(is_shared).last().unwrap_or(0)
    }
}

impl fmt::Debug for ResultToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResultToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::ResultToken;

    #[test]
    fn the_token_and_parts_of_it_are_taken_out() {
        let token = ResultToken::new("eyJlbmNyeXB0ZWREYXRhIjpbLTU0".to_owned());
        for (text, expected) in [
            ("token eyJlbmNyeXB0ZWREYXRhIjpbLTU0 is not valid", "token [result token] is not valid"),
            ("eyJlbmNyeXB0ZWREYXRhIjpbLTU0", "[result token]"),
            ("token eyJlbmNyeXB0... is not valid", "token [result token]... is not valid"),
            ("...REYXRhIjpbLTU0 twice: REYXRhIjpbLTU0", "...[result token] twice: [result token]"),
            ("eyJ is short", "eyJ is short"),
            ("", ""),
        ] {
            assert_eq!(token.hidden_in(text), expected);
        }
        assert_eq!(ResultToken::new("short".to_owned()).hidden_in("a short token"), "a [result token] token");
        let mode = ResultToken::new(ResultToken::TEST_MODE.to_owned());
        assert_eq!(mode.hidden_in("TESTMODE is no token"), "TESTMODE is no token");
        for short in ["", "t"] {
            assert_eq!(ResultToken::new(short.to_owned()).hidden_in("text"), "text");
        }
    }
}
