//! Scores and grades.

use std::fmt;

use super::amount::Amount;
use super::definition::{GRADES, HALVINGS};

/// A score in tenths of a point, 0 to 1,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// The score of a policy that grants nothing.
    pub const MAX: Self = Self(1_000);

    /// A score of whole points; more than 100 is 100.
    #[must_use]
    pub fn from_points(points: u64) -> Self {
        Self::from_tenths(points.saturating_mul(10))
    }

    /// A score of tenths of a point; more than 1,000 is 1,000.
    #[must_use]
    pub fn from_tenths(tenths: u64) -> Self {
        u16::try_from(tenths).map_or(Self::MAX, |tenths| Self(tenths).min(Self::MAX))
    }

    /// The score in tenths of a point.
    #[must_use]
    pub fn tenths(self) -> u16 {
        self.0
    }

    /// The score of an amount of exposed privilege, rounded to the nearest tenth.
    pub(crate) fn of(exposed: Amount) -> Self {
        let everything = HALVINGS << 32;
        let left = everything.saturating_sub(exposed.log2_plus_one());
        Self::from_tenths((left * 1_000 + everything / 2) / everything)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// A score in one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the letters are the documentation; `of` holds the bounds")]
pub enum Grade {
    A,
    B,
    C,
    D,
    F,
}

impl Grade {
    /// A from 90, B from 75, C from 60, D from 40.
    #[must_use]
    pub fn of(score: Score) -> Self {
        let letters = [Self::A, Self::B, Self::C, Self::D];
        let passed = letters.into_iter().zip(GRADES).find(|(_, lowest)| score.tenths() >= *lowest);
        passed.map_or(Self::F, |(letter, _)| letter)
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}
