//! Reading one policy document, in any of the forms in which people have them.

use std::io::Read;

use rules_core::iam::wire;
use rules_core::policy::{PolicyDocument, PolicyType};
use serde::Deserialize;

use crate::output::UnscoredPolicy;

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

/// Reads a document by itself, or the one that `aws iam get-policy-version` prints.
pub(super) fn parse(bytes: &[u8], policy_type: PolicyType) -> Result<PolicyDocument, UnscoredPolicy> {
    PolicyDocument::parse_bytes(bytes, policy_type).or_else(|error| match policy_version(bytes) {
        Some(document) => {
            PolicyDocument::parse_encoded(document.as_str(), policy_type).map_err(UnscoredPolicy::ParseVersion)
        }
        None => Err(error.into()),
    })
}

/// The document in the output of `aws iam get-policy-version`; none when the bytes are something else.
fn policy_version(bytes: &[u8]) -> Option<wire::Document> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Output {
        #[serde(rename = "PolicyVersion")]
        policy_version: wire::PolicyVersion,
    }
    serde_json::from_slice::<Output>(bytes).ok()?.policy_version.document
}

#[cfg(test)]
mod tests {
    use rules_core::policy::PolicyType;

    use super::parse;

    const DOCUMENT: &str = r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;

    #[test]
    fn the_output_for_a_policy_version_is_read() {
        let plain = parse(DOCUMENT.as_bytes(), PolicyType::Identity).unwrap();
        let encoded: String = DOCUMENT.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for version in [DOCUMENT.to_owned(), format!("\"{encoded}\"")] {
            let output = format!(r#"{{"PolicyVersion":{{"Document":{version},"VersionId":"v1"}}}}"#);
            assert_eq!(parse(output.as_bytes(), PolicyType::Identity).unwrap(), plain);
        }
        assert_eq!(parse(encoded.as_bytes(), PolicyType::Identity).unwrap(), plain);
    }

    #[test]
    fn errors_name_the_place() {
        let message = |text: &str| parse(text.as_bytes(), PolicyType::Identity).unwrap_err().to_string();
        assert!(message(r#"{"Statement":[{"Effect":"Allow"}]}"#).starts_with("$.Statement[0]"));
        let version = message(r#"{"PolicyVersion":{"Document":{"Statement":[{"Effect":"Allow"}]}}}"#);
        assert!(version.starts_with("in $.PolicyVersion.Document: $.Statement[0]"), "{version}");
    }
}
