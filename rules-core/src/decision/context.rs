//! What is known of the circumstances of a request.

use std::collections::BTreeMap;

use crate::timestamp::Timestamp;

/// The condition keys of a request and what is known of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By key in lower case.
    values: BTreeMap<String, ContextValue>,
    others: OtherKeys,
}

/// What is known of one condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
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
        Self { values: BTreeMap::new(), others }
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

    /// What is known of a key given in lower case.
    pub(crate) fn get(&self, lower: &str) -> &ContextValue {
        self.values.get(lower).unwrap_or(match self.others {
            OtherKeys::Absent => &ContextValue::Absent,
            OtherKeys::Unknown => &ContextValue::Unknown,
        })
    }
}
