//! The harm classes of actions: `data/harm_classes.toml`, held to the actions of the catalogue.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use serde::Deserialize;

/// Every class in the order of its bits. The library has the same list as an enum.
pub(super) const CLASSES: [&str; 18] = [
    "takeover",
    "code",
    "secrets",
    "audit",
    "guardrails",
    "accounts",
    "publication",
    "identity",
    "destruction",
    "data",
    "passrole",
    "guards",
    "content",
    "copies",
    "exposure",
    "controls",
    "disruption",
    "operation",
];

/// The action is in the class `operation` unless a path of escalation needs nothing but it.
pub(super) const OPERATION_BY_DEFAULT: u32 = 1 << 30;
/// What the action writes is about one identity, which exists.
pub(super) const NAMED: u32 = 1 << 31;

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    class: BTreeMap<String, Class>,
    harmless: Actions,
    named: Actions,
    carrier: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    #[serde(rename = "criterion")]
    _criterion: String,
    actions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Actions {
    actions: Vec<String>,
}

/// What the file says, by action as AWS spells it.
pub(super) struct HarmClasses {
    bits: BTreeMap<String, u32>,
    carriers: BTreeMap<String, BTreeSet<String>>,
    harmless: Vec<String>,
    /// Names and patterns that no action has matched yet.
    unseen: BTreeSet<String>,
}

impl HarmClasses {
    pub(super) fn parse(text: &str) -> Result<Self, Box<dyn Error>> {
        let File { class, harmless, named, carrier } = toml::from_str(text)?;
        let mut classes = Self {
            bits: BTreeMap::new(),
            carriers: BTreeMap::new(),
            harmless: harmless.actions,
            unseen: BTreeSet::new(),
        };
        for (name, Class { actions, .. }) in class {
            let bit = CLASSES.iter().position(|known| *known == name);
            let bit = bit.ok_or_else(|| format!("`{name}` is not a class that the library knows"))?;
            classes.mark(actions, 1 << bit);
        }
        classes.mark(named.actions, NAMED);
        for (action, types) in carrier {
            classes.unseen.insert(action.clone());
            classes.carriers.insert(action, types.into_iter().collect());
        }
        classes.unseen.extend(classes.harmless.iter().cloned());
        Ok(classes)
    }

    fn mark(&mut self, actions: Vec<String>, bit: u32) {
        for action in actions {
            self.unseen.insert(action.clone());
            *self.bits.entry(action).or_default() |= bit;
        }
    }

    /// The bits of an action, whose level is the letter of the catalogue.
    pub(super) fn of(&mut self, service: &str, name: &str, level: u8) -> u32 {
        let action = format!("{service}:{name}");
        self.unseen.remove(&action);
        let mut is_harmless = false;
        for pattern in &self.harmless {
            // Tagging is harmless only where it is named in full.
            if matches(pattern.as_bytes(), action.as_bytes()) && (level != b'T' || !pattern.contains('*')) {
                self.unseen.remove(pattern);
                is_harmless = true;
            }
        }
        let bits = self.bits.get(&action).copied().unwrap_or_default();
        let operates = matches!(level, b'T' | b'W' | b'P') && bits & !NAMED == 0 && !is_harmless;
        if operates { bits | OPERATION_BY_DEFAULT } else { bits }
    }

    /// The types that carry the risk of an action, if the file says so.
    pub(super) fn carriers(&self, service: &str, name: &str) -> Option<&BTreeSet<String>> {
        self.carriers.get(&format!("{service}:{name}"))
    }

    /// Refuses names that the catalogue lacks: a class that lost a member in silence would make policies look safer.
    pub(super) fn finish(&self) -> Result<(), Box<dyn Error>> {
        match self.unseen.iter().next() {
            None => Ok(()),
            Some(name) => Err(format!("`{name}` is not an action of the catalogue").into()),
        }
    }
}

/// Whether a pattern with `*` matches a text.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match pattern {
        [] => text.is_empty(),
        [b'*', rest @ ..] => (0..=text.len()).any(|from| text.get(from..).is_some_and(|end| matches(rest, end))),
        [wanted, rest @ ..] => text.split_first().is_some_and(|(first, end)| first == wanted && matches(rest, end)),
    }
}
