//! Exact shares (section 1 of FORMAT.md).

use crate::ratio::Ratio;
use std::fmt;

/// A rational number that may be zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share(Option<Ratio>);

impl Share {
    /// The share 0.
    pub const ZERO: Share = Share(None);

    /// Reads `0`, `1`, `0.5` or `1/2`.
    pub fn parse(text: &str) -> Option<Share> {
        if let Some(ratio) = Ratio::parse(text) {
            return Some(Share(Some(ratio)));
        }
        // No ratio: a share only if it is zero.
        let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let zero = |text: &str| number(text) && text.bytes().all(|byte| byte == b'0');
        let is_zero = match (text.split_once('/'), text.split_once('.')) {
            (Some((p, q)), _) => zero(p) && Ratio::parse(q).is_some() && number(q),
            (None, Some((whole, fraction))) => zero(whole) && zero(fraction) && fraction.len() < 20,
            (None, None) => zero(text),
        };
        is_zero.then_some(Share::ZERO)
    }

    /// The numerator e.
    pub fn numerator(self) -> u64 {
        self.0.map_or(0, Ratio::numerator)
    }

    /// The denominator d.
    pub fn denominator(self) -> u64 {
        self.0.map_or(1, Ratio::denominator)
    }

    /// Whether the share is at most 1.
    pub(crate) fn is_within_one(self) -> bool {
        self.numerator() <= self.denominator()
    }
}

/// Writes `p` or `p/q`.
impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(ratio) => ratio.fmt(f),
            None => f.write_str("0"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, expected) in [
            ("0", "0"),
            ("00", "0"),
            ("0.000", "0"),
            ("0/7", "0"),
            ("0.50", "1/2"),
            ("2/4", "1/2"),
            ("1", "1"),
            ("0.0000000000000000000", "0"),
            ("5/4", "5/4"),
        ] {
            assert_eq!(Share::parse(text).map(|share| share.to_string()).as_deref(), Some(expected), "{text}");
        }
        for text in
            ["", "0/0", "1/0", ".5", "0.", "-0", "0x0", "0/", "/1", "0.00000000000000000000", "0/18446744073709551616"]
        {
            assert_eq!(Share::parse(text), None, "{text}");
        }
    }
}
