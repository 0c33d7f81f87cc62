//! Actions.

use std::fmt;

use super::harm_class::Harms;
use super::resource_type::ResourceTypeIndex;
use super::service::{ServiceIndex, after_all_starting_with, partition};
use super::tables;

/// An action of the catalogue. Actions are ordered by service prefix and then by lower-case name, so that those of
/// one service are neighbours, and so are those of a service whose names start alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionIndex(u16);

/// What an action does to its resources, by the service authorization reference. Permissions management actions
/// that only read count as [`Read`](Self::Read) (`patterns.read_verb` in `data/sensitivity.toml`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccessLevel {
    /// Names resources, without their contents.
    List,
    /// Reads contents or attributes.
    Read,
    /// Changes only tags.
    Tagging,
    /// Creates, changes or deletes resources.
    Write,
    /// Changes the permissions of principals.
    PermissionsManagement,
}

/// Why an action is more sensitive than its access level, from `data/sensitivity.toml`. The heaviest class is the last;
/// an action in several classes has the heaviest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionClass {
    /// Returns or copies stored data.
    DataRead,
    /// Opens a resource to others.
    ResourceExposure,
    /// Returns a secret or plaintext.
    SecretRead,
    /// Returns or issues credentials of a principal.
    CredentialIssue,
}

/// A resource type as one action uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ActionResourceType {
    /// The type. It always belongs to the action's own service.
    pub resource_type: ResourceTypeIndex,
    /// Whether a request always names a resource of this type.
    pub required: bool,
    /// Whether this is the type that carries the risk, by `carrier` in `data/sensitivity.toml`. Most actions have no
    /// such type.
    pub carrier: bool,
    /// Whether this is the type that carries the harm of the action's classes, by `carrier` in `data/harm_classes.toml`.
    pub harm_carrier: bool,
}

/// Neighbouring actions. Iterates over them in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ActionRange {
    start: u16,
    end: u16,
}

impl ActionIndex {
    /// The name as AWS spells it, without the service: `GetObject`.
    pub fn name(self) -> &'static str {
        tables::action(self.0).name()
    }

    /// The name in lower case: `getobject`.
    pub fn lower_name(self) -> &'static str {
        tables::action(self.0).lower_name()
    }

    /// The service.
    pub fn service(self) -> ServiceIndex {
        ServiceIndex::from_table(tables::action(self.0).service())
    }

    /// The access level.
    pub fn level(self) -> AccessLevel {
        let [level, _, _] = tables::action(self.0).letters();
        match level {
            b'L' => AccessLevel::List,
            b'R' => AccessLevel::Read,
            b'T' => AccessLevel::Tagging,
            b'W' => AccessLevel::Write,
            _ => AccessLevel::PermissionsManagement,
        }
    }

    /// The class, if the action is in one.
    pub fn class(self) -> Option<ActionClass> {
        let [_, class, _] = tables::action(self.0).letters();
        match class {
            b'D' => Some(ActionClass::DataRead),
            b'X' => Some(ActionClass::ResourceExposure),
            b'S' => Some(ActionClass::SecretRead),
            b'C' => Some(ActionClass::CredentialIssue),
            _ => None,
        }
    }

    /// What the action can be abused for, by `data/harm_classes.toml`.
    pub fn harms(self) -> Harms {
        Harms::from_table(tables::harms(self.0))
    }

    /// Whether the action is a Write that deletes, stops or detaches, by `patterns.destructive_write` in
    /// `data/sensitivity.toml`.
    pub fn is_destructive(self) -> bool {
        let [_, _, destructive] = tables::action(self.0).letters();
        destructive == b'd'
    }

    /// The resource types that a policy can name for this action, ordered by name. Empty if the action has no
    /// resource-level support: then only `*` grants it.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ActionResourceType> {
        let (start, end) = tables::action(self.0).uses();
        (start..end).map(|place| {
            let tables::TypeUse { resource_type, required, carrier, harm_carrier } = tables::type_use(place);
            let resource_type = ResourceTypeIndex::from_table(resource_type);
            ActionResourceType { resource_type, required, carrier, harm_carrier }
        })
    }

    /// The condition keys of the action and of its resource types, as AWS spells them, sorted: `s3:prefix`,
    /// `aws:ResourceTag/${TagKey}`. The global keys that AWS puts into every request are not among them.
    pub fn condition_keys(self) -> impl Iterator<Item = &'static str> {
        tables::key_set(tables::action(self.0).key_set()).map(tables::key)
    }

    /// The number of the action in the order of all actions, below [`ACTION_COUNT`](super::ACTION_COUNT), as an index
    /// for tables.
    pub fn position(self) -> usize {
        self.0.into()
    }

    /// The action with this [`position`](Self::position).
    pub fn from_position(position: usize) -> Option<Self> {
        let number = u16::try_from(position).ok()?;
        (position < tables::ACTION_COUNT).then_some(Self(number))
    }
}

impl fmt::Display for ActionIndex {
    /// Writes `s3:GetObject`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.service(), self.name())
    }
}

impl fmt::Display for AccessLevel {
    /// Writes the words of the service authorization reference: `Permissions management`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::List => "List",
            Self::Read => "Read",
            Self::Tagging => "Tagging",
            Self::Write => "Write",
            Self::PermissionsManagement => "Permissions management",
        })
    }
}

impl fmt::Display for ActionClass {
    /// Writes `credential issue`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DataRead => "data read",
            Self::ResourceExposure => "resource exposure",
            Self::SecretRead => "secret read",
            Self::CredentialIssue => "credential issue",
        })
    }
}

impl ActionRange {
    /// Whether the range contains the action.
    pub fn contains(&self, action: ActionIndex) -> bool {
        (self.start..self.end).contains(&action.0)
    }

    /// Every action of the catalogue.
    pub(super) fn all() -> Self {
        Self { start: 0, end: tables::ACTION_COUNT as u16 }
    }

    /// From numbers in the tables, the second one being that after the last action.
    pub(super) fn new(start: u16, end: u16) -> Self {
        Self { start, end }
    }

    /// The positions of the first action and of the one after the last.
    pub(super) fn positions(&self) -> (usize, usize) {
        (self.start.into(), self.end.into())
    }

    /// Of the actions of one service, the one with this lower-case name.
    pub(super) fn named(&self, lower_name: &str) -> Option<ActionIndex> {
        let wanted = lower_name.as_bytes();
        let start = self.first_not(|name| name < wanted);
        Self { start, ..*self }.next().filter(|action| tables::action(action.0).lower_bytes() == wanted)
    }

    /// Of the actions of one service, those whose lower-case name starts with this text.
    pub(super) fn starting_with(&self, literal: &str) -> Self {
        let literal = literal.as_bytes();
        let start = self.first_not(|name| name < literal);
        let end = Self { start, ..*self }.first_not(|name| !after_all_starting_with(name, literal));
        Self { start, end }
    }

    /// The number of the first action for whose lower-case name `before` is false.
    fn first_not(&self, before: impl Fn(&[u8]) -> bool) -> u16 {
        partition(self.start, self.end, |number| before(tables::action(number).lower_bytes()))
    }
}

impl Iterator for ActionRange {
    type Item = ActionIndex;

    fn next(&mut self) -> Option<ActionIndex> {
        let number = (self.start < self.end).then_some(self.start)?;
        self.start += 1;
        Some(ActionIndex(number))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let length = usize::from(self.end.saturating_sub(self.start));
        (length, Some(length))
    }

    fn last(self) -> Option<ActionIndex> {
        (self.start < self.end).then(|| ActionIndex(self.end - 1))
    }
}

impl ExactSizeIterator for ActionRange {}
