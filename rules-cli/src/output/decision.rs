//! The answer to a simulated request. The fields and their order are a contract.

use std::fmt;
use std::io::{self, Write};

use rules_core::decision::{ConsideredStatement, Decided, Decision, Obstacle, PolicyLayers, Reasons};
use rules_core::policy::{Effect, PolicyType};
use rules_core::text::visible;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::ndjson::write_lines;

/// The id of a request.
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
    #[serde(flatten)]
    why: Option<WhyRecord>,
}

/// The statements that apply to the decision.
#[derive(Serialize)]
struct WhyRecord {
    /// Every statement about the action.
    why: Vec<ConsideredRecord>,
    /// The layers that would have to allow the request and do not.
    not_allowed_by: Vec<String>,
}

#[derive(Serialize)]
struct ConsideredRecord {
    policy: usize,
    policy_type: &'static str,
    statement: String,
    effect: &'static str,
    applies: bool,
    because: Option<String>,
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
    decided: Decided,
    reasons: Option<&Reasons>,
) -> io::Result<()> {
    let statement = decided.statement.map(|position| StatementRecord {
        policy: position.policy,
        statement: layers.statement(position).map_or_else(String::new, |found| found.label(position.statement)),
    });
    let why = reasons.map(|reasons| WhyRecord {
        why: reasons.statements.iter().filter_map(|one| ConsideredRecord::new(layers, one)).collect(),
        not_allowed_by: reasons.closed.iter().map(|(policy_type, place)| layer_name(*policy_type, *place)).collect(),
    });
    write_lines(out, [DecisionRecord { id, decision: decision_name(decided.decision), statement, why }])
}

/// What a decision is called.
pub(crate) fn decision_name(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "Allowed",
        Decision::ImplicitlyDenied => "ImplicitlyDenied",
        Decision::ExplicitlyDenied => "ExplicitlyDenied",
    }
}

/// Where there may be several layers of a type, the place among them counts from zero.
fn layer_name(policy_type: PolicyType, place: usize) -> String {
    match policy_type {
        PolicyType::ServiceControl => format!("{}[{place}]", policy_type.as_str()),
        _ => policy_type.as_str().to_owned(),
    }
}

impl ConsideredRecord {
    fn new(layers: &PolicyLayers<'_>, considered: &ConsideredStatement) -> Option<Self> {
        let statement = layers.statement(considered.position)?;
        let because = considered.obstacle.map(|obstacle| match obstacle {
            Obstacle::Resource => "it applies to other resources".to_owned(),
            Obstacle::Principal => "it applies to other principals".to_owned(),
            Obstacle::Condition(index) => match statement.conditions.get(index) {
                Some(test) => {
                    format!("{} {} is not met", visible(&test.operator.text, 60), visible(test.key.as_str(), 100))
                }
                None => "a condition is not met".to_owned(),
            },
        });
        Some(Self {
            policy: considered.position.policy,
            policy_type: considered.policy_type.as_str(),
            statement: statement.label(considered.position.statement),
            effect: match considered.effect {
                Effect::Allow => "Allow",
                Effect::Deny => "Deny",
            },
            applies: because.is_none(),
            because,
        })
    }
}

/// Prints why a request could not be decided.
pub(crate) fn write_error(out: &mut dyn Write, id: &RequestId, error: &str) -> io::Result<()> {
    write_lines(out, [ErrorRecord { id, error }])
}
