//! Diagnostics: probable mistakes in a document that was accepted.

use std::collections::BTreeSet;

use super::condition_value::is_well_formed;
use super::{Condition, Effect, PolicyDocument, PolicyVersion, Statement};
use crate::text::visible;

/// A probable mistake in a document. It does not change the verdict.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    /// A stable name, such as `repeated-sid`.
    pub code: &'static str,
    /// The place, such as `$.Statement[0].Sid`.
    pub path: String,
    /// The message, one sentence.
    pub message: String,
}

impl PolicyDocument {
    /// The diagnostics of this document, in the order of its statements.
    #[must_use]
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.statements.is_empty() {
            push(&mut found, "no-statements", "$.Statement", "the document has no statements and grants nothing");
        }
        let mut sids = BTreeSet::new();
        for (index, statement) in self.statements.iter().enumerate() {
            let path = format!("$.Statement[{index}]");
            if let Some(sid) = &statement.sid {
                if !sids.insert(sid) {
                    let message =
                        format!("statement id `{}` is used more than once, which IAM refuses", visible(sid, 60));
                    push(&mut found, "repeated-sid", &format!("{path}.Sid"), &message);
                }
            }
            self.statement_diagnostics(statement, &path, &mut found);
        }
        found
    }

    fn statement_diagnostics(&self, statement: &Statement, path: &str, found: &mut Vec<Diagnostic>) {
        for action in statement.action.patterns() {
            let shown = visible(action, 60);
            if action.contains(char::is_whitespace) {
                push(found, "blank-in-action", path, &format!("action `{shown}` contains a space and matches nothing"));
            }
            if has_wildcard_service(action) {
                let message = format!("action `{shown}` has a wildcard in its service, which IAM does not document");
                push(found, "wildcard-service", path, &message);
            }
        }
        for resource in statement.resource.iter().flat_map(super::ResourceElement::patterns) {
            let shown = visible(resource.as_str(), 80);
            if resource.as_str().chars().any(|character| !(' '..='\u{ff}').contains(&character)) {
                let message = format!("resource `{shown}` contains characters that IAM does not accept");
                push(found, "unusual-characters", path, &message);
            }
            if self.version == PolicyVersion::V2012 && has_unclosed_variable(resource.as_str()) {
                push(found, "unclosed-variable", path, &format!("resource `{shown}` has a `${{` that is not closed"));
            }
            if !resource.is_everything() && !crate::glob::matches(resource.segments()[0], "arn") {
                push(found, "not-an-arn", path, &format!("resource `{shown}` is not an ARN and matches nothing"));
            }
        }
        for condition in &statement.conditions {
            condition_diagnostics(condition, statement.effect, path, found);
        }
    }
}

fn condition_diagnostics(condition: &Condition, effect: Effect, path: &str, found: &mut Vec<Diagnostic>) {
    let path = format!("{path}.Condition.{}", visible(&condition.operator.text, 60));
    let shown = visible(&condition.operator.text, 60);
    if condition.operator.comparison.is_none() {
        let consequence = match effect {
            Effect::Allow => "counted as met",
            Effect::Deny => "counted as no protection",
        };
        push(found, "unknown-operator", &path, &format!("unknown operator `{shown}`: {consequence}"));
    } else if !condition.operator.is_canonical() {
        push(found, "operator-case", &path, &format!("operator `{shown}` is not written as IAM documents it"));
    }
    if condition.values.is_empty() {
        push(
            found,
            "no-values",
            &path,
            &format!("key `{}` has no values to match", visible(condition.key.as_str(), 60)),
        );
    }
    for value in &condition.values {
        if !is_well_formed(condition, value) {
            let message = format!("`{}` is not a value that `{shown}` can match", visible(value, 60));
            push(found, "malformed-value", &path, &message);
        }
    }
}

/// Whether a pattern has a wildcard before the colon and still means some actions only.
///
/// IAM does not document what such a pattern matches. One of nothing but wildcards is everything, however it is read.
pub(crate) fn has_wildcard_service(action: &str) -> bool {
    let wild = |text: &str| text.bytes().all(|byte| byte == b'*');
    action.split_once(':').is_some_and(|(service, name)| service.contains(['*', '?']) && !(wild(service) && wild(name)))
}

fn has_unclosed_variable(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| !rest.contains('}'))
}

fn push(found: &mut Vec<Diagnostic>, code: &'static str, path: &str, message: &str) {
    found.push(Diagnostic { code, path: path.to_owned(), message: message.to_owned() });
}
