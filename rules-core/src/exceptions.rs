//! Exceptions: findings that somebody answers for, for a time.
//!
//! A file of exceptions is TOML. Each one names the rule, the resource by ARN, id or name (`*` and `?` are wildcards), who
//! answers for it, why, and the last day on which it holds:
//!
//! ```toml
//! [[exception]]
//! rule = "policy-least-privilege"
//! resource = "arn:aws:iam::111122223333:policy/legacy-*"
//! owner = "platform team"
//! reason = "replaced by the new pipeline"
//! expires = 2026-12-31
//! ```
//!
//! What is wrong under an exception is reported as compliant, with its findings and with who answers for it until when.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::config::{ComplianceType, EvaluatedResource, Evaluation, Verdict};
use crate::glob;
use crate::rules::RULES;
use crate::text::visible;
use crate::timestamp::Timestamp;

/// More exceptions than this are no exceptions.
const MAX_EXCEPTIONS: usize = 10_000;

/// The longest owner, reason and resource pattern, in characters.
const MAX_CHARACTERS: usize = 1_024;

/// The exceptions of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exceptions(Vec<Exception>);

/// A finding that somebody answers for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The rule's id.
    pub rule: String,
    /// A pattern of the resource's ARN, id or name.
    pub resource: String,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds, in UTC.
    pub expires: Date,
}

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(jiff::civil::Date);

/// Why a file of exceptions was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct InvalidExceptions {
    place: String,
    reason: String,
}

/// What became of exceptions when they were applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AppliedExceptions {
    used: BTreeSet<usize>,
    expired: BTreeSet<usize>,
    rules: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, alias = "exceptions")]
    exception: Vec<toml::Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    resource: String,
    owner: String,
    reason: String,
    expires: toml::Value,
}

impl Exceptions {
    /// Reads a file's text.
    ///
    /// # Errors
    /// When it is no TOML, when an exception lacks a part or has an unknown one, names no rule there is, or has a blank
    /// owner or reason. An exception that was meant and is not understood is nobody's to guess.
    pub fn parse(text: &str) -> Result<Self, InvalidExceptions> {
        let file: File = toml::from_str(text).map_err(|error| InvalidExceptions {
            place: line_of(text, error.span().map_or(0, |span| span.start)),
            reason: visible(error.message(), 200),
        })?;
        if file.exception.len() > MAX_EXCEPTIONS {
            let reason = format!("more than {MAX_EXCEPTIONS} exceptions");
            return Err(InvalidExceptions { place: "the file".to_owned(), reason });
        }
        let entries = file.exception.into_iter().map(|entry| {
            let place = line_of(text, entry.span().start);
            Exception::new(entry.into_inner()).map_err(|reason| InvalidExceptions { place, reason })
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// Accepts what is wrong under an exception that holds at the verdict's moment.
    pub fn apply(&self, rule: &str, verdicts: &mut [Verdict], applied: &mut AppliedExceptions) {
        if self.0.is_empty() {
            return;
        }
        applied.rules.insert(rule.to_owned());
        for verdict in verdicts {
            let Verdict::Evaluated(evaluation) = verdict else { continue };
            if let Some(exception) = self.for_evaluation(rule, evaluation, applied) {
                *evaluation = evaluation.clone().excepted(exception.clone());
            }
        }
    }

    /// The exception that holds for an evaluation, the longest one of several. Everything that matches is noted.
    fn for_evaluation(
        &self,
        rule: &str,
        evaluation: &Evaluation,
        applied: &mut AppliedExceptions,
    ) -> Option<&Exception> {
        let mut found: Option<&Exception> = None;
        for (index, exception) in self.0.iter().enumerate() {
            if exception.rule != rule || !exception.matches(&evaluation.resource) {
                continue;
            }
            if exception.expires.end() <= evaluation.ordering_timestamp {
                applied.expired.insert(index);
                continue;
            }
            applied.used.insert(index);
            if found.is_none_or(|found| exception.expires > found.expires) {
                found = Some(exception);
            }
        }
        found.filter(|_| evaluation.compliance_type == ComplianceType::NonCompliant)
    }

    /// Exceptions that matched a resource but no longer hold.
    pub fn expired<'e>(&'e self, applied: &AppliedExceptions) -> impl Iterator<Item = &'e Exception> {
        applied.expired.clone().into_iter().filter_map(|index| self.0.get(index))
    }

    /// Exceptions for rules that ran which matched no resource.
    pub fn unmatched<'e>(&'e self, applied: &'e AppliedExceptions) -> impl Iterator<Item = &'e Exception> {
        let matched = |index: usize| applied.used.contains(&index) || applied.expired.contains(&index);
        let indexed = self.0.iter().enumerate();
        indexed
            .filter(move |(index, exception)| applied.rules.contains(&exception.rule) && !matched(*index))
            .map(|(_, it)| it)
    }
}

impl Exception {
    fn new(entry: Entry) -> Result<Self, String> {
        if !RULES.iter().any(|definition| definition.id == entry.rule) {
            return Err(format!("`rule` is `{}`, which is no rule", visible(&entry.rule, 60)));
        }
        for (name, text) in [("resource", &entry.resource), ("owner", &entry.owner), ("reason", &entry.reason)] {
            if text.trim().is_empty() {
                return Err(format!("`{name}` is blank"));
            }
            if text.chars().count() > MAX_CHARACTERS {
                return Err(format!("`{name}` is longer than {MAX_CHARACTERS} characters"));
            }
        }
        let expires = match &entry.expires {
            toml::Value::String(text) => text.clone(),
            toml::Value::Datetime(moment) => moment.to_string(),
            other => return Err(format!("`expires` is of type {}, where a date is expected", other.type_str())),
        };
        let expires = expires.parse().map_err(|error| format!("`expires`: {error}"))?;
        Ok(Self { rule: entry.rule, resource: entry.resource, owner: entry.owner, reason: entry.reason, expires })
    }

    /// That the exception has expired.
    #[must_use]
    pub fn expired_in_words(&self) -> String {
        format!("{} has expired: it held until {}", self.in_words(), self.expires)
    }

    /// That the exception matches nothing.
    #[must_use]
    pub fn unmatched_in_words(&self) -> String {
        format!("{} matches no resource", self.in_words())
    }

    fn in_words(&self) -> String {
        let (resource, owner) = (visible(&self.resource, 120), visible(&self.owner, 60));
        format!("the exception from {} for `{resource}` by {owner}", self.rule)
    }

    fn matches(&self, resource: &EvaluatedResource) -> bool {
        let arn = resource.arn.as_ref().map(crate::arn::Arn::as_str);
        let names = [Some(resource.id.as_str()), resource.name.as_deref(), arn];
        names.into_iter().flatten().any(|name| glob::matches(&self.resource, name))
    }
}

/// What stands before an annotation under the exception.
impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "excepted until {} by {}", self.expires, visible(&self.owner, 60))
    }
}

/// As output has it: who, why and until when.
impl Serialize for Exception {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Fields<'a> {
            owner: &'a str,
            reason: &'a str,
            expires: String,
        }
        Fields { owner: &self.owner, reason: &self.reason, expires: self.expires.to_string() }.serialize(serializer)
    }
}

impl Date {
    /// The first moment after the day, in UTC.
    fn end(self) -> Timestamp {
        let tomorrow = self.0.tomorrow().ok().map(|day| format!("{day}T00:00:00Z"));
        tomorrow.and_then(|text| text.parse().ok()).unwrap_or(Timestamp::MAX)
    }
}

impl FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || format!("`{}` is not a date such as 2026-12-31", visible(text, 40));
        // A date with a time is cut short by jiff; here it is no date.
        if text.len() != "2026-12-31".len() {
            return Err(refuse());
        }
        text.parse().map(Self).map_err(|_| refuse())
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The line, counted from one, that a byte of the text is in.
fn line_of(text: &str, position: usize) -> String {
    let before = text.as_bytes().get(..position).unwrap_or_default();
    format!("line {}", 1 + before.iter().filter(|byte| **byte == b'\n').count())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Finding, Outcome};

    const FILE: &str = r#"
        [[exception]]
        rule = "policy-least-privilege"
        resource = "legacy-*"
        owner = "platform"
        reason = "on its way out"
        expires = 2026-01-31

        [[exception]]
        rule = "policy-least-privilege"
        resource = "arn:aws:iam::111122223333:policy/legacy-one"
        owner = "security"
        reason = "known"
        expires = "2026-03-31"

        [[exception]]
        rule = "policy-least-privilege"
        resource = "gone"
        owner = "nobody"
        reason = "forgotten"
        expires = 2027-01-01
    "#;

    fn verdict(name: &str, outcome: Outcome, at: &str) -> Verdict {
        let resource = EvaluatedResource {
            resource_type: "AWS::IAM::Policy".to_owned(),
            id: format!("ANPA{name}"),
            name: Some(name.to_owned()),
            arn: Some(format!("arn:aws:iam::111122223333:policy/{name}").parse().unwrap()),
        };
        Verdict::new(resource, Ok(outcome), at.parse().unwrap())
    }

    fn applied(name: &str, at: &str) -> (Evaluation, AppliedExceptions) {
        let mut applied = AppliedExceptions::default();
        let mut verdicts = [verdict(name, Outcome::finding(Finding::new("x", "too wide")), at)];
        Exceptions::parse(FILE).unwrap().apply("policy-least-privilege", &mut verdicts, &mut applied);
        let [Verdict::Evaluated(evaluation)] = verdicts else { panic!("it was judged") };
        (evaluation, applied)
    }

    #[test]
    fn what_is_wrong_is_accepted_to_the_end_of_the_last_day() {
        let (evaluation, _) = applied("legacy-two", "2026-01-31T23:59:59.999Z");
        assert_eq!(evaluation.compliance_type, ComplianceType::Compliant);
        assert_eq!(evaluation.annotation, "excepted until 2026-01-31 by platform: too wide");
        assert_eq!(evaluation.findings.len(), 1);
        let (evaluation, applied) = applied("legacy-two", "2026-02-01T00:00:00Z");
        assert_eq!(evaluation.compliance_type, ComplianceType::NonCompliant);
        assert_eq!(evaluation.exception, None);
        let exceptions = Exceptions::parse(FILE).unwrap();
        assert_eq!(exceptions.expired(&applied).map(|it| it.owner.as_str()).collect::<Vec<_>>(), ["platform"]);
        let unmatched: Vec<&str> = exceptions.unmatched(&applied).map(|it| it.owner.as_str()).collect();
        assert_eq!(unmatched, ["security", "nobody"]);
    }

    #[test]
    fn the_longest_of_several_counts() {
        let (evaluation, _) = applied("legacy-one", "2026-01-15T00:00:00Z");
        assert_eq!(evaluation.exception.unwrap().owner, "security");
    }

    #[test]
    fn nothing_else_is_touched() {
        let mut verdicts = [
            verdict("other", Outcome::finding(Finding::new("x", "too wide")), "2026-01-01T00:00:00Z"),
            verdict("legacy-one", Outcome::compliant("fine"), "2026-01-01T00:00:00Z"),
            verdict("legacy-one", Outcome::not_applicable("gone"), "2026-01-01T00:00:00Z"),
        ];
        let before = verdicts.clone();
        let mut applied = AppliedExceptions::default();
        let exceptions = Exceptions::parse(FILE).unwrap();
        exceptions.apply("policy-least-privilege", &mut verdicts, &mut applied);
        exceptions.apply("root-mfa-enabled", &mut verdicts, &mut applied);
        assert_eq!(verdicts, before);
    }

    #[test]
    fn a_file_that_is_not_understood_is_refused_with_its_place() {
        let entry = |change: (&str, &str)| FILE.replacen(change.0, change.1, 1);
        for (text, place, reason) in [
            (entry(("policy-least-privilege", "no-such-rule")), "line 2", "`rule` is `no-such-rule`"),
            (entry(("\"platform\"", "\" \"")), "line 2", "`owner` is blank"),
            (entry(("2026-01-31", "\"soon\"")), "line 2", "`expires`: `soon` is not a date"),
            (entry(("2026-01-31", "2026-01-31T00:00:00Z")), "line 2", "is not a date"),
            (entry(("expires", "until")), "line 7", "unknown field"),
            (entry(("expires = 2026-01-31", "")), "line 2", "missing field `expires`"),
            (entry(("2026-01-31", "2026-02-30")), "line 7", ""),
            ("exception = 1".to_owned(), "line 1", "invalid type"),
        ] {
            let error = Exceptions::parse(&text).unwrap_err();
            assert_eq!(error.place, place, "{error}");
            assert!(error.reason.contains(reason), "{error}");
        }
        assert_eq!(Exceptions::parse(""), Ok(Exceptions::default()));
    }
}
