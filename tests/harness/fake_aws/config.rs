use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::canary;
use crate::fault::Fault;

/// AWS Config's side of an account.
#[derive(Clone, Default)]
pub(super) struct Config {
    /// Each with the rule that it was issued for.
    pub(super) tokens: BTreeMap<String, Option<String>>,
    pub(super) failing: BTreeSet<String>,
    pub(super) failing_once: BTreeSet<String>,
    pub(super) history: BTreeMap<String, Vec<Value>>,
    /// The newest verdict of each rule on each resource, by type and id.
    pub(super) results: BTreeMap<(String, String, String), Shown>,
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

/// A verdict that AWS Config keeps.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Shown {
    /// As it was accepted.
    pub evaluation: Accepted,
    /// Whether it is on a planned resource.
    pub is_proactive: bool,
}

/// A code and a message.
pub(super) type Refusal = (String, String);

fn refuse<T>(code: &str, message: impl Into<String>) -> Result<T, Refusal> {
    Err((code.to_owned(), message.into()))
}

impl Config {
    pub(super) fn answer(
        &mut self,
        action: &str,
        body: &Value,
        page_size: usize,
        fault: Option<Fault>,
    ) -> Result<Value, Refusal> {
        match action {
            "PutEvaluations" => {
                let result = self.put_evaluations(body, fault);
                if let (Err((code, message)), None) = (&result, fault) {
                    self.refused.push(format!("{code}: {message}"));
                }
                result
            }
            "GetResourceConfigHistory" => {
                let id = body["resourceId"].as_str().unwrap_or_default();
                let Some(items) = self.history.get(id) else {
                    return refuse("ResourceNotDiscoveredException", format!("no resource {id}"));
                };
                let mut items = items.clone();
                match fault {
                    Some(Fault::EmptyHistory) => items.clear(),
                    Some(Fault::StrangeHistory) => {
                        items.iter_mut().for_each(|item| item["resourceId"] = json!("OTHER"))
                    }
                    _ => {}
                }
                Ok(json!({ "configurationItems": items }))
            }
            "GetComplianceDetailsByConfigRule" => self.compliance_details(body, page_size),
            _ => refuse("UnknownOperationException", action),
        }
    }

    pub(super) fn show(&mut self, rule: &str, shown: Shown) {
        let key = (rule.to_owned(), shown.evaluation.resource_type.clone(), shown.evaluation.resource_id.clone());
        self.results.insert(key, shown);
    }

    /// NOT_APPLICABLE is kept, since an older verdict must not replace it, but it is not shown.
    pub(super) fn shown(&self, rule: &str) -> Vec<Shown> {
        let of_rule = self.results.iter().filter(|((of, _, _), _)| of == rule).map(|(_, shown)| shown);
        of_rule.filter(|shown| shown.evaluation.compliance != "NOT_APPLICABLE").cloned().collect()
    }

    pub(super) fn forget(&mut self) {
        self.puts.clear();
        self.refused.clear();
    }

    fn compliance_details(&self, body: &Value, page_size: usize) -> Result<Value, Refusal> {
        let rule = body["ConfigRuleName"].as_str().unwrap_or_default();
        if !(1..=64).contains(&rule.len()) {
            return refuse("ValidationException", "ConfigRuleName of 1 to 64 characters");
        }
        let limit = body["Limit"].as_u64().unwrap_or(10);
        if limit > 100 {
            return refuse("ValidationException", "Limit of at most 100");
        }
        let token = body["NextToken"].as_str().map(|token| token.trim_end_matches('+').parse());
        let start: usize = match token {
            None => 0,
            Some(Ok(start)) => start,
            Some(Err(_)) => return refuse("InvalidNextTokenException", "NextToken"),
        };
        let types: Vec<&str> =
            body["ComplianceTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let asked = |shown: &Shown| types.is_empty() || types.contains(&shown.evaluation.compliance.as_str());
        let shown: Vec<Shown> = self.shown(rule).into_iter().filter(asked).collect();
        let end = (start + page_size.min(usize::try_from(limit).unwrap())).min(shown.len());
        let result = |shown: &Shown| {
            let one = &shown.evaluation;
            json!({
                "EvaluationResultIdentifier": {
                    "EvaluationResultQualifier": {
                        "ConfigRuleName": rule,
                        "ResourceType": one.resource_type,
                        "ResourceId": one.resource_id,
                        "EvaluationMode": if shown.is_proactive { "PROACTIVE" } else { "DETECTIVE" },
                    },
                    "OrderingTimestamp": one.ordering_timestamp,
                },
                "ComplianceType": one.compliance,
                "Annotation": one.annotation,
                "ResultRecordedTime": one.ordering_timestamp,
                "ConfigRuleInvokedTime": one.ordering_timestamp,
                "ResultToken": canary::TOKEN,
            })
        };
        let results: Vec<Value> = shown.get(start..end).unwrap_or_default().iter().map(result).collect();
        let mut page = json!({ "EvaluationResults": results });
        if end < shown.len() {
            page["NextToken"] = json!(end.to_string());
        }
        Ok(page)
    }

    fn put_evaluations(&mut self, body: &Value, fault: Option<Fault>) -> Result<Value, Refusal> {
        let token = body["ResultToken"].as_str().unwrap_or_default();
        if body["TestMode"] == true && !token.is_empty() {
            // Not checked and not stored.
            self.test_mode += 1;
            return Ok(json!({ "FailedEvaluations": [] }));
        }
        let Some(rule) = self.tokens.get(token).cloned() else {
            return refuse("InvalidResultTokenException", "the result token is not one that was issued");
        };
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
        if fault == Some(Fault::OneRefused) && read.iter().any(|one| is_unlucky(&one.resource_id)) {
            return refuse("InvalidParameterValueException", "one of them cannot be taken");
        }
        let mut failed = Vec::new();
        let mut accepted = Vec::new();
        for (evaluation, wire) in read.into_iter().zip(&sent) {
            let id = &evaluation.resource_id;
            let fails = match fault {
                Some(Fault::AllFail) => true,
                Some(Fault::SomeFail) => is_unlucky(id),
                _ => self.failing_once.remove(id) || self.failing.contains(id),
            };
            match fails {
                true => failed.push(wire.clone()),
                false => accepted.push(evaluation),
            }
        }
        if let Some(rule) = &rule {
            accepted.iter().for_each(|evaluation| self.keep(rule, evaluation));
        }
        self.puts.push(PutEvaluations { token: token.to_owned(), sent: sent.len(), accepted });
        Ok(json!({ "FailedEvaluations": failed }))
    }

    /// The newest counts; of two of one moment, the later.
    fn keep(&mut self, rule: &str, evaluation: &Accepted) {
        let key = (rule.to_owned(), evaluation.resource_type.clone(), evaluation.resource_id.clone());
        let kept = self.results.get(&key);
        if kept.is_none_or(|kept| kept.evaluation.ordering_timestamp <= evaluation.ordering_timestamp) {
            self.results.insert(key, Shown { evaluation: evaluation.clone(), is_proactive: false });
        }
    }
}

/// About one in three resources.
fn is_unlucky(id: &str) -> bool {
    id.bytes().map(usize::from).sum::<usize>().is_multiple_of(3)
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
