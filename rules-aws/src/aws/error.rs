//! What the SDK's errors say, without what nobody should read.

use std::error::Error;

use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use rules_core::MissingFact;

/// The fact that `action` would have told is missing because of `error`.
pub(crate) fn missing<E>(action: &str, error: &SdkError<E, HttpResponse>) -> MissingFact
where
    E: ProvideErrorMetadata + Error + 'static,
{
    MissingFact::new(action, reason(error))
}

/// AWS's own code and message where there was an answer, else what kept it from coming.
///
/// Requests and responses are never part of it: they hold tokens and signatures.
pub(crate) fn reason<E>(error: &SdkError<E, HttpResponse>) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(code) = error.code() {
        return match error.message().map(str::trim).filter(|message| !message.is_empty()) {
            Some(message) => format!("{code}: {message}"),
            None => code.to_owned(),
        };
    }
    match error {
        SdkError::TimeoutError(_) => "no answer in the time allowed".to_owned(),
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            format!("HTTP status {status} with an answer that is not AWS's ({})", causes(error))
        }
        _ => causes(error),
    }
}

/// Whether this code says that the credentials are not good, or not good for this: nothing that passes by itself.
pub(crate) fn is_refusal(code: &str) -> bool {
    matches!(
        code.strip_suffix("Exception").unwrap_or(code),
        "AccessDenied"
            | "AuthFailure"
            | "ExpiredToken"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidSignature"
            | "MissingAuthenticationToken"
            | "NotAuthorized"
            | "OptInRequired"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "UnauthorizedOperation"
            | "UnrecognizedClient"
    )
}

/// The chain of causes, each said once.
fn causes(error: &dyn Error) -> String {
    let mut said = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if said.last().is_none_or(|last| !last.contains(&text)) {
            said.push(text);
        }
        cause = inner.source();
    }
    said.join(": ")
}
