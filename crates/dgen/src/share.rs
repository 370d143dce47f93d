//! Exact shares: rationals from 0 to 1.

use std::fmt;

use crate::error::{Error, Result};
use crate::ratio::{self, MAX_DENOMINATOR, gcd};

/// A rational number from 0 to 1, in lowest terms.
///
/// ```
/// use dgen::Share;
/// assert_eq!(Share::parse("spread", "0.7").unwrap(), Share::new("spread", 7, 10).unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    num: u64,
    den: u64,
}

impl Share {
    /// The share 0.
    pub const ZERO: Self = Self { num: 0, den: 1 };

    /// `num / den`, reduced; from 0 to 1, with a reduced denominator of at most [`MAX_DENOMINATOR`].
    ///
    /// # Errors
    /// Names `option`, the value and the accepted range.
    pub fn new(option: &str, num: u64, den: u64) -> Result<Self> {
        let reject = || Error::invalid(option, format_args!("{num}/{den}"), &accepted());
        if den == 0 || num > den {
            return Err(reject());
        }
        let divisor = gcd(num, den);
        let (num, den) = (num / divisor, den / divisor);
        if den > MAX_DENOMINATOR { Err(reject()) } else { Ok(Self { num, den }) }
    }

    /// Parses `0.5` or `1/2`, exactly.
    ///
    /// # Errors
    /// Names `option`, the text and the accepted range.
    pub fn parse(option: &str, text: &str) -> Result<Self> {
        let reject = || Error::invalid(option, format_args!("`{text}`"), &accepted());
        let (num, den) = ratio::rational(text.trim()).ok_or_else(reject)?;
        Self::new(option, num, den).map_err(|_| reject())
    }

    /// Numerator in lowest terms.
    pub const fn num(self) -> u64 {
        self.num
    }

    /// Denominator in lowest terms.
    pub const fn den(self) -> u64 {
        self.den
    }

    /// The nearest floating-point number.
    pub fn as_f64(self) -> f64 {
        self.num as f64 / self.den as f64
    }
}

impl Default for Share {
    fn default() -> Self {
        Self::ZERO
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ratio::show(f, self.num, self.den)
    }
}

/// What shares are accepted, for messages.
pub(crate) fn accepted() -> String {
    format!("0 to 1, as 0.5 or 1/2, with a denominator up to {MAX_DENOMINATOR}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_exact_and_from_0_to_1() {
        for (text, expected) in [
            ("0", "0"),
            ("0.0", "0"),
            ("0/9", "0"),
            ("1", "1"),
            ("0.7", "7/10"),
            (" 2/4 ", "1/2"),
            ("1/1000000", "1/1000000"),
        ] {
            assert_eq!(Share::parse("spread", text).unwrap().to_string(), expected);
        }
        for text in ["", "-1", "1.1", "2", "3/2", "1/0", "0/0", ".5", "1.", "1/1000001", "nan"] {
            let message = Share::parse("spread", text).unwrap_err().to_string();
            assert!(message.contains("spread") && message.contains("0 to 1"), "{message}");
        }
        assert!((Share::new("spread", 3, 4).unwrap().as_f64() - 0.75).abs() < 1e-12);
    }
}
