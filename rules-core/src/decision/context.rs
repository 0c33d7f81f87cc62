//! The condition keys of a request.

use std::collections::{BTreeMap, BTreeSet};

use crate::timestamp::Timestamp;

/// The condition keys of a request, each with its value, as absent or as unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// By key in lower case.
    values: BTreeMap<String, ContextValue>,
    /// Beginnings of keys, in lower case, of which every key that has a value is named.
    complete: BTreeSet<String>,
    others: OtherKeys,
}

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextValue {
    /// The request does not have the key.
    Absent,
    /// The key has one value.
    Single(String),
    /// The key is multi-valued, with any number of values.
    Multiple(Vec<String>),
    /// The key is the current time: this time, or any later time.
    Since(Timestamp),
    /// It is unknown whether the request has the key, and with which value.
    Unknown,
}

/// The condition keys that a context does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OtherKeys {
    /// The request does not have them.
    #[default]
    Absent,
    /// It is unknown whether the request has them.
    Unknown,
}

impl Context {
    /// A context without keys.
    #[must_use]
    pub fn new(others: OtherKeys) -> Self {
        Self { values: BTreeMap::new(), complete: BTreeSet::new(), others }
    }

    /// Sets `key`, which is not case-sensitive. Returns the value that was set before.
    pub fn set(&mut self, key: &str, value: ContextValue) -> Option<ContextValue> {
        self.values.insert(key.to_ascii_lowercase(), value)
    }

    /// The same context with `key` set.
    #[must_use]
    pub fn with(mut self, key: &str, value: ContextValue) -> Self {
        self.set(key, value);
        self
    }

    /// Declares that the context names all keys of the request that begin with `prefix`, such as `aws:PrincipalTag/`.
    pub fn set_complete(&mut self, prefix: &str) {
        self.complete.insert(prefix.to_ascii_lowercase());
    }

    /// The length of the longest value, in bytes.
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

    /// The same without the keys that are not among `keys`, in order and in lower case: nobody is to ask for them.
    pub(crate) fn restricted(&self, keys: &[&str]) -> Self {
        let values = keys.iter().filter_map(|key| self.values.get_key_value(*key));
        Self {
            values: values.map(|(key, value)| (key.clone(), value.clone())).collect(),
            complete: self.complete.clone(),
            others: self.others,
        }
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
