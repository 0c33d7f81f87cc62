//! The unparsed payload of an invocation.
//!
//! The runtime decodes payloads itself, and responds to a payload that is not JSON with an error that no metric counts.
//! So it receives a JSON value that contains the payload, which it can always decode, and the payload is parsed where
//! every other invalid event is refused.

use lambda_runtime::LambdaInvocation;
use serde::{Deserialize, Serialize};

/// The bytes of a payload.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Payload {
    Text(String),
    /// What is not UTF-8, and so not JSON either.
    Bytes(Vec<u8>),
}

impl Payload {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl From<&[u8]> for Payload {
    fn from(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::Text(text.to_owned()),
            Err(_) => Self::Bytes(bytes.to_owned()),
        }
    }
}

/// The invocation with its payload inside a JSON value.
pub(crate) fn undecoded(mut invocation: LambdaInvocation) -> LambdaInvocation {
    // A payload can always be written; were it not, the runtime would refuse it as it is.
    if let Ok(inside) = serde_json::to_vec(&Payload::from(invocation.body.as_ref())) {
        invocation.body = inside.into();
    }
    invocation
}

#[cfg(test)]
mod tests {
    use super::Payload;

    #[test]
    fn every_payload_comes_back_as_it_was() {
        for bytes in [&b""[..], b"{", b"{\"a\": \"\xc3\xa9\"}", b"{\"\xff", b"\0"] {
            let inside = serde_json::to_vec(&Payload::from(bytes)).unwrap();
            assert_eq!(serde_json::from_slice::<Payload>(&inside).unwrap().as_bytes(), bytes);
        }
    }
}
