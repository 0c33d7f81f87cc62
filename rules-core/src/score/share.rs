//! Shares of what there is to expose, in fixed point: the same bits on every platform.

use super::definition::Quarters;

/// A share from nothing to one whole, in units of 2^-30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Share(u32);

impl Share {
    /// Nothing at all.
    pub(crate) const NONE: Self = Self(0);
    /// One whole.
    pub(crate) const WHOLE: Self = Self(1 << 30);

    /// So many hundredths of one whole.
    pub(crate) fn of_percent(percent: u32) -> Self {
        Self::WHOLE.percent(percent)
    }

    /// Whether nothing is left.
    pub(crate) fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// So many hundredths of this share, rounded to nearest.
    pub(crate) fn percent(self, percent: u32) -> Self {
        Self::within((u64::from(self.0) * u64::from(percent) + 50) / 100)
    }

    /// The product of two shares, rounded to nearest.
    pub(crate) fn times(self, other: Self) -> Self {
        let one = u64::from(Self::WHOLE.0);
        Self::within((u64::from(self.0) * u64::from(other.0) + one / 2) / one)
    }

    /// The share to a power.
    pub(crate) fn power(self, Quarters(quarters): Quarters) -> Self {
        let root = if quarters % 4 == 0 { Self::WHOLE } else { self.fourth_root() };
        let part = (0..quarters % 4).fold(Self::WHOLE, |power, _| power.times(root));
        (0..quarters / 4).fold(part, |power, _| power.times(self))
    }

    /// Rounded down by two whole square roots.
    fn fourth_root(self) -> Self {
        // (units · 2^90) is the fourth power of a number of units.
        Self::within(u64::try_from((u128::from(self.0) << 90).isqrt().isqrt()).unwrap_or(u64::MAX))
    }

    /// The mean of shares whose sum is this many units, rounded up: a share too small would be a score too good.
    pub(crate) fn mean(sum: u64, count: u64) -> Self {
        Self::within(sum.div_ceil(count.max(1)))
    }

    /// The share in units of 2^-30.
    pub(crate) fn units(self) -> u64 {
        self.0.into()
    }

    fn within(units: u64) -> Self {
        u32::try_from(units).map_or(Self::WHOLE, |units| Self(units).min(Self::WHOLE))
    }
}

#[cfg(test)]
mod tests {
    use super::{Quarters, Share};

    #[test]
    fn shares_multiply() {
        let half = Share::of_percent(50);
        assert_eq!(half.times(half), Share::of_percent(25));
        assert_eq!(half.percent(50), Share::of_percent(25));
        assert_eq!(half.power(Quarters(12)).units() * 8, Share::WHOLE.units());
        assert_eq!(Share::WHOLE.times(Share::WHOLE), Share::WHOLE);
    }

    #[test]
    fn powers_are_right_to_eight_digits() {
        for percent in [1, 9, 17, 50, 85, 99, 100] {
            for quarters in [7, 12, 15] {
                let ours = Share::of_percent(percent).power(Quarters(quarters)).units() as f64 / (1u64 << 30) as f64;
                let theirs = (f64::from(percent) / 100.0).powf(f64::from(quarters) / 4.0);
                assert!((ours - theirs).abs() < 1e-8, "{percent} to {quarters}/4: {ours} {theirs}");
            }
        }
        assert_eq!(Share::NONE.power(Quarters(7)), Share::NONE);
    }

    #[test]
    fn means_are_rounded_up() {
        assert_eq!(Share::mean(Share::WHOLE.units(), 2), Share::of_percent(50));
        assert_eq!(Share::mean(1, 2).units(), 1);
    }
}
