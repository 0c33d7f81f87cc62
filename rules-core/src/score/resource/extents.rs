//! How much of a resource type a pattern matches.
//!
//! An ARN template such as `arn:${Partition}:s3:::${BucketName}/${ObjectName}` has variables. *Extents* say of each one
//! whether a pattern matches any value of it, some unbounded part of them, or one. The values are not enumerated: "any" is
//! a fresh text that no policy can name, so a pattern matches any value exactly when it matches that text.

use std::cmp::{Ordering, Reverse};

use crate::score::share::Share;

/// How much of a variable's values is matched.
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

/// The place of a variable among those of its template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    /// As many as [`Extents`] holds. Further variables of a template count as freely matched; no template has so many.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..u32::BITS / 2).map(Self)
    }
}

/// The extents of a template's variables, by their slots. All of them match any value by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Extents(u32);

impl Extents {
    /// The same with the extent of one more variable.
    pub(crate) fn with(self, slot: Option<Slot>, extent: Extent) -> Self {
        match slot {
            Some(Slot(slot)) => Self(self.0 | extent.bits() << (2 * slot)),
            None => self,
        }
    }

    pub(crate) fn of(self, Slot(slot): Slot) -> Extent {
        match self.0 >> (2 * slot) & 3 {
            0 => Extent::Any,
            1 => Extent::Some,
            _ => Extent::One,
        }
    }
}

impl Extents {
    /// One value counted as some.
    pub(crate) fn widened(self, slot: Slot) -> Self {
        match self.of(slot) {
            Extent::One => self.ignored(slot).with(Some(slot), Extent::Some),
            Extent::Any | Extent::Some => self,
        }
    }

    /// Some values counted as one.
    pub(crate) fn narrowed(self, slot: Slot) -> Self {
        match self.of(slot) {
            Extent::Some => self.ignored(slot).with(Some(slot), Extent::One),
            Extent::Any | Extent::One => self,
        }
    }

    /// Counted as any value.
    pub(crate) fn ignored(self, Slot(slot): Slot) -> Self {
        Self(self.0 & !(3 << (2 * slot)))
    }
}

/// How much of a template is matched: the extents of its variables, and the share that these leave.
///
/// The wider is the greater; of equally wide ones that with the smaller extents, so that answers do not depend on order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Breadth {
    pub(crate) share: Share,
    pub(crate) extents: Extents,
}

impl Breadth {
    /// Any value of every variable.
    pub(crate) fn whole() -> Self {
        Self { share: Share::WHOLE, extents: Extents::default() }
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.extents == Extents::default()
    }
}

impl Ord for Breadth {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.share, Reverse(self.extents)).cmp(&(other.share, Reverse(other.extents)))
    }
}

impl PartialOrd for Breadth {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
