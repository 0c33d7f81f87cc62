//! Lists whose places have a type of their own, so that a place in one list is not taken for a place in another.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The place of an item in a list.
pub(crate) trait IndexPlace: Copy {
    fn from_position(position: usize) -> Self;
    fn position(self) -> usize;
}

/// Defines a type for the places in a kind of list.
macro_rules! place {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(std::num::NonZeroU32);

        impl $crate::score::indexed::IndexPlace for $name {
            fn from_position(position: usize) -> Self {
                // Kept as one more than it is, so that an `Option` of it takes no more room. No list of the score comes
                // near so many items.
                Self(u32::try_from(position + 1).ok().and_then(std::num::NonZeroU32::new).unwrap_or(std::num::NonZeroU32::MAX))
            }

            fn position(self) -> usize {
                // A u32 fits into usize wherever this crate runs.
                self.0.get() as usize - 1
            }
        }
    };
}
pub(crate) use place;

/// A list whose items are found by places of type `P`.
///
/// Places come from the list itself, so there is an item at each. A place of another list could miss: then the program stops
/// instead of giving a score without what was missed.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Indexed<P, T> {
    items: Vec<T>,
    places: PhantomData<P>,
}

impl<P, T> Default for Indexed<P, T> {
    fn default() -> Self {
        Self { items: Vec::new(), places: PhantomData }
    }
}

impl<P, T: fmt::Debug> fmt::Debug for Indexed<P, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.items.fmt(formatter)
    }
}

impl<P: IndexPlace, T> Indexed<P, T> {
    /// Adds an item and says where it is.
    pub(crate) fn push(&mut self, item: T) -> P {
        self.items.push(item);
        P::from_position(self.items.len() - 1)
    }

    /// Adds so many items, and says where the first of them is.
    pub(crate) fn push_run(&mut self, length: usize) -> P
    where
        T: Clone + Default,
    {
        let first = P::from_position(self.items.len());
        self.items.resize(self.items.len() + length, T::default());
        first
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn as_slice(&self) -> &[T] {
        &self.items
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.items
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.items.iter()
    }

    /// The items in order, each with its place.
    pub(crate) fn enumerate(&self) -> impl DoubleEndedIterator<Item = (P, &T)> + ExactSizeIterator + Clone {
        self.items.iter().enumerate().map(|(position, item)| (P::from_position(position), item))
    }

    /// So many items from a place on.
    #[expect(clippy::indexing_slicing, reason = "the items were pushed together, and the list never gets shorter")]
    pub(crate) fn run(&self, first: P, length: usize) -> &[T] {
        &self.items[first.position()..first.position() + length]
    }

    /// So many items from a place on.
    #[expect(clippy::indexing_slicing, reason = "the items were pushed together, and the list never gets shorter")]
    pub(crate) fn run_mut(&mut self, first: P, length: usize) -> &mut [T] {
        &mut self.items[first.position()..first.position() + length]
    }
}

impl<P: IndexPlace, T> Index<P> for Indexed<P, T> {
    type Output = T;

    #[expect(clippy::indexing_slicing, reason = "the place was given out by this list, which never gets shorter")]
    fn index(&self, place: P) -> &T {
        &self.items[place.position()]
    }
}

impl<P: IndexPlace, T> IndexMut<P> for Indexed<P, T> {
    #[expect(clippy::indexing_slicing, reason = "the place was given out by this list, which never gets shorter")]
    fn index_mut(&mut self, place: P) -> &mut T {
        &mut self.items[place.position()]
    }
}

impl<P, T> FromIterator<T> for Indexed<P, T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().collect(), places: PhantomData }
    }
}

impl<'a, P, T> IntoIterator for &'a Indexed<P, T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.iter()
    }
}
