//! The sum of what all actions amount to, what lists and reads apart from the rest: a principal that reads all
//! configuration reads it once.

use super::amount::Amount;
use super::definition::Definition;
use super::share::Share;

/// What some actions amount to in the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Those that list and read, which count up to a bound.
    reads: Amount,
    others: Amount,
}

impl Sum {
    pub(crate) const ZERO: Self = Self { reads: Amount::ZERO, others: Amount::ZERO };

    /// An action that lists or reads and weighs so many tenths, exposed to `share`.
    pub(crate) fn of_read(tenths: u32, share: Share) -> Self {
        Self { reads: Amount::of(tenths, share), others: Amount::ZERO }
    }

    /// Another action.
    pub(crate) fn of_other(tenths: u32, share: Share) -> Self {
        Self { reads: Amount::ZERO, others: Amount::of(tenths, share) }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self { reads: self.reads.plus(other.reads), others: self.others.plus(other.others) }
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self { reads: self.reads.minus(other.reads), others: self.others.minus(other.others) }
    }

    /// What counts of the sum.
    pub(crate) fn counted(self, definition: &Definition) -> Amount {
        self.others.plus(self.reads.min(most_reads(definition)))
    }

    /// What counts of this part of a whole: what is above the bound is taken off all that reads in proportion.
    pub(crate) fn counted_in(self, whole: Self, definition: &Definition) -> Amount {
        let most = most_reads(definition);
        let reads = if whole.reads > most { self.reads.scaled(most, whole.reads) } else { self.reads };
        self.others.plus(reads)
    }
}

impl std::iter::Sum for Sum {
    fn sum<I: Iterator<Item = Self>>(sums: I) -> Self {
        sums.fold(Self::ZERO, Self::plus)
    }
}

fn most_reads(definition: &Definition) -> Amount {
    definition.most_reads.map_or(Amount::MAX, |tenths| Amount::of(tenths, Share::WHOLE))
}

#[cfg(test)]
mod tests {
    use super::Sum;
    use crate::score::definition::ScoreVersion;
    use crate::score::share::Share;

    #[test]
    fn reading_counts_up_to_a_bound_and_in_proportion() {
        let [first, second] = ScoreVersion::ALL.map(ScoreVersion::definition);
        let (half, other) = (Sum::of_read(400, Share::WHOLE), Sum::of_other(1000, Share::WHOLE));
        let whole = half.plus(half).plus(other);
        assert_eq!(whole.counted(second), Sum::of_other(1600, Share::WHOLE).counted(second));
        assert_eq!(half.counted_in(whole, second), Sum::of_other(300, Share::WHOLE).counted(second));
        assert_eq!(other.counted_in(whole, second), other.counted(second));
        assert_eq!(half.counted_in(half, second), half.counted(second));
        assert_eq!(whole.counted(first), Sum::of_other(1800, Share::WHOLE).counted(first));
    }
}
