//! How large files are: all the same, or drawn between two bounds.

use std::fmt;
use std::str::FromStr;

use dgen::units::{exact_size, parse_size};
use dgen::{Error, Result};

use crate::draw::{Draw, scaled};

/// Largest file.
const LARGEST: u64 = 1 << 50;
/// Fractional bits of logarithms.
const BITS: u32 = 32;
/// 1 with 62 fractional bits.
const ONE: u64 = 1 << 62;

/// The sizes of files, in bytes.
///
/// ```
/// use dgen_dataset::Sizes;
/// assert_eq!("64KiB".parse::<Sizes>()?, Sizes::Fixed(65536));
/// assert_eq!("4KiB:1MiB".parse::<Sizes>()?, Sizes::Log(4096, 1 << 20));
/// assert_eq!("uniform:1KiB:2KiB".parse::<Sizes>()?.to_string(), "uniform:1KiB:2KiB");
/// # Ok::<(), dgen::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sizes {
    /// All the same.
    Fixed(u64),
    /// Each size between both as likely as any other.
    Uniform(u64, u64),
    /// Each octave between both as likely as any other: many small files, and most bytes in large ones.
    Log(u64, u64),
}

impl Sizes {
    /// The largest size.
    pub fn largest(self) -> u64 {
        match self {
            Self::Fixed(size) | Self::Uniform(_, size) | Self::Log(_, size) => size,
        }
    }

    /// The size of file `id`.
    pub(crate) fn of(self, draw: Draw, id: u64) -> u64 {
        match self {
            Self::Fixed(size) => size,
            Self::Uniform(least, most) => least + draw.below(id, most - least + 1),
            Self::Log(least, most) => between(least, most, draw.at(id)),
        }
    }
}

impl FromStr for Sizes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let accepted = "SIZE, MIN:MAX or uniform:MIN:MAX, from 1 byte to 1 PiB";
        let reject = || Error::invalid("file-size", format_args!("`{text}`"), accepted);
        let size = |text: &str| {
            parse_size("file-size", text).ok().filter(|size| (1..=LARGEST).contains(size)).ok_or_else(reject)
        };
        let bounds = |text: &str| {
            let (least, most) = text.split_once(':').ok_or_else(reject)?;
            let (least, most) = (size(least)?, size(most)?);
            if least <= most { Ok((least, most)) } else { Err(reject()) }
        };
        if let Some(rest) = text.strip_prefix("uniform:") {
            return bounds(rest).map(|(least, most)| Self::Uniform(least, most));
        }
        if text.contains(':') {
            return bounds(text).map(|(least, most)| Self::Log(least, most));
        }
        size(text).map(Self::Fixed)
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Fixed(size) => f.write_str(&exact_size(size)),
            Self::Uniform(least, most) => write!(f, "uniform:{}:{}", exact_size(least), exact_size(most)),
            Self::Log(least, most) => write!(f, "{}:{}", exact_size(least), exact_size(most)),
        }
    }
}

/// A size whose logarithm lies at a share of 2^64 between those of two others.
fn between(least: u64, most: u64, share: u64) -> u64 {
    let (low, high) = (log2(least), log2(most));
    exp2(low + scaled(share, high - low + 1)).clamp(least, most)
}

/// The binary logarithm of a number from 1 on, with 32 fractional bits: the square of the mantissa gives one bit after
/// another.
fn log2(number: u64) -> u64 {
    let whole = number.ilog2();
    let mut mantissa = u128::from(number) << (63 - whole);
    let mut result = u64::from(whole);
    for _ in 0..BITS {
        mantissa = (mantissa * mantissa) >> 63;
        let bit = mantissa >> 64;
        mantissa >>= bit;
        result = result << 1 | u64::from(bit == 1);
    }
    result
}

/// 2 to a power with 32 fractional bits, rounded down: the product of 2^(1/2), 2^(1/4) and so on.
fn exp2(power: u64) -> u64 {
    let (mut root, mut product) = (u128::from(ONE) << 1, u128::from(ONE));
    for bit in (0..BITS).rev() {
        root = (root << 62).isqrt();
        if power >> bit & 1 == 1 {
            product = (product * root) >> 62;
        }
    }
    let whole = power >> BITS;
    u64::try_from((product << whole) >> 62).expect("sizes are below 2^51")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_and_powers_are_inverse() {
        for number in [1, 2, 3, 4095, 4096, 1_000_000_007, 1 << 50] {
            let log = log2(number) as f64 / f64::from(2_u32.pow(31)) / 2.0;
            assert!((log - (number as f64).log2()).abs() < 1e-8, "{number}: {log}");
            assert!(exp2(log2(number)).abs_diff(number) <= 1 + number / 1_000_000_000, "{number}");
        }
    }

    #[test]
    fn sizes_lie_between_their_bounds_and_fill_the_octaves() {
        let draw = Draw::new(1, 1);
        let log = Sizes::Log(1 << 10, 1 << 20);
        let mut octaves = [0_u32; 10];
        for id in 0..10_000 {
            let size = log.of(draw, id);
            assert!((1 << 10..=1 << 20).contains(&size));
            octaves[(size.ilog2().min(19) - 10) as usize] += 1;
            assert!((5..=9).contains(&Sizes::Uniform(5, 9).of(draw, id)));
        }
        assert!(octaves.iter().all(|count| (850..1150).contains(count)), "{octaves:?}");
        assert_eq!(Sizes::Log(7, 7).of(draw, 3), 7);
    }

    #[test]
    fn texts_are_read_and_bad_ones_refused() {
        for text in ["64KiB", "1000", "4KiB:1MiB", "uniform:1:2"] {
            assert_eq!(text.parse::<Sizes>().unwrap().to_string(), text);
        }
        for text in ["", "0", "2:1", "0:5", "uniform:1", "normal:1:2", "1:2:3", "2PiB"] {
            let error = text.parse::<Sizes>().unwrap_err().to_string();
            assert!(error.contains("file-size"), "{error}");
        }
    }
}
