//! Reading a recipe's text (FORMAT.md, section 1): the spellings that the format names, and no other. Options of commands
//! and calls have readers of their own, which take more.

use std::str::FromStr;

use super::spelling::plain_size;
use super::{FORMAT, MAX_COMPRESS, MAX_DEDUP, Recipe, SEED_FORMS};
use crate::error::{Error, Result};
use crate::ratio::{self, Ratio, rational};
use crate::share::{self, Share};
use crate::units::parse_digits;

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
                "early" => builder.early(value.parse()?),
                "reuse" => builder.reuse(value.parse()?),
                "runs" => builder.runs(value.parse()?),
                "within" if value == "none" => builder.within(None),
                "within" => builder.within(Some(value.parse()?)),
                "compress" => builder.compress(ratio("compress", value, MAX_COMPRESS)?),
                "spread" => builder.spread(share("spread", value)?),
                "texture" => builder.texture(value.parse()?),
                "dtype" => builder.dtype(value.parse()?),
                "like" => builder.like(value.parse()?),
                "tune" => builder.tune(value.parse()?),
                _ => {
                    let names = "seed, block, dedup, window, skip, early, reuse, runs, within, compress, spread, texture, dtype, like, tune";
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

fn seed(text: &str) -> Result<u64> {
    let read = match text.strip_prefix("0x") {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => u64::from_str_radix(hex, 16).ok(),
        Some(_) => None,
        None => parse_digits(text),
    };
    read.ok_or_else(|| Error::invalid("seed", format_args!("`{text}`"), SEED_FORMS))
}

fn size(option: &str, text: &str) -> Result<u64> {
    plain_size(text).ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), SIZE_FORMS))
}

fn share(option: &str, text: &str) -> Result<Share> {
    let share = rational(text).and_then(|(e, d)| Share::new(option, e, d).ok());
    share.ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), &share::accepted()))
}

fn ratio(option: &str, text: &str, max: u64) -> Result<Ratio> {
    let ratio = rational(text).and_then(|(p, q)| Ratio::new(option, p, q, max).ok());
    ratio.ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), &ratio::accepted(max)))
}
