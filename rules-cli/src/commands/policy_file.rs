//! Reads one policy document, in each format in which the AWS CLI or people write it.

use std::borrow::Cow;
use std::io::Read;

use rules_core::iam::wire;
use rules_core::json;
use rules_core::policy::{ParsePolicyError, PolicyDocument, PolicyType};
use serde_json::value::RawValue;

use crate::output::scored::UnscoredPolicy;
use crate::places::{DocumentPlaces, Members, Text};

/// More than a document of the greatest length has, with every character percent-encoded.
const MAX_BYTES: u64 = 4 << 20;

/// Fills `bytes` with what `source` holds, unless it is too large for a policy.
pub(super) fn read_bytes(source: impl Read, bytes: &mut Vec<u8>) -> Result<(), UnscoredPolicy> {
    bytes.clear();
    source.take(MAX_BYTES + 1).read_to_end(bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(UnscoredPolicy::TooLarge(MAX_BYTES));
    }
    Ok(())
}

/// Reads a document by itself, or the one in what a command of the AWS CLI prints, and refuses what AWS would refuse to
/// store.
pub(super) fn parse(bytes: &[u8], policy_type: PolicyType) -> Result<PolicyDocument, UnscoredPolicy> {
    let error = match PolicyDocument::parse_bytes(bytes, policy_type) {
        Ok(document) => return Ok(checked(document, policy_type)?),
        Err(error) => error,
    };
    let Ok(text) = json::text(bytes) else { return Err(error.into()) };
    match Content::of(&text) {
        Content::Answer(answer) => answer.parse(policy_type),
        Content::Document => Err(error.into()),
        Content::Other => Err(UnscoredPolicy::NoPolicy(error)),
    }
}

/// Where the document that [`parse`] reads and its statements are.
pub(super) fn places(bytes: &[u8]) -> DocumentPlaces {
    let Ok(text) = json::text(bytes) else { return DocumentPlaces::default() };
    let text = Text::new(&text);
    let members = serde_json::from_str::<Members<'_>>(text.as_str()).unwrap_or_default();
    let answer = if members.contains_key("Statement") { None } else { Answer::of(&members) };
    DocumentPlaces::of(&text, answer.map_or(text.as_str(), |answer| answer.raw))
}

fn checked(document: PolicyDocument, policy_type: PolicyType) -> Result<PolicyDocument, ParsePolicyError> {
    document.check(policy_type)?;
    Ok(document)
}

/// The content of a text that is not a valid document.
enum Content<'a> {
    /// What a command of the AWS CLI prints.
    Answer(Answer<'a>),
    /// What is meant for a document.
    Document,
    /// Anything else that is JSON.
    Other,
}

/// A document in the output of a command of the AWS CLI.
struct Answer<'a> {
    place: &'static str,
    document: wire::Document,
    /// The document as it is in the output.
    raw: &'a str,
    /// The type that AWS Organizations says the policy is of.
    type_name: Option<String>,
}

impl<'a> Content<'a> {
    fn of(text: &'a str) -> Self {
        let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
            // A list or a single value, or no JSON at all.
            let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
            return if is_json { Self::Other } else { Self::Document };
        };
        match Answer::of(&members) {
            Some(answer) => Self::Answer(answer),
            None if is_meant_for_a_document(&members) => Self::Document,
            None => Self::Other,
        }
    }
}

/// Whether an object has an element of a policy: `Statement` however it is spelled, those of a statement, or a version of
/// the policy language. Many files have a `version` of their own. An empty one may have been meant for anything.
fn is_meant_for_a_document(members: &Members<'_>) -> bool {
    let is_element = |(name, value): (&Cow<'_, str>, &&RawValue)| match name.as_ref() {
        "Version" => matches!(value.get(), r#""2012-10-17""# | r#""2008-10-17""#),
        "Effect" | "Action" | "NotAction" => true,
        other => other.eq_ignore_ascii_case("Statement"),
    };
    members.is_empty() || members.iter().any(is_element)
}

impl<'a> Answer<'a> {
    fn of(members: &Members<'a>) -> Option<Self> {
        let inner = |name: &str| serde_json::from_str::<Members<'a>>(members.get(name)?.get()).ok();
        let answer = |place, document: &'a RawValue| {
            let raw = document.get();
            Some(Self { place, document: serde_json::from_str(raw).ok()?, raw, type_name: None })
        };
        // get-policy-version
        if let Some(version) = inner("PolicyVersion") {
            return answer("$.PolicyVersion.Document", version.get("Document")?);
        }
        // get-role-policy, get-user-policy, get-group-policy
        if let (Some(document), Some(_)) = (members.get("PolicyDocument"), members.get("PolicyName")) {
            return answer("$.PolicyDocument", document);
        }
        // get-role
        if let Some(role) = inner("Role") {
            return answer("$.Role.AssumeRolePolicyDocument", role.get("AssumeRolePolicyDocument")?);
        }
        // describe-policy of AWS Organizations
        if let Some(policy) = inner("Policy") {
            let summary = policy.get("PolicySummary")?;
            let type_name =
                serde_json::from_str::<Members<'_>>(summary.get()).ok()?.get("Type").and_then(|name| text_of(name));
            return answer("$.Policy.Content", policy.get("Content")?).map(|answer| Self { type_name, ..answer });
        }
        // get-bucket-policy, get-key-policy
        members.get("Policy").filter(|text| text.get().starts_with('"')).and_then(|text| answer("$.Policy", text))
    }

    fn parse(self, policy_type: PolicyType) -> Result<PolicyDocument, UnscoredPolicy> {
        if let Some(name) = self.type_name.filter(|name| !is_named(policy_type, name)) {
            return Err(UnscoredPolicy::OtherType(name));
        }
        PolicyDocument::parse_encoded(self.document.as_str(), policy_type)
            .and_then(|document| checked(document, policy_type))
            .map_err(|source| UnscoredPolicy::ParseInside { place: self.place, source })
    }
}

/// Whether AWS Organizations may call a policy so that is given as one of this type.
fn is_named(policy_type: PolicyType, name: &str) -> bool {
    match policy_type {
        PolicyType::ServiceControl => name == "SERVICE_CONTROL_POLICY",
        PolicyType::ResourceControl => name == "RESOURCE_CONTROL_POLICY",
        _ => true,
    }
}

fn text_of(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

#[cfg(test)]
mod tests {
    use rules_core::policy::PolicyType;

    use super::parse;
    use crate::output::scored::UnscoredPolicy;

    const DOCUMENT: &str = r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;

    #[test]
    fn outputs_of_the_aws_cli_are_read() {
        let plain = parse(DOCUMENT.as_bytes(), PolicyType::ServiceControl).unwrap();
        let encoded: String = DOCUMENT.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let text = serde_json::to_string(DOCUMENT).unwrap();
        for output in [
            format!(r#"{{"PolicyVersion":{{"Document":{DOCUMENT},"VersionId":"v1"}},"ResponseMetadata":{{}}}}"#),
            format!(r#"{{"PolicyVersion":{{"Document":"{encoded}","VersionId":"v1"}}}}"#),
            format!(r#"{{"RoleName":"r","PolicyName":"p","PolicyDocument":{DOCUMENT}}}"#),
            format!(r#"{{"GroupName":"g","PolicyName":"p","PolicyDocument":"{encoded}"}}"#),
            format!(r#"{{"Policy":{{"PolicySummary":{{"Type":"SERVICE_CONTROL_POLICY"}},"Content":{text}}}}}"#),
            format!(r#"{{"Policy":{text}}}"#),
            encoded.clone(),
        ] {
            assert_eq!(parse(output.as_bytes(), PolicyType::ServiceControl).unwrap(), plain, "{output}");
        }
    }

    #[test]
    fn errors_name_the_place() {
        let message = |text: &str| parse(text.as_bytes(), PolicyType::ServiceControl).unwrap_err().to_string();
        assert!(message(r#"{"Statement":[{"Effect":"Allow"}]}"#).starts_with("$.Statement[0]"));
        let version = message(r#"{"PolicyVersion":{"Document":{"Statement":[{"Effect":"Allow"}]}}}"#);
        assert!(version.starts_with("in $.PolicyVersion.Document: $.Statement[0]"), "{version}");
        let other = message(r#"{"Policy":{"PolicySummary":{"Type":"RESOURCE_CONTROL_POLICY"},"Content":"{}"}}"#);
        assert!(other.contains("RESOURCE_CONTROL_POLICY"), "{other}");
    }

    #[test]
    fn what_holds_no_policy_is_told_from_a_broken_one() {
        let is_other =
            |text: &str| matches!(parse(text.as_bytes(), PolicyType::Identity), Err(UnscoredPolicy::NoPolicy(_)));
        for other in ["[]", "7", r#"{"name":"x","version":"1.0.0"}"#, r#"{"Resources":{}}"#] {
            assert!(is_other(other), "{other}");
        }
        for broken in [
            "",
            "{",
            "{}",
            r#"{"statement":[]}"#,
            r#"{"Version":"2012-10-17","Statment":[]}"#,
            r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
            r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"b"}]}"#,
        ] {
            assert!(!is_other(broken), "{broken}");
        }
    }
}
