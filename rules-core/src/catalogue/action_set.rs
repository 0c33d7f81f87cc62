//! Sets of actions.

use std::fmt;
use std::ops::Range;

use super::action::{ActionIndex, ActionRange};

/// A set of actions of the catalogue: one bit for each action from its first to its last, at most 2.8 KB.
///
/// Most statements name few services, whose actions are neighbours, so most sets are a few words long.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionSet {
    /// The number of the first word: 64 actions each.
    first: usize,
    /// Neither the first nor the last of these is zero.
    words: Vec<u64>,
}

impl ActionSet {
    /// The set without any action.
    pub const fn empty() -> Self {
        Self { first: 0, words: Vec::new() }
    }

    /// The set of all actions.
    pub fn full() -> Self {
        let mut set = Self::empty();
        set.insert_range(&ActionRange::all());
        set
    }

    /// Adds an action.
    pub fn insert(&mut self, action: ActionIndex) {
        let index = action.position() / 64;
        self.widen(index..index + 1);
        if let Some(word) = self.words.get_mut(index - self.first) {
            *word |= bit(action);
        }
    }

    /// Adds neighbouring actions.
    pub fn insert_range(&mut self, range: &ActionRange) {
        let (start, end) = range.positions();
        if start >= end {
            return;
        }
        let (first, last) = (start / 64, (end - 1) / 64);
        self.widen(first..last + 1);
        let head = u64::MAX << (start % 64);
        let tail = u64::MAX >> (63 - (end - 1) % 64);
        match self.words.get_mut(first - self.first..=last - self.first).unwrap_or_default() {
            [only] => *only |= head & tail,
            [low, between @ .., high] => {
                *low |= head;
                between.fill(u64::MAX);
                *high |= tail;
            }
            [] => {}
        }
    }

    /// Whether the set contains the action.
    pub fn contains(&self, action: ActionIndex) -> bool {
        self.word(action.position() / 64) & bit(action) != 0
    }

    /// Adds every action of `other`.
    pub fn union_with(&mut self, other: &Self) {
        if other.words.is_empty() {
            return;
        }
        self.widen(other.word_range());
        let own = self.words.get_mut(other.first - self.first..).unwrap_or_default();
        for (own, others) in own.iter_mut().zip(&other.words) {
            *own |= others;
        }
    }

    /// Keeps only the actions that `other` contains too.
    pub fn intersect_with(&mut self, other: &Self) {
        let both = self.first.max(other.first)..self.word_range().end.min(other.word_range().end);
        if both.is_empty() {
            self.clear();
            return;
        }
        self.words.truncate(both.end - self.first);
        self.words.drain(..both.start - self.first);
        self.first = both.start;
        let others = other.words.get(both.start - other.first..).unwrap_or_default();
        for (own, others) in self.words.iter_mut().zip(others) {
            *own &= others;
        }
        self.trim();
    }

    /// Removes every action of `other`.
    pub fn subtract(&mut self, other: &Self) {
        let (own, others) = match other.first.checked_sub(self.first) {
            Some(ahead) => (self.words.get_mut(ahead..), Some(other.words.as_slice())),
            None => (Some(self.words.as_mut_slice()), other.words.get(self.first - other.first..)),
        };
        if let (Some(own), Some(others)) = (own, others) {
            for (own, others) in own.iter_mut().zip(others) {
                *own &= !others;
            }
            self.trim();
        }
    }

    /// Whether the sets have no action in common.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let start = self.first.max(other.first);
        let (own, others) = (self.words.get(start - self.first..), other.words.get(start - other.first..));
        own.zip(others).is_none_or(|(own, others)| own.iter().zip(others).all(|(own, others)| own & others == 0))
    }

    /// Removes every action, and keeps the memory.
    pub fn clear(&mut self) {
        self.words.clear();
        self.first = 0;
    }

    /// Whether the set is empty.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of actions in the set.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The number of actions of the range in the set.
    pub fn len_within(&self, range: &ActionRange) -> usize {
        let (start, end) = range.positions();
        let masked = |index: usize| {
            let word = self.word(index);
            let head = if index == start / 64 { u64::MAX << (start % 64) } else { u64::MAX };
            let tail = if index == end / 64 { !(u64::MAX << (end % 64)) } else { u64::MAX };
            (word & head & tail).count_ones() as usize
        };
        if start < end { (start / 64..=end / 64).map(masked).sum() } else { 0 }
    }

    /// The first action of the set at or behind a position.
    pub(crate) fn next_from(&self, position: usize) -> Option<ActionIndex> {
        let index = position / 64;
        let rest = self.word(index) & (u64::MAX << (position % 64));
        let (index, word) = match rest {
            0 => {
                let start = (index + 1).max(self.first);
                let words = self.words.get(start - self.first..)?;
                let ahead = words.iter().position(|word| *word != 0)?;
                (start + ahead, *words.get(ahead)?)
            }
            rest => (index, rest),
        };
        ActionIndex::from_position(index * 64 + word.trailing_zeros() as usize)
    }

    /// The actions of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = ActionIndex> {
        self.words().flat_map(|(index, word)| {
            // Each step clears the lowest bit that is set.
            let words = std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)));
            words
                .take_while(|word| *word != 0)
                .filter_map(move |word| ActionIndex::from_position(index * 64 + word.trailing_zeros() as usize))
        })
    }

    /// The bits, 64 at a time with their number, those without any action left out: that of an action is number
    /// `position % 64` from the low end of word `position / 64`.
    pub fn words(&self) -> impl Iterator<Item = (usize, u64)> {
        self.words.iter().enumerate().filter(|(_, word)| **word != 0).map(|(index, word)| (self.first + index, *word))
    }

    /// The bits of the word with this number.
    pub(crate) fn word(&self, index: usize) -> u64 {
        index.checked_sub(self.first).and_then(|index| self.words.get(index)).copied().unwrap_or(0)
    }

    /// The numbers of the words from the first that has an action to the last.
    pub(crate) fn word_range(&self) -> Range<usize> {
        self.first..self.first + self.words.len()
    }

    /// Makes room for words with these numbers.
    fn widen(&mut self, range: Range<usize>) {
        if self.words.is_empty() {
            self.first = range.start;
        }
        if let Some(missing) = self.first.checked_sub(range.start).filter(|missing| *missing > 0) {
            self.words.splice(..0, std::iter::repeat_n(0, missing));
            self.first = range.start;
        }
        let length = range.end - self.first;
        if length > self.words.len() {
            self.words.resize(length, 0);
        }
    }

    /// Drops words without any action at either end.
    fn trim(&mut self) {
        let length = self.words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        self.words.truncate(length);
        match self.words.iter().position(|word| *word != 0) {
            Some(0) => {}
            Some(zeros) => {
                self.words.drain(..zeros);
                self.first += zeros;
            }
            None => self.first = 0,
        }
    }
}

impl Default for ActionSet {
    fn default() -> Self {
        Self::empty()
    }
}

impl fmt::Debug for ActionSet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.iter().map(|action| action.to_string())).finish()
    }
}

impl Extend<ActionIndex> for ActionSet {
    fn extend<I: IntoIterator<Item = ActionIndex>>(&mut self, actions: I) {
        for action in actions {
            self.insert(action);
        }
    }
}

impl FromIterator<ActionIndex> for ActionSet {
    fn from_iter<I: IntoIterator<Item = ActionIndex>>(actions: I) -> Self {
        let mut set = Self::empty();
        set.extend(actions);
        set
    }
}

fn bit(action: ActionIndex) -> u64 {
    1 << (action.position() % 64)
}
