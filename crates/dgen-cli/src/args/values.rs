//! Parsers of option values; each names its option.

use std::time::Duration;

use clap::builder::TypedValueParser;
use dgen::units::parse_size;
use dgen::{Error, Ratio, Result, Share};

/// A size of zero or more.
pub(crate) fn size(option: &'static str) -> impl TypedValueParser<Value = u64> {
    move |text: &str| parse_size(option, text)
}

/// A size of at least one byte.
pub(crate) fn positive_size(option: &'static str) -> impl TypedValueParser<Value = u64> {
    move |text: &str| match parse_size(option, text) {
        Ok(0) => Err(Error::invalid(option, format_args!("`{text}`"), "1 byte or more")),
        other => other,
    }
}

/// A ratio from 1 to `max`.
pub(crate) fn ratio(option: &'static str, max: u64) -> impl TypedValueParser<Value = Ratio> {
    move |text: &str| Ratio::parse(option, text, max)
}

/// A share from 0 to 1.
pub(crate) fn share(option: &'static str) -> impl TypedValueParser<Value = Share> {
    move |text: &str| Share::parse(option, text)
}

/// Slices of a stated size, in which a ratio is to hold within a share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) size: u64,
    pub(crate) tolerance: Share,
}

/// A size and, behind a colon, a share; 1/20 where there is none.
pub(crate) fn slice(option: &'static str) -> impl TypedValueParser<Value = Slice> {
    move |text: &str| {
        let (size, tolerance) = text.split_once(':').unwrap_or((text, "1/20"));
        Ok::<_, Error>(Slice { size: parse_size(option, size)?, tolerance: Share::parse(option, tolerance)? })
    }
}

/// A seed, decimal or hexadecimal.
pub(crate) fn seed(option: &'static str) -> impl TypedValueParser<Value = u64> {
    move |text: &str| dgen::recipe::parse_seed(option, text)
}

/// A version of a stream.
pub(crate) fn version(option: &'static str) -> impl TypedValueParser<Value = u32> {
    move |text: &str| -> Result<u32> {
        let value = text.trim().parse();
        value.map_err(|_| Error::invalid(option, format_args!("`{text}`"), &format!("0 to {}", u32::MAX)))
    }
}

/// A whole number between two bounds.
pub(crate) fn number(option: &'static str, min: usize, max: usize) -> impl TypedValueParser<Value = usize> {
    move |text: &str| -> Result<usize> {
        let value = text.trim().parse().ok().filter(|value| (min..=max).contains(value));
        value.ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), &format!("{min} to {max}")))
    }
}

/// `auto`, which is `None`, or a whole number between two bounds.
pub(crate) fn number_or_auto(
    option: &'static str,
    min: usize,
    max: usize,
) -> impl TypedValueParser<Value = AutoNumber> {
    move |text: &str| -> Result<AutoNumber> {
        if text == "auto" {
            return Ok(AutoNumber(None));
        }
        let value = text.trim().parse().ok().filter(|value| (min..=max).contains(value));
        let accepted = format!("auto, {min} to {max}");
        value
            .map(|value| AutoNumber(Some(value)))
            .ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), &accepted))
    }
}

/// A number, or `None` where it is chosen automatically.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AutoNumber(pub(crate) Option<usize>);

/// A time above 0: a number with an optional unit, seconds by default.
pub(crate) fn duration(option: &'static str) -> impl TypedValueParser<Value = Duration> {
    move |text: &str| -> Result<Duration> {
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = match unit.trim() {
            "ms" => Some(1e-3),
            "" | "s" => Some(1.0),
            "m" => Some(60.0),
            "h" => Some(3600.0),
            _ => None,
        };
        let seconds = number.parse().ok().zip(unit).map(|(number, unit): (f64, f64)| number * unit);
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).filter(|time| !time.is_zero());
        let accepted = "a time above 0 in seconds, or with a unit: 500ms, 30s, 5m, 1h";
        time.ok_or_else(|| Error::invalid(option, format_args!("`{text}`"), accepted))
    }
}
