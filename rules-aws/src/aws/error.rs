//! Errors of the SDK as messages, without secrets.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_iam::config::http::HttpResponse;
use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use rules_core::MissingFact;

use crate::aws::operation::ASSUME_ROLE;
use crate::call_error::{CallError, CallFailure};

/// The fact that `action` returns is unknown because of `error`.
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
        SdkError::TimeoutError(_) => "no response within the timeout".to_owned(),
        SdkError::ServiceError(_) | SdkError::ResponseError(_) => {
            let status = error.raw_response().map_or(0, |response| response.status().as_u16());
            format!("HTTP status {status} with a response that is not from AWS ({})", causes(error))
        }
        _ => match (credentials_error(error), error) {
            (Some(error), _) => match assuming(error) {
                Some(error) => format!("{ASSUME_ROLE}: {}", reason(error)),
                None => {
                    // The SDK lists the places where it looked, one on each line.
                    let text = error.source().map_or_else(|| error.to_string(), causes);
                    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
                    format!("no credentials: {}", lines.join("; ").replace(":; ", ": "))
                }
            },
            (None, SdkError::DispatchFailure(failure)) if failure.is_io() => format!("no connection: {}", root(error)),
            (None, _) => causes(error),
        },
    }
}

/// The error of a call that nothing goes on without.
pub(crate) fn call_error<E>(action: &str, error: &SdkError<E, HttpResponse>) -> CallError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    CallError { failure: failure(error), missing: missing(action, error) }
}

fn failure<E>(error: &SdkError<E, HttpResponse>) -> CallFailure
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if let Some(error) = credentials_error(error) {
        return assuming(error).map_or(CallFailure::Credentials, failure);
    }
    match (error.code(), error) {
        (Some(code), _) if are_bad_credentials(code) => CallFailure::Credentials,
        (Some(code), _) if is_refusal(code) => CallFailure::Denied,
        (Some(code), _) if is_throttling(code) => CallFailure::Throttled,
        (Some(_), _) => CallFailure::Other,
        (None, SdkError::TimeoutError(_) | SdkError::DispatchFailure(_)) => CallFailure::Unreachable,
        (None, _) => CallFailure::Other,
    }
}

/// Why the request could not be signed.
fn credentials_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    chain(error).find_map(|error| error.downcast_ref())
}

/// Why a role could not be assumed, if that is why there are no credentials.
fn assuming(error: &CredentialsError) -> Option<&SdkError<AssumeRoleError, HttpResponse>> {
    error.source()?.downcast_ref()
}

impl CallError {
    /// The time for the call has run out.
    pub(crate) fn out_of_time(action: &str) -> Self {
        Self {
            failure: CallFailure::OutOfTime,
            missing: MissingFact::new(action, "the time limit for reading was reached"),
        }
    }

    /// An answer that is of no use.
    pub(crate) fn other(action: &str, reason: String) -> Self {
        Self { failure: CallFailure::Other, missing: MissingFact::new(action, reason) }
    }
}

/// Whether this code says that the credentials are not valid, or not allowed to do this: nothing that passes by itself.
pub(crate) fn is_refusal(code: &str) -> bool {
    let denials = ["AccessDenied", "NotAuthorized", "OptInRequired", "UnauthorizedOperation"];
    are_bad_credentials(code) || denials.contains(&without_suffix(code))
}

fn are_bad_credentials(code: &str) -> bool {
    matches!(
        without_suffix(code),
        "AuthFailure"
            | "ExpiredToken"
            | "InvalidAccessKeyId"
            | "InvalidClientTokenId"
            | "InvalidSignature"
            | "MissingAuthenticationToken"
            | "RequestExpired"
            | "SignatureDoesNotMatch"
            | "UnrecognizedClient"
    )
}

fn is_throttling(code: &str) -> bool {
    matches!(without_suffix(code), "Throttling" | "Throttled" | "RequestLimitExceeded" | "TooManyRequests" | "SlowDown")
}

/// Services name the same failure with and without `Exception`.
fn without_suffix(code: &str) -> &str {
    code.strip_suffix("Exception").unwrap_or(code)
}

/// The chain of causes, each said once.
fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in chain(error) {
        let text = error.to_string();
        if said.last().is_none_or(|last| !last.contains(&text)) {
            said.push(text);
        }
    }
    said.join(": ")
}

/// The first cause of all.
fn root(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

/// The error and its causes.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}
