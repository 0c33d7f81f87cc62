//! Sets of actions whose members are numbered.

use crate::catalogue::{ActionIndex, ActionSet};

/// A set of actions with the number of each among them, for tables with a row for each.
#[derive(Debug, Default)]
pub(crate) struct NumberedActions {
    actions: ActionSet,
    /// How many actions come before each word of the set, from its first one on.
    before: Vec<usize>,
}

impl NumberedActions {
    pub(crate) fn new(actions: ActionSet) -> Self {
        let mut before = Vec::with_capacity(actions.word_range().len());
        let mut sum = 0;
        for index in actions.word_range() {
            before.push(sum);
            sum += count(actions.word(index));
        }
        Self { actions, before }
    }

    pub(crate) fn actions(&self) -> &ActionSet {
        &self.actions
    }

    /// How many actions of the set come before one of its actions; none when the action is not in the set.
    pub(crate) fn number_of(&self, action: ActionIndex) -> Option<usize> {
        let (index, bit) = (action.position() / 64, action.position() % 64);
        let word = self.actions.word(index);
        let before = self.before.get(index.checked_sub(self.actions.word_range().start)?)?;
        (word >> bit & 1 == 1).then(|| before + count(word & ((1 << bit) - 1)))
    }
}

fn count(word: u64) -> usize {
    usize::try_from(word.count_ones()).unwrap_or(64)
}
