//! Sets of actions.

use std::fmt;

use super::action::{ActionIndex, ActionRange};
use super::tables::ACTION_COUNT;

const WORDS: usize = ACTION_COUNT.div_ceil(64);

/// A set of actions of the catalogue: one bit for each, 2.8 KB.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ActionSet {
    words: Box<[u64; WORDS]>,
}

impl ActionSet {
    /// The set without any action.
    pub fn empty() -> Self {
        Self { words: Box::new([0; WORDS]) }
    }

    /// The set of all actions.
    pub fn full() -> Self {
        let mut set = Self::empty();
        set.insert_range(&ActionRange::all());
        set
    }

    /// Adds an action.
    pub fn insert(&mut self, action: ActionIndex) {
        if let Some(word) = self.words.get_mut(action.position() / 64) {
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
        let head = u64::MAX << (start % 64);
        let tail = u64::MAX >> (63 - (end - 1) % 64);
        match self.words.get_mut(first..=last).unwrap_or_default() {
            [only] => *only |= head & tail,
            [low, between @ .., high] => {
                *low |= head;
                between.fill(u64::MAX);
                *high |= tail;
            }
            [] => {}
        }
    }

    /// Whether the set holds the action.
    pub fn contains(&self, action: ActionIndex) -> bool {
        self.words.get(action.position() / 64).is_some_and(|word| word & bit(action) != 0)
    }

    /// Adds every action of `other`.
    pub fn union_with(&mut self, other: &Self) {
        self.combine(other, |own, others| own | others);
    }

    /// Keeps only the actions that `other` holds too.
    pub fn intersect_with(&mut self, other: &Self) {
        self.combine(other, |own, others| own & others);
    }

    /// Takes away every action of `other`.
    pub fn subtract(&mut self, other: &Self) {
        self.combine(other, |own, others| own & !others);
    }

    /// Takes away every action, keeping the memory.
    pub fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Whether the set holds no action.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many actions the set holds.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The actions of the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = ActionIndex> {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            // Each step clears the lowest bit that is set.
            let words = std::iter::successors(Some(*word), |word| Some(word & word.wrapping_sub(1)));
            words
                .take_while(|word| *word != 0)
                .filter_map(move |word| ActionIndex::from_position(index * 64 + word.trailing_zeros() as usize))
        })
    }

    /// The bits: that of an action is number `position % 64` from the low end of word `position / 64`. Bits behind
    /// the last action are zero.
    pub fn words(&self) -> &[u64] {
        self.words.as_slice()
    }

    fn combine(&mut self, other: &Self, join: impl Fn(u64, u64) -> u64) {
        for (own, others) in self.words.iter_mut().zip(other.words.iter()) {
            *own = join(*own, *others);
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
