//! The SDK's HTTP client, with services in memory behind it.

use std::collections::BTreeMap;
use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use aws_sdk_sts::config::http::{HttpRequest, HttpResponse};
use aws_sdk_sts::config::{BehaviorVersion, Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;
use bytes::Bytes;
use http_body::{Body, Frame};
use rules_tests::canary::{SECRET_ACCESS_KEY, SESSION_TOKEN};
use rules_tests::fake_aws::Services;
use rules_tests::http::{Answer, Request, Response, Wire};
use tokio::time::{Instant, Sleep};

use crate::aws::clients::Aws;
use crate::aws::environment::{FALLBACK_REGION, retries, timeouts};

/// Each call with its moment.
pub(super) type Moments = Arc<Mutex<Vec<(String, Instant)>>>;

/// A connection to services in memory, as patient and as persistent as a real one.
pub(super) fn connect(services: &Services, moments: &Moments) -> Aws {
    let memory = Memory { services: services.clone(), moments: Arc::clone(moments) };
    let credentials = Credentials::new("ASIAEXAMPLE", SECRET_ACCESS_KEY, Some(SESSION_TOKEN.to_owned()), None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(FALLBACK_REGION)
        .endpoint_url("http://memory.invalid")
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(memory.clone())))
        .timeout_config(timeouts())
        .retry_config(retries());
    Aws::with(config.build())
}

#[derive(Clone)]
struct Memory {
    services: Services,
    moments: Moments,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl HttpConnector for Memory {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let request = read(&request);
        let Answer { response, wire } = self.services.answer(&request);
        let action = self.services.last_call();
        self.moments.lock().unwrap().push((action, Instant::now()));
        HttpConnectorFuture::new(deliver(response, wire))
    }
}

fn read(request: &HttpRequest) -> Request {
    let headers = request.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Request {
        method: request.method().to_owned(),
        path: request.uri().to_owned(),
        headers: headers.collect::<BTreeMap<_, _>>(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}

async fn deliver(response: Response, wire: Wire) -> Result<HttpResponse, ConnectorError> {
    let half = response.body.len() / 2;
    let body = match wire {
        Wire::Refused | Wire::Closed => {
            let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the connection was closed");
            return Err(ConnectorError::io(error.into()));
        }
        Wire::Silent => return std::future::pending().await,
        Wire::Whole => stream(&response.body, End::Whole),
        Wire::TooShort => stream(&response.body[..half], End::Whole),
        Wire::Stalled => stream(&response.body[..half], End::Never),
        Wire::Cut => stream(&response.body[..half], End::Error),
        Wire::Trickled => stream(&response.body, End::AfterAll(Duration::from_secs(1))),
    };
    let mut delivered = HttpResponse::new(response.status.try_into().unwrap(), body);
    for (name, value) in response.headers {
        delivered.headers_mut().append(name, value);
    }
    Ok(delivered)
}

/// As it comes from a network: the SDK has no bytes before it asks for them.
fn stream(bytes: &[u8], end: End) -> SdkBody {
    SdkBody::from_body_1_x(Streamed { rest: Bytes::copy_from_slice(bytes), end, sleep: None })
}

struct Streamed {
    rest: Bytes,
    end: End,
    sleep: Option<Pin<Box<Sleep>>>,
}

/// What comes after the bytes.
enum End {
    Whole,
    Never,
    Error,
    /// It comes byte by byte, with so much time between.
    AfterAll(Duration),
}

impl Body for Streamed {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let End::AfterAll(pause) = self.end {
            let sleep = self.sleep.get_or_insert_with(|| Box::pin(tokio::time::sleep(pause)));
            if sleep.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.sleep = None;
            return Poll::Ready(match self.rest.is_empty() {
                true => None,
                false => Some(Ok(Frame::data(self.rest.split_to(1)))),
            });
        }
        if !self.rest.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.rest)))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::Error => Poll::Ready(Some(Err("the connection was closed in the middle".into()))),
            End::Never | End::AfterAll(_) => Poll::Pending,
        }
    }
}
