//! What is measured of an exposure: its share in the sum, or in the kinds of harm.

use super::harm_model::Counts;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ExposureMeasure {
    /// The share in the sum of all actions.
    Sum,
    /// The share in the kinds of harm.
    Harm(Counts),
}

impl ExposureMeasure {
    /// How many there are.
    pub(crate) const COUNT: usize = 1 + Counts::ALL.len();

    /// The number of the measure, below [`Self::COUNT`].
    pub(crate) fn number(self) -> usize {
        match self {
            Self::Sum => 0,
            Self::Harm(counts) => 1 + counts as usize,
        }
    }
}
