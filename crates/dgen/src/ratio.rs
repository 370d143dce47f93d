//! Exact ratios: positive rationals of at least 1.

use std::fmt;

use crate::error::{Error, Result};
use crate::units::parse_digits;

/// Largest denominator of a ratio in text.
pub const MAX_DENOMINATOR: u64 = 1_000_000;
/// Largest denominator used when a ratio comes from a floating-point number.
pub const MAX_FLOAT_DENOMINATOR: u64 = 1000;

/// A rational number of at least 1, in lowest terms.
///
/// ```
/// use dgen::ratio::Ratio;
/// let r = Ratio::parse("dedup ratio", "1.5", 100).unwrap();
/// assert_eq!(r, Ratio::new("dedup ratio", 3, 2, 100).unwrap());
/// assert_eq!(r.to_string(), "3/2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    num: u64,
    den: u64,
}

impl Ratio {
    /// The ratio 1.
    pub const ONE: Self = Self { num: 1, den: 1 };

    /// `num / den`, reduced; between 1 and `max`, with a reduced denominator of at most [`MAX_DENOMINATOR`].
    ///
    /// # Errors
    /// Names `option`, the value and the accepted range.
    pub fn new(option: &str, num: u64, den: u64, max: u64) -> Result<Self> {
        let reject = || Error::invalid(option, format_args!("{num}/{den}"), &accepted(max));
        if den == 0 || num < den || u128::from(num) > u128::from(max) * u128::from(den) {
            return Err(reject());
        }
        let divisor = gcd(num, den);
        let ratio = Self { num: num / divisor, den: den / divisor };
        if ratio.den > MAX_DENOMINATOR { Err(reject()) } else { Ok(ratio) }
    }

    /// Parses `2`, `1.5` or `3/2`, exactly.
    ///
    /// # Errors
    /// Names `option`, the text and the accepted range.
    pub fn parse(option: &str, text: &str, max: u64) -> Result<Self> {
        let reject = || Error::invalid(option, format_args!("`{text}`"), &accepted(max));
        let (num, den) = rational(text.trim()).ok_or_else(reject)?;
        Self::new(option, num, den, max).map_err(|_| reject())
    }

    /// The nearest rational with a denominator of at most [`MAX_FLOAT_DENOMINATOR`]; of equally near ones the
    /// one with the smallest denominator.
    ///
    /// # Errors
    /// Names `option`, the value and the accepted range; also for NaN and infinities.
    pub fn from_f64(option: &str, value: f64, max: u64) -> Result<Self> {
        // From 2^53 on, floats are no more the nearest to one ratio alone.
        if !(value.is_finite() && value >= 1.0 && value <= max as f64 && value < (1_u64 << 53) as f64) {
            return Err(Error::invalid(option, value, &accepted(max)));
        }
        // value = mantissa / 2^shift exactly, and num / den is off by error / (den * 2^shift).
        let exponent = (value.to_bits() >> 52) - 1023;
        let mantissa = u128::from(value.to_bits() & ((1 << 52) - 1) | 1 << 52);
        let shift = 52_u64.checked_sub(exponent).expect("ratios are below 2^53");
        let mut best = (u128::MAX, 0, 1);
        for den in 1..=MAX_FLOAT_DENOMINATOR {
            let exact = mantissa * u128::from(den);
            let num = (exact + ((1 << shift) >> 1)) >> shift;
            let error = exact.abs_diff(num << shift);
            if best.1 == 0 || error * u128::from(best.2) < best.0 * u128::from(den) {
                best = (error, num, den);
                if error == 0 {
                    break;
                }
            }
        }
        let (_, num, den) = best;
        Self::new(option, u64::try_from(num).expect("a ratio below 2^53 of 1000ths"), den, max)
    }

    /// Numerator in lowest terms.
    pub const fn num(self) -> u64 {
        self.num
    }

    /// Denominator in lowest terms.
    pub const fn den(self) -> u64 {
        self.den
    }

    /// Whether the ratio is exactly 1.
    pub const fn is_one(self) -> bool {
        self.num == self.den
    }

    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        show(f, self.num, self.den)
    }
}

/// A rational number as it stands: `2`, `1.5` or `3/2`.
pub(crate) fn rational(text: &str) -> Option<(u64, u64)> {
    if let Some((num, den)) = text.split_once('/') {
        return Some((parse_digits(num)?, parse_digits(den)?));
    }
    let Some((whole, fraction)) = text.split_once('.') else {
        return Some((parse_digits(text)?, 1));
    };
    let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some((parse_digits(whole)?.checked_mul(scale)?.checked_add(parse_digits(fraction)?)?, scale))
}

/// Prints a rational number in lowest terms: `2`, `3/2`.
pub(crate) fn show(f: &mut fmt::Formatter<'_>, num: u64, den: u64) -> fmt::Result {
    if den == 1 { write!(f, "{num}") } else { write!(f, "{num}/{den}") }
}

/// What ratios up to `max` are accepted, for messages.
pub(crate) fn accepted(max: u64) -> String {
    format!("1 to {max}, as 2, 1.5 or 3/2, with a denominator up to {MAX_DENOMINATOR}")
}

/// The greatest common divisor.
pub(crate) const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (u64, u64) {
        let r = Ratio::parse("ratio", text, 1_000_000).unwrap();
        (r.num(), r.den())
    }

    #[test]
    fn ratios_are_exact() {
        assert_eq!(parts("2"), (2, 1));
        assert_eq!(parts("1.5"), (3, 2));
        assert_eq!(parts("3/2"), (3, 2));
        assert_eq!(parts("6/4"), (3, 2));
        assert_eq!(parts("7.30"), (73, 10));
        assert_eq!(parts("1.01"), (101, 100));
        assert_eq!(parts("1.000001"), (1_000_001, 1_000_000));
        assert_eq!(parts("1e0".trim_end_matches("e0")), (1, 1));
    }

    #[test]
    fn floats_become_near_rationals() {
        for (value, num, den) in [
            (1.99, 199, 100),
            (1.5, 3, 2),
            (1.0, 1, 1),
            (7.3, 73, 10),
            (4.0 / 3.0, 4, 3),
            (113.0005, 113_001, 1000),
            (9653.9995, 9_653_999, 1000),
            (999_999.999, 999_999_999, 1000),
        ] {
            let r = Ratio::from_f64("ratio", value, 1_000_000).unwrap();
            assert_eq!((r.num(), r.den()), (num, den), "{value}");
        }
    }

    #[test]
    fn bad_ratios_are_refused() {
        for text in [
            "0",
            "0.5",
            "-2",
            "1/2",
            "2/0",
            "nan",
            "inf",
            "1e12",
            "",
            "/",
            "1/",
            "101",
            "1.0000001",
            "1.5/2",
            "1.",
            ".5",
            "3./2",
            "3/2.",
        ] {
            let message = Ratio::parse("dedup ratio", text, 100).unwrap_err().to_string();
            assert!(message.contains("dedup ratio") && message.contains("1 to 100"), "{message}");
        }
        for value in [f64::NAN, f64::INFINITY, -2.0, 0.0, 0.999, 1e12] {
            assert!(Ratio::from_f64("compress ratio", value, 200).is_err());
        }
    }
}
