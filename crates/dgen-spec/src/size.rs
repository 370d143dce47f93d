//! Sizes in bytes, with units (section 1 of FORMAT.md).

use crate::number::decimal;

/// Bytes in a page.
pub const PAGE: usize = 4096;

/// The number of bytes in a stream: every offset is below it.
pub const STREAM_END: u64 = 1 << 63;

/// Every unit that is read, with its number of bytes.
const UNITS: [(&str, u64); 15] = [
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
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("PB", 1_000_000_000_000_000),
];

/// Reads a size; `None` when it is no size or not below 2^64.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let scale = if unit.is_empty() { 1 } else { UNITS.iter().find(|(name, _)| *name == unit)?.1 };
    decimal(number)?.checked_mul(scale)
}

/// Writes a size with the largest binary unit that divides it.
pub(crate) fn canonical(size: u64) -> String {
    for (name, scale) in UNITS[..5].iter().rev() {
        if size != 0 && size.is_multiple_of(*scale) {
            return format!("{}{name}", size / scale);
        }
    }
    size.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, size, written) in [
            ("0", 0, "0"),
            ("0K", 0, "0"),
            ("1", 1, "1"),
            ("4096", 4096, "4KiB"),
            ("4kB", 4000, "4000"),
            ("1024K", 1 << 20, "1MiB"),
            ("1536MiB", 1536 << 20, "1536MiB"),
            ("3P", 3 << 50, "3PiB"),
            ("2TB", 2_000_000_000_000, "1953125000KiB"),
        ] {
            assert_eq!(parse(text), Some(size), "{text}");
            if text != "2TB" {
                assert_eq!(canonical(size), written);
            }
        }
        for text in
            ["", "K", "1k", "1KB", "1kb", "1.5M", "-1", "+1", "1 K", "1B", "16384P", "0x10", "18446744073709551616"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
