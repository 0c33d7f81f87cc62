//! The collection of bad inputs, and what is expected of each.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::canary;

/// One input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BadInput {
    /// Its id, which begins with the letter of its kind.
    pub id: String,
    /// What it is meant to be.
    pub kind: Kind,
    input: Value,
    /// Whether it is to be refused.
    pub expect: Expect,
    /// What it shows.
    pub note: String,
}

/// What an input is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Kind {
    Policy,
    ConfigEvent,
    CredentialReport,
    AuthorizationDetails,
    RuleParameters,
}

/// Whether an input is to be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Accepted, with the verdict of the note.
    Ok,
    /// An error, and no pass for what the note names.
    Error,
}

impl BadInput {
    /// The input's bytes, with the tests' token and mark where it has a token or is a policy.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let text = match &self.input {
            Value::String(text) => text.clone(),
            Value::Object(object) if object.contains_key("$hex") => return unhex(object["$hex"].as_str().unwrap()),
            Value::Object(object) if object.contains_key("$repeat") => {
                let part = |name: &str| object["$repeat"][name].as_str().unwrap();
                let count = object["$repeat"]["count"].as_u64().unwrap();
                let middle = part("unit").repeat(usize::try_from(count).unwrap());
                format!("{}{middle}{}", part("prefix"), part("suffix"))
            }
            other => {
                let mut marked = other.clone();
                canary::mark(&mut marked);
                marked.to_string()
            }
        };
        let token = format!(r#""resultToken":"{}""#, canary::TOKEN);
        text.replace(r#""resultToken":"TESTMODE""#, &token).into_bytes()
    }

    /// The bytes of an event with the parameter that names a rule, unless the input is about the parameters.
    #[must_use]
    pub fn event_for_rule(&self, rule: &str) -> Vec<u8> {
        let bytes = self.bytes();
        let Ok(mut event) = serde_json::from_slice::<Value>(&bytes) else { return bytes };
        // "text null" is the parameters' text.
        let about_parameters = self.note.contains("parameters") || self.note.contains("text null");
        if about_parameters || !event["ruleParameters"].is_string() {
            return bytes;
        }
        event["ruleParameters"] = Value::String(format!(r#"{{"rule":"{rule}"}}"#));
        event.to_string().into_bytes()
    }

    /// Whether the input is a role's trust policy.
    #[must_use]
    pub fn is_trust_policy(&self) -> bool {
        self.note.contains("context=trust")
    }
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |digit: &u8| u8::try_from(char::from(*digit).to_digit(16).unwrap()).unwrap();
    text.as_bytes().chunks(2).map(|pair| digit(&pair[0]) << 4 | digit(&pair[1])).collect()
}

/// Every input of one kind.
#[must_use]
pub fn all(kind: Kind) -> Vec<BadInput> {
    let inputs: Vec<BadInput> = serde_json::from_str(include_str!("../bad_inputs.json")).unwrap();
    inputs.into_iter().filter(|input| input.kind == kind).collect()
}

/// What each input is expected to give, by id, written by hand from the notes.
#[must_use]
pub fn expected<T: for<'de> Deserialize<'de>>(kind: Kind) -> BTreeMap<String, T> {
    let by_id: BTreeMap<String, Value> = serde_json::from_str(include_str!("../bad_inputs_expected.json")).unwrap();
    let ids: Vec<String> = all(kind).into_iter().map(|input| input.id).collect();
    let ours = by_id.into_iter().filter(|(id, _)| ids.contains(id));
    let read = |(id, value): (String, Value)| {
        let expected = serde_json::from_value(value).unwrap_or_else(|error| panic!("expectation of {id}: {error}"));
        (id, expected)
    };
    ours.map(read).collect()
}
