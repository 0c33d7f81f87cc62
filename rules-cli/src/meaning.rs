//! The meaning of a policy document, independent of its text.
//!
//! A document is split into *grants*: an action pattern with conditions, on the resources of all statements that allow
//! it with these conditions. Layout, the order of keys, statements and lists, ids, the case of actions, a single value
//! in place of a list, and statements that are split or merged make no difference.

use std::collections::{BTreeMap, BTreeSet};

use rules_core::policy::{
    ActionElement, Effect, PolicyDocument, PolicyVersion, PrincipalElement, Principals, ResourceElement, Statement,
};
use sha2::{Digest as _, Sha256};

/// Digests of grants.
pub(crate) type GrantDigests = BTreeSet<String>;

/// What a statement's grants have in common but the resources: the action, and whom and when it is about.
type Key = String;

/// The grants of a document, by statement.
pub(crate) struct Meaning {
    statements: Vec<Vec<Key>>,
    resources: BTreeMap<Key, BTreeSet<String>>,
}

impl Meaning {
    /// What the document says.
    pub(crate) fn of(document: &PolicyDocument) -> Self {
        let mut meaning = Self { statements: Vec::new(), resources: BTreeMap::new() };
        for statement in &document.statements {
            let keys = keys(statement, document.version);
            for key in &keys {
                meaning.resources.entry(key.clone()).or_default().extend(resources(statement));
            }
            meaning.statements.push(keys);
        }
        meaning
    }

    /// The grants of the statements that are counted so, from zero.
    pub(crate) fn grants(&self, statements: impl IntoIterator<Item = usize>) -> GrantDigests {
        let keys = statements.into_iter().filter_map(|index| self.statements.get(index)).flatten();
        keys.map(|key| {
            let resources = self.resources.get(key).into_iter().flatten().map(String::as_str);
            digest([key.as_str()].into_iter().chain(resources))
        })
        .collect()
    }
}

/// A short name of texts, the same for the same texts.
pub(crate) fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        // No text is the beginning of another one together with what follows.
        hasher.update(text.len().to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// One for each action pattern; one for all of `NotAction`, which means them together.
fn keys(statement: &Statement, version: PolicyVersion) -> Vec<Key> {
    let effect = match statement.effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    let rest =
        [effect.to_owned(), principal_text(statement), conditions(statement), variables(statement, version)].join("\n");
    let folded =
        |patterns: &[String]| patterns.iter().map(|action| action.to_ascii_lowercase()).collect::<BTreeSet<_>>();
    match &statement.action {
        ActionElement::Action(patterns) => folded(patterns)
            .into_iter()
            .map(|action| format!("{action}\n{}\n{rest}", not_resource(statement)))
            .collect(),
        ActionElement::NotAction(patterns) => {
            let patterns: Vec<String> = folded(patterns).into_iter().collect();
            vec![format!("not {}\n{}\n{rest}", patterns.join(" "), not_resource(statement))]
        }
    }
}

fn resources(statement: &Statement) -> BTreeSet<String> {
    match &statement.resource {
        Some(ResourceElement::Resource(patterns)) => {
            patterns.iter().map(|pattern| pattern.as_str().to_owned()).collect()
        }
        Some(ResourceElement::NotResource(_)) | None => BTreeSet::new(),
    }
}

/// What a statement leaves out means all of it together.
fn not_resource(statement: &Statement) -> String {
    match &statement.resource {
        Some(ResourceElement::NotResource(patterns)) => {
            let patterns: BTreeSet<&str> = patterns.iter().map(|pattern| pattern.as_str()).collect();
            format!("not {patterns:?}")
        }
        Some(ResourceElement::Resource(_)) | None => String::new(),
    }
}

/// Whom a statement is about, as a text that is the same for the same principals.
pub(crate) fn principal_text(statement: &Statement) -> String {
    let (not, principals) = match &statement.principal {
        None => return String::new(),
        Some(PrincipalElement::Principal(principals)) => ("", principals),
        Some(PrincipalElement::NotPrincipal(principals)) => ("not ", principals),
    };
    match principals {
        Principals::Everyone => format!("{not}*"),
        Principals::Listed(listed) => {
            let listed: BTreeSet<_> = listed.iter().map(|principal| (principal.kind, &principal.value)).collect();
            format!("{not}{listed:?}")
        }
    }
}

fn conditions(statement: &Statement) -> String {
    let tests = statement.conditions.iter().map(|test| {
        let values: BTreeSet<&str> = test.values.iter().map(String::as_str).collect();
        (test.operator.text.to_ascii_lowercase(), test.key.lower(), values)
    });
    format!("{:?}", tests.collect::<BTreeSet<_>>())
}

/// The version of the policy language, where it makes a difference.
fn variables(statement: &Statement, version: PolicyVersion) -> String {
    let resources = statement.resource.iter().flat_map(ResourceElement::patterns).map(|pattern| pattern.as_str());
    let values = statement.conditions.iter().flat_map(|test| &test.values).map(String::as_str);
    let has_variable = resources.chain(values).any(|text| text.contains("${"));
    if has_variable { format!("{version:?}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use rules_core::policy::{PolicyDocument, PolicyType};

    use super::{GrantDigests, Meaning};

    fn whole(statements: &str) -> GrantDigests {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
        let meaning = Meaning::of(&PolicyDocument::parse(&text, PolicyType::Identity).unwrap());
        meaning.grants(0..meaning.statements.len())
    }

    #[test]
    fn how_it_is_written_makes_no_difference() {
        let one = whole(
            r#"[{"Sid":"A","Effect":"Allow","Action":["s3:GetObject","sqs:*"],"Resource":["arn:aws:s3:::a/*","arn:aws:s3:::b/*"],
                "Condition":{"StringEquals":{"aws:SourceVpc":["v1","v2"]}}}]"#,
        );
        let other = whole(
            r#"[{"Effect":"Allow","Action":"SQS:*","Condition":{"stringequals":{"AWS:sourcevpc":["v2","v1"]}},
                 "Resource":["arn:aws:s3:::b/*","arn:aws:s3:::a/*"]},
                {"Resource":"arn:aws:s3:::b/*","Effect":"Allow","Action":"s3:GetObject",
                 "Condition":{"StringEquals":{"aws:SourceVpc":["v1","v2"]}}},
                {"Resource":"arn:aws:s3:::a/*","Effect":"Allow","Action":"s3:getobject","Sid":"B",
                 "Condition":{"StringEquals":{"aws:SourceVpc":["v1","v2"]}}}]"#,
        );
        assert_eq!(one, other);
        assert_eq!(one.len(), 2);
    }

    #[test]
    fn what_it_says_makes_one() {
        let base = r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}"#;
        for other in [
            r#"{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}"#,
            r#"{"Effect":"Allow","NotAction":"s3:GetObject","Resource":"*"}"#,
            r#"{"Effect":"Allow","Action":"s3:GetObject","NotResource":"*"}"#,
            r#"{"Effect":"Allow","Action":"s3:GetObject*","Resource":"*"}"#,
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":["*","arn:aws:s3:::a/*"]}"#,
            r#"{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#,
        ] {
            assert!(whole(base).is_disjoint(&whole(other)), "{other}");
        }
    }
}
