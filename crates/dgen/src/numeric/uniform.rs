//! Uniform values: what the words of a stream stand for between two bounds.

use super::{Raw, VALUE};
use crate::error::{Error, Result};
use crate::kernel::{Kernel, Wide};
use crate::recipe::Recipe;
use crate::stream::Stream;

/// Float32 values between two bounds: value i is a function of the seed, the bounds and i alone.
#[derive(Clone, Debug)]
pub struct Uniform {
    stream: Stream,
    range: Range,
}

/// The bounds, ready for use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    low: f64,
    /// 2^-24 of the distance between the bounds.
    step: f64,
    high: f32,
    /// The largest value below the upper bound.
    most: f32,
}

impl Uniform {
    /// The values of `seed` from `low` to below `high`, both rounded to float32.
    ///
    /// # Errors
    /// When a bound is not finite as float32 or `low` is not below `high`, and when `DGEN_KERNEL` cannot be obeyed.
    pub fn new(seed: u64, low: f64, high: f64) -> Result<Self> {
        let range = Range::new(low, high)?;
        Ok(Self { stream: Stream::new(&Recipe::with_seed(seed))?, range })
    }

    pub(super) fn stream(&self) -> &Stream {
        &self.stream
    }

    pub(super) fn range(&self) -> Range {
        self.range
    }

    pub(super) fn kernel(&self) -> Kernel {
        self.stream.kernel()
    }

    #[cfg(test)]
    pub(super) fn with_kernel(mut self, kernel: Kernel) -> Self {
        self.stream = Stream::with_kernel(self.stream.recipe(), kernel);
        self
    }
}

impl Range {
    pub(super) fn new(low: f64, high: f64) -> Result<Self> {
        let (first, end) = (bound("low", low)?, bound("high", high)?);
        if first >= end {
            let accepted = format!("numbers above low = {low:?}, both as float32");
            return Err(Error::invalid("high", format_args!("{high:?}"), &accepted));
        }
        let (low, high) = (f64::from(first), f64::from(end));
        // Exact: a power of two, far from the ends of float64.
        let step = (high - low) / f64::from(1 << 24);
        Ok(Self { low, step, high: end, most: end.next_down() })
    }

    /// Replaces words of the stream by the values they stand for.
    #[inline(always)]
    pub(super) fn convert(self, words: &mut [Raw]) {
        if self.low == 0.0 {
            for raw in words {
                *raw = self.value_from_zero(u32::from_le_bytes(*raw) >> 8).to_ne_bytes();
            }
        } else {
            for raw in words {
                *raw = self.value(u32::from_le_bytes(*raw) >> 8).to_ne_bytes();
            }
        }
    }

    /// The value of 24 bits.
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "rounding to float32 is the definition")]
    fn value(self, bits: u32) -> f32 {
        self.below((self.low + f64::from(bits) * self.step) as f32)
    }

    /// The same where values begin at zero, in float32 alone: the product of two float32 numbers is exact in float64,
    /// so that it is rounded once either way.
    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "24 bits are exact")]
    fn value_from_zero(self, bits: u32) -> f32 {
        const UNIT: f32 = 1.0 / (1 << 24) as f32;
        self.below(bits as f32 * UNIT * self.high)
    }

    #[inline(always)]
    fn below(self, value: f32) -> f32 {
        if value < self.most { value } else { self.most }
    }
}

/// Words that become values.
pub(super) struct Words<'a> {
    pub(super) range: Range,
    pub(super) words: &'a mut [u8],
}

impl Wide for Words<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.range.convert(self.words.as_chunks_mut().0);
    }
}

/// A bound as float32.
fn bound(name: &str, value: f64) -> Result<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "bounds are rounded to float32")]
    let rounded = value as f32;
    if rounded.is_finite() {
        return Ok(rounded);
    }
    Err(Error::invalid(name, format_args!("{value:?}"), "finite float32 numbers, -3.4028235e38 to 3.4028235e38"))
}

/// The stream offset of value `first`, of which `bytes` bytes are wanted.
///
/// # Errors
/// When the values lie past the end of the stream, or `bytes` is not a whole number of values.
pub(super) fn offset_of(first: u64, bytes: usize) -> Result<u64> {
    if !bytes.is_multiple_of(VALUE) {
        return Err(Error::invalid("buffer", format_args!("{bytes} bytes"), "a multiple of 4 bytes"));
    }
    let offset = first.checked_mul(VALUE as u64);
    let offset = offset.filter(|&offset| crate::stream::check_range(offset, bytes).is_ok());
    offset.ok_or_else(|| Error::invalid("first value", first, "values that end at or below 2^61"))
}
