//! The kind of a file, by its content or, if that is not enough, by its name.

use std::path::Path;

use rules_core::audit::RegionalFactKind;
use rules_core::facts::FactKind;

use super::part::PartFile;
use super::regional;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Contents {
    /// A part of the account's facts, or of one Region's.
    Facts(FactKind),
    /// All of them together.
    Snapshot,
}

/// So much of a file is looked at to tell what it holds.
pub(super) const HEAD: usize = 16 << 10;

/// What the file at `path` holds that begins with these bytes, or ought to hold by its name.
pub(super) fn of(path: &Path, beginning: &[u8]) -> Option<Contents> {
    of_text(&head(beginning)).or_else(|| named(path))
}

/// What a file with this name holds.
pub(super) fn named(path: &Path) -> Option<Contents> {
    let part = PartFile::with_name_of(path).map(PartFile::kind);
    part.or_else(|| regional::kind_of(path).map(FactKind::Regional)).map(Contents::Facts)
}

/// The beginning of a text, as far as it can be read.
fn head(bytes: &[u8]) -> String {
    let bytes = bytes.get(..HEAD).unwrap_or(bytes);
    // The end may be in the middle of a character.
    let whole = (0..4).find_map(|cut| rules_core::json::text(bytes.get(..bytes.len().checked_sub(cut)?)?).ok());
    whole.map(|text| text.into_owned()).unwrap_or_default()
}

fn of_text(head: &str) -> Option<Contents> {
    use RegionalFactKind::*;
    let facts = |kind| Some(Contents::Facts(kind));
    let regional = |kind| facts(FactKind::Regional(kind));
    if is_report(head) {
        return facts(FactKind::CredentialReport);
    }
    let keys = keys(head);
    let has = |key: &str| keys.contains(&key);
    let mentions = |word: &str| head.contains(word);
    match () {
        () if has("SummaryMap") => facts(FactKind::AccountSummary),
        () if has("UserDetailList") || has("GroupDetailList") || has("RoleDetailList") => {
            facts(FactKind::AuthorizationDetails)
        }
        () if has("VirtualMFADevices") => facts(FactKind::VirtualMfaDevices),
        () if has("Content") && (has("ReportFormat") || REPORT_BEGINS.iter().any(|word| mentions(word))) => {
            facts(FactKind::CredentialReport)
        }
        () if has("sha256") && has("content") => Some(Contents::Snapshot),
        () if has("trailList") => regional(Trails),
        () if has("IsLogging") => regional(TrailStatus),
        () if has("TrailARN") && (has("EventSelectors") || has("AdvancedEventSelectors")) => regional(EventSelectors),
        () if has("ConfigurationRecorders") => regional(ConfigurationRecorders),
        () if has("ConfigurationRecordersStatus") => regional(ConfigurationRecorderStatus),
        () if has("metricFilters") => regional(MetricFilters),
        () if has("MetricAlarms") => regional(Alarms),
        // These two names are common ones.
        () if has("Subscriptions") && mentions("SubscriptionArn") => regional(Subscriptions),
        () if has("Rules") && (mentions("EventPattern") || mentions("EventBusName")) => regional(EventBridgeRules),
        () => None,
    }
}

/// How a credential report begins: as text, with every cell in quotes, and both of that in base64.
const REPORT_BEGINS: [&str; 4] = ["user,arn,", "\"user\",\"arn\",", "dXNlcixhcm4s", "InVzZXIiLCJhcm4i"];

/// Whether a text that is not a JSON object is a credential report, possibly in quotes.
fn is_report(head: &str) -> bool {
    let text = head.trim_ascii_start();
    let inner = text.strip_prefix('"').unwrap_or(text);
    REPORT_BEGINS.iter().any(|begin| text.starts_with(begin) || inner.starts_with(begin))
}

/// The keys of an object of JSON of which this is the beginning.
fn keys(head: &str) -> Vec<&str> {
    let mut keys = Vec::new();
    let (mut depth, mut string, mut escaped) = (0_usize, None, false);
    for (at, byte) in head.bytes().enumerate() {
        match string {
            Some(_) if escaped => escaped = false,
            Some(_) if byte == b'\\' => escaped = true,
            Some(start) if byte == b'"' => {
                let mut rest = head.get(at + 1..).unwrap_or_default().bytes();
                let is_key = depth == 1 && rest.find(|byte| !byte.is_ascii_whitespace()) == Some(b':');
                keys.extend(head.get(start..at).filter(|_| is_key));
                string = None;
            }
            Some(_) => {}
            None => match byte {
                b'"' => string = Some(at + 1),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            },
        }
    }
    keys
}

/// What a file should have held whose name is nearly that of a known file: with other letters in it, in another case, with
/// more words, or with another ending.
pub(super) fn nearly_named(path: &Path) -> Option<Contents> {
    let name = path.file_name()?.to_str()?.to_lowercase();
    let stem = name.split('.').next().unwrap_or_default().replace(['_', ' '], "-");
    let known = FactKind::ALL.into_iter().map(|kind| (kind, kind.as_str()));
    // The longer name says more: `trail-status` has `trail` in it.
    let near = known.filter(|(_, known)| contains_words(&stem, known) || is_one_slip_away(&stem, known));
    near.max_by_key(|(_, known)| known.len()).map(|(kind, _)| Contents::Facts(kind))
}

fn contains_words(stem: &str, known: &str) -> bool {
    let bounded = |at: usize| {
        let before = stem.get(..at).is_some_and(|before| before.is_empty() || before.ends_with('-'));
        let after = stem.get(at + known.len()..).is_some_and(|after| !after.starts_with(char::is_alphabetic));
        before && after
    };
    stem.match_indices(known).any(|(at, _)| bounded(at))
}

/// Whether one letter more, less or other, or two that changed places, make one of the other.
fn is_one_slip_away(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let same = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let (one, other) = (one.get(same..).unwrap_or_default(), other.get(same..).unwrap_or_default());
    match (one, other) {
        ([], []) => true,
        ([_, one @ ..], other) | (other, [_, one @ ..]) if one == other => true,
        ([_, one @ ..], [_, other @ ..]) if one == other => true,
        ([a, b, one @ ..], [c, d, other @ ..]) => (a, b) == (d, c) && one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(contents: Option<Contents>) -> String {
        match contents {
            None => "nothing".to_owned(),
            Some(Contents::Snapshot) => "snapshot".to_owned(),
            Some(Contents::Facts(kind)) => kind.to_string(),
        }
    }

    #[test]
    fn contents_tell_what_a_file_is() {
        for (head, expected) in [
            (r#"{"SummaryMap": {"Users": 1}}"#, "account-summary"),
            (r#"{ "IsTruncated": false, "RoleDetailList": [{"Arn": "#, "account-authorization-details"),
            (r#"{"VirtualMFADevices":[]}"#, "virtual-mfa-devices"),
            (r#"{"Content": "dXNlcixhcm4sdXNlcl9jcmVh"#, "credential-report"),
            (r#"{"ReportFormat": "text/csv", "Content": "#, "credential-report"),
            ("user,arn,user_creation_time\n", "credential-report"),
            ("\"user\",\"arn\",\"user_creation_time\"\n", "credential-report"),
            ("\"dXNlcixhcm4sdXNlcl9jcmVh\"", "credential-report"),
            ("dXNlcixhcm4sdXNlcl9jcmVh\nabc", "credential-report"),
            (r#"{"sha256":"00","content":{"#, "snapshot"),
            (r#"{"trailList": []}"#, "trails"),
            (r#"{"IsLogging": true}"#, "trail-status"),
            (r#"{"TrailARN": "arn", "EventSelectors": []}"#, "event-selectors"),
            (r#"{"Subscriptions": [{"SubscriptionArn": "a"}]}"#, "subscriptions"),
            (r#"{"Rules": [{"Name": "a", "EventPattern": "{}"}]}"#, "eventbridge-rules"),
            // Keys of an inner object, common words and text are no sign.
            (r#"{"a": {"SummaryMap": {}}}"#, "nothing"),
            (r#"{"a": "SummaryMap", "b": ["UserDetailList"]}"#, "nothing"),
            (r#"{"Rules": []}"#, "nothing"),
            (r#"{"Content": "hello"}"#, "nothing"),
            ("username,arn\n", "nothing"),
            ("", "nothing"),
        ] {
            assert_eq!(name(of(Path::new("x"), head.as_bytes())), expected, "{head}");
            let utf_16: Vec<u8> =
                [0xff, 0xfe].into_iter().chain(head.encode_utf16().flat_map(u16::to_le_bytes)).collect();
            assert_eq!(name(of(Path::new("x"), &utf_16)), expected, "{head}");
        }
        assert_eq!(name(of(Path::new("a/trails.json"), b"{")), "trails");
        assert_eq!(name(of(Path::new("trails.json"), br#"{"SummaryMap": {}}"#)), "account-summary");
        assert_eq!(name(of(Path::new("x"), b"\x00\x01\x02")), "nothing");
    }

    #[test]
    fn names_are_nearly_right() {
        for (file, expected) in [
            ("account-summary.txt", "account-summary"),
            ("Account-Summary.json", "account-summary"),
            ("account_summary.json", "account-summary"),
            ("acount-summary.json", "account-summary"),
            ("account-sumamry.json", "account-summary"),
            ("get-account-summary.json", "account-summary"),
            ("account-summary (1).json", "account-summary"),
            ("account-summary-2026-01.json.bak", "account-summary"),
            ("trail.json", "trails"),
            ("describe-trails.yaml", "trails"),
            ("get-trail-status.json", "trail-status"),
            ("alarms.JSON", "alarms"),
            ("notes.txt", "nothing"),
            ("summary.json", "nothing"),
            ("trailer.json", "nothing"),
            ("retrails.json", "nothing"),
            ("accounts.json", "nothing"),
        ] {
            assert_eq!(name(nearly_named(Path::new(file))), expected, "{file}");
        }
    }
}
