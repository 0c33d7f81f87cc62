//! Resource types.

use std::fmt;

use super::service::ServiceIndex;
use super::tables;

/// A resource type of one service. Resource types are ordered by service prefix and then by lower-case name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceTypeIndex(u16);

impl ResourceTypeIndex {
    /// The name in the service authorization reference: `bucket`. Unique within a service only.
    pub fn name(self) -> &'static str {
        tables::resource_type(self.0).name()
    }

    /// The service that documents the type. Its ARNs may name another one.
    pub fn service(self) -> ServiceIndex {
        ServiceIndex::from_table(tables::resource_type(self.0).service())
    }

    /// The first of [`arn_templates`](Self::arn_templates): `arn:${Partition}:s3:::${BucketName}`.
    pub fn arn_template(self) -> &'static str {
        self.arn_templates().next().unwrap_or_default()
    }

    /// The shapes of the type's ARNs, with variables as `${Name}`. There is at least one; a dozen types, most of
    /// them of `apigateway`, have two.
    pub fn arn_templates(self) -> impl Iterator<Item = &'static str> {
        tables::resource_type(self.0).arn_templates().split(", ")
    }

    /// The number of the type in the order of all, below [`RESOURCE_TYPE_COUNT`](super::RESOURCE_TYPE_COUNT).
    pub fn position(self) -> usize {
        self.0.into()
    }

    /// From a number in the tables.
    pub(super) fn from_table(number: u16) -> Self {
        Self(number)
    }
}

impl fmt::Display for ResourceTypeIndex {
    /// Writes `s3/bucket`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.service(), self.name())
    }
}

/// The resource types with these numbers.
pub(super) fn range(start: u16, end: u16) -> impl ExactSizeIterator<Item = ResourceTypeIndex> {
    (start..end).map(ResourceTypeIndex)
}
