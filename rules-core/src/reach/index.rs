//! Which of the account's users, roles, groups and policies a pattern matches, and which patterns match one of them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound as Limit;

use super::account::{GroupIndex, PolicyIndex, PrincipalIndex};
use super::somewhere::Segments;
use crate::arn::Arn;
use crate::glob;

/// Something of the account that a request can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Principal(PrincipalIndex),
    Group(GroupIndex),
    Policy(PolicyIndex),
}

impl Target {
    /// The user or role that it is.
    pub(super) fn principal(self) -> Option<PrincipalIndex> {
        match self {
            Self::Principal(principal) => Some(principal),
            Self::Group(_) | Self::Policy(_) => None,
        }
    }
}

/// The account's targets by what their ARNs end in, such as `user/eng/ada`: everything before that is the same for all.
#[derive(Debug)]
pub(super) struct Targets {
    /// What all ARNs begin with.
    common: [String; 5],
    by_text: BTreeMap<String, Target>,
}

impl Targets {
    pub(super) fn new(partition: &str, account: &str) -> Self {
        let common = ["arn", partition, "iam", "", account].map(str::to_owned);
        Self { common, by_text: BTreeMap::new() }
    }

    pub(super) fn add(&mut self, arn: &Arn, target: Target) {
        self.by_text.insert(arn.resource().to_owned(), target);
    }

    /// Whether the parts before the last can be those of the account's targets.
    pub(super) fn is_within(&self, pattern: &Segments) -> bool {
        self.common.iter().zip(pattern).all(|(part, pattern)| glob::matches(pattern, part))
    }

    /// The targets whose ARNs match.
    pub(super) fn matching(&self, pattern: &Segments) -> Vec<Target> {
        self.matching_within("", pattern)
    }

    /// The targets whose ARNs match and end in something that begins with `begin`, such as `group/`.
    pub(super) fn matching_within(&self, begin: &str, pattern: &Segments) -> Vec<Target> {
        let last = pattern.last().map(String::as_str).unwrap_or_default();
        if !self.is_within(pattern) {
            return Vec::new();
        }
        let literal = last.split(['*', '?']).next().unwrap_or_default();
        let from = match literal.starts_with(begin) {
            true => literal,
            false if literal.len() < last.len() && begin.starts_with(literal) => begin,
            false => return Vec::new(),
        };
        if literal.len() == last.len() {
            return self.by_text.get(last).copied().into_iter().collect();
        }
        let begun = self.by_text.range::<str, _>((Limit::Included(from), Limit::Unbounded));
        let begun = begun.take_while(|(text, _)| text.starts_with(from));
        begun.filter(|(text, _)| glob::matches(last, text)).map(|(_, target)| *target).collect()
    }
}

/// Patterns by what they begin and end with, each with those who listen to it.
type OfShape<T> = HashMap<(String, String), Vec<(String, Vec<T>)>>;

/// Patterns of targets, each with those who listen to it.
#[derive(Debug)]
pub(super) struct Patterns<T> {
    /// Patterns without wildcards.
    literal: HashMap<String, Vec<T>>,
    /// By how long the literal parts at their beginning and end are, then by what these say.
    wild: BTreeMap<(usize, usize), OfShape<T>>,
}

impl<T: Copy + PartialEq> Patterns<T> {
    pub(super) fn new() -> Self {
        Self { literal: HashMap::new(), wild: BTreeMap::new() }
    }

    /// Adds a listener to the last part of a pattern.
    pub(super) fn add(&mut self, last: &str, listener: T) {
        let listeners = match last.find(['*', '?']) {
            None => self.literal.entry(last.to_owned()).or_default(),
            Some(start) => {
                let begin = last.get(..start).unwrap_or_default().to_owned();
                let end = last.rsplit(['*', '?']).next().unwrap_or_default().to_owned();
                let of_shape = self.wild.entry((begin.len(), end.len())).or_default();
                let alike = of_shape.entry((begin, end)).or_default();
                let place = alike.iter().position(|(known, _)| known == last).unwrap_or_else(|| {
                    alike.push((last.to_owned(), Vec::new()));
                    alike.len() - 1
                });
                match alike.get_mut(place) {
                    Some((_, listeners)) => listeners,
                    None => return,
                }
            }
        };
        if listeners.last() != Some(&listener) {
            listeners.push(listener);
        }
    }

    /// Goes through the listeners of every pattern that matches, and keeps those that want to go on.
    pub(super) fn visit(&mut self, text: &str, mut visit: impl FnMut(T) -> bool) {
        if let Some(listeners) = self.literal.get_mut(text) {
            listeners.retain(|listener| visit(*listener));
        }
        for ((begin, end), of_shape) in &mut self.wild {
            let parts = text.get(..*begin).zip(text.len().checked_sub(*end).and_then(|start| text.get(start..)));
            let Some((begin, end)) = parts else { continue };
            let Some(alike) = of_shape.get_mut(&(begin.to_owned(), end.to_owned())) else { continue };
            for (pattern, listeners) in alike {
                if !listeners.is_empty() && glob::matches(pattern, text) {
                    listeners.retain(|listener| visit(*listener));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Patterns, Target, Targets};

    #[test]
    fn both_directions_agree_with_the_patterns() {
        let names = ["user/ada", "user/eng/ada", "user/bob", "role/ada", "role/app-1", "role/app-2", "group/dev"];
        let patterns = [
            "*",
            "user/*",
            "user/ada",
            "user/*ada",
            "*/ada",
            "role/app-?",
            "role/app-*",
            "user/e*/a?a",
            "?ser/bob",
            "x*",
            "user/ada*",
            "*o*",
            "group/dev",
            "",
        ];
        let mut targets = Targets::new("aws", "1");
        for (place, name) in names.iter().enumerate() {
            targets.add(&format!("arn:aws:iam::1:{name}").parse().unwrap(), Target::Principal(place));
        }
        let mut listening = Patterns::new();
        for (place, pattern) in patterns.iter().enumerate() {
            listening.add(pattern, place);
        }
        for (number, pattern) in patterns.iter().enumerate() {
            let segments = ["arn", "a*", "iam", "*", "1", pattern].map(str::to_owned);
            let expected: Vec<Target> = (0..names.len())
                .filter(|place| crate::glob::matches(pattern, names[*place]))
                .map(Target::Principal)
                .collect();
            let mut found: Vec<Target> = targets.matching(&segments);
            found.sort();
            assert_eq!(found, expected, "{pattern}");
            for (place, name) in names.iter().enumerate() {
                let mut heard = false;
                listening.visit(name, |listener| {
                    heard |= listener == number;
                    true
                });
                assert_eq!(heard, expected.contains(&Target::Principal(place)), "{pattern} {name}");
            }
        }
        let elsewhere = ["arn", "aws", "iam", "", "2", "*"].map(str::to_owned);
        assert_eq!(targets.matching(&elsewhere), []);
    }

    #[test]
    fn who_has_heard_enough_is_not_asked_again() {
        let mut listening = Patterns::new();
        listening.add("user/*", 1);
        let mut visits = 0;
        for _ in 0..3 {
            listening.visit("user/ada", |_| {
                visits += 1;
                false
            });
        }
        assert_eq!(visits, 1);
    }
}
