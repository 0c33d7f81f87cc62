//! Cases: an account and what a rule has to say about it.

use std::collections::BTreeMap;
use std::path::Path;

use rules_core::decision::Layer;
use rules_core::exceptions::Exceptions;
use rules_core::policy::{PolicyDocument, PolicyType};
use serde::Deserialize;
use serde_json::Value;

use crate::account::Account;
use crate::canary;
use crate::details;
use crate::event::{self, Change, Envelope};
use crate::line::{ExceptionLine, Line};

/// A case, in the folder that is named as its rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows. The examples of the rules' pages say that beside themselves.
    #[serde(default)]
    pub about: String,
    /// When the account is judged.
    #[serde(default = "default_as_of")]
    pub as_of: String,
    /// The account.
    #[serde(default)]
    pub account: Account,
    /// The rule's parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
    /// The service control policies that bear on the account, level by level from the organization's root.
    #[serde(default)]
    pub service_control: Vec<Vec<Value>>,
    /// The resource control policies of all levels.
    #[serde(default)]
    pub resource_control: Vec<Value>,
    /// The file of exceptions, line by line.
    #[serde(default)]
    pub exceptions: Vec<String>,
    /// What is said of exceptions that do nothing.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Parts of what is said of each exception that is refused.
    #[serde(default)]
    pub refused: Vec<String>,
    /// What happened, where it is not the rule's schedule.
    #[serde(default)]
    pub change: Option<Change>,
    /// Every verdict, ordered by type and id.
    pub expect: Vec<Expected>,
    /// What is said to be unread although no verdict depends on it.
    #[serde(default)]
    pub unread: Option<String>,
}

fn default_as_of() -> String {
    "2026-01-31T12:00:00Z".to_owned()
}

/// A verdict that a case expects.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "the names are those of the verdict's line")]
pub struct Expected {
    pub resource_type: String,
    pub resource_id: String,
    pub compliance: String,
    /// What the annotation has to contain.
    pub annotation: Option<Annotation>,
    /// The codes of the findings.
    #[serde(default)]
    pub findings: Vec<String>,
    /// The exception that makes it compliant.
    pub exception: Option<ExceptionLine>,
    /// The first finding's message in full.
    pub message: Option<String>,
    /// The first finding's.
    pub path: Option<Vec<String>>,
    /// The first finding's.
    pub statement: Option<String>,
}

/// One text or several that an annotation contains.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Annotation {
    One(String),
    Several(Vec<String>),
}

impl Case {
    /// Reads a case and the id of its rule.
    #[must_use]
    pub fn read(path: &Path, content: &str) -> (String, Self) {
        let case = serde_json::from_str(content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let rule = path.parent().and_then(Path::file_name).unwrap().to_str().unwrap();
        (rule.to_owned(), case)
    }

    /// The event with which AWS Config would ask.
    #[must_use]
    pub fn event(&self, rule: &str) -> Value {
        let envelope = Envelope { account: &self.account.id, rule, parameters: &self.parameters, token: canary::TOKEN };
        match &self.change {
            None => envelope.scheduled(&self.as_of),
            Some(change) => envelope.change(&event::item(&self.account, change), change.left_scope),
        }
    }

    /// The levels of service control policies, each as a list of documents.
    #[must_use]
    pub fn levels(&self) -> Vec<Value> {
        self.service_control.iter().map(|level| level.iter().map(details::document).collect()).collect()
    }

    /// The resource control policies as a list of documents, if there are any.
    #[must_use]
    pub fn resource_control(&self) -> Option<Value> {
        let documents: Vec<Value> = self.resource_control.iter().map(details::document).collect();
        Some(Value::from(documents)).filter(|_| !self.resource_control.is_empty())
    }

    /// All of them as the core takes them.
    #[must_use]
    pub fn organization(&self) -> Vec<Layer<PolicyDocument>> {
        let parse = |policy_type, document: &Value| {
            PolicyDocument::parse(&document.to_string(), policy_type).unwrap_or_else(|error| panic!("{error}"))
        };
        let layer = |policy_type, documents: &Value| {
            let documents = documents.as_array().unwrap().iter().map(|document| parse(policy_type, document));
            Layer::new(policy_type, documents.collect())
        };
        let levels = self.levels();
        let levels = levels.iter().map(|level| layer(PolicyType::ServiceControl, level));
        levels.chain(self.resource_control().map(|list| layer(PolicyType::ResourceControl, &list))).collect()
    }

    /// The exceptions.
    #[must_use]
    pub fn exceptions(&self) -> Exceptions {
        Exceptions::parse(&self.exceptions.join("\n")).unwrap_or_else(|error| panic!("{}: {error}", self.about))
    }

    /// Compares verdicts with what is expected.
    pub fn check(&self, lines: &[Line]) {
        canary::assert_absent(&self.about, &format!("{lines:?}"));
        let keys = |line: &Line| (line.resource_type.clone(), line.resource_id.clone(), line.compliance.clone());
        let mut sorted: Vec<&Line> = lines.iter().collect();
        sorted.sort_by_key(|line| keys(line));
        let key = |expected: &Expected| {
            (expected.resource_type.clone(), expected.resource_id.clone(), expected.compliance.clone())
        };
        let mut expected: Vec<&Expected> = self.expect.iter().collect();
        expected.sort_by_key(|expected| key(expected));
        let said: Vec<&str> = sorted.iter().map(|line| line.annotation.as_str()).collect();
        assert_eq!(
            sorted.iter().map(|line| keys(line)).collect::<Vec<_>>(),
            expected.iter().map(|expected| key(expected)).collect::<Vec<_>>(),
            "{}: {said:#?}",
            self.about
        );
        for (line, expected) in sorted.iter().zip(expected) {
            expected.check(line);
        }
    }
}

impl Expected {
    fn check(&self, line: &Line) {
        let parts: &[String] = match &self.annotation {
            None => &[],
            Some(Annotation::One(part)) => std::slice::from_ref(part),
            Some(Annotation::Several(parts)) => parts,
        };
        for part in parts {
            assert!(line.annotation.contains(part), "`{}` does not contain `{part}`", line.annotation);
        }
        if line.compliance != "NOT_EVALUATED" {
            let length = line.annotation.chars().count();
            assert!((1..=256).contains(&length), "an annotation of {length} characters");
        }
        let codes: Vec<&String> = line.findings.iter().map(|finding| &finding.code).collect();
        assert_eq!(codes, self.findings.iter().collect::<Vec<_>>(), "{}", line.annotation);
        assert_eq!(line.exception, self.exception);
        let wrong = !codes.is_empty() && line.exception.is_none();
        assert_eq!(line.compliance == "NON_COMPLIANT", wrong, "compliance follows from findings and exceptions");
        let first = line.findings.first();
        if self.message.is_some() {
            assert_eq!(first.map(|finding| &finding.message), self.message.as_ref());
        }
        if self.path.is_some() {
            assert_eq!(first.map(|finding| &finding.path), self.path.as_ref());
        }
        if self.statement.is_some() {
            assert_eq!(first.and_then(|finding| finding.statement.as_ref()), self.statement.as_ref());
        }
    }
}
