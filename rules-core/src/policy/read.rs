//! Reading a policy document from JSON, element by element.
//!
//! Written by hand because every level must refuse duplicate keys (serde's maps keep the last one silently, which
//! would let a reviewer see one `Effect` and this crate another) and because the errors name what was expected.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{
    ActionElement, Condition, Effect, PolicyDocument, PolicyLimits, PolicyType, PolicyVersion, Principal,
    PrincipalElement, PrincipalKind, Principals, ResourceElement, ResourcePattern, Statement,
};
use crate::text::visible;

/// A key of an object, borrowed where the JSON has no escapes.
pub(super) struct Key<'de>(pub(super) Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Puts a value into its slot, which must be empty: a key may occur once.
fn fill<T, E: Error>(slot: &mut Option<T>, key: &str, value: T) -> Result<(), E> {
    if slot.replace(value).is_some() {
        return Err(E::custom(format!("duplicate key `{}`", visible(key, 60))));
    }
    Ok(())
}

fn unknown<E: Error>(key: &str, expected: &[&str]) -> E {
    let hint = match expected.iter().find(|name| name.eq_ignore_ascii_case(key)) {
        Some(name) => format!("did you mean `{name}`? Names are case-sensitive"),
        None => format!("expected one of {}", expected.join(", ")),
    };
    E::custom(format!("unknown element `{}`: {hint}", visible(key, 60)))
}

/// Reads a whole document.
#[derive(Clone, Copy)]
pub(super) struct DocumentSeed {
    pub(super) policy_type: PolicyType,
    pub(super) limits: PolicyLimits,
}

impl<'de> DeserializeSeed<'de> for DocumentSeed {
    type Value = PolicyDocument;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<PolicyDocument, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for DocumentSeed {
    type Value = PolicyDocument;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy document (a JSON object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PolicyDocument, A::Error> {
        let (mut version, mut id, mut statements) = (None, None, None);
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "Version" => fill(&mut version, &key, map.next_value_seed(TextSeed("a version"))?)?,
                "Id" => fill(&mut id, &key, map.next_value_seed(TextSeed("an id"))?)?,
                "Statement" => fill(&mut statements, &key, map.next_value_seed(StatementsSeed(self))?)?,
                _ => return Err(unknown(&key, &["Version", "Id", "Statement"])),
            }
        }
        let version = match version.as_deref() {
            None | Some("2008-10-17") if self.policy_type.grammar().needs_version => {
                let policy_type = self.policy_type;
                return Err(A::Error::custom(format!(
                    "a policy of type `{policy_type}` must have the `Version` 2012-10-17"
                )));
            }
            None | Some("2008-10-17") => PolicyVersion::V2008,
            Some("2012-10-17") => PolicyVersion::V2012,
            Some(other) => {
                let other = visible(other, 40);
                return Err(A::Error::custom(format!(
                    "unknown policy language version `{other}`: expected 2012-10-17 or 2008-10-17"
                )));
            }
        };
        let statements = statements.ok_or_else(|| A::Error::custom("the document has no `Statement`"))?;
        Ok(PolicyDocument { version, id: id.map(Cow::into_owned), statements })
    }
}

/// Reads one statement or a list of them.
#[derive(Clone, Copy)]
struct StatementsSeed(DocumentSeed);

impl<'de> DeserializeSeed<'de> for StatementsSeed {
    type Value = Vec<Statement>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Statement>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StatementsSeed {
    type Value = Vec<Statement>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement or a list of statements")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<Statement>, A::Error> {
        Ok(vec![StatementSeed(self.0).visit_map(map)?])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Statement>, A::Error> {
        let mut statements = Vec::new();
        while let Some(statement) = list.next_element_seed(StatementSeed(self.0))? {
            if statements.len() >= self.0.limits.statements {
                return Err(A::Error::custom(format!("more than {} statements", self.0.limits.statements)));
            }
            statements.push(statement);
        }
        Ok(statements)
    }
}

#[derive(Clone, Copy)]
struct StatementSeed(DocumentSeed);

impl<'de> DeserializeSeed<'de> for StatementSeed {
    type Value = Statement;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Statement, D::Error> {
        deserializer.deserialize_any(self)
    }
}

const STATEMENT_ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl<'de> Visitor<'de> for StatementSeed {
    type Value = Statement;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement (a JSON object)")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statement, A::Error> {
        let limits = self.0.limits;
        let mut sid = None;
        let mut effect = None;
        let mut principal = Either::new("Principal", "NotPrincipal");
        let mut action = Either::new("Action", "NotAction");
        let mut resource = Either::new("Resource", "NotResource");
        let mut conditions: Option<Vec<Condition>> = None;
        while let Some(Key(key)) = map.next_key()? {
            match key.as_ref() {
                "Sid" => fill(&mut sid, &key, map.next_value_seed(TextSeed("a statement id"))?)?,
                "Effect" => fill(&mut effect, &key, map.next_value_seed(EffectSeed)?)?,
                "Principal" | "NotPrincipal" => {
                    principal.set(&key, map.next_value_seed(PrincipalsSeed(limits))?)?;
                }
                "Action" | "NotAction" => {
                    action.set(&key, map.next_value_seed(StringsSeed::new("an action", check_action, limits))?)?;
                }
                "Resource" | "NotResource" => {
                    resource.set(&key, map.next_value_seed(StringsSeed::new("a resource", check_text, limits))?)?;
                }
                "Condition" => fill(&mut conditions, &key, map.next_value_seed(super::condition::BlockSeed(limits))?)?,
                _ => return Err(unknown(&key, &STATEMENT_ELEMENTS)),
            }
        }
        let missing = |name: &str| A::Error::custom(format!("the statement has no {name}"));
        let effect = effect.ok_or_else(|| missing("`Effect`"))?;
        let action = action.value.ok_or_else(|| missing("`Action` or `NotAction`"))?;
        let patterns = |texts: Vec<String>| texts.into_iter().map(ResourcePattern::new).collect();
        let statement = Statement {
            sid: sid.map(Cow::into_owned).filter(|sid| !sid.is_empty()),
            effect,
            principal: principal.value.map(|(negated, principals)| {
                if negated {
                    PrincipalElement::NotPrincipal(principals)
                } else {
                    PrincipalElement::Principal(principals)
                }
            }),
            action: match action {
                (false, patterns) => ActionElement::Action(patterns),
                (true, patterns) => ActionElement::NotAction(patterns),
            },
            resource: resource.value.map(|(negated, texts)| {
                if negated {
                    ResourceElement::NotResource(patterns(texts))
                } else {
                    ResourceElement::Resource(patterns(texts))
                }
            }),
            conditions: conditions.unwrap_or_default(),
        };
        statement.check(self.0.policy_type).map_err(A::Error::custom)?;
        Ok(statement)
    }
}

/// One of two elements that exclude each other, such as `Action` and `NotAction`.
struct Either<T> {
    positive: &'static str,
    negated: &'static str,
    value: Option<(bool, T)>,
}

impl<T> Either<T> {
    fn new(positive: &'static str, negated: &'static str) -> Self {
        Self { positive, negated, value: None }
    }

    fn set<E: Error>(&mut self, key: &str, value: T) -> Result<(), E> {
        let negated = key == self.negated;
        match self.value.replace((negated, value)) {
            None => Ok(()),
            Some((before, _)) if before == negated => Err(E::custom(format!("duplicate key `{key}`"))),
            Some(_) => Err(E::custom(format!("the statement has both `{}` and `{}`", self.positive, self.negated))),
        }
    }
}

#[derive(Clone, Copy)]
struct EffectSeed;

impl<'de> DeserializeSeed<'de> for EffectSeed {
    type Value = Effect;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Effect, D::Error> {
        let text = TextSeed("`Allow` or `Deny`").deserialize(deserializer)?;
        match text.as_ref() {
            "Allow" => Ok(Effect::Allow),
            "Deny" => Ok(Effect::Deny),
            other => Err(D::Error::custom(format!("unknown effect `{}`: expected Allow or Deny", visible(other, 40)))),
        }
    }
}

/// A string and nothing else; the field says what was expected.
#[derive(Clone, Copy)]
pub(super) struct TextSeed(pub(super) &'static str);

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TextSeed {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (a string)", self.0)
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// One string or a list of at least one, each of which passes `check`.
#[derive(Clone, Copy)]
pub(super) struct StringsSeed {
    what: &'static str,
    check: fn(&str) -> Result<(), String>,
    limits: PolicyLimits,
}

impl StringsSeed {
    pub(super) fn new(what: &'static str, check: fn(&str) -> Result<(), String>, limits: PolicyLimits) -> Self {
        Self { what, check, limits }
    }
}

impl<'de> DeserializeSeed<'de> for StringsSeed {
    type Value = Vec<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StringsSeed {
    type Value = Vec<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (a string or a list of strings)", self.what)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
        (self.check)(text).map_err(E::custom)?;
        Ok(vec![text.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element_seed(TextSeed(self.what))? {
            (self.check)(&text).map_err(A::Error::custom)?;
            if texts.len() >= self.limits.strings {
                return Err(A::Error::custom(format!("more than {} strings in one list", self.limits.strings)));
            }
            texts.push(text.into_owned());
        }
        if texts.is_empty() {
            return Err(A::Error::custom("the list is empty"));
        }
        Ok(texts)
    }
}

pub(super) fn check_text(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("an empty string".to_owned());
    }
    if text.contains('\0') {
        return Err("a string with a NUL character".to_owned());
    }
    Ok(())
}

/// A pattern of actions: `service:name`, or a wildcard that spans the colon.
fn check_action(text: &str) -> Result<(), String> {
    check_text(text)?;
    let shown = || visible(text, 60);
    match text.split_once(':') {
        Some(("", _)) => Err(format!("action `{}` has no service before the colon", shown())),
        Some((_, "")) => Err(format!("action `{}` has no name after the colon", shown())),
        None if !text.contains(['*', '?']) => {
            Err(format!("action `{}` is neither `service:name` nor a wildcard", shown()))
        }
        Some(_) | None => Ok(()),
    }
}

/// `"*"`, or an object of principals by kind.
#[derive(Clone, Copy)]
struct PrincipalsSeed(PolicyLimits);

impl<'de> DeserializeSeed<'de> for PrincipalsSeed {
    type Value = Principals;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Principals, D::Error> {
        deserializer.deserialize_any(self)
    }
}

const PRINCIPAL_KINDS: [(&str, PrincipalKind); 4] = [
    ("AWS", PrincipalKind::Aws),
    ("Service", PrincipalKind::Service),
    ("Federated", PrincipalKind::Federated),
    ("CanonicalUser", PrincipalKind::CanonicalUser),
];

impl<'de> Visitor<'de> for PrincipalsSeed {
    type Value = Principals;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("principals (`\"*\"` or an object)")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Principals, E> {
        match text {
            "*" => Ok(Principals::Everyone),
            other => Err(E::custom(format!("principal `{}` is neither `*` nor an object", visible(other, 60)))),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Principals, A::Error> {
        let mut seen = Vec::new();
        let mut listed = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            let Some((_, kind)) = PRINCIPAL_KINDS.iter().find(|(name, _)| *name == key) else {
                return Err(unknown(&key, &PRINCIPAL_KINDS.map(|(name, _)| name)));
            };
            if seen.contains(kind) {
                return Err(A::Error::custom(format!("duplicate key `{key}`")));
            }
            seen.push(*kind);
            let values = map.next_value_seed(StringsSeed::new("a principal", check_text, self.0))?;
            listed.extend(values.into_iter().map(|value| Principal { kind: *kind, value }));
        }
        if listed.is_empty() {
            return Err(A::Error::custom("the object names no principal"));
        }
        Ok(Principals::Listed(listed))
    }
}
