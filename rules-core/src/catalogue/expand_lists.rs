//! Expanding all patterns of a document at once.
//!
//! A pattern is compared with every action that it may match, and a pattern that begins with a wildcard may match all
//! actions. Thousands of such patterns would take seconds one by one. Here they are compared with the catalogue
//! together, by an automaton with one bit for each character of the patterns: a character of the catalogue moves 64 of
//! them in one step.

use super::action::ActionIndex;
use super::action_set::ActionSet;
use super::expand::{Expansion, UnknownPattern, expand, is_searched_everywhere};
use super::folded::{Folded, MAX_TEXT_LEN};
use super::service;

/// The actions that the patterns of one list match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpandedList<'p> {
    pub(crate) actions: ActionSet,
    /// The patterns that match none, in order.
    pub(crate) unknown: Vec<(&'p str, UnknownPattern)>,
}

/// With fewer patterns than this, holding each against the catalogue takes less time than the automaton.
const FEW: usize = 4;

/// Expands each list of patterns as [`expand`] does each pattern. The work is bounded by the size of the catalogue times
/// that of the patterns divided by 64, whatever they are.
pub(crate) fn expand_lists<'p>(lists: &[Vec<&'p str>]) -> Vec<ExpandedList<'p>> {
    let everywhere = lists.iter().flatten().filter(|pattern| is_searched_everywhere(pattern)).count();
    let mut automaton = if everywhere > FEW { Some(Automaton::default()) } else { None };
    let mut expanded = Vec::with_capacity(lists.len());
    for list in lists {
        let mut actions = ActionSet::empty();
        let mut unknown = Vec::new();
        for (place, pattern) in list.iter().enumerate() {
            let deferred = automaton.as_mut().filter(|_| is_searched_everywhere(pattern));
            match deferred.zip(Folded::new(pattern)) {
                Some((automaton, folded)) => automaton.add(folded.as_str(), place),
                None => {
                    if let Expansion::Unknown(kind) = expand(pattern, &mut actions) {
                        unknown.push((place, kind));
                    }
                }
            }
        }
        if let Some(automaton) = &mut automaton {
            automaton.end_list();
        }
        expanded.push((actions, unknown));
    }
    if let Some(automaton) = automaton {
        automaton
            .run(|list, action| {
                if let Some((actions, _)) = expanded.get_mut(list) {
                    actions.insert(action);
                }
            })
            .into_iter()
            .for_each(|(list, place)| {
                if let Some((_, unknown)) = expanded.get_mut(list) {
                    unknown.push((place, UnknownPattern::Wildcard));
                }
            });
    }
    let named = |list: &Vec<&'p str>, mut unknown: Vec<(usize, UnknownPattern)>| {
        unknown.sort_by_key(|(place, _)| *place);
        unknown.into_iter().filter_map(|(place, kind)| Some((*list.get(place)?, kind))).collect()
    };
    lists
        .iter()
        .zip(expanded)
        .map(|(list, (actions, unknown))| ExpandedList { actions, unknown: named(list, unknown) })
        .collect()
}

/// The characters of the catalogue: letters, digits, hyphen and colon.
const LETTERS: usize = 38;

/// The number of a character of the catalogue. What is none has the number of no character.
fn letter(byte: u8) -> Option<usize> {
    match byte {
        b'a'..=b'z' => Some(usize::from(byte - b'a')),
        b'0'..=b'9' => Some(usize::from(byte - b'0') + 26),
        b'-' => Some(36),
        b':' => Some(37),
        _ => None,
    }
}

/// Patterns as one row of places: before the first character of a pattern, and behind each. All places that the text so
/// far can lead to are known at any time.
#[derive(Default)]
struct Automaton {
    /// The places, with what leads from the one before to this one.
    places: Vec<Step>,
    /// Those where a pattern begins.
    starts: Vec<usize>,
    /// Those where it is matched, with its place in its list.
    ends: Vec<(usize, usize)>,
    /// How many of [`Self::ends`] there are up to the end of each list.
    lists: Vec<usize>,
}

/// What leads to a place.
#[derive(Clone, Copy)]
struct Step {
    /// None for the first of a pattern.
    by: Option<u8>,
    /// Whether a `*` follows, so that every further character leads here again.
    stays: bool,
}

impl Automaton {
    /// Adds a folded pattern that has some place in the list.
    fn add(&mut self, pattern: &str, place: usize) {
        self.starts.push(self.places.len());
        self.places.push(Step { by: None, stays: false });
        for byte in pattern.bytes() {
            match (byte, self.places.last_mut()) {
                (b'*', Some(last)) => last.stays = true,
                (byte, _) => self.places.push(Step { by: Some(byte), stays: false }),
            }
        }
        self.ends.push((self.places.len() - 1, place));
    }

    fn end_list(&mut self) {
        self.lists.push(self.ends.len());
    }

    /// Holds the patterns against every action, and says which list each match is of. Returns the patterns that match
    /// nothing: their lists and their places in them.
    fn run(&self, mut found: impl FnMut(usize, ActionIndex)) -> Vec<(usize, usize)> {
        let words = self.places.len().div_ceil(64);
        let tables = Tables::new(self, words);
        let lists = self.lists_of_words();
        let mut matched = vec![0; words];
        // What each beginning of the text leads to, so that the next text goes on from what they have in common.
        let mut states = vec![vec![0u64; words + 1]; MAX_TEXT_LEN + 1];
        if let Some(first) = states.first_mut() {
            first.splice(1.., tables.starts.iter().copied());
        }
        let mut before: Vec<u8> = Vec::new();
        let mut text: Vec<u8> = Vec::with_capacity(MAX_TEXT_LEN);
        for service in service::all() {
            for action in service.actions() {
                text.clear();
                text.extend(service.prefix().bytes().chain([b':']).chain(action.lower_name().bytes()));
                let common = before.iter().zip(&text).take_while(|(one, other)| one == other).count();
                for (at, byte) in text.iter().enumerate().skip(common) {
                    tables.step(*byte, states.get_mut(at..));
                }
                if let Some([_, state @ ..]) = states.get(text.len()).map(Vec::as_slice) {
                    tables.matches(state, &mut matched, &lists, |list| found(list, action));
                }
                std::mem::swap(&mut before, &mut text);
            }
        }
        let is_matched = |end: usize| matched.get(end / 64).is_some_and(|word: &u64| word >> (end % 64) & 1 == 1);
        let mut unmatched = Vec::new();
        let mut start = 0;
        for (list, end) in self.lists.iter().enumerate() {
            let ends = self.ends.get(start..*end).unwrap_or_default();
            unmatched.extend(ends.iter().filter(|(end, _)| !is_matched(*end)).map(|(_, place)| (list, *place)));
            start = *end;
        }
        unmatched
    }

    /// The lists that have ends in each word, with the bits of these ends.
    fn lists_of_words(&self) -> Vec<Vec<(usize, u64)>> {
        let mut words: Vec<Vec<(usize, u64)>> = vec![Vec::new(); self.places.len().div_ceil(64)];
        let mut start = 0;
        for (list, end) in self.lists.iter().enumerate() {
            for (place, _) in self.ends.get(start..*end).unwrap_or_default() {
                let Some(word) = words.get_mut(place / 64) else { continue };
                let bit = 1 << (place % 64);
                match word.last_mut() {
                    Some((last, bits)) if *last == list => *bits |= bit,
                    _ => word.push((list, bit)),
                }
            }
            start = *end;
        }
        words
    }
}

/// The automaton as bits, one for each place.
struct Tables {
    words: usize,
    /// For each character of the catalogue, the places to which it leads.
    by_letter: Vec<u64>,
    stays: Vec<u64>,
    starts: Vec<u64>,
    ends: Vec<u64>,
}

impl Tables {
    fn new(automaton: &Automaton, words: usize) -> Self {
        let mut tables = Self {
            words,
            by_letter: vec![0; words * LETTERS],
            stays: vec![0; words],
            starts: vec![0; words],
            ends: vec![0; words],
        };
        for (place, step) in automaton.places.iter().enumerate() {
            match step.by {
                Some(b'?') => (0..LETTERS).for_each(|letter| set(&mut tables.by_letter, letter * words, place)),
                Some(byte) => {
                    if let Some(letter) = letter(byte) {
                        set(&mut tables.by_letter, letter * words, place);
                    }
                }
                None => {}
            }
            if step.stays {
                set(&mut tables.stays, 0, place);
            }
        }
        automaton.starts.iter().for_each(|start| set(&mut tables.starts, 0, *start));
        automaton.ends.iter().for_each(|(end, _)| set(&mut tables.ends, 0, *end));
        tables
    }

    /// Works out the second of the states from the first, by one character. A state has a word of zeros in front.
    fn step(&self, byte: u8, states: Option<&mut [Vec<u64>]>) {
        let Some([state, next, ..]) = states else { return };
        let Some(letter) = letter(byte) else { return next.fill(0) };
        let leads = self.by_letter.get(letter * self.words..).unwrap_or_default();
        let (own, next) = (state.get(1..).unwrap_or_default(), next.get_mut(1..).unwrap_or_default());
        // Slices side by side, which the compiler turns into vectors.
        for ((((next, own), before), leads), stays) in next.iter_mut().zip(own).zip(&*state).zip(leads).zip(&self.stays)
        {
            *next = ((own << 1 | before >> 63) & leads) | (own & stays);
        }
    }

    /// Notes which patterns are matched in a state, and says each list that has one of them once.
    fn matches(&self, state: &[u64], matched: &mut [u64], lists: &[Vec<(usize, u64)>], mut found: impl FnMut(usize)) {
        let mut last = None;
        for (((state, ends), matched), lists) in state.iter().zip(&self.ends).zip(matched).zip(lists) {
            let hits = state & ends;
            if hits == 0 {
                continue;
            }
            *matched |= hits;
            for (list, bits) in lists {
                if bits & hits != 0 && last != Some(*list) {
                    found(*list);
                    last = Some(*list);
                }
            }
        }
    }
}

fn set(words: &mut [u64], from: usize, place: usize) {
    if let Some(word) = words.get_mut(from + place / 64) {
        *word |= 1 << (place % 64);
    }
}
