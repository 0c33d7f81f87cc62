//! From requests to the services and back, in the three protocols there are.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde_json::{Value, json};

use super::{Call, State, cbor, xml};
use crate::canary;
use crate::fault::Fault;
use crate::http::{Answer, Request, Response, Wire};

/// How a service talks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Json,
    Cbor,
    Query,
}

impl Protocol {
    fn of(request: &Request) -> Self {
        match request.headers.get("smithy-protocol").map(String::as_str) {
            Some("rpc-v2-cbor") => Self::Cbor,
            _ if request.headers.contains_key("x-amz-target") => Self::Json,
            _ => Self::Query,
        }
    }

    fn response(self, status: u16, body: &Value) -> Response {
        match self {
            Self::Cbor => cbor::response(status, body),
            Self::Json | Self::Query => Response::new(status, "application/x-amz-json-1.1", body.to_string()),
        }
    }

    fn error(self, status: u16, code: &str, message: &str) -> Response {
        self.response(status, &json!({ "__type": code, "message": message }))
    }
}

/// The Region and service that a request is signed for.
fn scope(request: &Request) -> (String, String) {
    let signed = request.headers.get("authorization").and_then(|header| header.split_once("Credential="));
    let mut parts = signed.map(|(_, rest)| rest).unwrap_or_default().split(['/', ',']).skip(2).map(str::to_owned);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

impl State {
    pub(super) fn answer(&mut self, request: &Request) -> Answer {
        let protocol = Protocol::of(request);
        let last = |text: &str, separator| text.rsplit(separator).next().unwrap().to_owned();
        let parameters = if protocol == Protocol::Query { form(&request.body) } else { BTreeMap::new() };
        let action = match protocol {
            Protocol::Json => last(&request.headers["x-amz-target"], '.'),
            Protocol::Cbor => last(&request.path, '/'),
            Protocol::Query => parameters.get("Action").cloned().unwrap_or_default(),
        };
        let count = self.counts.entry(action.clone()).or_default();
        let call = Call { action: &action, number: *count };
        *count += 1;
        let fault = (self.faults)(&call).filter(|fault| fault.applies_to(&action));
        self.calls.push((scope(request).0, action.clone()));
        if let Some(fault) = fault.filter(|fault| fault.comes_before_the_service()) {
            return Answer { response: Response::new(500, "text/plain", "never seen"), wire: fault.wire() };
        }
        let response = match protocol {
            Protocol::Json | Protocol::Cbor => self.json(protocol, &action, request, fault),
            Protocol::Query => self.query(&action, &parameters, request, fault),
        };
        match fault {
            Some(fault) => Answer { response: fault.spoil(response), wire: fault.wire() },
            None => Answer { response, wire: Wire::Whole },
        }
    }

    fn json(&mut self, protocol: Protocol, action: &str, request: &Request, fault: Option<Fault>) -> Response {
        if let Some((status, _, code)) = fault.and_then(Fault::error) {
            return protocol.error(status, code, &injected(action));
        }
        let account = match self.caller(request) {
            Ok(account) => account,
            Err((_, code)) => return protocol.error(400, code, "the credentials are not good"),
        };
        let body: Value = match protocol {
            Protocol::Cbor => Value::Object(cbor::read(&request.body)),
            Protocol::Json | Protocol::Query => serde_json::from_slice(&request.body).unwrap_or(Value::Null),
        };
        assert_no_secret(action, body.as_object().into_iter().flatten());
        let (region, service) = scope(request);
        let (page_size, compliance_page_size) = (self.page_size, self.compliance_page_size);
        let member = self.member(&account);
        let result = match service.as_str() {
            "config" if !action.starts_with("DescribeConfigurationRecorder") => {
                member.config.answer(action, &body, compliance_page_size, fault)
            }
            _ => member.regional((&service, action), &region, &body, page_size),
        };
        match result {
            Ok(mut answer) => {
                if let Some(fault) = fault {
                    let token = body["NextToken"].as_str().or(body["nextToken"].as_str());
                    fault.spoil_listing(action, token, &mut answer);
                }
                (self.distortion)(action, &mut answer);
                protocol.response(200, &answer)
            }
            Err((code, message)) => protocol.error(400, &code, &message),
        }
    }

    fn query(
        &mut self,
        action: &str,
        parameters: &BTreeMap<String, String>,
        request: &Request,
        fault: Option<Fault>,
    ) -> Response {
        if let Some((status, code, _)) = fault.and_then(Fault::error) {
            return xml_error(status, code, &injected(action));
        }
        let account = match self.caller(request) {
            Ok(account) => account,
            Err((code, _)) => return xml_error(403, code, "the credentials are not good"),
        };
        assert_no_secret(action, parameters);
        let (region, service) = scope(request);
        let result = match action {
            "AssumeRole" | "GetCallerIdentity" => self.sts(action, &account, parameters, fault),
            _ if service == "sns" => {
                let page_size = self.page_size;
                let result = self.member(&account).regional((&service, action), &region, &json!(parameters), page_size);
                result.map_err(|(_, message)| (400, "InvalidParameter", message))
            }
            _ => self.iam(action, &account, parameters, fault),
        };
        match result {
            Ok(mut result) => {
                if let Some(fault) = fault {
                    let marker = parameters.get("Marker").or_else(|| parameters.get("NextToken")).map(String::as_str);
                    fault.spoil_listing(action, marker, &mut result);
                }
                (self.distortion)(action, &mut result);
                xml::response(action, &result)
            }
            Err((status, code, message)) => xml_error(status, code, &message),
        }
    }

    /// The account that the request is signed for; the codes with which the two protocols refuse it.
    fn caller(&mut self, request: &Request) -> Result<String, (&'static str, &'static str)> {
        let signed = request.headers.get("authorization").and_then(|value| value.split_once("Credential="));
        let Some((_, credential)) = signed.filter(|(algorithm, _)| algorithm.starts_with("AWS4-HMAC-SHA256")) else {
            return Err(("MissingAuthenticationToken", "MissingAuthenticationTokenException"));
        };
        let key = credential.split('/').next().unwrap_or_default();
        self.access_keys.insert(key.to_owned());
        let session = request.headers.get("x-amz-security-token").map(String::as_str);
        match super::sts::account_of_key(key) {
            None => Ok(self.own.account.clone()),
            Some(account) if session == Some(&super::sts::session_token(account)) => Ok(account.to_owned()),
            Some(_) => Err(("InvalidClientTokenId", "UnrecognizedClientException")),
        }
    }
}

/// The service may receive a secret that is meant for it.
fn assert_no_secret<'a, V: Debug>(action: &str, parameters: impl IntoIterator<Item = (&'a String, V)>) {
    let meant = ["ResultToken", "ExternalId"];
    for (name, value) in parameters.into_iter().filter(|(name, _)| !meant.contains(&name.as_str())) {
        canary::assert_absent(&format!("{action}, in {name},"), &format!("{value:?}"));
    }
}

fn injected(action: &str) -> String {
    format!("User is not authorized to perform: {action}, or whatever else the code says")
}

fn xml_error(status: u16, code: &str, message: &str) -> Response {
    let body = format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>b9b4ddef-5e5b-4d9c-8ae8-d1ae2bc3bd4b</RequestId></ErrorResponse>"
    );
    Response::new(status, "text/xml", body)
}

/// The parameters of a request in IAM's protocol.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, tail @ ..] = rest {
            match (first, tail) {
                (b'%', [high, low, after @ ..]) => {
                    let digits = [*high, *low];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap());
                    rest = after;
                }
                _ => {
                    bytes.push(*first);
                    rest = tail;
                }
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    text.split('&').filter_map(|pair| pair.split_once('=')).map(|(key, value)| (decode(key), decode(value))).collect()
}
