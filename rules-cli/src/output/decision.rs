//! The answer to a simulated request. The fields and their order are a contract.

use std::fmt;
use std::io::{self, Write};

use rules_core::decision::{Decision, PolicyLayers, StatementPosition};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::ndjson::write_lines;

/// What a request is called by whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum RequestId {
    #[default]
    None,
    Text(String),
    Number(serde_json::Number),
}

impl<'de> Deserialize<'de> for RequestId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl Visitor<'_> for IdVisitor {
            type Value = RequestId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id (a string or a whole number)")
            }

            fn visit_unit<E: Error>(self) -> Result<RequestId, E> {
                Ok(RequestId::None)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RequestId, E> {
                Ok(RequestId::Text(text.to_owned()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<RequestId, E> {
                Ok(RequestId::Number(number.into()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<RequestId, E> {
                Ok(RequestId::Number(number.into()))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

#[derive(Serialize)]
struct DecisionRecord<'a> {
    id: &'a RequestId,
    decision: &'static str,
    statement: Option<StatementRecord>,
}

#[derive(Serialize)]
struct StatementRecord {
    policy: usize,
    statement: String,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    id: &'a RequestId,
    error: &'a str,
}

/// Prints the decision on a request.
pub(crate) fn write_decision(
    out: &mut dyn Write,
    id: &RequestId,
    layers: &PolicyLayers<'_>,
    decision: Decision,
    position: Option<StatementPosition>,
) -> io::Result<()> {
    let statement = position.map(|position| StatementRecord {
        policy: position.policy,
        statement: layers.statement(position).map_or_else(String::new, |found| found.label(position.statement)),
    });
    let decision = match decision {
        Decision::Allowed => "Allowed",
        Decision::ImplicitlyDenied => "ImplicitlyDenied",
        Decision::ExplicitlyDenied => "ExplicitlyDenied",
    };
    write_lines(out, [DecisionRecord { id, decision, statement }])
}

/// Prints why a request could not be decided.
pub(crate) fn write_error(out: &mut dyn Write, id: &RequestId, error: &str) -> io::Result<()> {
    write_lines(out, [ErrorRecord { id, error }])
}
