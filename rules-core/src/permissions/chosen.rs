//! The values that the caller of AssumeRole chooses: the session name, an external id, a source identity, tags.
//!
//! A caller that knows a condition on such a key can meet it. So the trust policy is evaluated for each choice
//! that the conditions distinguish.

use std::collections::BTreeSet;

use crate::decision::{Context, ContextValue, FilledIn, fill_in_literal};
use crate::policy::{Condition, PolicyDocument, PolicyVersion, Statement};

/// More choices than this are not tried one by one; the keys beyond are left unknown.
const MAX_CHOICES: usize = 64;

/// A value that no policy asks for.
const ANY_OTHER: &str = "x-any-other";

/// What those who call choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Choices {
    /// Whether they speak through a SAML provider, which says what it likes under the keys of SAML.
    pub(crate) through_saml: bool,
    /// Whether they may bring tags for the session, which `sts:TagSession` allows.
    pub(crate) tags: bool,
    /// Whether they may set a source identity, which `sts:SetSourceIdentity` allows.
    pub(crate) source_identity: bool,
}

/// How a key that the caller chooses may be in a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeyPresence {
    Always,
    Optional,
    OptionalList,
    Never,
}

impl Choices {
    /// None for a key, given in lower case, that is not the caller's to choose.
    fn presence(self, key: &str) -> Option<KeyPresence> {
        let optional = |may: bool| Some(if may { KeyPresence::Optional } else { KeyPresence::Never });
        match key {
            "sts:rolesessionname" | "aws:requestedregion" => Some(KeyPresence::Always),
            "aws:useragent" | "aws:referer" => Some(KeyPresence::Optional),
            "sts:externalid" => optional(!self.through_saml),
            "sts:sourceidentity" => optional(self.source_identity),
            "aws:tagkeys" | "sts:transitivetagkeys" if self.tags => Some(KeyPresence::OptionalList),
            "aws:tagkeys" | "sts:transitivetagkeys" => Some(KeyPresence::Never),
            _ if key.starts_with("aws:requesttag/") => optional(self.tags),
            _ if key.starts_with("saml:") && self.through_saml => Some(KeyPresence::Optional),
            _ => None,
        }
    }
}

/// The contexts that the caller can choose, as far as the conditions of these statements distinguish them. None at all when
/// the statements ask for nothing that the caller chooses.
pub(crate) fn chosen<'s>(
    context: &Context,
    statements: impl Iterator<Item = (PolicyVersion, &'s Statement)>,
    choices: Choices,
) -> Vec<Context> {
    let conditions: Vec<(PolicyVersion, &Condition)> =
        statements.flat_map(|(version, it)| it.conditions.iter().map(move |condition| (version, condition))).collect();
    let keys: BTreeSet<&str> = conditions.iter().map(|(_, condition)| condition.key.lower()).collect();
    let mut contexts = Vec::new();
    for key in keys.into_iter().filter(|key| *context.get(key) == ContextValue::Unknown) {
        let Some(presence) = choices.presence(key) else { continue };
        let about = conditions.iter().filter(|(_, condition)| condition.key.lower() == key);
        let values = values(presence, texts(about.copied(), context));
        let before = if contexts.is_empty() { vec![context.clone()] } else { contexts.clone() };
        if before.len() * values.len() <= MAX_CHOICES {
            let with = |context: &Context| values.iter().map(|it| context.clone().with(key, it.clone())).collect();
            contexts = before.iter().flat_map(|context| -> Vec<Context> { with(context) }).collect();
        }
    }
    contexts
}

/// The statements of a document, each with the document's version.
pub(crate) fn statements(document: &PolicyDocument) -> impl Iterator<Item = (PolicyVersion, &Statement)> {
    document.statements.iter().map(|statement| (document.version, statement))
}

/// Texts that meet what conditions ask for, or just do not.
fn texts<'c>(conditions: impl Iterator<Item = (PolicyVersion, &'c Condition)>, context: &Context) -> Vec<String> {
    let mut texts = vec![ANY_OTHER.to_owned()];
    for (version, condition) in conditions {
        for value in &condition.values {
            let text = match fill_in_literal(value, version, context) {
                FilledIn::AsWritten => value.clone(),
                FilledIn::Text(text) => text,
                FilledIn::Nothing => continue,
            };
            texts.push(text.replace('*', "xx").replace('?', "x"));
            texts.push(text);
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

fn values(presence: KeyPresence, texts: Vec<String>) -> Vec<ContextValue> {
    let absent = std::iter::once(ContextValue::Absent);
    match presence {
        KeyPresence::Never => absent.collect(),
        KeyPresence::Always => texts.into_iter().map(ContextValue::Single).collect(),
        KeyPresence::Optional => absent.chain(texts.into_iter().map(ContextValue::Single)).collect(),
        KeyPresence::OptionalList => {
            let each = texts.iter().map(|text| ContextValue::Multiple(vec![text.clone()]));
            absent.chain(each).chain([ContextValue::Multiple(texts.clone())]).collect()
        }
    }
}
