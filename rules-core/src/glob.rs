//! Patterns with `*` (any run of characters, also none) and `?` (exactly one character).
//!
//! Policies are untrusted input, and `a*a*a*…` makes a backtracking matcher quadratic. Here each literal piece
//! between two `*` is searched once, from where the piece before it ended; the leftmost place is always right,
//! because it leaves the most text to the pieces after it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Whether `pattern` matches the whole of `text`, upper and lower case being different.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let (Some(first), Some(last)) = (pieces.next(), pieces.next_back()) else {
        return strip_start(pattern, text) == Some("");
    };
    let Some(rest) = strip_start(first, text) else {
        return false;
    };
    let Some(rest) = strip_end(last, rest) else {
        return false;
    };
    pieces.try_fold(rest, |rest, piece| skip_past(piece, rest)).is_some()
}

/// Whether `pattern` matches the whole of `text`, ASCII letters matching in either case.
pub(crate) fn matches_ignore_case(pattern: &str, text: &str) -> bool {
    // What comes before the first wildcard settles most patterns, and all but few end there.
    let is_same = |(wanted, found): &(u8, u8)| !matches!(wanted, b'*' | b'?') && wanted.eq_ignore_ascii_case(found);
    let same = pattern.bytes().zip(text.bytes()).take_while(is_same).count();
    match pattern.as_bytes().get(same..) {
        None | Some([]) => text.len() == same,
        Some(b"*") => true,
        Some([b'*' | b'?', ..]) => {
            let rests = pattern.get(same..).zip(text.get(same..));
            rests.is_some_and(|(pattern, text)| matches(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase()))
        }
        Some(_) => false,
    }
}

/// A search that was given up because it grew too large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLarge;

/// A text that all the patterns match, if there is one, with `filler` wherever any text will do.
///
/// A search over the places in each pattern.
///
/// # Errors
/// When it grows too large.
pub(crate) fn common(patterns: &[&str], filler: &str) -> Result<Option<String>, TooLarge> {
    /// More places than this and the search gives up.
    const MAX_PLACES: usize = 20_000;
    let patterns: Vec<Vec<char>> = patterns.iter().map(|pattern| pattern.chars().collect()).collect();
    let at = |places: &[usize]| -> Vec<Option<char>> {
        patterns.iter().zip(places).map(|(pattern, place)| pattern.get(*place).copied()).collect()
    };
    let start = vec![0; patterns.len()];
    let mut seen = BTreeSet::from([start.clone()]);
    let mut open = VecDeque::from([(start, String::new())]);
    while let Some((places, text)) = open.pop_front() {
        let next = at(&places);
        if next.iter().all(Option::is_none) {
            return Ok(Some(text));
        }
        if seen.len() >= MAX_PLACES {
            return Err(TooLarge);
        }
        let mut reach = |places: Vec<usize>, text: String| {
            if seen.insert(places.clone()) {
                open.push_back((places, text));
            }
        };
        let text = if next.iter().all(|wanted| *wanted == Some('*')) { text + filler } else { text };
        // A star may end here.
        for (index, _) in next.iter().enumerate().filter(|(_, wanted)| **wanted == Some('*')) {
            let ended = places.iter().enumerate().map(|(other, place)| place + usize::from(other == index));
            reach(ended.collect(), text.clone());
        }
        // Or every pattern reads the same letter.
        let letter = next.iter().flatten().copied().find(|wanted| !matches!(wanted, '*' | '?')).unwrap_or('x');
        let reads =
            |wanted: &Option<char>| wanted.is_some_and(|wanted| matches!(wanted, '*' | '?') || wanted == letter);
        if next.iter().all(reads) && next.iter().any(|wanted| *wanted != Some('*')) {
            let read = places.iter().zip(&next).map(|(place, wanted)| place + usize::from(*wanted != Some('*')));
            reach(read.collect(), format!("{text}{letter}"));
        }
    }
    Ok(None)
}

/// What follows `piece` at the start of `text`.
fn strip_start<'a>(piece: &str, text: &'a str) -> Option<&'a str> {
    if !piece.contains('?') {
        return text.strip_prefix(piece);
    }
    let mut rest = text.chars();
    piece
        .chars()
        .all(|wanted| rest.next().is_some_and(|found| wanted == '?' || wanted == found))
        .then_some(rest.as_str())
}

/// What precedes `piece` at the end of `text`.
fn strip_end<'a>(piece: &str, text: &'a str) -> Option<&'a str> {
    if !piece.contains('?') {
        return text.strip_suffix(piece);
    }
    let mut rest = text.chars();
    piece
        .chars()
        .rev()
        .all(|wanted| rest.next_back().is_some_and(|found| wanted == '?' || wanted == found))
        .then_some(rest.as_str())
}

/// What follows the leftmost occurrence of `piece` in `text`.
fn skip_past<'a>(piece: &str, text: &'a str) -> Option<&'a str> {
    if !piece.contains('?') {
        return if text.len() <= SHORT {
            skip_past_in_short(piece, text)
        } else {
            // std searches in linear time, whatever the piece.
            text.split_once(piece).map(|(_, rest)| rest)
        };
    }
    skip_past_wild(piece, text)
}

/// Up to this many bytes, trying every place costs less than preparing std's search. Action names are shorter.
const SHORT: usize = 64;

/// [`skip_past`] for a text short enough to try every place.
fn skip_past_in_short<'a>(piece: &str, text: &'a str) -> Option<&'a str> {
    let Some((first, others)) = piece.as_bytes().split_first() else {
        return Some(text);
    };
    let mut rest = text.as_bytes();
    while let Some((found, behind)) = rest.split_first() {
        if found == first && behind.starts_with(others) {
            return text.get(text.len() - behind.len() + others.len()..);
        }
        rest = behind;
    }
    None
}

/// [`skip_past`] for a piece with `?`: Shift-And, one bit for each character of the piece that the text read so far
/// can end in, so that the work is a 64th of characters times characters even in the worst case.
fn skip_past_wild<'a>(piece: &str, text: &'a str) -> Option<&'a str> {
    let length = piece.chars().count();
    if length > text.len() {
        return None;
    }
    let words = length.div_ceil(64);
    let mut any = vec![0u64; words];
    let mut places: BTreeMap<char, Vec<usize>> = BTreeMap::new();
    for (position, wanted) in piece.chars().enumerate() {
        match wanted {
            '?' => set_bit(&mut any, position),
            letter => places.entry(letter).or_default().push(position),
        }
    }
    // A letter that is rare has a list of its places; a frequent one has a mask, of which there are 64 at most.
    let mask = |places: &Vec<usize>| {
        let mut mask = any.clone();
        places.iter().for_each(|place| set_bit(&mut mask, *place));
        mask
    };
    let frequent = places.iter().filter(|(_, places)| places.len() > words);
    let masks: BTreeMap<char, Vec<u64>> = frequent.map(|(letter, places)| (*letter, mask(places))).collect();
    let mut state = vec![0u64; words];
    let end = 1u64 << ((length - 1) % 64);
    let mut rest = text.chars();
    while let Some(found) = rest.next() {
        let mask = masks.get(&found);
        let places = if mask.is_some() { None } else { places.get(&found) };
        let mut carry = 1;
        for word in &mut state {
            let next = *word >> 63;
            *word = *word << 1 | carry;
            carry = next;
        }
        let stays: Vec<usize> = places.into_iter().flatten().copied().filter(|place| has_bit(&state, *place)).collect();
        for (word, mask) in state.iter_mut().zip(mask.unwrap_or(&any)) {
            *word &= mask;
        }
        stays.into_iter().for_each(|place| set_bit(&mut state, place));
        if state.last().is_some_and(|word| word & end != 0) {
            return Some(rest.as_str());
        }
    }
    None
}

fn has_bit(words: &[u64], position: usize) -> bool {
    words.get(position / 64).is_some_and(|word| word >> (position % 64) & 1 == 1)
}

fn set_bit(words: &mut [u64], position: usize) {
    if let Some(word) = words.get_mut(position / 64) {
        *word |= 1 << (position % 64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, as a table: `row[i]` says whether the pattern so far matches the first `i` characters.
    fn reference(pattern: &str, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut row = vec![false; text.len() + 1];
        row[0] = true;
        for wanted in pattern.chars() {
            let mut next = vec![false; row.len()];
            for end in 0..row.len() {
                next[end] = match wanted {
                    '*' => row[end] || end > 0 && next[end - 1],
                    _ => end > 0 && row[end - 1] && (wanted == '?' || wanted == text[end - 1]),
                };
            }
            row = next;
        }
        row[text.len()]
    }

    fn words(alphabet: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut from = 0;
        for _ in 0..longest {
            let until = all.len();
            for index in from..until {
                for letter in alphabet.chars() {
                    all.push(format!("{}{letter}", all[index]));
                }
            }
            from = until;
        }
        all
    }

    #[test]
    fn agrees_with_the_definition_on_every_short_pattern() {
        let texts = words("ab", 7);
        for pattern in words("ab*?", 6) {
            for text in &texts {
                assert_eq!(matches(&pattern, text), reference(&pattern, text), "{pattern} against {text}");
            }
        }
    }

    #[test]
    fn question_mark_is_one_character_of_any_width() {
        for (pattern, text, expected) in [
            ("?", "é", true),
            ("??", "é", false),
            ("*?x*", "aéx", true),
            ("*é?", "xéé", true),
            ("*é?*", "xé", false),
            ("a?*?é", "a€éé", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} against {text}");
            assert_eq!(reference(pattern, text), expected, "reference: {pattern} against {text}");
        }
    }

    #[test]
    fn pieces_longer_than_one_word_of_bits() {
        let text = "ab".repeat(200);
        for length in [63, 64, 65, 127, 128, 129, 300] {
            let piece: String = "?b".repeat(200).chars().take(length).collect();
            for pattern in [format!("*{piece}*"), format!("b*{piece}*"), format!("*x{piece}*"), format!("*{piece}x*")] {
                assert_eq!(matches(&pattern, &text), reference(&pattern, &text), "{pattern}");
            }
        }
    }

    #[test]
    fn case_matters_only_when_asked() {
        assert!(!matches("S3:get*", "s3:GetObject"));
        assert!(matches_ignore_case("S3:get*", "s3:GetObject"));
        assert!(!matches_ignore_case("É", "é"));
    }

    /// How long they take is measured by a benchmark; a quadratic matcher would not be done here within minutes either.
    #[test]
    fn hostile_patterns_are_answered() {
        let text = "a".repeat(8192);
        let long = "a".repeat(4096);
        // As many letters as characters.
        let letters: String = ('\u{4e00}'..'\u{9e00}').collect();
        assert!(matches(&format!("*?{letters}*"), &format!("x{letters}y")));
        assert!(!matches(&format!("*?{letters}b*"), &format!("x{letters}y")));
        for pattern in ["a*".repeat(4096), "a*".repeat(4095) + "b", "*a?".repeat(2730), format!("*?{long}b*")] {
            assert_eq!(matches(&pattern, &text), !pattern.contains('b'));
        }
    }

    #[test]
    fn a_common_text_is_found_whenever_there_is_one() {
        let patterns = words("ab*?", 3);
        let texts = words("abx", 5);
        for one in &patterns {
            for other in patterns.iter().filter(|other| *other >= one) {
                let exists = texts.iter().any(|text| reference(one, text) && reference(other, text));
                match common(&[one, other], "y").unwrap() {
                    Some(text) => assert!(reference(one, &text) && reference(other, &text), "{one} {other} {text}"),
                    None => assert!(!exists, "{one} {other}"),
                }
            }
        }
        let three = ["role/a*", "role/*b*", "role/*-c"];
        let text = common(&three, "y").unwrap().unwrap();
        assert!(three.iter().all(|pattern| reference(pattern, &text)), "{text}");
    }
}
