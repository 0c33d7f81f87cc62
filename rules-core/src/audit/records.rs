//! Lists, read record by record.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::region_facts::RegionalFactKind;
use crate::account::AccountId;
use crate::arn::Arn;
use crate::fact::MissingFact;
use crate::json::{self, JsonError};

/// The records of one kind in one Region: those that could be read, and the reasons for those that could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Records<T> {
    /// The records, in the order of the list.
    pub known: Vec<T>,
    /// Records that are invalid, or that were requested one by one and not delivered.
    pub unread: Vec<MissingFact>,
}

/// A kind of record.
pub(super) trait Record: Sized {
    /// What the records are called.
    const KIND: RegionalFactKind;

    /// Reads the records from the JSON that the AWS CLI prints.
    fn read(text: &str) -> Result<Records<Self>, JsonError>;

    /// The account that the record says it is of.
    fn account(&self) -> Option<AccountId> {
        None
    }

    /// The Region that the record says it is in.
    fn region(&self) -> Option<&str> {
        None
    }
}

/// Reads each of the elements of a listing, as `convert` understands what serde made of it.
pub(super) fn each<'a, W: Deserialize<'a>, T: Record>(
    text: &'a str,
    elements: Vec<Element<'a>>,
    convert: impl Fn(W, &Element<'a>) -> Result<T, JsonError>,
) -> Records<T> {
    let mut records = Records { known: Vec::new(), unread: Vec::new() };
    for element in elements {
        let read = json::read_as::<W>(element.json.get()).and_then(|wire| convert(wire, &element));
        match read {
            Ok(record) => records.known.push(record),
            Err(error) => {
                let error = error.inside(&element.path).moved_to(text, element.json.get());
                records.unread.push(MissingFact::new(T::KIND.as_str(), error));
            }
        }
    }
    records
}

/// One record of a listing, not yet read.
pub(super) struct Element<'a> {
    /// Where it is, such as `$.trailList[0]`.
    pub(super) path: String,
    /// What it is of, where the listing says that around it.
    pub(super) key: Option<String>,
    pub(super) json: &'a RawValue,
}

/// The elements of the list that `text` has under `name`.
pub(super) fn listing<'a>(text: &'a str, name: &str) -> Result<Vec<Element<'a>>, JsonError> {
    let Entries(entries) = json::read_as(text)?;
    // The AWS CLI writes a token if it stopped early (`--max-items`).
    let token = entries.iter().find(|(key, value)| key.eq_ignore_ascii_case("nextToken") && value.get() != "null");
    if let Some((key, _)) = token {
        return Err(JsonError::at(format!("$.{key}"), "more pages follow, so the listing is incomplete"));
    }
    let list = entries.into_iter().find(|(key, _)| key == name);
    let (_, list) = list.ok_or_else(|| JsonError::at("$", format!("missing field `{name}`")))?;
    elements(list, &format!("$.{name}")).map_err(|error| error.moved_to(text, list.get()))
}

fn elements<'a>(list: &'a RawValue, path: &str) -> Result<Vec<Element<'a>>, JsonError> {
    if !list.get().starts_with('[') {
        return Err(JsonError::at(path, "expected a list"));
    }
    let elements: Vec<&RawValue> =
        json::read(list.get(), std::marker::PhantomData).map_err(|error| error.inside(path))?;
    let indexed = elements.into_iter().enumerate();
    Ok(indexed.map(|(index, json)| Element { path: format!("{path}[{index}]"), key: None, json }).collect())
}

/// Outputs of a call that is made for one trail at a time: an object of outputs by trail, a list of outputs that each name
/// their trail, or one such output.
pub(super) fn outputs_by_trail(text: &str) -> Result<Vec<Element<'_>>, JsonError> {
    if text.trim_ascii_start().starts_with('[') {
        let list: &RawValue = json::read(text, std::marker::PhantomData)?;
        return elements(list, "$");
    }
    let Entries(entries) = json::read_as(text)?;
    if entries.iter().any(|(key, _)| OUTPUT_KEYS.contains(&key.as_str())) {
        let json = json::read(text, std::marker::PhantomData)?;
        return Ok(vec![Element { path: "$".to_owned(), key: None, json }]);
    }
    let path = |key: &str| format!("$['{}']", crate::text::visible(key, 70));
    Ok(entries.into_iter().map(|(key, json)| Element { path: path(&key), key: Some(key), json }).collect())
}

/// Fields of an output: those by which it names its trail, and one of what `get-trail-status` prints, which names none.
const OUTPUT_KEYS: [&str; 3] = ["TrailARN", "Name", "IsLogging"];

/// The entries of an object, in order. A duplicate key is refused, because it is unknown which value is right.
pub(super) struct Entries<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor).map(Entries)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries: Vec<(String, &RawValue)> = Vec::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            if entries.iter().any(|(other, _)| *other == key) {
                return Err(A::Error::custom(format!("duplicate key `{}`", crate::text::visible(&key, 60))));
            }
            entries.push((key, value));
        }
        Ok(entries)
    }
}

/// A field that has to be there.
pub(super) fn required<T>(field: Option<T>, name: &str) -> Result<T, JsonError> {
    field.ok_or_else(|| JsonError::at("$", format!("missing field `{name}`")))
}

/// A field that has to be an ARN.
pub(super) fn arn(text: &str, name: &str) -> Result<Arn, JsonError> {
    text.parse().map_err(|error| JsonError::at(format!("$.{name}"), format!("{error}")))
}
