//! A memory for what is asked for again: an answer is kept from its second use on, so that what is used once takes no room.

use std::collections::BTreeMap;

/// Answers by what they were asked for.
#[derive(Debug)]
pub(crate) struct SecondUse<K, V> {
    /// None for what was asked for once.
    answers: BTreeMap<K, Option<V>>,
    /// No more questions than these are remembered. Further questions are computed each time.
    most: usize,
}

impl<K: Ord, V: Clone> SecondUse<K, V> {
    pub(crate) fn new(most: usize) -> Self {
        Self { answers: BTreeMap::new(), most }
    }

    /// The answer that is kept.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.answers.get(key)?.as_ref()
    }

    /// The answer, whether it is kept or made now.
    pub(crate) fn get_or(&mut self, key: K, make: impl FnOnce() -> V) -> V {
        match self.answers.get_mut(&key) {
            Some(Some(answer)) => answer.clone(),
            Some(asked_once) => {
                let answer = make();
                *asked_once = Some(answer.clone());
                answer
            }
            None => {
                if self.answers.len() < self.most {
                    self.answers.insert(key, None);
                }
                make()
            }
        }
    }

    /// The answer, and whether it is kept from now on.
    pub(crate) fn get_or_with(&mut self, key: K, make: impl FnOnce(bool) -> V) -> V {
        let is_second = matches!(self.answers.get(&key), Some(None));
        self.get_or(key, || make(is_second))
    }
}

#[cfg(test)]
mod tests {
    use super::SecondUse;

    #[test]
    fn the_second_answer_is_kept() {
        let mut memory: SecondUse<&str, u32> = SecondUse::new(1);
        let mut made = 0;
        let mut ask = |key| {
            memory.get_or(key, || {
                made += 1;
                made
            })
        };
        assert_eq!([ask("a"), ask("a"), ask("a")], [1, 2, 2]);
        // There is no room for another question.
        assert_eq!([ask("b"), ask("b"), ask("b"), ask("a")], [3, 4, 5, 2]);
    }
}
