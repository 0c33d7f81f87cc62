//! Checks that responses are complete.
//!
//! The SDK accepts IAM responses whose XML ends too early: a truncated list is a shorter list, a page without
//! `IsTruncated` is the last page, and a missing list is an empty list. So the bytes of each successful response are
//! checked too, and the call is repeated if the response is incomplete or not from AWS.

use std::collections::HashMap;

use aws_sdk_sts::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_sts::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_sts::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::interceptors::dyn_dispatch_hint;
use serde::de::IgnoredAny;

/// Refuses XML that does not end as it began, or lacks what AWS always sends.
#[derive(Debug)]
pub(crate) struct WholeXml;

#[dyn_dispatch_hint]
impl Intercept for WholeXml {
    fn name(&self) -> &'static str {
        "WholeXml"
    }

    /// Only now has the body arrived: before, it may be on its way.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.output_or_error().is_err() {
            return Ok(());
        }
        match context.response().body().bytes().and_then(root_of_whole) {
            None => Err("the response is not a complete XML document".into()),
            Some((root, text)) => match missing_element(root, text) {
                None => Ok(()),
                Some(element) => Err(format!("the response has no `{element}`").into()),
            },
        }
    }
}

/// Refuses JSON that is not one whole object. The SDK's reader takes an empty answer for one without any member, and so a
/// status of success without a body for evaluations that were all accepted.
#[derive(Debug)]
pub(crate) struct WholeJson;

#[dyn_dispatch_hint]
impl Intercept for WholeJson {
    fn name(&self) -> &'static str {
        "WholeJson"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let is_object = |body: &[u8]| serde_json::from_slice::<HashMap<String, IgnoredAny>>(body).is_ok();
        match context.output_or_error().is_err() || context.response().body().bytes().is_some_and(is_object) {
            true => Ok(()),
            false => Err("the response is not a complete JSON object".into()),
        }
    }
}

/// The elements of every page of a list, by the root element of the page. The types of the SDK do not require them.
const ALWAYS_SENT: [(&str, &[&str]); 2] = [
    (
        "GetAccountAuthorizationDetailsResponse",
        &["IsTruncated", "UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"],
    ),
    ("ListVirtualMFADevicesResponse", &["IsTruncated", "VirtualMFADevices"]),
];

/// An element that the document should have and has not.
fn missing_element(root: &str, text: &str) -> Option<&'static str> {
    let (_, elements) = ALWAYS_SENT.iter().find(|(name, _)| *name == root)?;
    // Pages have megabytes, so it is searched for one text, not for every tag.
    let has = |element: &str| {
        let tag = format!("<{element}");
        let mut after = text.match_indices(&tag).filter_map(|(at, tag)| text.get(at + tag.len()..));
        after.any(|rest| rest.starts_with(['>', '/', ' ', '\t', '\r', '\n']))
    };
    elements.iter().copied().find(|element| !has(element))
}

/// The name of the root element and the text, if the document's last tag closes its first. A document of which part is
/// missing lacks that one at least.
fn root_of_whole(body: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(body).ok()?.trim_ascii();
    let root = match text.strip_prefix("<?xml") {
        Some(declared) => declared.split_once("?>").map_or("", |(_, root)| root.trim_ascii_start()),
        None => text,
    };
    let tag = root.strip_prefix('<')?;
    let name = tag.split(|end: char| end == '>' || end.is_whitespace()).next()?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let last = text.rsplit_once("</").map_or("", |(_, tag)| tag);
    let is_whole = last.strip_prefix(name).is_some_and(|rest| rest.trim_ascii_start() == ">");
    (is_name && is_whole).then_some((name, text))
}

/// Retries the call if the service reports success and the response is invalid.
#[derive(Debug)]
pub(crate) struct Garbled;

impl ClassifyRetry for Garbled {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let has_failed = matches!(context.output_or_error(), Some(Err(_)));
        match context.response().is_some_and(|response| response.status().is_success()) && has_failed {
            true => RetryAction::transient_error(),
            false => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "Garbled"
    }
}

#[cfg(test)]
mod tests {
    use super::{missing_element, root_of_whole};

    fn is_whole(body: &[u8]) -> bool {
        root_of_whole(body).is_some()
    }

    #[test]
    fn a_document_ends_as_it_begins() {
        for whole in [
            "<ListUsersResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><a>1</a></ListUsersResponse>",
            "<?xml version=\"1.0\"?>\n<R>\n<a/>\n</R>\n",
            "<R></R >",
        ] {
            assert!(is_whole(whole.as_bytes()), "{whole}");
            for end in 0..whole.trim_end().len() {
                assert!(!is_whole(&whole.as_bytes()[..end]), "the first {end} bytes of {whole}");
            }
        }
        for other in ["", "R", "<R>", "</R>", "<R/>", "<!DOCTYPE html><html></html>", "{}", "<R></S>", "<></>"] {
            assert!(!is_whole(other.as_bytes()), "{other}");
        }
        assert!(!is_whole(b"<R>\xff</R>"));
    }

    #[test]
    fn a_page_says_whether_it_is_the_last_and_has_every_list() {
        let page = "<ListVirtualMFADevicesResponse><ListVirtualMFADevicesResult><IsTruncated>false</IsTruncated>\
                    <VirtualMFADevices/></ListVirtualMFADevicesResult></ListVirtualMFADevicesResponse>";
        let missing = |page: &str| missing_element("ListVirtualMFADevicesResponse", page);
        assert_eq!(missing(page), None);
        assert_eq!(missing(&page.replace("<IsTruncated>false</IsTruncated>", "")), Some("IsTruncated"));
        assert_eq!(missing(&page.replace("<VirtualMFADevices/>", "")), Some("VirtualMFADevices"));
        assert_eq!(missing(&page.replace("<VirtualMFADevices/>", "<VirtualMFADevices>\n</VirtualMFADevices>")), None);
        assert_eq!(missing_element("GetAccountSummaryResponse", "<a/>"), None);
        let details = "GetAccountAuthorizationDetailsResponse";
        assert_eq!(missing_element(details, "<IsTruncated>false</IsTruncated><Policies/>"), Some("UserDetailList"));
    }
}
