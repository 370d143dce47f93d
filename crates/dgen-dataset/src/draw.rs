//! Numbers that are drawn from a recipe's seed: the same on every machine, so in integers alone.

use dgen_io::mix;

/// A sequence of numbers of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    /// The sequence of a seed with this purpose.
    pub(crate) fn new(seed: u64, purpose: u64) -> Self {
        Self(mix(mix(seed) ^ mix(!purpose)))
    }

    /// Number `index`, from 0 to 2^64 - 1.
    pub(crate) fn at(self, index: u64) -> u64 {
        mix(self.0 ^ mix(index))
    }

    /// Number `index`, below `bound`.
    pub(crate) fn below(self, index: u64, bound: u64) -> u64 {
        scaled(self.at(index), bound)
    }
}

/// A share of 2^64, of `bound`.
pub(crate) fn scaled(share: u64, bound: u64) -> u64 {
    u64::try_from((u128::from(share) * u128::from(bound)) >> 64).expect("at most the bound")
}

/// `num / den` of an amount, rounded down; `num` is at most `den`.
pub(crate) fn part_of(amount: u64, num: u64, den: u64) -> u64 {
    u64::try_from(u128::from(amount) * u128::from(num) / u128::from(den)).expect("at most the amount")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_even_and_of_their_own() {
        let draw = Draw::new(7, 1);
        let mut counts = [0_u32; 10];
        (0..10_000).for_each(|index| counts[usize::try_from(draw.below(index, 10)).unwrap()] += 1);
        assert!(counts.iter().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_ne!(draw.at(0), Draw::new(7, 2).at(0));
        assert_ne!(draw.at(0), Draw::new(8, 1).at(0));
    }
}
