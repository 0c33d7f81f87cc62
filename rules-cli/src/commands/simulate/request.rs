//! One line of requests: `{"id","policies","boundary","scps","rcps","session_policies","action","resource","context"}`.

use std::borrow::Cow;
use std::fmt;

use rules_core::JsonError;
use rules_core::decision::{Context, ContextValue, Layer, OtherKeys, PolicyLayers};
use rules_core::json;
use rules_core::policy::{ParsePolicyError, PolicyDocument, PolicyType};
use rules_core::text::visible;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::output::decision::RequestId;

/// A request as its line says it. The policies are not read yet.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestLine<'a> {
    #[serde(default)]
    pub(super) id: RequestId,
    #[serde(borrow)]
    pub(super) policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    boundary: Option<&'a RawValue>,
    #[serde(borrow)]
    scps: Option<Vec<Vec<&'a RawValue>>>,
    #[serde(borrow)]
    rcps: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    session_policies: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) action: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) resource: Cow<'a, str>,
    #[serde(default)]
    pub(super) context: RequestContext,
}

/// Why a request cannot be decided.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvalidRequest {
    #[error("longer than {0} bytes")]
    TooLong(u64),
    #[error("{0}")]
    Json(#[from] JsonError),
    #[error("action `{}` is not `service:Name`", visible(.0, 60))]
    Action(String),
    #[error("the resource is empty: use `*` for an action without resources")]
    Resource,
    #[error("{0}")]
    Name(super::names::StrangeName),
    #[error("{0} is longer than {LONGEST_TEXT} characters")]
    LongText(&'static str),
    #[error("the request has no `policies`, and there is no --policy")]
    NoPolicies,
    #[error("in {place}: {source}")]
    Policy { place: String, source: ParsePolicyError },
}

/// Why a line's request cannot be decided, with what the request is called.
pub(super) struct LineError {
    pub(super) id: RequestId,
    reason: InvalidRequest,
}

impl LineError {
    pub(super) fn new(reason: InvalidRequest) -> Self {
        Self { id: RequestId::None, reason }
    }

    /// The reason, with the number of the line where nothing else says which request it was.
    pub(super) fn on_line(&self, number: u64) -> String {
        match self.id {
            RequestId::None => format!("line {number}: {}", self.reason),
            RequestId::Text(_) | RequestId::Number(_) => self.reason.to_string(),
        }
    }
}

/// More than any text of a request has: policy variables put a value into a policy as often as the policy says.
const LONGEST_TEXT: usize = 8_192;

/// Refuses a line that is not a request for one action, and texts that are too long.
pub(super) fn check(action: &str, resource: &str, context: &Context) -> Result<(), InvalidRequest> {
    for (what, text) in [("the action", action), ("the resource", resource)] {
        if text.len() > LONGEST_TEXT {
            return Err(InvalidRequest::LongText(what));
        }
    }
    if context.longest_text() > LONGEST_TEXT {
        return Err(InvalidRequest::LongText("a value of a condition key"));
    }
    match action.split_once(':') {
        Some((service, name)) if !service.is_empty() && !name.is_empty() && !action.contains(['*', '?']) => {}
        _ => return Err(InvalidRequest::Action(action.to_owned())),
    }
    if resource.is_empty() { Err(InvalidRequest::Resource) } else { Ok(()) }
}

impl<'a> RequestLine<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, LineError> {
        let line: Self = json::utf_8(bytes)
            .and_then(json::read_as)
            .map_err(|error| LineError { id: id_of(bytes), reason: error.into() })?;
        match check(&line.action, &line.resource, &line.context.0) {
            Ok(()) => Ok(line),
            Err(reason) => Err(line.error(reason)),
        }
    }

    pub(super) fn error(&self, reason: InvalidRequest) -> LineError {
        LineError { id: self.id.clone(), reason }
    }
}

/// What the request is called, if that much of the line can be read.
fn id_of(bytes: &[u8]) -> RequestId {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default)]
        id: RequestId,
    }
    serde_json::from_slice::<Named>(bytes).map(|named| named.id).unwrap_or_default()
}

/// The policies that a line brings itself, parsed: for each of their types the layers of it.
pub(super) struct OwnPolicies(Vec<(PolicyType, Vec<Layer<PolicyDocument>>)>);

impl OwnPolicies {
    /// None when the line brings none.
    pub(super) fn parse(line: &RequestLine<'_>) -> Result<Option<Self>, LineError> {
        let own = line.own_policies().map_err(|reason| line.error(reason))?;
        Ok(Some(own).filter(|own| !own.0.is_empty()))
    }

    /// These policies, and those that were given for the types that the line says nothing of.
    pub(super) fn over<'a>(&'a self, given: &PolicyLayers<'a>) -> PolicyLayers<'a> {
        let mut layers = given.clone();
        for (policy_type, own) in &self.0 {
            layers.remove(*policy_type);
            layers.extend(own);
        }
        layers
    }
}

impl RequestLine<'_> {
    fn own_policies(&self) -> Result<OwnPolicies, InvalidRequest> {
        let mut own = Vec::new();
        let lists = [
            (PolicyType::Identity, "policies", &self.policies),
            (PolicyType::Session, "session_policies", &self.session_policies),
        ];
        for (policy_type, place, policies) in lists {
            if let Some(policies) = policies {
                own.push((policy_type, vec![parse_layer(policies, policy_type, place)?]));
            }
        }
        if let Some(text) = self.boundary {
            let policy_type = PolicyType::PermissionsBoundary;
            let document = parse(text, policy_type, || "boundary".to_owned())?;
            own.push((policy_type, vec![Layer::new(policy_type, vec![document])]));
        }
        if let Some(policies) = &self.rcps {
            let policy_type = PolicyType::ResourceControl;
            own.push((policy_type, vec![Layer::new(policy_type, parse_nested(policies, policy_type, "rcps")?)]));
        }
        if let Some(levels) = &self.scps {
            own.push((PolicyType::ServiceControl, parse_levels(levels, PolicyType::ServiceControl, "scps")?));
        }
        Ok(OwnPolicies(own))
    }
}

fn parse_levels(
    levels: &[Vec<&RawValue>],
    policy_type: PolicyType,
    place: &str,
) -> Result<Vec<Layer<PolicyDocument>>, InvalidRequest> {
    let levels = levels.iter().enumerate();
    levels.map(|(index, level)| parse_layer(level, policy_type, &format!("{place}[{index}]"))).collect()
}

/// Documents, or lists of them: the levels of policies that only deny need not be kept apart.
fn parse_nested(
    policies: &[&RawValue],
    policy_type: PolicyType,
    place: &str,
) -> Result<Vec<PolicyDocument>, InvalidRequest> {
    let mut documents = Vec::new();
    for (index, text) in policies.iter().enumerate() {
        let place = format!("{place}[{index}]");
        match serde_json::from_str::<Vec<&RawValue>>(text.get()) {
            Ok(list) => documents.extend(parse_layer(&list, policy_type, &place)?.documents),
            Err(_) => documents.push(parse(text, policy_type, || place)?),
        }
    }
    Ok(documents)
}

fn parse_layer(
    documents: &[&RawValue],
    policy_type: PolicyType,
    place: &str,
) -> Result<Layer<PolicyDocument>, InvalidRequest> {
    let documents = documents.iter().enumerate();
    let documents = documents.map(|(index, text)| parse(text, policy_type, || format!("{place}[{index}]")));
    Ok(Layer::new(policy_type, documents.collect::<Result<_, _>>()?))
}

fn parse(
    text: &RawValue,
    policy_type: PolicyType,
    place: impl FnOnce() -> String,
) -> Result<PolicyDocument, InvalidRequest> {
    PolicyDocument::parse(text.get(), policy_type)
        .and_then(|document| document.check(policy_type).map(|()| document))
        .map_err(|source| InvalidRequest::Policy { place: place(), source })
}

/// The condition keys of a request: each with one value, or with a list of them.
#[derive(Default)]
pub(super) struct RequestContext(pub(super) Context);

impl<'de> Deserialize<'de> for RequestContext {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ContextVisitor;
        impl<'de> Visitor<'de> for ContextVisitor {
            type Value = RequestContext;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("condition keys (a JSON object)")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RequestContext, A::Error> {
                let mut context = Context::new(OtherKeys::Absent);
                while let Some(Key(key)) = map.next_key()? {
                    let raw = map.next_value::<&RawValue>()?;
                    let value = value(raw).map_err(A::Error::custom)?;
                    if context.set(&key, value).is_some() {
                        let shown = visible(&key, 60);
                        return Err(A::Error::custom(format!("duplicate condition key `{shown}` (keys ignore case)")));
                    }
                }
                Ok(RequestContext(context))
            }
        }
        deserializer.deserialize_map(ContextVisitor)
    }
}

#[derive(serde::Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

/// A list is multi-valued even with one member.
fn value(raw: &RawValue) -> Result<ContextValue, String> {
    if !raw.get().starts_with('[') {
        return scalar(raw).map(ContextValue::Single);
    }
    let list: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
    list.into_iter().map(scalar).collect::<Result<_, _>>().map(ContextValue::Multiple)
}

/// The text of a string, number or boolean. A number keeps its digits.
fn scalar(raw: &RawValue) -> Result<String, String> {
    let text = raw.get();
    match text.as_bytes().first() {
        Some(b'"') => match text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(plain) if !plain.contains('\\') => Ok(plain.to_owned()),
            _ => serde_json::from_str(text).map_err(|error| error.to_string()),
        },
        Some(b't' | b'f' | b'-' | b'0'..=b'9') => Ok(text.to_owned()),
        Some(b'n') => Err("a condition key with the value null: remove the key".to_owned()),
        _ => Err("a value of a condition key that is neither text, number nor boolean".to_owned()),
    }
}
