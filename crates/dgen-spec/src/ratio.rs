//! Exact ratios (section 1 of FORMAT.md).

use crate::number::decimal;
use std::fmt;

/// The largest denominator of a ratio.
const MAX_DENOMINATOR: u64 = 1_000_000;

/// The largest denominator of a ratio that was given as a floating-point number.
const MAX_FLOAT_DENOMINATOR: u64 = 1000;

/// A positive rational number in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ratio {
    p: u64,
    q: u64,
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl Ratio {
    /// The ratio 1.
    pub const ONE: Ratio = Ratio { p: 1, q: 1 };

    /// `p / q` in lowest terms; `None` for a zero or a denominator above 1,000,000.
    pub fn new(p: u64, q: u64) -> Option<Ratio> {
        if p == 0 || q == 0 {
            return None;
        }
        let divisor = gcd(p, q);
        let ratio = Ratio { p: p / divisor, q: q / divisor };
        (ratio.q <= MAX_DENOMINATOR).then_some(ratio)
    }

    /// The rational with a denominator of at most 1000 that is nearest to `value` (from 1 to 2^53); the smallest
    /// denominator wins a tie.
    pub fn from_f64(value: f64) -> Option<Ratio> {
        const TWO_53: f64 = 9_007_199_254_740_992.0;
        if !(1.0..=TWO_53).contains(&value) {
            return None;
        }
        // value = mantissa / 2^shift: a number from 1 to 2^53 has at most 52 bits after the point.
        let exponent = (value.to_bits() >> 52) - 1023;
        let mantissa = u128::from(value.to_bits() & ((1 << 52) - 1) | 1 << 52);
        let (mantissa, shift) =
            if exponent > 52 { (mantissa << (exponent - 52), 0) } else { (mantissa, 52 - exponent) };
        let half = (1_u128 << shift) >> 1;

        // For each denominator d, the nearest n / d is off by error / (d * 2^shift).
        let mut best: Option<(u128, u64, u128)> = None;
        for d in 1..=MAX_FLOAT_DENOMINATOR {
            let exact = mantissa * u128::from(d);
            let n = (exact + half) >> shift;
            let error = exact.abs_diff(n << shift);
            if best.is_none_or(|(_, best_d, best_error)| error * u128::from(best_d) < best_error * u128::from(d)) {
                best = Some((n, d, error));
            }
        }
        let (n, d, _) = best?;
        Ratio::new(u64::try_from(n).ok()?, d)
    }

    /// Reads `2`, `1.5` or `3/2`.
    pub fn parse(text: &str) -> Option<Ratio> {
        if let Some((p, q)) = text.split_once('/') {
            return Ratio::new(decimal(p)?, decimal(q)?);
        }
        let Some((whole, fraction)) = text.split_once('.') else {
            return Ratio::new(decimal(text)?, 1);
        };
        let whole = decimal(whole)?;
        let part = decimal(fraction)?;
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        Ratio::new(whole.checked_mul(scale)?.checked_add(part)?, scale)
    }

    /// The numerator p.
    pub fn numerator(self) -> u64 {
        self.p
    }

    /// The denominator q.
    pub fn denominator(self) -> u64 {
        self.q
    }

    /// Whether the ratio is at least 1 and at most `limit`.
    pub(crate) fn is_within(self, limit: u64) -> bool {
        self.p >= self.q && u128::from(self.p) <= u128::from(limit) * u128::from(self.q)
    }
}

/// Writes `p` or `p/q`.
impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.q == 1 { write!(f, "{}", self.p) } else { write!(f, "{}/{}", self.p, self.q) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, expected) in
            [("2", "2"), ("1.5", "3/2"), ("6/4", "3/2"), ("1.000001", "1000001/1000000"), ("2.50", "5/2"), ("007", "7")]
        {
            assert_eq!(Ratio::parse(text).map(|r| r.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "0", "1/0", "0/1", ".5", "2.", "1.0000001", "1000001/1000002", "+2", "-2", "1e3", "3/2/1", "1.5/2"]
        {
            assert_eq!(Ratio::parse(text), None, "{text}");
        }
    }

    #[test]
    fn takes_the_nearest_rational_of_a_float() {
        for (value, expected) in [
            (1.0, "1"),
            (1.1, "11/10"),
            (3.3, "33/10"),
            (1.001, "1001/1000"),
            (1.0001, "1"),
            (1.0006, "1001/1000"),
            (4.0 / 3.0, "4/3"),
            (std::f64::consts::PI, "355/113"),
            (999_999.999, "999999999/1000"),
            (1e6, "1000000"),
        ] {
            assert_eq!(Ratio::from_f64(value).map(|r| r.to_string()).as_deref(), Some(expected), "{value}");
        }
        for value in [f64::NAN, f64::INFINITY, 0.5, -2.0] {
            assert_eq!(Ratio::from_f64(value), None);
        }
    }
}
