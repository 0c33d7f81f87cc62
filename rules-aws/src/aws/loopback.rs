//! A local server with prepared responses, for tests of requests and responses.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use aws_sdk_sts::config::retry::RetryConfig;
use aws_sdk_sts::config::{BehaviorVersion, Credentials, SharedCredentialsProvider};
use aws_types::SdkConfig;

use crate::aws::clients::Aws;
use crate::aws::environment::FALLBACK_REGION;

/// Answers the requests of one test and keeps their bodies.
pub(crate) struct Loopback {
    pub(crate) aws: Aws,
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Loopback {
    /// `answer` gets a request's body and its number, from zero, and gives a status and a body.
    pub(crate) async fn start(answer: impl Fn(&str, usize) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bodies = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let body = read_body(&stream);
                let number = kept.lock().unwrap().len();
                kept.lock().unwrap().push(body.clone());
                let (status, text) = answer(&body, number);
                let length = text.len();
                let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                let _ = (&stream).write_all((head + &text).as_bytes());
            }
        });
        Self { aws: aws(&url), bodies }
    }

    pub(crate) fn bodies(&self) -> Vec<String> {
        self.bodies.lock().unwrap().clone()
    }
}

/// A connection with credentials that are none, and without retries.
fn aws(url: &str) -> Aws {
    let credentials = Credentials::new("AKIAEXAMPLE", "secret", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(FALLBACK_REGION)
        .endpoint_url(url)
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(crate::aws::http::client())
        .retry_config(RetryConfig::disabled());
    Aws::with(config.build())
}

fn read_body(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8(body).unwrap()
}

/// IAM's way of saying no.
pub(crate) fn iam_error(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
    (status, body)
}

/// IAM's answer to `action`.
pub(crate) fn iam_answer(action: &str, result: &str) -> (u16, String) {
    (200, format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}
