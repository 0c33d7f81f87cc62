//! The API with which AWS Lambda runs a function, and a function that runs behind it as its own process.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tempfile::NamedTempFile;

use crate::binaries;
use crate::canary;
use crate::http::{Request, Response, Server};

/// What the function made of an invocation.
#[derive(Clone, Debug, PartialEq)]
pub enum Invoked {
    /// It succeeded.
    Response(Value),
    /// It failed, with this error report.
    Error(Value),
    /// It did not get as far as to be asked.
    NotStarted(Value),
}

impl Invoked {
    /// The error's type and message.
    ///
    /// # Panics
    /// When the invocation succeeded.
    #[must_use]
    pub fn error(&self) -> (&str, &str) {
        match self {
            Self::Error(report) | Self::NotStarted(report) => {
                (report["errorType"].as_str().unwrap(), report["errorMessage"].as_str().unwrap())
            }
            Self::Response(_) => panic!("the invocation succeeded"),
        }
    }

    /// Checks that the invocation failed.
    #[track_caller]
    pub fn assert_err(&self) {
        assert!(!matches!(self, Self::Response(_)), "{self:?}");
    }

    /// Checks that the invocation succeeded.
    #[track_caller]
    pub fn assert_ok(&self) {
        assert!(matches!(self, Self::Response(_)), "{self:?}");
    }
}

/// Far more than any invocation of a test takes: only a function that hangs meets it.
const PATIENCE: Duration = Duration::from_secs(120);

/// The time that Lambda leaves the function, as in the function's stack.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A running function.
pub struct Function {
    process: Child,
    started: Instant,
    events: Sender<(Duration, Vec<u8>)>,
    results: Receiver<Invoked>,
    log: NamedTempFile,
    _server: Server,
}

impl Function {
    /// Starts the function's process, with AWS at `endpoint` and these variables besides Lambda's own.
    ///
    /// # Panics
    /// When the binary has not been built.
    #[must_use]
    pub fn start(endpoint: &str, variables: &[(&str, &str)]) -> Self {
        Self::start_program(&binaries::path("bootstrap"), endpoint, variables)
    }

    /// The same with another program.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start_program(program: &Path, endpoint: &str, variables: &[(&str, &str)]) -> Self {
        let (events, waiting) = channel();
        let (report, results) = channel();
        let queue = Queue { waiting: Mutex::new(waiting), report };
        let server = Server::start(move |request| queue.answer(request));
        let log = NamedTempFile::new().unwrap();
        let append = || File::options().append(true).open(log.path()).unwrap();
        let started = Instant::now();
        let process = Command::new(program)
            .env_clear()
            .envs(canary::CREDENTIALS)
            .envs(lambda_variables())
            .env("AWS_LAMBDA_RUNTIME_API", server.authority())
            .env("AWS_ENDPOINT_URL", endpoint)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(append())
            .stderr(append())
            .spawn()
            .expect("the function starts");
        Self { process, started, events, results, log, _server: server }
    }

    /// How long ago the process was started.
    #[must_use]
    pub fn since_start(&self) -> Duration {
        self.started.elapsed()
    }

    /// The most memory that the process has had, in KiB.
    ///
    /// # Panics
    /// Where the system has no `/proc`.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// Has the function handle one event.
    ///
    /// # Panics
    /// When it does not come to an end.
    pub fn invoke(&self, event: &Value) -> Invoked {
        self.invoke_bytes(event.to_string().into_bytes())
    }

    /// Has the function handle one payload.
    ///
    /// # Panics
    /// When it does not come to an end.
    pub fn invoke_bytes(&self, payload: Vec<u8>) -> Invoked {
        self.handle(TIMEOUT, payload)
    }

    /// Has the function handle one event in this time.
    ///
    /// # Panics
    /// When it does not come to an end.
    pub fn invoke_within(&self, limit: Duration, event: &Value) -> Invoked {
        self.handle(limit, event.to_string().into_bytes())
    }

    fn handle(&self, limit: Duration, payload: Vec<u8>) -> Invoked {
        self.events.send((limit, payload)).unwrap();
        let result = self.results.recv_timeout(PATIENCE);
        let result = result.unwrap_or_else(|_| panic!("no result; the log:\n{}", self.log()));
        canary::assert_absent("the answer", &format!("{result:?}"));
        result
    }

    /// Waits until the function ends by itself, and tells its exit code.
    ///
    /// # Panics
    /// When it is ended by something else.
    pub fn ends(&mut self) -> i32 {
        self.process.wait().unwrap().code().expect("the function ends by itself")
    }

    /// What the function has logged so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if !std::thread::panicking() {
            canary::assert_absent("the log", &self.log());
        }
    }
}

fn lambda_variables() -> BTreeMap<&'static str, &'static str> {
    BTreeMap::from([
        ("AWS_REGION", "eu-west-1"),
        ("AWS_DEFAULT_REGION", "eu-west-1"),
        ("AWS_LAMBDA_FUNCTION_NAME", "rules"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/rules"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
        // Whatever level is asked for, nothing secret is logged.
        ("AWS_LAMBDA_LOG_LEVEL", "TRACE"),
        ("RUST_LOG", "trace"),
        // Only these credentials, and no files of the user who runs the tests.
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("HOME", "/nonexistent"),
    ])
}

struct Queue {
    waiting: Mutex<Receiver<(Duration, Vec<u8>)>>,
    report: Sender<Invoked>,
}

impl Queue {
    fn answer(&self, request: &Request) -> Option<Response> {
        let accepted = || Some(Response::new(202, "application/json", "{\"status\":\"OK\"}"));
        let body = || serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let path = request.path.strip_prefix("/2018-06-01/runtime/").unwrap_or_default();
        match (request.method.as_str(), path.rsplit('/').next().unwrap_or_default()) {
            ("GET", "next") => self.next(),
            ("POST", "response") => {
                self.report.send(Invoked::Response(body())).ok()?;
                accepted()
            }
            ("POST", "error") if path == "init/error" => {
                self.report.send(Invoked::NotStarted(body())).ok()?;
                accepted()
            }
            ("POST", "error") => {
                self.report.send(Invoked::Error(body())).ok()?;
                accepted()
            }
            _ => Some(Response::new(404, "text/plain", "")),
        }
    }

    /// The next event; none when there will be no more.
    fn next(&self) -> Option<Response> {
        let (limit, event) = self.waiting.lock().unwrap().recv().ok()?;
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + limit;
        let response = Response::new(200, "application/json", event)
            .with("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
            .with("lambda-runtime-deadline-ms", deadline.as_millis())
            .with("lambda-runtime-invoked-function-arn", "arn:aws:lambda:eu-west-1:111122223333:function:rules")
            .with("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0");
        Some(response)
    }
}
