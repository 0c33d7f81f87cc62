//! The source of the function's file of exceptions.

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_sdk_s3::primitives::ByteStream;
use rules_core::MissingFact;
use rules_core::exceptions::Exceptions;
use rules_core::text::visible;
use tokio::time::Instant;

use crate::aws::clients::Aws;
use crate::aws::operation::{GET_OBJECT, GET_PARAMETER};

/// How long what was read is taken for the present state: a change is in force after that at the latest.
const KEPT: Duration = Duration::from_secs(5 * 60);

/// More than any file that people keep, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// The place of a file of exceptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExceptionsSource {
    /// `file:NAME`: a file beside the program.
    File(PathBuf),
    /// `ssm:NAME`: a String parameter of Systems Manager, in the function's Region.
    Parameter(String),
    /// `s3://bucket/key`: an object in the function's Region.
    Object {
        /// The bucket's name.
        bucket: String,
        /// The object's key.
        key: String,
    },
}

/// A text that is not a place of a file of exceptions.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not `file:NAME`, `ssm:NAME` or `s3://bucket/key`")]
pub struct InvalidExceptionsSource(String);

impl FromStr for ExceptionsSource {
    type Err = InvalidExceptionsSource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let source = if let Some(name) = text.strip_prefix("file:").filter(|name| !name.is_empty()) {
            Some(Self::File(PathBuf::from(name)))
        } else if let Some(name) = text.strip_prefix("ssm:").filter(|name| !name.is_empty()) {
            Some(Self::Parameter(name.to_owned()))
        } else {
            let place = text.strip_prefix("s3://").and_then(|place| place.split_once('/'));
            place
                .filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())
                .map(|(bucket, key)| Self::Object { bucket: bucket.to_owned(), key: key.to_owned() })
        };
        source.ok_or_else(|| InvalidExceptionsSource(visible(text, 100)))
    }
}

impl ExceptionsSource {
    /// Reads the file and what it says.
    async fn read(&self, aws: &Aws) -> Result<Exceptions, MissingFact> {
        let (what, text) = match self {
            Self::File(path) => {
                let what = format!("exceptions in {}", path.display());
                let mut text = String::new();
                let file = File::open(beside_the_program(path));
                let read = file.and_then(|file| file.take(MAX_BYTES as u64 + 1).read_to_string(&mut text));
                read.map_err(|error| MissingFact::new(&what, error))?;
                (what, text)
            }
            Self::Parameter(name) => {
                let what = format!("{GET_PARAMETER} of {name}");
                let answer = aws.ssm().get_parameter().name(name).send().await;
                let answer = answer.map_err(|error| crate::aws::error::missing(&what, &error))?;
                let text = answer.parameter.and_then(|parameter| parameter.value);
                (what.clone(), text.ok_or_else(|| MissingFact::new(what, "the parameter has no value"))?)
            }
            Self::Object { bucket, key } => {
                let what = format!("{GET_OBJECT} of s3://{bucket}/{key}");
                let answer = aws.s3().get_object().bucket(bucket).key(key).send().await;
                let answer = answer.map_err(|error| crate::aws::error::missing(&what, &error))?;
                let bytes = limited(answer.body).await.map_err(|reason| MissingFact::new(&what, reason))?;
                (what.clone(), String::from_utf8(bytes).map_err(|error| MissingFact::new(what, error))?)
            }
        };
        if text.len() > MAX_BYTES {
            return Err(MissingFact::new(what, format!("it is longer than {MAX_BYTES} bytes")));
        }
        Exceptions::parse(&text).map_err(|error| MissingFact::new(what, error))
    }
}

/// The bytes of an object, read no further than the limit.
async fn limited(mut body: ByteStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(chunk) = body.try_next().await.map_err(|error| error.to_string())? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_BYTES {
            return Err(format!("it is longer than {MAX_BYTES} bytes"));
        }
    }
    Ok(bytes)
}

/// The place of a file in the function's zip file.
fn beside_the_program(path: &std::path::Path) -> PathBuf {
    let root = std::env::var_os("LAMBDA_TASK_ROOT").map(PathBuf::from).unwrap_or_default();
    root.join(path)
}

/// A source, with what was last read from it.
#[derive(Debug)]
pub(crate) struct KeptExceptions {
    source: ExceptionsSource,
    last: Mutex<Option<(Instant, Exceptions)>>,
}

impl KeptExceptions {
    pub(crate) fn new(source: ExceptionsSource) -> Self {
        Self { source, last: Mutex::default() }
    }

    /// The exceptions, read again after some time.
    ///
    /// Read with the function's own credentials, whosever account is judged.
    pub(crate) async fn read(&self, own: &Aws) -> Result<Exceptions, MissingFact> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, exceptions)) = last.filter(|(at, _)| at.elapsed() < KEPT) {
            return Ok(exceptions);
        }
        let exceptions = self.source.read(own).await?;
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), exceptions.clone()));
        Ok(exceptions)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Context, Poll};

    use aws_smithy_types::body::SdkBody;
    use bytes::Bytes;
    use http_body::{Body, Frame};

    use super::*;
    use crate::aws::loopback::Loopback;

    const FILE: &str = "[[exception]]\nrule = \"root-mfa-enabled\"\nresource = \"111122223333\"\nowner = \"o\"\nreason = \"r\"\n\
                        expires = 2026-12-31\n";

    #[test]
    fn a_place_is_one_of_three_forms() {
        let read = |text: &str| text.parse::<ExceptionsSource>();
        assert_eq!(read("file:exceptions.toml"), Ok(ExceptionsSource::File("exceptions.toml".into())));
        assert_eq!(read(" ssm:/rules/exceptions "), Ok(ExceptionsSource::Parameter("/rules/exceptions".to_owned())));
        let object = ExceptionsSource::Object { bucket: "b".to_owned(), key: "k/e.toml".to_owned() };
        assert_eq!(read("s3://b/k/e.toml"), Ok(object));
        for text in ["", "file:", "ssm:", "s3://", "s3://b", "s3://b/", "s3:///k", "/etc/exceptions.toml", "http://x/y"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_parameter_is_read_once_in_a_while() {
        let loopback = Loopback::start(|body, _| {
            assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["Name"], "/e");
            (200, serde_json::json!({ "Parameter": { "Name": "/e", "Type": "String", "Value": FILE } }).to_string())
        })
        .await;
        let kept = KeptExceptions::new("ssm:/e".parse().unwrap());
        for _ in 0..2 {
            assert_eq!(kept.read(&loopback.aws).await, Ok(Exceptions::parse(FILE).unwrap()));
        }
        assert_eq!(loopback.bodies().len(), 1);
        tokio::time::advance(KEPT).await;
        kept.read(&loopback.aws).await.unwrap();
        assert_eq!(loopback.bodies().len(), 2);
    }

    #[tokio::test]
    async fn an_object_is_read() {
        let loopback = Loopback::start(|_, _| (200, FILE.to_owned())).await;
        let kept = KeptExceptions::new("s3://bucket.of.mine/e.toml".parse().unwrap());
        assert_eq!(kept.read(&loopback.aws).await, Ok(Exceptions::parse(FILE).unwrap()));
    }

    /// A body that counts how many pieces of 64 KiB were asked for.
    struct Counted {
        left: usize,
        asked: Arc<AtomicUsize>,
    }

    impl Body for Counted {
        type Data = Bytes;
        type Error = std::io::Error;

        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
            let Some(left) = self.left.checked_sub(1) else { return Poll::Ready(None) };
            self.left = left;
            self.asked.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![b'#'; 1 << 16])))))
        }
    }

    #[tokio::test]
    async fn an_object_is_read_up_to_the_limit_and_no_further() {
        let read = async |pieces: usize| {
            let asked = Arc::new(AtomicUsize::new(0));
            let body = SdkBody::from_body_1_x(Counted { left: pieces, asked: Arc::clone(&asked) });
            let length = limited(ByteStream::new(body)).await.map(|bytes| bytes.len());
            (length, asked.load(Ordering::Relaxed))
        };
        let whole = MAX_BYTES >> 16;
        assert_eq!(read(whole).await, (Ok(MAX_BYTES), whole));
        let (length, asked) = read(10 * whole).await;
        assert_eq!((length, asked), (Err("it is longer than 1048576 bytes".to_owned()), whole + 1));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_no_empty_file() {
        let denied = |_: &str, _| (400, r#"{"__type":"AccessDeniedException","message":"no"}"#.to_owned());
        let loopback = Loopback::start(denied).await;
        let read = async |place: &str| {
            KeptExceptions::new(place.parse().unwrap()).read(&loopback.aws).await.unwrap_err().to_string()
        };
        assert_eq!(read("ssm:/e").await, "ssm:GetParameter of /e: AccessDeniedException: no");
        assert!(read("s3://b/e").await.starts_with("s3:GetObject of s3://b/e: "));
        assert!(read("file:no-such-file.toml").await.starts_with("exceptions in no-such-file.toml: "));
        let loopback = Loopback::start(|_, _| (200, "exception = 1".to_owned())).await;
        let kept = KeptExceptions::new("s3://b/e".parse().unwrap());
        assert!(kept.read(&loopback.aws).await.unwrap_err().to_string().contains("line 1"));
    }
}
