//! IAM, STS, AWS Config, CloudTrail, CloudWatch, SNS and EventBridge on loopback, as strict as the services are about what
//! they are sent.

mod cbor;
mod config;
mod iam;
mod regional;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};

pub use self::config::{Accepted, PutEvaluations};
use crate::account::{Account, Files};
use crate::http::{Request, Response, Server};

/// The services with one account behind them.
pub struct FakeAws {
    server: Server,
    state: Arc<Mutex<State>>,
}

/// What the services know and have seen.
pub struct State {
    account: String,
    files: Files,
    /// At most so many records in a page of a listing.
    page_size: usize,
    /// By action: how its calls fail.
    faults: BTreeMap<String, Fault>,
    /// The Region and action of every call, in order.
    calls: Vec<(String, String)>,
    config: config::Config,
}

struct Fault {
    /// So many calls succeed before.
    after: usize,
    status: u16,
    code: String,
}

impl FakeAws {
    /// Starts the services.
    #[must_use]
    pub fn start(account: &Account) -> Self {
        Self::with_files(&account.id, account.files())
    }

    /// Starts the services with what the AWS CLI wrote of an account.
    #[must_use]
    pub fn with_files(account: &str, files: Files) -> Self {
        let state = Arc::new(Mutex::new(State {
            account: account.to_owned(),
            files,
            page_size: 1_000,
            faults: BTreeMap::new(),
            calls: Vec::new(),
            config: config::Config::default(),
        }));
        let shared = Arc::clone(&state);
        let server = Server::start(move |request| Some(shared.lock().unwrap().answer(request)));
        Self { server, state }
    }

    /// Where the services are.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Makes every call of an action fail.
    pub fn fail(&self, action: &str, status: u16, code: &str) {
        self.fail_after(0, action, status, code);
    }

    /// Makes every call of an action fail, once so many of them have succeeded.
    pub fn fail_after(&self, after: usize, action: &str, status: u16, code: &str) {
        self.state().faults.insert(action.to_owned(), Fault { after, status, code: code.to_owned() });
    }

    /// Lets every call succeed again.
    pub fn heal(&self) {
        self.state().faults.clear();
    }

    /// Delivers listings in pages of this many records.
    pub fn page_size(&self, records: usize) {
        self.state().page_size = records;
    }

    /// Issues a result token; no other is taken.
    pub fn issue_token(&self, token: &str) {
        self.state().config.tokens.insert(token.to_owned());
    }

    /// Lists evaluations of these resources as failed, the next time or for ever.
    pub fn fail_evaluations(&self, ids: &[&str], for_ever: bool) {
        let ids: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let mut state = self.state();
        let failing = if for_ever { &mut state.config.failing } else { &mut state.config.failing_once };
        failing.extend(ids);
    }

    /// Gives AWS Config the history of a resource, newest first, in the form of its API.
    pub fn record_history(&self, id: &str, items: &[Value]) {
        self.state().config.history.insert(id.to_owned(), items.to_vec());
    }

    /// Every call of PutEvaluations that was well-formed.
    #[must_use]
    pub fn put_evaluations(&self) -> Vec<PutEvaluations> {
        self.state().config.puts.clone()
    }

    /// What AWS Config has accepted, in order.
    #[must_use]
    pub fn accepted(&self) -> Vec<Accepted> {
        self.state().config.puts.iter().flat_map(|put| put.accepted.clone()).collect()
    }

    /// What was refused because a request broke a rule of the service.
    #[must_use]
    pub fn refused(&self) -> Vec<String> {
        self.state().config.refused.clone()
    }

    /// How many submissions were in test mode, which keeps nothing.
    #[must_use]
    pub fn in_test_mode(&self) -> usize {
        self.state().config.test_mode
    }

    /// The action of every call so far.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.state().calls.iter().map(|(_, action)| action.clone()).collect()
    }

    /// The Region and action of every call so far.
    #[must_use]
    pub fn calls_by_region(&self) -> Vec<(String, String)> {
        self.state().calls.clone()
    }

    /// Forgets what it has seen.
    pub fn forget(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.config.puts.clear();
        state.config.refused.clear();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

/// How a service talks.
#[derive(Clone, Copy)]
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

    /// The action and its parameters.
    fn read(self, request: &Request) -> (String, Value) {
        let last = |text: &str, separator| text.rsplit(separator).next().unwrap().to_owned();
        match self {
            Self::Json => {
                let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                (last(&request.headers["x-amz-target"], '.'), body)
            }
            Self::Cbor => (last(&request.path, '/'), Value::Object(cbor::read(&request.body))),
            Self::Query => {
                let parameters = form(&request.body);
                let body = parameters.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect();
                (parameters.get("Action").cloned().unwrap_or_default(), Value::Object(body))
            }
        }
    }

    fn answer(self, action: &str, result: &Value) -> Response {
        match self {
            Self::Json => json_response(200, result),
            Self::Cbor => cbor::response(200, result),
            Self::Query => xml::response(action, result),
        }
    }

    fn error(self, status: u16, code: &str, message: &str) -> Response {
        let body = json!({ "__type": code, "message": message });
        match self {
            Self::Json => json_response(status, &body),
            Self::Cbor => cbor::response(status, &body),
            Self::Query => xml_error(status, code, message),
        }
    }
}

/// The Region and service that a request is signed for.
fn scope(request: &Request) -> (String, String) {
    let signed = request.headers.get("authorization").and_then(|header| header.split_once("Credential="));
    let mut parts = signed.map(|(_, rest)| rest).unwrap_or_default().split(['/', ',']).skip(2).map(str::to_owned);
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
}

impl State {
    fn answer(&mut self, request: &Request) -> Response {
        let protocol = Protocol::of(request);
        let (region, service) = scope(request);
        let (action, body) = protocol.read(request);
        self.calls.push((region.clone(), action.clone()));
        if let Some((status, code)) = self.fault(&action) {
            return protocol.error(status, &code, &format!("User is not authorized to perform: {action}"));
        }
        let result = match service.as_str() {
            "iam" | "sts" => {
                let unknown = || ("InvalidAction".to_owned(), format!("Could not find operation {action}"));
                self.iam(&action, &form(&request.body)).ok_or_else(unknown)
            }
            "config" if !action.starts_with("Describe") => self.config.answer(&action, &body),
            _ => self.regional(&service, &region, &action, &body),
        };
        match result {
            Ok(result) => protocol.answer(&action, &result),
            Err((code, message)) => protocol.error(400, &code, &message),
        }
    }
}

impl State {
    /// The status and code with which this call fails, if it does.
    fn fault(&mut self, action: &str) -> Option<(u16, String)> {
        let fault = self.faults.get_mut(action)?;
        if fault.after > 0 {
            fault.after -= 1;
            return None;
        }
        Some((fault.status, fault.code.clone()))
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    Response::new(status, "application/x-amz-json-1.1", body.to_string())
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
