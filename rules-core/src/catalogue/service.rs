//! Services.

use std::fmt;

use super::action::ActionRange;
use super::resource_type::{self, ResourceTypeIndex};
use super::tables;

/// A service of the catalogue. Services are ordered by prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceIndex(u16);

impl ServiceIndex {
    /// The prefix of the service's actions, in lower case: `iam`.
    pub fn prefix(self) -> &'static str {
        tables::service(self.0).prefix()
    }

    /// The service's actions.
    pub fn actions(self) -> ActionRange {
        let (start, end) = tables::service(self.0).actions();
        ActionRange::new(start, end)
    }

    /// The service's resource types, ordered by lower-case name.
    pub fn resource_types(self) -> impl ExactSizeIterator<Item = ResourceTypeIndex> {
        let (start, end) = tables::service(self.0).resource_types();
        resource_type::range(start, end)
    }

    /// Whether the service governs identity or audit, so that its changes have twice the weight. From
    /// `services.governance` in `data/sensitivity.toml`.
    pub fn is_governance(self) -> bool {
        tables::service(self.0).is_governance()
    }

    /// Whether resource control policies of AWS Organizations apply to the service's actions.
    pub fn is_resource_controlled(self) -> bool {
        tables::service(self.0).is_resource_controlled()
    }

    /// The number of the service in the order of all, below [`SERVICE_COUNT`](super::SERVICE_COUNT).
    pub fn position(self) -> usize {
        self.0.into()
    }

    /// From a number in the tables.
    pub(super) fn from_table(number: u16) -> Self {
        Self(number)
    }

    /// The service with this lower-case prefix.
    pub(super) fn find(prefix: &str) -> Option<Self> {
        let prefix = prefix.as_bytes();
        let number = first_not(|own| own < prefix);
        (number..end()).next().filter(|number| tables::service(*number).prefix_bytes() == prefix).map(Self)
    }
}

impl fmt::Display for ServiceIndex {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.prefix())
    }
}

/// All services.
pub(super) fn all() -> impl DoubleEndedIterator<Item = ServiceIndex> + ExactSizeIterator {
    (0..end()).map(ServiceIndex)
}

/// The services whose prefix starts with this lower-case text. They are neighbours.
pub(super) fn starting_with(literal: &str) -> impl DoubleEndedIterator<Item = ServiceIndex> + ExactSizeIterator {
    let literal = literal.as_bytes();
    let start = first_not(|prefix| prefix < literal);
    let end = first_not(|prefix| !after_all_starting_with(prefix, literal));
    (start..end).map(ServiceIndex)
}

/// Whether `text` sorts behind every text that starts with `literal`.
pub(super) fn after_all_starting_with(text: &[u8], literal: &[u8]) -> bool {
    text.get(..literal.len()).unwrap_or(text) > literal
}

/// The number of the first service for whose prefix `before` is false.
fn first_not(before: impl Fn(&[u8]) -> bool) -> u16 {
    partition(0, end(), |number| before(tables::service(number).prefix_bytes()))
}

/// The first number in `start..end` for which `before` is false, or `end`.
pub(super) fn partition(mut start: u16, mut end: u16, before: impl Fn(u16) -> bool) -> u16 {
    while start < end {
        let middle = start + (end - start) / 2;
        if before(middle) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    start
}

/// The number after the last service.
const fn end() -> u16 {
    tables::SERVICE_COUNT as u16
}
