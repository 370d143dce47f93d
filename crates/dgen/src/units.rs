//! Sizes: parsing and printing of byte counts, and the constants of the stream's geometry.

use crate::error::{Error, Result};

/// Bytes in a page, the unit that carries its own tag and compresses by the asked ratio.
pub const PAGE: usize = 4096;
/// Bytes in a sector, the smallest unit that never repeats unasked.
pub const SECTOR: usize = 512;
/// Bytes in a line, the unit of the generator.
pub const LINE: usize = 64;
/// One past the largest stream offset.
pub const MAX_OFFSET: u64 = 1 << 63;

const KIB: u64 = 1024;
const SIZE_FORMS: &str = "a number of bytes with an optional unit: B, KiB, MiB, GiB, TiB, PiB, EiB (K, M, G, T, P, E mean the same) or kB, MB, GB, TB, PB, EB";

/// Parses a size in bytes: `4096`, `64KiB`, `64K` (1024s), `64kB` (1000s), `1.5GiB`.
///
/// Units are taken without regard to case, except that `B` after a prefix without `i` means powers of 1000.
///
/// ```
/// assert_eq!(dgen::units::parse_size("size", "64KiB").unwrap(), 65536);
/// assert_eq!(dgen::units::parse_size("size", "64K").unwrap(), 65536);
/// assert_eq!(dgen::units::parse_size("size", "64kB").unwrap(), 64000);
/// ```
///
/// # Errors
/// Names `option`, the text given and the accepted forms; also for a size of 2^63 or more, or a fraction of a byte.
pub fn parse_size(option: &str, text: &str) -> Result<u64> {
    let bad = || Error::invalid(option, format_args!("`{text}`"), SIZE_FORMS);
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let multiplier = unit_multiplier(unit.trim_start()).ok_or_else(bad)?;
    let (mantissa, scale) = parse_decimal(&number.replace('_', "")).ok_or_else(bad)?;
    let product = mantissa.checked_mul(u128::from(multiplier)).ok_or_else(bad)?;
    if product % scale != 0 {
        return Err(Error::invalid(option, format_args!("`{text}`"), "a whole number of bytes"));
    }
    let bytes = product / scale;
    u64::try_from(bytes)
        .ok()
        .filter(|&b| b < MAX_OFFSET)
        .ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), "less than 8 EiB (2^63 bytes)"))
}

fn unit_multiplier(unit: &str) -> Option<u64> {
    let lower = unit.to_ascii_lowercase();
    if lower.is_empty() || lower == "b" {
        return Some(1);
    }
    let power = u32::try_from("kmgtpe".find(lower.chars().next()?)?).ok()? + 1;
    match &lower[1..] {
        "" | "i" | "ib" => Some(KIB.pow(power)),
        "b" => Some(1000_u64.pow(power)),
        _ => None,
    }
}

/// A number: decimal digits alone, below 2^64.
pub(crate) fn parse_digits(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// Splits a decimal number into an integer and the power of ten that divides it.
pub(crate) fn parse_decimal(text: &str) -> Option<(u128, u128)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || whole.len() > 20 || fraction.len() > 12 || !plain(whole) || !plain(fraction)
    {
        return None;
    }
    let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
    let part = |s: &str| if s.is_empty() { Some(0) } else { s.parse::<u128>().ok() };
    Some((part(whole)? * scale + part(fraction)?, scale))
}

/// Prints a size exactly, in the largest binary unit that divides it: `1MiB`, `4KiB`, `4097`.
///
/// ```
/// assert_eq!(dgen::units::exact_size(1 << 20), "1MiB");
/// assert_eq!(dgen::units::exact_size(1500), "1500");
/// ```
pub fn exact_size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes;
    let mut unit = 0;
    while value != 0 && value.is_multiple_of(KIB) && unit + 1 < UNITS.len() {
        value /= KIB;
        unit += 1;
    }
    format!("{value}{}", UNITS[unit])
}

/// A system of units for people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Units {
    /// Powers of 1024: KiB, MiB, GiB.
    #[default]
    Binary,
    /// Powers of 1000, as SI has them: kB, MB, GB.
    Decimal,
}

impl Units {
    /// Prints a size, rounded: `1.50 GiB`, or `1.61 GB`.
    ///
    /// ```
    /// use dgen::units::Units;
    /// assert_eq!(Units::Binary.size(3 << 29), "1.50 GiB");
    /// assert_eq!(Units::Decimal.size(3 << 29), "1.61 GB");
    /// ```
    pub fn size(self, bytes: u64) -> String {
        self.scaled(bytes as f64)
    }

    /// Prints a rate in bytes per second, rounded: `1.86 GiB/s`, or `2.00 GB/s`.
    pub fn rate(self, bytes_per_s: f64) -> String {
        self.scaled(bytes_per_s) + "/s"
    }

    fn scaled(self, value: f64) -> String {
        match self {
            Self::Binary => scaled(value, 1024.0, &["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]),
            Self::Decimal => scaled(value, 1000.0, &["B", "kB", "MB", "GB", "TB", "PB", "EB"]),
        }
    }
}

/// Prints a size for people, rounded, in binary units: `1.50 GiB`.
pub fn human_size(bytes: u64) -> String {
    Units::Binary.size(bytes)
}

/// Prints a rate in bytes per second in binary units: `1.86 GiB/s`.
pub fn human_rate(bytes_per_s: f64) -> String {
    Units::Binary.rate(bytes_per_s)
}

fn scaled(value: f64, base: f64, units: &[&str]) -> String {
    let mut value = value;
    let mut unit = 0;
    while value >= base && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    if unit == 0 { format!("{value:.0} {}", units[0]) } else { format!("{value:.2} {}", units[unit]) }
}

/// Bytes of `offset` past the last page boundary.
pub(crate) fn page_remainder(offset: u64) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "the remainder is below 4096")]
    let within = (offset % PAGE as u64) as usize;
    within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_parse() {
        for (text, bytes) in [
            ("0", 0),
            ("1", 1),
            ("4096", 4096),
            ("4k", 4096),
            ("4K", 4096),
            ("4Ki", 4096),
            ("4KiB", 4096),
            ("4kb", 4000),
            ("1.5GiB", 3 << 29),
            ("10GB", 10_000_000_000),
            ("100TB", 100_000_000_000_000),
            ("1_000", 1000),
            ("2 MiB", 2 << 20),
            ("512B", 512),
        ] {
            assert_eq!(parse_size("size", text).unwrap(), bytes, "{text}");
        }
    }

    #[test]
    fn bad_sizes_name_option_value_and_forms() {
        for text in ["", "K", "-1", "1.0001K", "9EiB", "8388608TiB", "1e9", "0x10", "1..2", "1XiB", "٣"] {
            let message = parse_size("--size", text).unwrap_err().to_string();
            assert!(message.starts_with("--size: "), "{message}");
            assert!(message.contains(text), "{message}");
            assert!(message.contains("accepted"), "{message}");
        }
    }

    #[test]
    fn exact_sizes_parse_back() {
        for bytes in [0, 1, 1023, 1024, 1025, 1 << 20, 3 << 30, 1 << 52, (1 << 63) - 1] {
            assert_eq!(parse_size("x", &exact_size(bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn each_system_has_its_own_numbers_and_names() {
        assert_eq!([Units::Binary, Units::Decimal].map(|units| units.rate(2e9)), ["1.86 GiB/s", "2.00 GB/s"]);
        assert_eq!([Units::Binary, Units::Decimal].map(|units| units.size(1000)), ["1000 B", "1.00 kB"]);
        assert_eq!([human_size(3 << 29), human_rate(0.0)], ["1.50 GiB", "0 B/s"]);
        assert_eq!([Units::Binary, Units::Decimal].map(|units| units.size(u64::MAX)), ["16.00 EiB", "18.45 EB"]);
    }
}
