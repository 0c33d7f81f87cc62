//! `score`: how much policy documents allow.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rules_core::iam::wire;
use rules_core::policy::{PolicyDocument, PolicyType};
use rules_core::score::score;
use serde::Deserialize;

use crate::args::ScoreArgs;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::table::Look;
use crate::output::{self, PolicyScore, UnscoredPolicy};

/// More than a document of the greatest length has, with every character percent-encoded.
const MAX_BYTES: u64 = 4 << 20;

pub(crate) fn run(args: &ScoreArgs) -> Result<Exit, CliError> {
    let policy_type = args.policy_type.into();
    let mut scores = Vec::new();
    // One buffer for all files: most are read without another allocation.
    let mut bytes = Vec::new();
    for path in &args.paths {
        if path.as_os_str() == "-" {
            scores.push(scored("-".to_owned(), read_policy(io::stdin().lock(), &mut bytes, policy_type)));
        } else if path.is_dir() {
            score_folder(path, &mut bytes, policy_type, &mut scores);
        } else {
            scores.push(score_file(path, &mut bytes, policy_type));
        }
    }
    let exit = scores.iter().fold(Exit::Clean, |exit, scored| {
        exit.and(match (&scored.score, args.min_score) {
            (Err(_), _) => Exit::Incomplete,
            (Ok(score), Some(least)) if score.score < least => Exit::BelowBar,
            (Ok(_), _) => Exit::Clean,
        })
    });
    output::to(None, |out| output::write_scores(out, args.format, Look::of_stdout(), &scores))?;
    Ok(exit)
}

/// Scores every `*.json` of a folder, in name order.
fn score_folder(folder: &Path, bytes: &mut Vec<u8>, policy_type: PolicyType, scores: &mut Vec<PolicyScore>) {
    match json_files(folder) {
        Ok(files) if files.is_empty() => scores.push(scored(policy_name(folder), Err(UnscoredPolicy::EmptyFolder))),
        Ok(files) => scores.extend(files.iter().map(|file| score_file(file, bytes, policy_type))),
        Err(error) => scores.push(scored(policy_name(folder), Err(error.into()))),
    }
}

fn json_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn score_file(path: &Path, bytes: &mut Vec<u8>, policy_type: PolicyType) -> PolicyScore {
    let document =
        File::open(path).map_err(UnscoredPolicy::from).and_then(|file| read_policy(file, bytes, policy_type));
    scored(policy_name(path), document)
}

/// The file's name without `.json`.
fn policy_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    name.strip_suffix(".json").unwrap_or(&name).to_owned()
}

fn scored(policy: String, document: Result<PolicyDocument, UnscoredPolicy>) -> PolicyScore {
    PolicyScore { policy, score: document.map(|document| score(&document)) }
}

fn read_policy(
    source: impl Read,
    bytes: &mut Vec<u8>,
    policy_type: PolicyType,
) -> Result<PolicyDocument, UnscoredPolicy> {
    bytes.clear();
    source.take(MAX_BYTES + 1).read_to_end(bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err(UnscoredPolicy::TooLarge(MAX_BYTES));
    }
    parse(bytes, policy_type)
}

/// Reads a document by itself, or the one that `aws iam get-policy-version` prints.
fn parse(bytes: &[u8], policy_type: PolicyType) -> Result<PolicyDocument, UnscoredPolicy> {
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
    use std::path::Path;

    use rules_core::policy::PolicyType;

    use super::{parse, policy_name};

    const DOCUMENT: &str = r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;

    #[test]
    fn a_policy_is_named_by_its_file() {
        assert_eq!(policy_name(Path::new("a/read.only.json")), "read.only");
        assert_eq!(policy_name(Path::new("policy")), "policy");
    }

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
