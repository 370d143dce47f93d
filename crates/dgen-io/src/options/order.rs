//! The order in which extents are claimed.

use std::str::FromStr;

use dgen::{Error, Result};

/// The order in which the parts of a file are written or read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// From the first byte to the last; an interrupted write leaves a dense prefix.
    #[default]
    Sequential,
    /// Each extent once, in an order that this number decides; every pass has its own.
    Random(u64),
}

impl FromStr for Order {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let seed = text.strip_prefix("random:").map(str::parse);
        match (text, seed) {
            ("sequential", _) => Ok(Self::Sequential),
            ("random", _) => Ok(Self::Random(0)),
            (_, Some(Ok(seed))) => Ok(Self::Random(seed)),
            _ => Err(Error::invalid("order", format_args!("`{text}`"), "sequential, random, random:SEED")),
        }
    }
}

impl Order {
    /// As reports call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sequential => "sequential",
            Self::Random(_) => "random",
        }
    }

    /// Which of the first `there` places is read as number `number`: the one at `next`, or any; another at each attempt.
    pub(crate) fn pick(self, number: u64, attempt: u64, next: u64, there: u64) -> u64 {
        match self {
            Self::Sequential => {
                if next < there {
                    next
                } else {
                    0
                }
            }
            Self::Random(seed) => mix(mix(mix(!seed) ^ number) ^ attempt) % there,
        }
    }

    /// Which of `count` things comes at place `index` of pass `pass`.
    pub fn at(self, index: u64, count: u64, pass: u64) -> u64 {
        match self {
            Self::Sequential => index,
            Self::Random(seed) => permuted(index, count, mix(mix(seed) ^ pass)),
        }
    }
}

/// A keyed permutation of `0..count`: four Feistel rounds on the smallest even number of bits, walked until the value lies
/// inside.
fn permuted(index: u64, count: u64, key: u64) -> u64 {
    let half = (u64::BITS - (count - 1).leading_zeros()).div_ceil(2).max(1);
    let mask = (1 << half) - 1;
    let mut value = index;
    loop {
        let (mut left, mut right) = (value >> half, value & mask);
        for round in 1..=4 {
            (left, right) = (right, left ^ (mix(right ^ mix(key ^ round)) & mask));
        }
        value = left << half | right;
        if value < count {
            return value;
        }
    }
}

/// The finaliser of splitmix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
pub fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_orders_are_permutations_of_their_own() {
        for count in [1, 2, 3, 15, 16, 17, 1000] {
            let order =
                |seed, pass| (0..count).map(move |i| Order::Random(seed).at(i, count, pass)).collect::<Vec<_>>();
            for (seed, pass) in [(0, 0), (1, 0), (0, 1)] {
                let mut all = order(seed, pass);
                all.sort_unstable();
                assert!(all.into_iter().eq(0..count), "{count}");
            }
            if count > 100 {
                assert!(order(0, 0) != order(1, 0) && order(0, 0) != order(0, 1) && order(0, 0) == order(0, 0));
                let stay = order(5, 0).iter().zip(0..).filter(|(a, b)| **a == *b).count();
                assert!(stay < 10, "{stay} of {count} stay in place");
            }
        }
    }

    #[test]
    fn orders_are_named() {
        assert_eq!("random:7".parse::<Order>().unwrap(), Order::Random(7));
        assert_eq!("sequential".parse::<Order>().unwrap(), Order::Sequential);
        for text in ["", "random:", "random:-1", "Random"] {
            assert!(text.parse::<Order>().is_err(), "{text}");
        }
    }
}
