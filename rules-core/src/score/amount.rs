//! Amounts of exposed privilege, and their logarithm, in fixed point: the same bits on every platform.
//!
//! Sums of whole numbers do not depend on their order, and nothing here calls the platform's mathematics.

use super::share::Share;

/// An amount of exposed privilege, in tenths of a unit times units of [`Share`].
///
/// A full administrator exposes about 2^18 units; the type holds 2^30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Amount(u64);

impl Amount {
    pub(crate) const ZERO: Self = Self(0);

    /// `tenths` tenths of a unit of privilege, exposed to `share`.
    pub(crate) fn of(tenths: u32, share: Share) -> Self {
        Self(u64::from(tenths) * share.units())
    }

    /// The most that the type holds.
    pub(crate) const MAX: Self = Self(u64::MAX);

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

    /// What is left after so many halvings.
    pub(crate) fn halved(self, halvings: u32) -> Self {
        Self(self.0.checked_shr(halvings).unwrap_or_default())
    }

    /// This part of `from` when `to` is left of it, rounded down.
    pub(crate) fn scaled(self, to: Self, from: Self) -> Self {
        let scaled = u128::from(self.0) * u128::from(to.0) / u128::from(from.0.max(1));
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }

    /// log2(1 + amount) in units of 2^-32, rounded down.
    pub(crate) fn log2_plus_one(self) -> u64 {
        // The mantissa is kept in 62 bits with the leading one at bit 61; each squaring yields one bit of the logarithm.
        const FRACTION_BITS: u32 = 32;
        let one = 10 * u128::from(Share::WHOLE.units());
        let scaled = u128::from(self.0) + one;
        // 1 + amount, as a fraction of one: normalised by shifting until it lies in [1, 2).
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
impl Amount {
    /// In units of privilege, for tests.
    pub(crate) fn units(self) -> f64 {
        self.0 as f64 / 10.0 / Share::WHOLE.units() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;
    use crate::score::share::Share;

    #[test]
    fn the_logarithm_is_right_to_nine_digits() {
        for tenths in [0u32, 2, 5, 10, 33, 70, 999, 12_345, 400_000, 2_621_430] {
            let ours = Amount::of(tenths, Share::WHOLE).log2_plus_one() as f64 / (1u64 << 32) as f64;
            let theirs = (1.0 + f64::from(tenths) / 10.0).log2();
            assert!((ours - theirs).abs() < 1e-9, "{tenths}: {ours} {theirs}");
        }
    }
}
