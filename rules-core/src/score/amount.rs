//! Fixed-point arithmetic: the same bits on every platform.
//!
//! Shares (of an action, 0 to 1) count in units of 2^-30, amounts of exposed privilege in tenths of such a unit.
//! Sums of whole numbers do not depend on their order, and nothing here calls the platform's mathematics.

/// One whole share.
pub(crate) const ONE: u32 = 1 << 30;

/// `share` times `percent` hundredths, rounded to nearest.
pub(crate) fn percent_of(share: u32, percent: u32) -> u32 {
    let product = (u64::from(share) * u64::from(percent) + 50) / 100;
    u32::try_from(product).unwrap_or(ONE)
}

/// The product of two shares, rounded to nearest.
pub(crate) fn times(one: u32, other: u32) -> u32 {
    let product = (u64::from(one) * u64::from(other) + u64::from(ONE / 2)) / u64::from(ONE);
    u32::try_from(product).unwrap_or(ONE)
}

/// An amount of exposed privilege.
///
/// A full administrator exposes about 2^18 units; the type holds 2^30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Amount(u64);

impl Amount {
    pub(crate) const ZERO: Self = Self(0);

    /// `tenths` tenths of a unit of privilege, exposed to `share`.
    pub(crate) fn of(tenths: u32, share: u32) -> Self {
        Self(u64::from(tenths) * u64::from(share))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `whole` split in the proportion of this amount to `total`, and the remainder, which compares with those of other
    /// amounts of the same total.
    pub(crate) fn part_of(self, whole: u64, total: Self) -> (u64, u64) {
        let total = total.0.max(1);
        if let Some(product) = self.0.checked_mul(whole) {
            return (product / total, product % total);
        }
        let product = u128::from(self.0) * u128::from(whole);
        // No part is greater than the whole, no remainder greater than the total.
        let narrow = |wide: u128, most: u64| u64::try_from(wide).unwrap_or(most);
        (narrow(product / u128::from(total), whole), narrow(product % u128::from(total), total))
    }

    /// log2(1 + amount) in units of 2^-32, rounded down.
    pub(crate) fn log2_plus_one(self) -> u64 {
        // The mantissa is kept in 62 bits with the leading one at bit 61; each squaring yields one bit of the logarithm.
        const FRACTION_BITS: u32 = 32;
        let scaled = u128::from(self.0) + 10 * u128::from(ONE);
        // 1 + amount, as a fraction of 10 * ONE: normalise by shifting until it lies in [1, 2).
        let one = 10 * u128::from(ONE);
        let mut exponent = 0u64;
        let mut scale = one;
        while scaled >= 2 * scale {
            scale *= 2;
            exponent += 1;
        }
        let mut mantissa = (scaled << 60) / scale;
        let mut logarithm = exponent;
        for _ in 0..FRACTION_BITS {
            mantissa = (mantissa * mantissa) >> 60;
            logarithm <<= 1;
            if mantissa >= 2 << 60 {
                mantissa >>= 1;
                logarithm |= 1;
            }
        }
        logarithm
    }
}

impl std::iter::Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Self::plus)
    }
}

#[cfg(test)]
mod tests {
    use super::{Amount, ONE, percent_of, times};

    #[test]
    fn the_logarithm_is_right_to_nine_digits() {
        for tenths in [0u32, 2, 5, 10, 33, 70, 999, 12_345, 400_000, 2_621_430] {
            let ours = Amount::of(tenths, ONE).log2_plus_one() as f64 / (1u64 << 32) as f64;
            let theirs = (1.0 + f64::from(tenths) / 10.0).log2();
            assert!((ours - theirs).abs() < 1e-9, "{tenths}: {ours} {theirs}");
        }
    }

    #[test]
    fn shares_multiply() {
        assert_eq!(percent_of(ONE, 25), ONE / 4);
        assert_eq!(times(ONE / 2, ONE / 2), ONE / 4);
        assert_eq!(times(ONE, ONE), ONE);
    }
}
