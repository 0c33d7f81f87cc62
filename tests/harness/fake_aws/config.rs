use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

/// AWS Config's side.
#[derive(Default)]
pub(super) struct Config {
    pub(super) tokens: BTreeSet<String>,
    pub(super) failing: BTreeSet<String>,
    pub(super) failing_once: BTreeSet<String>,
    pub(super) history: BTreeMap<String, Vec<Value>>,
    pub(super) puts: Vec<PutEvaluations>,
    pub(super) refused: Vec<String>,
    pub(super) test_mode: usize,
}

/// One call of PutEvaluations.
#[derive(Clone, Debug)]
pub struct PutEvaluations {
    /// The result token.
    pub token: String,
    /// How many evaluations were sent.
    pub sent: usize,
    /// Those that were accepted.
    pub accepted: Vec<Accepted>,
}

/// An evaluation that AWS Config has accepted.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
#[expect(missing_docs, reason = "the names are AWS Config's own")]
pub struct Accepted {
    pub resource_type: String,
    pub resource_id: String,
    pub compliance: String,
    pub annotation: String,
    /// Seconds since 1970.
    pub ordering_timestamp: f64,
}

/// A code and a message.
pub(super) type Refusal = (String, String);

fn refuse<T>(code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err((code.to_owned(), message.into()))
}

impl Config {
    pub(super) fn answer(&mut self, action: &str, body: &Value) -> Result<Value, Refusal> {
        match action {
            "PutEvaluations" => {
                let result = self.put_evaluations(body);
                if let Err((code, message)) = &result {
                    self.refused.push(format!("{code}: {message}"));
                }
                result
            }
            "GetResourceConfigHistory" => {
                let id = body["resourceId"].as_str().unwrap_or_default();
                match self.history.get(id) {
                    Some(items) => Ok(json!({ "configurationItems": items })),
                    None => refuse("ResourceNotDiscoveredException", format!("no resource {id}")),
                }
            }
            _ => refuse("UnknownOperationException", action),
        }
    }

    fn put_evaluations(&mut self, body: &Value) -> Result<Value, Refusal> {
        let token = body["ResultToken"].as_str().unwrap_or_default();
        if body["TestMode"] == true && !token.is_empty() {
            // Checked by nobody and kept nowhere.
            self.test_mode += 1;
            return Ok(json!({ "FailedEvaluations": [] }));
        }
        if !self.tokens.contains(token) {
            return refuse("InvalidResultTokenException", "the result token is not one that was issued");
        }
        let sent = body["Evaluations"].as_array().cloned().unwrap_or_default();
        if sent.is_empty() {
            return refuse("InvalidParameterValueException", "there are no evaluations");
        }
        if sent.len() > 100 {
            return refuse("ValidationException", "Member must have length less than or equal to 100");
        }
        let read: Vec<Accepted> = sent.iter().map(read).collect::<Result<_, _>>()?;
        let ids: BTreeSet<(&str, &str)> =
            read.iter().map(|one| (one.resource_type.as_str(), one.resource_id.as_str())).collect();
        if ids.len() < read.len() {
            return refuse("InvalidParameterValueException", "two evaluations of one resource");
        }
        let mut failed = Vec::new();
        let mut accepted = Vec::new();
        for (evaluation, wire) in read.into_iter().zip(&sent) {
            let id = &evaluation.resource_id;
            if self.failing_once.remove(id) || self.failing.contains(id) {
                failed.push(wire.clone());
            } else {
                accepted.push(evaluation);
            }
        }
        self.puts.push(PutEvaluations { token: token.to_owned(), sent: sent.len(), accepted });
        Ok(json!({ "FailedEvaluations": failed }))
    }
}

/// The types that AWS Config takes from these rules; an unknown one refuses the whole call.
const RESOURCE_TYPES: [&str; 6] =
    ["AWS::::Account", "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::S3::Bucket"];

fn read(wire: &Value) -> Result<Accepted, Refusal> {
    let text = |name: &str, lengths: std::ops::RangeInclusive<usize>| {
        let text = wire[name].as_str().unwrap_or_default();
        if lengths.contains(&text.chars().count()) {
            return Ok(text.to_owned());
        }
        refuse("ValidationException", format!("{name} of {} characters", text.chars().count()))
    };
    let known = ["ComplianceResourceType", "ComplianceResourceId", "ComplianceType", "Annotation", "OrderingTimestamp"];
    if let Some(other) = wire.as_object().and_then(|fields| fields.keys().find(|key| !known.contains(&key.as_str()))) {
        return refuse("ValidationException", format!("unknown member {other}"));
    }
    let resource_type = text("ComplianceResourceType", 1..=256)?;
    if !RESOURCE_TYPES.contains(&resource_type.as_str()) {
        return refuse("InvalidParameterValueException", format!("resource type {resource_type}"));
    }
    let compliance = text("ComplianceType", 1..=20)?;
    if !["COMPLIANT", "NON_COMPLIANT", "NOT_APPLICABLE"].contains(&compliance.as_str()) {
        return refuse("InvalidParameterValueException", format!("compliance type {compliance}"));
    }
    let annotation = match wire.get("Annotation") {
        None => String::new(),
        Some(_) => text("Annotation", 1..=256)?,
    };
    let Some(ordering_timestamp) = wire["OrderingTimestamp"].as_f64() else {
        return refuse("ValidationException", "OrderingTimestamp is not a number");
    };
    Ok(Accepted {
        resource_type,
        resource_id: text("ComplianceResourceId", 1..=768)?,
        compliance,
        annotation,
        ordering_timestamp,
    })
}
