//! The `Condition` element.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::PolicyLimits;
use super::operator::ConditionOperator;
use super::read::Key;
use crate::text::visible;

/// One test of a `Condition` element: `operator { key: values }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator.
    pub operator: ConditionOperator,
    /// The condition key.
    pub key: ConditionKey,
    /// The values, as text: numbers and booleans as they are written. An empty list matches nothing.
    pub values: Vec<String>,
}

/// A condition key such as `aws:SourceIp` or `aws:ResourceTag/team`, compared without regard to case.
#[derive(Clone, Debug)]
pub struct ConditionKey {
    text: String,
    lower: String,
}

impl ConditionKey {
    /// The key of this name.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), lower: text.to_ascii_lowercase() }
    }

    /// As written in the document.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// In lower case, which is how keys compare.
    #[must_use]
    pub fn lower(&self) -> &str {
        &self.lower
    }
}

impl PartialEq for ConditionKey {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for ConditionKey {}

impl fmt::Display for ConditionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads the whole element: operators, each with keys, each with values.
#[derive(Clone, Copy)]
pub(super) struct BlockSeed(pub(super) PolicyLimits);

impl<'de> DeserializeSeed<'de> for BlockSeed {
    type Value = Vec<Condition>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Condition>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for BlockSeed {
    type Value = Vec<Condition>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("conditions (a JSON object of operators)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Condition>, A::Error> {
        let mut seen: Vec<String> = Vec::new();
        let mut conditions = Vec::new();
        while let Some(Key(operator)) = map.next_key()? {
            if seen.iter().any(|before| *before == operator) {
                return Err(A::Error::custom(format!("duplicate key `{}`", visible(&operator, 60))));
            }
            seen.push(operator.to_string());
            let tests = map.next_value_seed(OperatorSeed(self.0))?;
            let operator = ConditionOperator::parse(&operator);
            conditions.extend(tests.into_iter().map(|(key, values)| Condition {
                operator: operator.clone(),
                key,
                values,
            }));
        }
        Ok(conditions)
    }
}

#[derive(Clone, Copy)]
struct OperatorSeed(PolicyLimits);

impl<'de> DeserializeSeed<'de> for OperatorSeed {
    type Value = Vec<(ConditionKey, Vec<String>)>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OperatorSeed {
    type Value = Vec<(ConditionKey, Vec<String>)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("condition keys (a JSON object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut tests: Self::Value = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let key = ConditionKey::new(&key);
            if tests.iter().any(|(before, _)| *before == key) {
                let shown = visible(key.as_str(), 60);
                return Err(A::Error::custom(format!("duplicate condition key `{shown}` (keys ignore case)")));
            }
            if tests.len() >= self.0.strings {
                return Err(A::Error::custom(format!("more than {} condition keys", self.0.strings)));
            }
            let values = map.next_value_seed(ValuesSeed(self.0))?;
            tests.push((key, values));
        }
        Ok(tests)
    }
}

/// A string, number or boolean, or a list of them.
///
/// Values are taken as raw text, since a number must keep its digits: serde_json would turn thirty of them into a
/// float without a word.
#[derive(Clone, Copy)]
struct ValuesSeed(PolicyLimits);

impl<'de> DeserializeSeed<'de> for ValuesSeed {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        let raw = <&RawValue as serde::Deserialize>::deserialize(deserializer)?;
        if !raw.get().starts_with('[') {
            return Ok(vec![scalar(raw.get()).map_err(D::Error::custom)?]);
        }
        let mut list = serde_json::Deserializer::from_str(raw.get());
        list.deserialize_seq(ListVisitor(self.0)).map_err(|error| D::Error::custom(message(&error)))
    }
}

struct ListVisitor(PolicyLimits);

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of condition values")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut values = Vec::new();
        while let Some(raw) = list.next_element::<&RawValue>()? {
            if values.len() >= self.0.strings {
                return Err(A::Error::custom(format!("more than {} strings in one list", self.0.strings)));
            }
            values.push(scalar(raw.get()).map_err(A::Error::custom)?);
        }
        Ok(values)
    }
}

/// The text of a JSON string, number or boolean.
fn scalar(raw: &str) -> Result<String, String> {
    match raw.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).map_err(|error| message(&error))?;
            if text.contains('\0') {
                return Err("a condition value with a NUL character".to_owned());
            }
            Ok(text)
        }
        Some(b't' | b'f') => Ok(raw.to_owned()),
        Some(b'-' | b'0'..=b'9') => {
            // Raw values are not checked for range, and 1e999 would pass for a number.
            serde_json::from_str::<f64>(raw).map_err(|error| message(&error))?;
            Ok(raw.to_owned())
        }
        Some(b'n') => Err("a condition value of null".to_owned()),
        Some(b'{') => Err("a condition value that is an object (an unresolved template function?)".to_owned()),
        Some(b'[') => Err("a list inside a list of condition values".to_owned()),
        Some(_) | None => Err("not a condition value".to_owned()),
    }
}

/// The message of an error in a raw value, without the place, which would be counted from the value's own start.
fn message(error: &serde_json::Error) -> String {
    let full = error.to_string();
    full.split(" at line ").next().unwrap_or_default().to_owned()
}
