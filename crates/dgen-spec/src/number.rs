//! The few number operations that the sections share.

/// The low word of a double word.
#[allow(clippy::cast_possible_truncation)] // taking the low word is the purpose
pub(crate) fn low(x: u128) -> u64 {
    x as u64
}

/// The high word of a double word.
pub(crate) fn high(x: u128) -> u64 {
    low(x >> 64)
}

/// The exact 128-bit product of two words.
pub(crate) fn product(x: u64, y: u64) -> u128 {
    u128::from(x) * u128::from(y)
}

/// A number that is known to be below 2^64.
pub(crate) fn word(x: u128) -> u64 {
    u64::try_from(x).expect("the value fits a word")
}

/// A length or index that is known to fit the address space.
pub(crate) fn index(x: u64) -> usize {
    usize::try_from(x).expect("the value fits the address space")
}

/// Reads a non-empty run of decimal digits as a number below 2^64.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    digits(text, 10)
}

/// Reads a non-empty run of digits in `radix` as a number below 2^64; unlike `from_str_radix`, no sign is accepted.
pub(crate) fn digits(text: &str, radix: u32) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.chars().try_fold(0_u64, |value, c| value.checked_mul(radix.into())?.checked_add(c.to_digit(radix)?.into()))
}
