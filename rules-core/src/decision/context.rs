//! What is known of the circumstances of a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::timestamp::Timestamp;

/// The condition keys of a request and what is known of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By key in lower case.
    values: BTreeMap<String, ContextValue>,
    /// Beginnings of keys, in lower case, of which every key that has a value is named.
    complete: BTreeSet<String>,
    others: OtherKeys,
}

/// What is known of one condition key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextValue {
    /// The request does not carry the key.
    Absent,
    /// The key has one value.
    Single(String),
    /// The key is multi-valued, with any number of values.
    Multiple(Vec<String>),
    /// The key is the present moment, which is this one and will be any later one.
    Since(Timestamp),
    /// Nothing is known of the key.
    Unknown,
}

/// What is known of the keys that a context does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherKeys {
    /// The request does not carry them.
    #[default]
    Absent,
    /// They may have any value or none.
    Unknown,
}

impl Context {
    /// A context in which no key is named yet.
    #[must_use]
    pub fn new(others: OtherKeys) -> Self {
        Self { values: BTreeMap::new(), complete: BTreeSet::new(), others }
    }

    /// Says what is known of `key`, which is compared without regard to case. Returns what was said before.
    pub fn set(&mut self, key: &str, value: ContextValue) -> Option<ContextValue> {
        self.values.insert(key.to_ascii_lowercase(), value)
    }

    /// The same context with `key` set.
    #[must_use]
    pub fn with(mut self, key: &str, value: ContextValue) -> Self {
        self.set(key, value);
        self
    }

    /// Says that of the keys that begin with `prefix`, such as `aws:PrincipalTag/`, the request carries only those that
    /// are named here.
    pub fn set_complete(&mut self, prefix: &str) {
        self.complete.insert(prefix.to_ascii_lowercase());
    }

    /// The bytes of the longest value.
    #[must_use]
    pub fn longest_text(&self) -> usize {
        let texts = self.values.values().flat_map(|value| match value {
            ContextValue::Single(text) => std::slice::from_ref(text),
            ContextValue::Multiple(texts) => texts.as_slice(),
            ContextValue::Absent | ContextValue::Since(_) | ContextValue::Unknown => &[],
        });
        texts.map(String::len).max().unwrap_or(0)
    }

    /// What is known of a key given in lower case.
    pub(crate) fn get(&self, lower: &str) -> &ContextValue {
        self.values.get(lower).unwrap_or_else(|| match self.others {
            OtherKeys::Unknown if !self.complete.iter().any(|prefix| lower.starts_with(prefix.as_str())) => {
                &ContextValue::Unknown
            }
            OtherKeys::Unknown | OtherKeys::Absent => &ContextValue::Absent,
        })
    }

    /// What is known of the keys that `wanted` takes, given in lower case; of all others nothing.
    pub(crate) fn only(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let values = self.values.iter().filter(|(key, _)| wanted(key));
        let complete = self.complete.iter().filter(|prefix| wanted(prefix));
        Self {
            values: values.map(|(key, value)| (key.clone(), value.clone())).collect(),
            complete: complete.cloned().collect(),
            others: OtherKeys::Unknown,
        }
    }
}
