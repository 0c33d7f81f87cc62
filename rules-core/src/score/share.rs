//! Shares of what there is to expose, in fixed point: the same bits on every platform.

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

    /// The share multiplied by itself so many times, one factor at a time.
    pub(crate) fn power(self, exponent: u32) -> Self {
        (1..exponent).fold(self, |power, _| power.times(self))
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
    use super::Share;

    #[test]
    fn shares_multiply() {
        let half = Share::of_percent(50);
        assert_eq!(half.times(half), Share::of_percent(25));
        assert_eq!(half.percent(50), Share::of_percent(25));
        assert_eq!(half.power(3).units() * 8, Share::WHOLE.units());
        assert_eq!(Share::WHOLE.times(Share::WHOLE), Share::WHOLE);
    }

    #[test]
    fn means_are_rounded_up() {
        assert_eq!(Share::mean(Share::WHOLE.units(), 2), Share::of_percent(50));
        assert_eq!(Share::mean(1, 2).units(), 1);
    }
}
