//! Reading a recipe's text (FORMAT.md, section 1): the spellings that the format names, and no other. Options of commands
//! and calls have readers of their own, which take more.

use std::str::FromStr;

use super::{FORMAT, MAX_COMPRESS, MAX_DEDUP, Recipe, SEED_FORMS};
use crate::error::{Error, Result};
use crate::ratio::{self, Ratio};

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

const SIZE_FORMS: &str =
    "a whole number of bytes, of KiB, MiB, GiB, TiB, PiB (K, M, G, T, P mean the same) or of kB, MB, GB, TB, PB";

impl FromStr for Recipe {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.split(',');
        if parts.next() != Some(FORMAT) {
            return Err(malformed(text, "text that starts with `dgen1,`"));
        }
        let mut builder = Self::builder();
        let mut seen: Vec<&str> = Vec::new();
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                return Err(malformed(text, "name=value pairs after `dgen1`, separated by commas"));
            };
            if seen.contains(&name) {
                return Err(malformed(text, &format!("`{name}` once")));
            }
            seen.push(name);
            builder = match name {
                "seed" => builder.seed(seed(value)?),
                "block" => builder.block_size(size("block", value)?),
                "dedup" => builder.dedup(ratio("dedup", value, MAX_DEDUP)?),
                "window" => builder.window(size("window", value)?),
                "skip" => builder.skip(size("skip", value)?),
                "compress" => builder.compress(ratio("compress", value, MAX_COMPRESS)?),
                "texture" => builder.texture(value.parse()?),
                "dtype" => builder.dtype(value.parse()?),
                "like" => builder.like(value.parse()?),
                "tune" => builder.tune(value.parse()?),
                _ => {
                    let names = "seed, block, dedup, window, skip, compress, texture, dtype, like, tune";
                    return Err(Error::invalid("recipe", format_args!("`{name}` in `{text}`"), names));
                }
            };
        }
        if builder.seed.is_none() {
            return Err(malformed(text, "a seed, as seed=0x1f"));
        }
        builder.build()
    }
}

fn malformed(text: &str, accepted: &str) -> Error {
    Error::invalid("recipe", format_args!("`{text}`"), accepted)
}

/// A number: decimal digits alone, below 2^64.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

fn seed(text: &str) -> Result<u64> {
    let read = match text.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => number(text),
    };
    read.ok_or_else(|| Error::invalid("seed", format_args!("`{text}`"), SEED_FORMS))
}

fn size(option: &str, text: &str) -> Result<u64> {
    let (digits, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let bytes = UNITS.iter().find(|(name, _)| *name == unit);
    let size = bytes.and_then(|(_, bytes)| number(digits)?.checked_mul(*bytes));
    size.ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), SIZE_FORMS))
}

fn ratio(option: &str, text: &str, max: u64) -> Result<Ratio> {
    let read = || {
        if let Some((p, q)) = text.split_once('/') {
            return Some((number(p)?, number(q)?));
        }
        let Some((whole, fraction)) = text.split_once('.') else {
            return Some((number(text)?, 1));
        };
        let scale = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        Some((number(whole)?.checked_mul(scale)?.checked_add(number(fraction)?)?, scale))
    };
    let ratio = read().and_then(|(p, q)| Ratio::new(option, p, q, max).ok());
    ratio.ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), &ratio::accepted(max)))
}
