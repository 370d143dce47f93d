//! The spellings of numbers in a recipe's text (FORMAT.md, section 1).

use crate::ratio::{self, MAX_DENOMINATOR, rational};
use crate::units::parse_digits;

/// The units of sizes, with their bytes.
const UNITS: [(&str, u64); 16] = [
    ("", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("PiB", 1 << 50),
    ("K", 1 << 10),
    ("M", 1 << 20),
    ("G", 1 << 30),
    ("T", 1 << 40),
    ("P", 1 << 50),
    ("kB", 1000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
];

/// A size, below 2^64.
pub(super) fn plain_size(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit)?;
    parse_digits(digits)?.checked_mul(*bytes)
}

/// A rational number above 0 in lowest terms.
pub(super) fn fraction(text: &str) -> Option<(u64, u64)> {
    let (num, den) = rational(text).filter(|&(num, den)| num > 0 && den > 0)?;
    let divisor = ratio::gcd(num, den);
    Some((num / divisor, den / divisor)).filter(|&(_, den)| den <= MAX_DENOMINATOR)
}
