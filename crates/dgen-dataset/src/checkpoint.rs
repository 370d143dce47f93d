//! The files of a model's checkpoint.

use std::fmt;
use std::str::FromStr;

use dgen::{Error, Result};

use crate::draw::part_of;

/// A part of a checkpoint: its file's name, and bytes for each parameter.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) bytes: u64,
}

/// What training with mixed precision and Adam keeps for each parameter (Rajbhandari et al., "ZeRO: Memory Optimizations
/// Toward Training Trillion Parameter Models", 2020, section 3.1): weights and gradients of 16 bits, and in 32 bits each a
/// copy of the weights, the momentum and the variance.
pub(crate) const PARTS: [Part; 3] =
    [Part { name: "weights", bytes: 2 }, Part { name: "gradients", bytes: 2 }, Part { name: "optimizer", bytes: 12 }];

/// Most parameters.
const MOST: u64 = 100_000_000_000_000;

/// The number of a model's parameters, as such models are called: `7b`, `70b`, `1.5b`, `125m`, `1t`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint(u64);

impl Checkpoint {
    /// Parameters of the model.
    pub fn parameters(self) -> u64 {
        self.0
    }

    /// Parameters that shard `index` of `count` holds.
    pub(crate) fn share(self, index: u64, count: u64) -> u64 {
        let upto = |index| part_of(self.0, index, count);
        upto(index + 1) - upto(index)
    }
}

impl FromStr for Checkpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let reject = || {
            let accepted = "a number of parameters with k, m, b or t, such as 7b, 1.5b or 125m, from 1k to 100t";
            Error::invalid("checkpoint", format_args!("`{text}`"), accepted)
        };
        let unit = match text.bytes().last().map(|unit| unit.to_ascii_lowercase()) {
            Some(b'k') => 1_000,
            Some(b'm') => 1_000_000,
            Some(b'b') => 1_000_000_000,
            Some(b't') => 1_000_000_000_000_u64,
            _ => return Err(reject()),
        };
        let number = &text[..text.len() - 1];
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || part.len() > 3 || !is_number(whole) || !is_number(part) || number.ends_with('.') {
            return Err(reject());
        }
        let thousandths: u64 = format!("{part:0<3}").parse().map_err(|_| reject())?;
        let whole: u64 = whole.parse().map_err(|_| reject())?;
        let total = whole.checked_mul(unit).and_then(|all| all.checked_add(thousandths * (unit / 1000)));
        total.filter(|total| (1_000..=MOST).contains(total)).map(Self).ok_or_else(reject)
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (unit, name) in [(1_000_000_000_000, "t"), (1_000_000_000, "b"), (1_000_000, "m"), (1_000, "k")] {
            if self.0 >= unit && self.0.is_multiple_of(unit / 1000) {
                let part = format!("{:03}", self.0 % unit / (unit / 1000));
                let part = part.trim_end_matches('0');
                let point = if part.is_empty() { "" } else { "." };
                return write!(f, "{}{point}{part}{name}", self.0 / unit);
            }
        }
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_named_by_their_parameters() {
        for (text, parameters) in [("70b", 70_000_000_000), ("1.5b", 1_500_000_000), ("1.5k", 1500), ("1k", 1000)] {
            let checkpoint: Checkpoint = text.parse().unwrap();
            assert_eq!((checkpoint.parameters(), checkpoint.to_string()), (parameters, text.to_owned()));
        }
        assert_eq!("1T".parse::<Checkpoint>().unwrap().to_string(), "1t");
        for text in ["", "70", "b", "0b", "1.b", "-1b", "1.2345b", "1000t", "70q", "+1b"] {
            assert!(text.parse::<Checkpoint>().unwrap_err().to_string().contains("checkpoint"), "{text}");
        }
    }

    #[test]
    fn shards_hold_all_parameters() {
        let checkpoint = Checkpoint(1_000_003);
        assert_eq!((0..7).map(|index| checkpoint.share(index, 7)).sum::<u64>(), 1_000_003);
    }
}
