//! How much of a resource type a pattern reaches.
//!
//! An ARN template such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}` has variables. A *extents* says of each one
//! whether a pattern takes any value of it, some unbounded part of them, or one. The values are not enumerated: "any" is
//! a fresh text that no policy can name, so a pattern takes any value exactly when it matches that text.

use super::template::Variable;

/// How much of a variable's values is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// Any value.
    Any,
    /// Infinitely many, but not any: a prefix, say.
    Some,
    /// At least one.
    One,
}

impl Extent {
    /// From the widest to the narrowest.
    pub(crate) const ALL: [Self; 3] = [Self::Any, Self::Some, Self::One];

    fn bits(self) -> u32 {
        match self {
            Self::Any => 0,
            Self::Some => 1,
            Self::One => 2,
        }
    }
}

/// The extents of a template's variables in order, two bits each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Extents(u32);

impl Extents {
    pub(crate) fn with(self, variable: &Variable, extent: Extent) -> Self {
        match variable.slot {
            Some(slot) => Self(self.0 | extent.bits() << (2 * slot)),
            None => self,
        }
    }

    pub(crate) fn extent(self, slot: u32) -> Extent {
        match self.0 >> (2 * slot) & 3 {
            0 => Extent::Any,
            1 => Extent::Some,
            _ => Extent::One,
        }
    }
}
