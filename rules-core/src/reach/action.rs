//! The actions of escalation paths, as bits.
//!
//! Most statements include none of them, which a mask shows before a request is decided.

use std::collections::HashMap;

use crate::glob;
use crate::policy::{ActionElement, has_wildcard_service};

include!(concat!(env!("OUT_DIR"), "/escalation_actions.rs"));

const WORDS: usize = ACTIONS.len().div_ceil(64);

/// An action that some path takes, by its place among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Action(u16);

/// A set of actions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Mask([u64; WORDS]);

/// The actions that an `Action` or `NotAction` element is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Covered {
    pub(super) all: Mask,
    /// Those that only patterns cover whose meaning IAM does not document, which protect from nothing.
    pub(super) doubtful: Mask,
}

impl Action {
    /// The action of this name. Called with constants only: another name does not compile.
    #[expect(clippy::indexing_slicing, clippy::panic, reason = "it is only called by the compiler")]
    pub(super) const fn named(name: &str) -> Self {
        let mut place = 0;
        while place < ACTIONS.len() {
            if crate::text::is_same(ACTIONS[place].as_bytes(), name.as_bytes()) {
                #[expect(clippy::cast_possible_truncation, reason = "there are some hundred actions")]
                return Self(place as u16);
            }
            place += 1;
        }
        panic!("no path takes this action")
    }

    /// The action of this name, if some path takes it.
    pub(super) fn find(name: &str) -> Option<Self> {
        let place = ACTIONS.binary_search(&name).ok()?;
        u16::try_from(place).ok().map(Self)
    }

    /// `service:Name`.
    pub(super) fn name(self) -> &'static str {
        ACTIONS.get(usize::from(self.0)).copied().unwrap_or_default()
    }

    pub(super) fn is_of_iam(self) -> bool {
        self.name().starts_with("iam:")
    }
}

impl Mask {
    pub(super) const NONE: Self = Self([0; WORDS]);

    /// A set of actions that the compiler puts together.
    #[expect(clippy::indexing_slicing, reason = "it is only called by the compiler")]
    pub(super) const fn of(actions: &[Action]) -> Self {
        let mut words = [0; WORDS];
        let mut next = 0;
        while next < actions.len() {
            let place = actions[next].0 as usize;
            words[place / 64] |= 1 << (place % 64);
            next += 1;
        }
        Self(words)
    }

    pub(super) fn contains(self, action: Action) -> bool {
        let place = usize::from(action.0);
        self.0.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::NONE
    }

    #[expect(clippy::indexing_slicing, reason = "both are as long")]
    pub(super) const fn union(self, other: Self) -> Self {
        let mut words = self.0;
        let mut place = 0;
        while place < words.len() {
            words[place] |= other.0[place];
            place += 1;
        }
        Self(words)
    }

    pub(super) fn without(self, other: Self) -> Self {
        self.zip(other, |one, other| one & !other)
    }

    pub(super) fn intersection(self, other: Self) -> Self {
        self.zip(other, |one, other| one & other)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).any(|(one, other)| one & other != 0)
    }

    pub(super) fn includes(self, other: Self) -> bool {
        other.without(self).is_empty()
    }

    fn zip(mut self, other: Self, with: fn(u64, u64) -> u64) -> Self {
        for (word, other) in self.0.iter_mut().zip(other.0) {
            *word = with(*word, other);
        }
        self
    }
}

/// The actions that patterns cover, each pattern matched once however many statements have it.
#[derive(Debug, Default)]
pub(super) struct Coverage<'a> {
    by_pattern: HashMap<&'a str, Mask>,
}

impl<'a> Coverage<'a> {
    pub(super) fn of(&mut self, element: &'a ActionElement) -> Covered {
        let mut named = Mask::NONE;
        let mut certain = Mask::NONE;
        for pattern in element.patterns() {
            let covered = *self.by_pattern.entry(pattern).or_insert_with(|| covered_by(pattern));
            named = named.union(covered);
            if !has_wildcard_service(pattern) {
                certain = certain.union(covered);
            }
        }
        match element {
            ActionElement::Action(_) => Covered { all: named, doubtful: named.without(certain) },
            ActionElement::NotAction(_) => Covered { all: ALL.without(named), doubtful: Mask::NONE },
        }
    }
}

/// Every action.
const ALL: Mask = {
    let mut words = [0; WORDS];
    let mut place = 0;
    while place < ACTIONS.len() {
        #[expect(clippy::indexing_slicing, reason = "the compiler checks it")]
        {
            words[place / 64] |= 1 << (place % 64);
        }
        place += 1;
    }
    Mask(words)
};

fn covered_by(pattern: &str) -> Mask {
    if !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*') {
        return ALL;
    }
    // A service that is written out narrows the search to its own actions.
    let (from, to) = match pattern.split_once(':') {
        Some((service, _)) if !service.contains(['*', '?']) => {
            match SERVICES.iter().find(|(prefix, ..)| prefix.eq_ignore_ascii_case(service)) {
                Some((_, from, to)) => (*from, *to),
                None => return Mask::NONE,
            }
        }
        _ => (0, ACTIONS.len()),
    };
    let mut covered = Mask::NONE;
    let known = ACTIONS.iter().enumerate().take(to).skip(from);
    for (place, action) in known {
        if glob::matches_ignore_case(pattern, action) {
            if let Some(word) = covered.0.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, ALL, Action, Coverage, Covered, Mask};
    use crate::policy::ActionElement;

    fn covered(patterns: &[&str], complement: bool) -> Covered {
        let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        let element = if complement { ActionElement::NotAction(patterns) } else { ActionElement::Action(patterns) };
        Coverage::default().of(&element)
    }

    #[test]
    fn masks_agree_with_the_decision_of_each_action() {
        for patterns in [
            &["*"][..],
            &["*:*"],
            &["IAM:create*"],
            &["iam:*", "sts:AssumeRole"],
            &["i*"],
            &["*:PassRole"],
            &["s3:*"],
            &["lambda:?nvokeFunction"],
            &["iam:putuserpolicy"],
            &[""],
        ] {
            for complement in [false, true] {
                let list = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
                let element = if complement { ActionElement::NotAction(list) } else { ActionElement::Action(list) };
                for action in ACTIONS {
                    let expected = element.covers(action);
                    let found = covered(patterns, complement).all.contains(Action::find(action).unwrap());
                    assert_eq!(found, expected, "{patterns:?} {complement} {action}");
                }
            }
        }
    }

    #[test]
    fn a_wildcard_before_the_colon_is_no_protection() {
        let found = covered(&["*:PassRole", "iam:CreateUser"], false);
        assert_eq!(found.doubtful, Mask::of(&[Action::named("iam:PassRole")]));
        assert_eq!(covered(&["*:*"], false).doubtful, Mask::NONE);
        assert_eq!(covered(&["*:*"], false).all, ALL);
    }
}
