//! The parser of filter patterns.

use super::{Expression, Test, Wanted};

/// Why a pattern could not be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected} at character {position}")]
pub(super) struct InvalidPattern {
    expected: String,
    /// One-based.
    position: usize,
}

/// CloudWatch Logs accepts 1,024 characters; real patterns nest only a few levels.
const MAX_DEPTH: usize = 32;

/// Reads a pattern in braces.
pub(super) fn parse(pattern: &str) -> Result<Expression, InvalidPattern> {
    let mut reader = Reader { pattern, rest: pattern };
    reader.expect("{")?;
    let expression = reader.alternatives(0)?;
    reader.expect("}")?;
    reader.skip_blanks();
    match reader.rest {
        "" => Ok(expression),
        _ => reader.refuse("unexpected text after the pattern"),
    }
}

struct Reader<'a> {
    pattern: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn alternatives(&mut self, depth: usize) -> Result<Expression, InvalidPattern> {
        let mut parts = vec![self.conjunction(depth)?];
        while self.take("||") {
            parts.push(self.conjunction(depth)?);
        }
        Ok(Expression::Or(parts))
    }

    fn conjunction(&mut self, depth: usize) -> Result<Expression, InvalidPattern> {
        let mut parts = vec![self.operand(depth)?];
        while self.take("&&") {
            parts.push(self.operand(depth)?);
        }
        match self.rest.as_bytes().first() {
            Some(b'&' | b'|') if !self.rest.starts_with("||") => self.refuse("expected `&&` or `||`"),
            _ => Ok(Expression::And(parts)),
        }
    }

    fn operand(&mut self, depth: usize) -> Result<Expression, InvalidPattern> {
        if !self.take("(") {
            return Ok(Expression::Term { selector: self.selector()?, test: self.test()? });
        }
        if depth >= MAX_DEPTH {
            return self.refuse("parentheses nested too deeply");
        }
        let inner = self.alternatives(depth + 1)?;
        self.expect(")")?;
        Ok(inner)
    }

    /// The path of a field: names joined by dots.
    fn selector(&mut self) -> Result<String, InvalidPattern> {
        if !self.take("$") {
            return self.refuse("expected a selector, which begins with `$`");
        }
        let mut path = String::new();
        loop {
            // Between the steps of a selector there are no blanks.
            let dot = self.take_here(".");
            if self.take_here("[") {
                let quote = self.rest.chars().next().filter(|quote| matches!(quote, '"' | '\''));
                let name = match quote {
                    Some(quote) => self.until_quote(quote)?,
                    None => self.while_is(|character| character.is_ascii_digit()),
                };
                if !self.take_here("]") {
                    return self.refuse("expected `]`");
                }
                push_step(&mut path, name);
            } else if dot {
                let name = self.while_is(|character| character.is_alphanumeric() || matches!(character, '-' | '_'));
                if name.is_empty() {
                    return self.refuse("expected a name");
                }
                push_step(&mut path, name);
            } else if path.is_empty() {
                return self.refuse("expected a name");
            } else {
                return Ok(path);
            }
        }
    }

    fn test(&mut self) -> Result<Test, InvalidPattern> {
        if self.take_word("EXISTS") {
            return Ok(Test::Exists);
        }
        if self.take_word("NOT") {
            return if self.take_word("EXISTS") { Ok(Test::NotExists) } else { self.refuse("expected EXISTS") };
        }
        if self.take_word("IS") {
            let known = ["NULL", "TRUE", "FALSE"].into_iter().any(|word| self.take_word(word));
            return if known { Ok(Test::NotText) } else { self.refuse("expected NULL, TRUE or FALSE") };
        }
        if self.take("!=") {
            return self.value().map(Test::Differs);
        }
        // The longer operators first.
        if ["<=", ">=", "<", ">"].into_iter().any(|operator| self.take(operator)) {
            return self.value().map(|_| Test::NotText);
        }
        if self.take("=") {
            return self.value().map(Test::Equals);
        }
        self.refuse("expected an operator")
    }

    fn value(&mut self) -> Result<Wanted, InvalidPattern> {
        self.skip_blanks();
        match self.rest.chars().next() {
            Some('"') => Ok(text(&self.quoted()?)),
            Some('%') => {
                self.take_here("%");
                let Some((expression, rest)) = self.rest.split_once('%') else {
                    return self.refuse("a regular expression is not closed");
                };
                self.rest = rest;
                Ok(regular_expression(expression))
            }
            // Their meaning is not documented.
            Some('\'') => self.refuse("single quotes"),
            _ => match self.while_is(|character| !character.is_whitespace() && !"(){}&|\"".contains(character)) {
                "" => self.refuse("expected a value"),
                bare => Ok(text(bare)),
            },
        }
    }

    /// Text in double quotes, in which `\` takes the meaning from the character after it.
    fn quoted(&mut self) -> Result<String, InvalidPattern> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((offset, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = self.rest.get(offset + 1..).unwrap_or_default();
                    return Ok(text);
                }
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        self.refuse("a quotation mark is not closed")
    }

    /// What stands between two `quote`s, the first of which comes next.
    fn until_quote(&mut self, quote: char) -> Result<&'a str, InvalidPattern> {
        let inner = self.rest.strip_prefix(quote).and_then(|rest| rest.split_once(quote));
        let Some((text, rest)) = inner else {
            return self.refuse("a quotation mark is not closed");
        };
        self.rest = rest;
        Ok(text)
    }

    fn while_is(&mut self, belongs: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|character| !belongs(character)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, text: &str) -> bool {
        self.skip_blanks();
        self.take_here(text)
    }

    fn take_here(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// A word of the language, in either case.
    fn take_word(&mut self, word: &str) -> bool {
        self.skip_blanks();
        let Some((found, rest)) = self.rest.split_at_checked(word.len()) else { return false };
        let ends = !rest.starts_with(|character: char| character.is_alphanumeric() || character == '_');
        let is_it = found.eq_ignore_ascii_case(word) && ends;
        if is_it {
            self.rest = rest;
        }
        is_it
    }

    fn expect(&mut self, text: &str) -> Result<(), InvalidPattern> {
        if self.take(text) { Ok(()) } else { self.refuse(&format!("expected `{text}`")) }
    }

    fn refuse<T>(&self, expected: &str) -> Result<T, InvalidPattern> {
        let before = self.pattern.len() - self.rest.len();
        let position = self.pattern.get(..before).map_or(0, |before| before.chars().count()) + 1;
        Err(InvalidPattern { expected: expected.to_owned(), position })
    }
}

fn push_step(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// A `*` is a wildcard at the beginning and at the end of a text, and nowhere else for certain.
fn text(text: &str) -> Wanted {
    let inner = text.strip_prefix('*').unwrap_or(text);
    let more_before = inner.len() < text.len();
    let core = inner.strip_suffix('*').unwrap_or(inner);
    let more_after = core.len() < inner.len();
    match core {
        "" if more_before || more_after => Wanted::Text { text: String::new(), more_before: true, more_after: true },
        core if core.contains('*') => Wanted::Unjudged,
        core => Wanted::Text { text: core.to_owned(), more_before, more_after },
    }
}

/// Letters and digits stand for themselves; other expressions are not evaluated.
fn regular_expression(expression: &str) -> Wanted {
    let inner = expression.strip_prefix('^').unwrap_or(expression);
    let core = inner.strip_suffix('$').unwrap_or(inner);
    if core.is_empty() || !core.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Wanted::Unjudged;
    }
    let (more_before, more_after) = (inner.len() == expression.len(), core.len() == inner.len());
    Wanted::Text { text: core.to_owned(), more_before, more_after }
}
